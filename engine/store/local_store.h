// A Store in a directory: one file per blob, under the blob's own name. Packs lie in 256 folders,
// packs/00 … packs/ff, so that no folder grows long.
//
// A blob gets its name only when its bytes are durable, and Put and Commit return only when the name is
// durable too: file synced, linked, folder synced. The same holds for already_exists: the blob that stands
// there is durable, even if the process that wrote it was killed before it could see to that.
// Bytes not yet published are nameless files, or lie in `tmp` (file_system.h); nobody reads them.
//
// Thread-safe. Read next: engine/os/file_system.h for what "durable" takes.
#pragma once

#include <memory>
#include <string>

#include "engine/os/file_system.h"
#include "engine/store/store.h"

namespace pulih {

// `fs` must outlive the store. Nothing is touched before the first call: a root that is not there shows as
// not_found of whatever is read.
std::unique_ptr<Store> NewLocalStore(FileSystem& fs, std::string root);

}  // namespace pulih
