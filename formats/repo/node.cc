#include "formats/repo/node.h"

#include <algorithm>
#include <utility>

#include "engine/base/byte_reader.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "map node";

// The least that an entry takes: shared, suffix length, and then a value's length or child and count.
constexpr size_t kMinLeafEntry = 3;
constexpr size_t kMinInteriorEntry = 2 + ObjectId::kSize + 1;

size_t CommonPrefix(ByteView a, ByteView b) {
  const size_t n = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(n), b.begin()).first - a.begin());
}

}  // namespace

void NodeEncoder::AddKey(ByteView key) {
  PULIH_CHECK(count_ == 0 || Compare(last_key_, key) < 0);
  key_bytes_ += key.size();
  PULIH_CHECK(key_bytes_ <= kMaxNodeKeyBytes);
  const size_t shared = CommonPrefix(last_key_, key);
  body_.Varint(shared);
  body_.Sized(key.subspan(shared));
  last_key_.resize(shared);
  Append(last_key_, key.subspan(shared));
  ++count_;
}

void NodeEncoder::AddLeafEntry(ByteView key, ByteView value) {
  PULIH_CHECK(level_ == 0);
  AddKey(key);
  body_.Sized(value);
}

void NodeEncoder::AddChild(ByteView last_key, const ObjectId& child, uint64_t entries_below) {
  PULIH_CHECK(level_ > 0 && level_ <= kMaxNodeLevel && entries_below > 0);
  AddKey(last_key);
  body_.Raw(child.view());
  body_.Varint(entries_below);
}

Bytes NodeEncoder::Finish() && {
  // Only a leaf may be empty: it is the empty map.
  PULIH_CHECK(level_ == 0 || count_ > 0);
  ByteWriter head;
  head.U8(kNodeVersion);
  head.U8(level_);
  head.Varint(count_);
  Bytes out = std::move(body_).Take();
  out.insert(out.begin(), head.view().begin(), head.view().end());
  return out;
}

namespace {

// Reads the next key, given the one before it (null for the first). The reader fails where the key is not
// written as the encoder would.
Bytes ReadKey(ByteReader& in, const Bytes* before) {
  const uint64_t shared = in.Varint();
  const ByteView suffix = in.Sized();
  const size_t before_size = before ? before->size() : 0;
  if (in.failed() || shared > before_size) {
    in.Fail();
    return {};
  }
  const auto prefix_size = static_cast<size_t>(shared);
  // Ascends and shares the most: the first byte that differs is greater, or the key before ends there.
  const bool in_order = before == nullptr ||
                        (!suffix.empty() && (prefix_size == before_size || suffix[0] > (*before)[prefix_size]));
  if (!in_order) {
    in.Fail();
    return {};
  }
  Bytes key;
  key.reserve(prefix_size + suffix.size());
  if (before) key.assign(before->begin(), before->begin() + static_cast<std::ptrdiff_t>(prefix_size));
  Append(key, suffix);
  return key;
}

}  // namespace

Result<Node> DecodeNode(ByteView bytes) {
  ByteReader in(bytes);
  const uint8_t version = in.U8();
  Node node;
  node.level = in.U8();
  const uint64_t count = in.Varint();
  if (in.failed()) return CorruptIn(kWhat, "it is cut short");
  PULIH_TRY(CheckVersion(kWhat, version, kNodeVersion));
  if (node.level > kMaxNodeLevel) return CorruptIn(kWhat, "its level is out of bounds");
  if (count == 0 && node.level > 0) return CorruptIn(kWhat, "an interior node is empty");
  const size_t min_entry = node.level == 0 ? kMinLeafEntry : kMinInteriorEntry;
  if (count > in.remaining() / min_entry) return CorruptIn(kWhat, "it names more entries than it can hold");

  // No more than the input's own size in advance: `count` is not to be believed yet.
  node.entries.reserve(static_cast<size_t>(std::min<uint64_t>(count, in.remaining() / sizeof(NodeEntry) + 1)));
  uint64_t key_bytes = 0;
  for (uint64_t i = 0; i < count; ++i) {
    NodeEntry entry;
    entry.key = ReadKey(in, node.entries.empty() ? nullptr : &node.entries.back().key);
    key_bytes += entry.key.size();
    if (key_bytes > kMaxNodeKeyBytes) return CorruptIn(kWhat, "its keys are longer than a node's may be");
    if (node.level == 0) {
      entry.value = in.Sized();
    } else {
      entry.child.bytes = in.Array<ObjectId::kSize>();
      entry.entries_below = in.Varint();
      if (entry.entries_below == 0) in.Fail();
    }
    if (in.failed()) return CorruptIn(kWhat, "an entry is cut short or not in its canonical form");
    node.entries.push_back(std::move(entry));
  }
  if (!in.Finish()) return CorruptIn(kWhat, "bytes are left over");
  return node;
}

}  // namespace pulih
