// The event log of one writer: append-only, a Merkle tree over its leaves by RFC 6962 §2.1 (leaf hash =
// SHA-256(0x00 ‖ leaf), node = SHA-256(0x01 ‖ left ‖ right)), each entry one blob log/<writer>/<n> with the
// signed checkpoint after it (formats/repo/log_entry.h). Proofs and publishing come with the audit stage; the
// log is there from the first snapshot.
//
// Append is put-if-absent: two processes of one writer are put in order, the loser takes n+1. Nothing is ever
// rewritten. Thread-safe as far as the store is; one LogState belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/crypto/keyring.h"
#include "engine/store/store.h"
#include "formats/repo/log_entry.h"

namespace pulih {

// The compact range of a tree: enough to append and to know the root.
class MerkleFrontier {
 public:
  MerkleFrontier() = default;
  // corrupt when the number of hashes does not fit the size.
  static Result<MerkleFrontier> Adopt(uint64_t size, std::vector<Digest> hashes);
  void AppendLeaf(ByteView leaf);
  Digest Root() const;  // SHA-256("") when empty
  uint64_t size() const { return size_; }
  const std::vector<Digest>& hashes() const { return hashes_; }  // largest subtree first

 private:
  uint64_t size_ = 0;
  std::vector<Digest> hashes_;
};

// "pulih/<repository hex>/<writer hex>"
std::string LogOrigin(const RepositoryId& repository, const WriterId& writer);

struct LeafFields {
  std::string type;  // "snapshot", "key"
  RepositoryId repository;
  WriterId writer;
  uint64_t sequence = 0;
  int64_t time_ns = 0;
  Digest manifest_public;      // snapshot: SHA-256 of the manifest's public part
  SnapshotId snapshot;         // snapshot
  std::string note;            // key: what was done
};
Bytes EncodeLeaf(const LeafFields& fields);
Result<LeafFields> DecodeLeaf(ByteView leaf);

struct ReadLogEntry {
  LeafFields leaf;
  MerkleFrontier frontier;  // after this entry
  uint64_t blob_size = 0;
  Bytes leaf_bytes;         // as hashed
};

// Reads entry `n` and checks everything that can be checked alone: signature, size, frontier against root,
// fields of the leaf. corrupt when something does not hold.
Result<ReadLogEntry> ReadEntry(Store& store, const RepositoryId& repository, const WriterId& writer,
                               const PublicKey& writer_key, uint64_t n);

// The numbers of all entries that stand in the store, holes or not, by their names.
Result<std::map<WriterId, std::set<uint64_t>>> LogNumbers(Store& store);

// How many entries each writer's log has, by the names in the store (0 … n-1 without a hole: a hole ends it).
Result<std::map<WriterId, uint64_t>> LogSizes(Store& store);

// Appends one event. `fields.sequence` is filled in. Returns the entry as written.
Result<ReadLogEntry> AppendEvent(Store& store, const WriterKeys& writer, LeafFields fields);

}  // namespace pulih
