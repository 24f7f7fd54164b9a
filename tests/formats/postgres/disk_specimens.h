// Values of every type as they stand on a page: bytes that PostgreSQL 15 wrote (of a varlena without its length), and the
// text that it writes for them. Types are those of value_specimens.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pulih {

struct DiskSpecimen {
  std::string type, hex, text;
};
const std::vector<DiskSpecimen>& DiskSpecimens();

// Labels by the numbers that the specimens have.
const std::map<uint32_t, std::string>& SpecimenLabels();

}  // namespace pulih
