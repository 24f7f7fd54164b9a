// Inputs of the fuzz targets of formats/postgres: a first byte that says what is meant, then a valid stream or image.
#pragma once

#include <random>

#include "engine/base/bytes.h"

namespace pulih {

Bytes CopySpecimen(std::mt19937_64& random);
Bytes ValueImageSpecimen(std::mt19937_64& random);

}  // namespace pulih
