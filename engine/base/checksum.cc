#include "engine/base/checksum.h"

#include <xxhash.h>

namespace pulih {

uint64_t Checksum64(ByteView bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace pulih
