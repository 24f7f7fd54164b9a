// Bytes in lz4 and zstd frames as the libraries write them: the oracle of frame_inflate's tests.
#pragma once

#include <random>

#include "engine/base/bytes.h"

namespace pulih {

// With a checksum as the command line tools write it, without as pg_dump does.
Bytes Lz4Framed(ByteView plain, bool checksum);
Bytes ZstdFramed(ByteView plain, bool checksum);
// A few frames of one kind: a seed for the fuzzer.
Bytes FramesSpecimen(std::mt19937_64& random);

}  // namespace pulih
