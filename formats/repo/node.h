// A node of a map, the plaintext of an object of kind `node`. Layout (docs/format.md, "Map node"):
//   u8 version (1) | u8 level (0: leaf) | varint count | count × entry
//   entry = varint shared | sized suffix | leaf:     sized value
//                                        | interior: ObjectId of the child 32 | varint entries below it
// `shared` is the number of bytes that the key has in common with the one before it, the most there are;
// keys strictly ascend; an interior entry's key is the last key below its child. Canonical (I5).
//
// Pure. NodeView borrows from the bytes that it was parsed from.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/byte_writer.h"
#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint8_t kNodeVersion = 1;
inline constexpr uint8_t kMaxNodeLevel = 31;
// Shared prefixes let a few bytes stand for long keys: whole keys of one node add up to no more than this, so
// that decoding takes memory in proportion to an object. A builder ends a node (or refuses a key) before it.
inline constexpr uint64_t kMaxNodeKeyBytes = kMaxObjectSize;

// Appends entries to a node in key order; the writing half.
class NodeEncoder {
 public:
  explicit NodeEncoder(uint8_t level) : level_(level) {}
  void AddLeafEntry(ByteView key, ByteView value);
  void AddChild(ByteView last_key, const ObjectId& child, uint64_t entries_below);
  size_t count() const { return count_; }
  size_t encoded_size() const { return body_.size() + 16; }
  uint64_t key_bytes() const { return key_bytes_; }  // of whole keys; at most kMaxNodeKeyBytes
  const Bytes& last_key() const { return last_key_; }
  Bytes Finish() &&;

 private:
  void AddKey(ByteView key);
  uint8_t level_;
  uint64_t count_ = 0;
  uint64_t key_bytes_ = 0;
  Bytes last_key_;
  ByteWriter body_;
};

struct NodeEntry {
  Bytes key;            // whole
  ByteView value;       // leaf: borrows from the node's bytes
  ObjectId child;       // interior
  uint64_t entries_below = 0;
};

struct Node {
  uint8_t level = 0;
  std::vector<NodeEntry> entries;
};

// Refuses whatever NodeEncoder would not write. The entries' views borrow from `bytes`.
Result<Node> DecodeNode(ByteView bytes);

}  // namespace pulih
