// How the real file system makes files that have no name yet. NewPosixFileSystem() of file_system.h takes
// nameless ones wherever they work; the other way exists for file systems without them (vfat, NFS, CIFS,
// most of FUSE), and tests ask for it by name so that it is exercised on any machine.
#pragma once

#include <memory>

#include "engine/os/file_system.h"

namespace pulih {

enum class Temporaries : uint8_t {
  nameless_where_possible,  // O_TMPFILE: a killed process leaves nothing behind
  named,                    // "tmp-<random>"
};

std::unique_ptr<FileSystem> NewPosixFileSystem(Temporaries temporaries);

}  // namespace pulih
