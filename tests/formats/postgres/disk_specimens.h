// Values of every type as they stand on a page: bytes that PostgreSQL 15 wrote (of a varlena without its length), and the
// text that it writes for them. Types are those of value_specimens.h.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

namespace pulih {

struct DiskSpecimen {
  std::string type, hex, text;
};
const std::vector<DiskSpecimen>& DiskSpecimens();

// Labels by the numbers that the specimens have.
const std::map<uint32_t, std::string>& SpecimenLabels();

// Seeds for the fuzz targets: a type's place and a value of it; a heap page; a compressed value behind its raw size.
Bytes DiskValueSpecimen(std::mt19937_64& random);
Bytes HeapPageSpecimen(std::mt19937_64& random);
Bytes CompressedSpecimen(std::mt19937_64& random);

}  // namespace pulih
