// AtomicFile: the one way in which pulih makes a small file durable: nameless, written, synced, named, and
// the folder synced. When these return ok the file survives a power cut, and nobody ever saw a part of it.
#pragma once

#include <string>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/os/file_system.h"

namespace pulih {

// Fails with already_exists when `path` is there.
Status WriteFileOnce(FileSystem& fs, const std::string& path, ByteView bytes);
// Replaces what is there: local state only (I3 holds for repositories).
Status ReplaceFile(FileSystem& fs, const std::string& path, ByteView bytes);
// Makes `path` and the folders above it that are missing, each durable.
Status MakeDirectories(FileSystem& fs, const std::string& path);

// MakeDirectories; already_exists when something is in `path`. `what` begins the message: "export".
Status MakeEmptyDirectory(FileSystem& fs, const std::string& path, const std::string& what);

}  // namespace pulih
