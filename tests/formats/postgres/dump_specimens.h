// Random dumps, scripts and rows: what the fuzzers' seeds are made of. The same generator state gives the same bytes.
#pragma once

#include <random>

#include "engine/base/bytes.h"

namespace pulih {

// A custom archive of some version, small; compressed or not.
Bytes DumpArchiveSpecimen(std::mt19937_64& random);
// DDL and COPY data, as a plain dump has them.
Bytes SqlScriptSpecimen(std::mt19937_64& random);
// A line of COPY text.
Bytes CopyLineSpecimen(std::mt19937_64& random);

}  // namespace pulih
