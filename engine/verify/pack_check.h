// Checking packs, from their tails and directories alone or read whole. Each pack is judged by itself; what its damage
// means for snapshots is reachability.h's part.
//
// Thread-safe: several threads check several packs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/repo/read_session.h"

namespace pulih {

struct DamagedObject {
  ObjectId id;
  std::string why;
};

struct PackVerdict {
  std::string blob_name;
  Status pack;                          // not ok: the pack as a whole (name, tail, directory)
  std::vector<DamagedObject> objects;   // frames that do not hold
  uint64_t bytes_read = 0, frames = 0, frames_opened = 0;
  bool directory_checked = true;        // false: no key at hand opens it
};

// The bytes of one pack, read whole: its name, body and directory digests, signature, every frame's digest; with a
// content key (`open_frames`) every frame opened, its name computed again, and the links that the directory gives a node
// compared with the node. A pack that is wrong as a whole is still searched for its sound frames.
PackVerdict CheckWholePack(ReadSession& session, const std::string& blob_name, uint64_t size, bool open_frames);

// The tail and directory of one pack alone, held against the catalog: a pack that was exchanged for another of the same
// size is sound in itself.
PackVerdict CheckPackDirectory(ReadSession& session, const std::string& blob_name, uint64_t size);

}  // namespace pulih
