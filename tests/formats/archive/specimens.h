// Random valid archives: what the fuzzers' seeds are made of. The same generator state gives the same bytes. Without
// zlib: stored and fixed blocks come from a small writer of our own, blocks of dynamic codes from a stream kept here.
#pragma once

#include <random>

#include "engine/base/bytes.h"

namespace pulih {

Bytes InflateSpecimen(std::mt19937_64& random);
Bytes TarSpecimen(std::mt19937_64& random);

}  // namespace pulih
