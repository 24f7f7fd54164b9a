// Lets pages of mapped evidence go that were read: the process holds less, and bytes that are asked for again come from
// the file again. Only for bytes of an EvidenceMap (UnitFile::mapped): of other memory it would take what is there.
//
// Any thread.
#pragma once

#include "engine/base/bytes.h"

namespace pulih {

// How much of a file is gone through before what was read is let go.
inline constexpr size_t kLetGoBytes = size_t{32} << 20;

void LetGo(ByteView mapped);

}  // namespace pulih
