#include "formats/postgres/dump_blocks.h"

#include <algorithm>
#include <cstring>

#include "engine/base/endian.h"

namespace pulih {

namespace {

constexpr uint64_t kStride = kDumpChunkHead + kDumpChunk;
constexpr uint64_t kBlockHead = 6;
// A row is a chunk of its own without compression, and no row is longer.
constexpr uint64_t kMaxChunk = 1u << 30;
// A run of one value this long is no compressed data and no row.
constexpr uint64_t kFill = 128;
// Chunks in a row that must look right before a beginning is believed that nothing else proves.
constexpr unsigned kChain = 3;

}  // namespace

DumpBlocks::DumpBlocks(ByteView bytes, DumpCompression compression, std::vector<int32_t> known)
    : bytes_(bytes), compression_(compression), known_(std::move(known)) {
  std::sort(known_.begin(), known_.end());
}

// The head of a chunk with bytes in it. The file may end inside the chunk.
bool DumpBlocks::IsHead(uint64_t at, uint64_t* length) const {
  if (at > bytes_.size() || bytes_.size() - at < kDumpChunkHead || bytes_[at] != 0) return false;
  const uint64_t size = LoadLe<uint32_t>(bytes_.data() + at + 1);
  if (size == 0 || size > kMaxChunk || (fixed_stride() && size > kDumpChunk)) return false;
  if (length != nullptr) *length = size;
  return true;
}

bool DumpBlocks::IsBlock(uint64_t at) const {
  if (at > bytes_.size() || bytes_.size() - at < kBlockHead || (bytes_[at] != 1 && bytes_[at] != 3) || bytes_[at + 1] != 0)
    return false;
  const uint32_t id = LoadLe<uint32_t>(bytes_.data() + at + 2);
  if (id == 0 || id > INT32_MAX) return false;
  if (!known_.empty() && !std::binary_search(known_.begin(), known_.end(), static_cast<int32_t>(id))) return false;
  const uint64_t first = at + kBlockHead;
  if (bytes_.size() - first < kDumpChunkHead) return true;  // the file ends
  if (bytes_[first] != 0) return false;
  const uint32_t word = LoadLe<uint32_t>(bytes_.data() + first + 1);
  if (bytes_[at] == 3) return word != 0 || IsBlock(first + kDumpChunkHead) || first + kDumpChunkHead == bytes_.size();
  if (word == 0) return IsEnd(first) && (compression_ == DumpCompression::none || !known_.empty());
  uint64_t length = 0;
  if (!IsHead(first, &length)) return false;
  if (IsFramed()) {
    // A frame's magic number.
    const uint32_t magic = compression_ == DumpCompression::lz4 ? 0x184D2204 : 0xFD2FB528;
    return length < 4 || bytes_.size() - first < kDumpChunkHead + 4 || LoadLe<uint32_t>(bytes_.data() + first + kDumpChunkHead) == magic;
  }
  if (!fixed_stride() || bytes_.size() - first < kDumpChunkHead + 2) return true;
  // A zlib stream begins with a check of its own first two bytes.
  const uint32_t head = static_cast<uint32_t>(bytes_[first + 5]) << 8 | bytes_[first + 6];
  return (head >> 8 & 15) == 8 && head % 31 == 0;
}

// The 0 behind the last chunk: then the file ends, or the next block begins.
bool DumpBlocks::IsEnd(uint64_t at) const {
  if (at > bytes_.size() || bytes_.size() - at < kDumpChunkHead) return false;
  for (uint64_t i = 0; i < kDumpChunkHead; ++i) {
    if (bytes_[at + i] != 0) return false;
  }
  const uint64_t behind = at + kDumpChunkHead;
  return behind == bytes_.size() || (bytes_[behind] != 0 && bytes_.size() - behind < kBlockHead) || IsBlock(behind);
}

// Whether chunks follow each other from `at` on: `depth` of them, or to the end of the block or file.
bool DumpBlocks::FollowsChain(uint64_t at, unsigned depth) const {
  for (unsigned whole = 0; depth > 0; --depth, ++whole) {
    if (IsEnd(at)) return true;
    uint64_t length = 0;
    if (!IsHead(at, &length)) return false;
    if (compression_ == DumpCompression::none) {
      // Each chunk is a row, or several lines of a view of the catalog: it ends with a line.
      const uint64_t last = at + kDumpChunkHead + length - 1;
      if (last < bytes_.size() && bytes_[last] != '\n') return false;
    }
    if (fixed_stride() && length < kDumpChunk) return IsEnd(at + kDumpChunkHead + length) || at + kDumpChunkHead + length >= bytes_.size();
    at += kDumpChunkHead + length;
    // Any length that is too large leads beyond the end of the file: alone it says nothing.
    if (at >= bytes_.size()) return fixed_stride() || whole > 0 || at == bytes_.size();
  }
  return true;
}

// Without compression a chunk is a row: one line, which the end of the file may cut.
bool DumpBlocks::IsRow(uint64_t begin, uint64_t end) const {
  if (compression_ != DumpCompression::none) return true;
  if (end <= bytes_.size()) return bytes_[end - 1] == '\n';
  return std::memchr(bytes_.data() + begin, '\n', bytes_.size() - begin) == nullptr;
}

// Where the run of one value ends that `at` lies in; `at` itself when it is shorter than kFill.
uint64_t DumpBlocks::FillEnd(uint64_t at) const {
  if (at >= bytes_.size()) return at;
  uint64_t begin = at, end = at;
  while (begin > 0 && at - begin < kFill && bytes_[begin - 1] == bytes_[at]) --begin;
  while (end < bytes_.size() && bytes_[end] == bytes_[at]) ++end;
  return end - begin >= kFill ? end : at;
}

// Behind damage at `at`: the next place where a block begins, or (nothing better) where chunks follow each other.
uint64_t DumpBlocks::Resume(uint64_t at) const {
  for (; at + kDumpChunkHead < bytes_.size(); ++at) {
    const uint8_t first = bytes_[at];
    if (first > 3) continue;
    if (first != 0) {
      // After damage an id that is merely plausible is not enough.
      if (IsBlock(at) && bytes_.size() - at > kBlockHead + kDumpChunkHead && FollowsChain(at + kBlockHead, 2)) return at;
      continue;
    }
    if (IsHead(at) && !IsEnd(at) && FollowsChain(at, kChain)) {
      uint64_t length = 0;
      IsHead(at, &length);
      // A single short chunk can be chance; a full one with another behind it is not.
      if (length == kDumpChunk || (!fixed_stride() && at + kDumpChunkHead + length < bytes_.size())) return at;
    }
  }
  return bytes_.size();
}

void DumpBlocks::ReadChunks(uint64_t at, DumpBlock& block) const {
  const auto add = [&block](uint64_t begin, uint64_t end) {
    block.pieces.push_back({begin, end});
  };
  for (;;) {
    if (at >= bytes_.size() || bytes_.size() - at < kDumpChunkHead) {
      block.how = BlockEnd::file;
      block.end = bytes_.size();
      return;
    }
    if (IsEnd(at)) {
      block.end = at + kDumpChunkHead;
      return;
    }
    uint64_t length = 0;
    const bool hole = FillEnd(at) > at;
    if (!hole && IsHead(at, &length)) {
      const uint64_t next = at + kDumpChunkHead + length;
      // A length is believed when what follows is a head or an end; or by the stride, when that is damaged.
      const bool usual = fixed_stride() && length == kDumpChunk;
      const bool followed = next >= bytes_.size() || IsEnd(next) || (!fixed_stride() && (IsHead(next) || FillEnd(next) > next));
      if (usual || (followed && IsRow(at + kDumpChunkHead, next))) {
        const uint64_t end = std::min<uint64_t>(next, bytes_.size());
        add(at + kDumpChunkHead, end);
        at = next;
        continue;
      }
      // The last chunk, and its end lies in a hole or is broken.
      if (fixed_stride() && FillEnd(next) > next) {
        add(at + kDumpChunkHead, next);
        block.pieces.push_back({next, next});
        block.damage.push_back({next, FillEnd(next)});
        block.how = BlockEnd::lost;
        block.end = FillEnd(next);
        return;
      }
    }
    // Zeros to the end of the block may be its end, in damage that begins right behind.
    block.damage.push_back({at, hole ? FillEnd(at) : at + kDumpChunkHead});
    if (fixed_stride()) {
      // The stride: the first head that is whole again, with a chain behind it. The bytes between are chunks, good or
      // damaged.
      const uint64_t good = hole ? FillEnd(at) : at + 1;
      uint64_t next = at + (good - at + kStride - 1) / kStride * kStride;
      const uint64_t limit = good + 2 * kStride;
      while (next < limit && next < bytes_.size() && !(FillEnd(next) == next && (IsEnd(next) || (IsHead(next) && FollowsChain(next, 2))))) next += kStride;
      if (next < limit && next < bytes_.size()) {
        for (; at < next; at += kStride) add(at + kDumpChunkHead, at + kStride);
        continue;
      }
    }
    const uint64_t from = hole ? FillEnd(at) : at + 1;
    block.pieces.push_back({at, at});
    block.how = BlockEnd::lost;
    block.end = std::min<uint64_t>(from, bytes_.size());
    return;
  }
}

void DumpBlocks::ReadObjects(uint64_t at, DumpBlock& block) const {
  while (at < bytes_.size() && bytes_.size() - at >= kDumpChunkHead) {
    if (bytes_[at] != 0) break;
    const bool last = LoadLe<uint32_t>(bytes_.data() + at + 1) == 0;  // OID 0
    at += kDumpChunkHead;
    if (last) {
      block.end = at;
      return;
    }
    uint64_t length = 0;
    while (IsHead(at, &length)) at += kDumpChunkHead + length;
    if (at >= bytes_.size()) break;
    if (bytes_.size() - at < kDumpChunkHead || LoadLe<uint32_t>(bytes_.data() + at + 1) != 0 || bytes_[at] != 0) {
      block.how = BlockEnd::lost;
      block.end = at + 1;
      return;
    }
    at += kDumpChunkHead;
  }
  block.how = at >= bytes_.size() ? BlockEnd::file : BlockEnd::lost;
  block.end = std::min<uint64_t>(bytes_.size(), at + 1);
}

DumpBlock DumpBlocks::Read(uint64_t at, bool head_lost) const {
  DumpBlock block;
  block.begin = at;
  block.head_lost = head_lost;
  if (head_lost) {
    // Bytes before the first whole head belong to the chunk whose head is lost.
    uint64_t head = at;
    const uint64_t most = std::min<uint64_t>(bytes_.size(), at + kStride);
    while (head < most && !(IsHead(head) && FollowsChain(head, kChain)) && !IsEnd(head)) ++head;
    block.pieces.push_back({at, at});
    if (head < most && head > at) block.pieces.push_back({at, head});
    ReadChunks(head < most ? head : at, block);
    return block;
  }
  block.objects = bytes_[at] == 3;
  block.dump_id = static_cast<int32_t>(LoadLe<uint32_t>(bytes_.data() + at + 2));
  if (block.objects) {
    ReadObjects(at + kBlockHead, block);
  } else {
    ReadChunks(at + kBlockHead, block);
  }
  return block;
}

bool DumpBlocks::Next(uint64_t& at, DumpBlock& block) const {
  if (at >= bytes_.size()) return false;
  if (IsBlock(at)) {
    block = Read(at, false);
  } else {
    // The kind, or the id, may be broken and the chunks behind be whole.
    const bool behind_hole = at > 0 && FillEnd(at - 1) > at - 1;
    const bool broken_head = !behind_hole && FillEnd(at) == at && IsHead(at + kBlockHead) && FollowsChain(at + kBlockHead, kChain);
    const uint64_t fill = FillEnd(at);
    const uint64_t begin = broken_head ? at + kBlockHead : Resume(fill);
    if (begin >= bytes_.size()) {
      at = bytes_.size();
      return false;
    }
    if (!broken_head && IsBlock(begin)) {
      block = Read(begin, false);
    } else {
      // Behind a hole the bytes up to the first whole head are of the same stream, when they are fewer than a chunk.
      const bool near = !broken_head && begin - fill < kStride && (fill > at || behind_hole);
      block = Read(near ? fill : begin, true);
      if (broken_head) block.head_lost = false;  // the stream itself begins here
      if (broken_head && !block.pieces.empty()) block.pieces.erase(block.pieces.begin());
    }
  }
  if (block.end <= at) block.end = at + 1;
  at = block.end;
  return true;
}

}  // namespace pulih
