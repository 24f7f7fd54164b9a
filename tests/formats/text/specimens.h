// Random valid texts: what the fuzzers' seeds are made of. The same generator state gives the same bytes.
#pragma once

#include <random>
#include <string>

#include "engine/base/bytes.h"

namespace pulih {

Bytes CsvSpecimen(std::mt19937_64& random);
Bytes JsonSpecimen(std::mt19937_64& random);
// Several values, an array of them, or an object with "releases".
Bytes JsonFileSpecimen(std::mt19937_64& random);
// An array of releases with one ocid.
Bytes OcdsReleasesSpecimen(std::mt19937_64& random);

}  // namespace pulih
