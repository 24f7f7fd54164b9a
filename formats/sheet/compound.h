// Compound files (OLE 2): a small file system in a file, with streams by name. What old Office documents are in.
//
// Tolerant: a chain of sectors that breaks off gives what comes before. Pure. Source: [MS-CFB].
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/bytes.h"

namespace pulih::sheet {

bool IsCompoundHead(ByteView bytes);

struct CompoundStream {
  Bytes bytes;
  bool whole = false;  // as long as its entry says
};
// The stream of this name (ASCII), at most `most` long; nothing when there is none.
std::optional<CompoundStream> ReadCompoundStream(ByteView bytes, std::string_view name, uint64_t most);

}  // namespace pulih::sheet
