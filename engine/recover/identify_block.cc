// BlockKind of 4 KiB: structure first, since a page shows itself in its first 24 bytes; then a histogram, which tells
// text from dense bytes.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/base/endian.h"
#include "engine/recover/identify.h"

namespace pulih {
namespace {

constexpr uint32_t kPageSize = 8192;
constexpr uint32_t kPageHead = 24;
constexpr double kHighEntropy = 7.7;  // bits a byte; 4 KiB of random bytes measure 7.95, deflated text 7.9
constexpr double kTextEntropy = 6.8;
constexpr uint32_t kLinesToCount = 12;  // of a block: more tell no more, and cost half of the time
constexpr uint8_t kChunkHead[] = {0, 0, 0x10, 0, 0};  // an int of pg_dump: 4096

bool IsPattern(ByteView block) {
  constexpr size_t kPeriod = 8;
  return block.size() > kPeriod && std::memcmp(block.data(), block.data() + kPeriod, block.size() - kPeriod) == 0;
}

// --- pages -------------------------------------------------------------------------------------------------------------

// A tuple of a TOAST table: three columns, a chunk's number in sequence, a chunk no longer than one may be.
bool IsChunkTuple(ByteView block, uint32_t at, uint32_t length) {
  if (at + 36 > block.size() || length < 36) return false;
  const uint8_t* t = block.data() + at;
  if ((LoadLe<uint16_t>(t + 18) & 0x07ff) != 3 || t[22] < 24 || t[22] > 32) return false;
  const uint8_t* values = t + t[22];
  const size_t left = block.size() - at - t[22];
  if (left < 12 || LoadLe<uint32_t>(values) == 0 || LoadLe<uint32_t>(values + 4) > (1u << 20)) return false;
  const uint32_t chunk = values[8];
  const uint32_t chunk_length = (chunk & 1) != 0 ? chunk >> 1 : LoadLe<uint32_t>(values + 8) >> 2;
  return chunk_length + t[22] + 8 == length;
}

bool IsToastPage(ByteView block, uint32_t lower) {
  for (uint32_t at = kPageHead; at + 4 <= std::min<uint32_t>(lower, kPageHead + 4 * 16); at += 4) {
    const uint32_t item = LoadLe<uint32_t>(block.data() + at);
    const uint32_t offset = item & 0x7fff, flags = (item >> 15) & 3, length = item >> 17;
    if (flags == 1 && offset + 36 <= block.size()) return IsChunkTuple(block, offset, length);
  }
  return false;
}

// The kind of page that begins here, `other` when none does.
BlockKind PageKind(ByteView block) {
  const uint8_t* p = block.data();
  const uint32_t flags = LoadLe<uint16_t>(p + 10), lower = LoadLe<uint16_t>(p + 12), upper = LoadLe<uint16_t>(p + 14),
                 special = LoadLe<uint16_t>(p + 16);
  if (LoadLe<uint16_t>(p + 18) != (kPageSize | 4) || (flags & ~7u) != 0) return BlockKind::other;
  if (lower < kPageHead || lower > upper || upper > special || special > kPageSize || special % 8 != 0) return BlockKind::other;
  if (special == kPageSize) {
    if (lower > kPageHead) return IsToastPage(block, lower) ? BlockKind::toast : BlockKind::heap;
    // No line pointers: an empty page, or a map, which has bytes where a heap has none.
    const ByteView rest = block.subspan(kPageHead);
    return std::all_of(rest.begin(), rest.end(), [](uint8_t b) { return b == 0; }) ? BlockKind::heap : BlockKind::map;
  }
  // A sequence is a heap page of one row with eight bytes of its own behind it.
  if (special == kPageSize - 8 && lower == kPageHead + 4) return BlockKind::heap;
  return BlockKind::index;
}

bool IsWalPage(ByteView block) {
  const uint8_t* p = block.data();
  const uint16_t magic = LoadLe<uint16_t>(p), info = LoadLe<uint16_t>(p + 2);
  const uint32_t timeline = LoadLe<uint32_t>(p + 4);
  if (magic < 0xd050 || magic > 0xd1ff || (info & ~0x0fu) != 0 || timeline == 0 || timeline > (1u << 20)) return false;
  // One number of 64 bits from 9.3, before it two of 32, the high one first: one of the two is a multiple of a page.
  const uint32_t first = LoadLe<uint32_t>(p + 8), second = LoadLe<uint32_t>(p + 12);
  return (first % kPageSize == 0 || second % kPageSize == 0) && (first | second) != 0;
}

// --- counts ------------------------------------------------------------------------------------------------------------

struct LogTable {
  std::array<float, kBlockSize + 1> weight{};  // n log2 n
  LogTable() {
    for (size_t n = 1; n <= kBlockSize; ++n) weight[n] = static_cast<float>(n) * std::log2(static_cast<float>(n));
  }
};

using Counts = std::array<uint16_t, 256>;

Counts Count(ByteView block) {
  // Four tables, so that equal bytes in a row do not wait for one another.
  uint16_t parts[4][256] = {};
  const size_t whole = block.size() & ~size_t{7};
  for (size_t i = 0; i < whole; i += 8) {
    uint64_t v;
    std::memcpy(&v, block.data() + i, sizeof v);
    ++parts[0][v & 0xff], ++parts[1][(v >> 8) & 0xff], ++parts[2][(v >> 16) & 0xff], ++parts[3][(v >> 24) & 0xff];
    ++parts[0][(v >> 32) & 0xff], ++parts[1][(v >> 40) & 0xff], ++parts[2][(v >> 48) & 0xff], ++parts[3][v >> 56];
  }
  for (size_t i = whole; i < block.size(); ++i) ++parts[0][block[i]];
  Counts counts;
  for (size_t b = 0; b < 256; ++b) counts[b] = static_cast<uint16_t>(parts[0][b] + parts[1][b] + parts[2][b] + parts[3][b]);
  return counts;
}

double Entropy(const Counts& counts, size_t size) {
  static const LogTable table;
  float sum = 0;
  for (const uint16_t count : counts) sum += table.weight[count];
  return std::log2(static_cast<double>(size)) - static_cast<double>(sum) / static_cast<double>(size);
}

bool IsText(const Counts& counts, size_t size, double entropy) {
  uint32_t control = 0, high = 0;
  for (size_t b = 0; b < 0x20; ++b)
    if (b != '\t' && b != '\n' && b != '\r' && b != '\f') control += counts[b];
  for (size_t b = 0x80; b < 256; ++b) high += counts[b];
  return counts[0] == 0 && (control + counts[0x7f]) * 500 <= size && high * 3 <= size && entropy < kTextEntropy;
}

// Rows of COPY: every whole line has as many tabs as the others.
bool IsCopyText(ByteView block, uint32_t tabs) {
  if (tabs < 2) return false;
  const std::string_view text = AsText(block);
  size_t begin = text.find('\n');
  if (begin == text.npos) return tabs >= 4;  // inside of a long row
  ptrdiff_t expected = -1;
  uint32_t lines = 0, odd = 0;
  for (size_t end = text.find('\n', ++begin); end != text.npos && lines < kLinesToCount; begin = end + 1, end = text.find('\n', begin), ++lines) {
    const ptrdiff_t n = std::count(text.begin() + static_cast<ptrdiff_t>(begin), text.begin() + static_cast<ptrdiff_t>(end), '\t');
    if (expected < 0) expected = n;
    else if (n != expected) ++odd;
  }
  if (lines == 0) return tabs >= 4;
  return expected > 0 && odd * 8 <= lines;
}

bool HasChunkHead(ByteView block) { return ::memmem(block.data(), block.size(), kChunkHead, sizeof kChunkHead) != nullptr; }

}  // namespace

BlockKind IdentifyBlock(ByteView block, bool* starts_page) {
  *starts_page = false;
  if (block.empty()) return BlockKind::other;
  if (block.size() <= 16) return std::all_of(block.begin(), block.end(), [](uint8_t b) { return b == 0; }) ? BlockKind::zero : BlockKind::other;
  if (IsPattern(block)) {
    uint64_t first;
    std::memcpy(&first, block.data(), sizeof first);
    return first == 0 ? BlockKind::zero : BlockKind::pattern;
  }
  if (block.size() >= 64) {
    const BlockKind page = PageKind(block);
    *starts_page = true;
    if (page != BlockKind::other) return page;
    if (IsWalPage(block)) return BlockKind::wal;
    *starts_page = false;
  }
  const Counts counts = Count(block);
  const double entropy = Entropy(counts, block.size());
  // A short block has not the bytes to reach the entropy of a long one.
  if (entropy >= std::min(kHighEntropy, std::log2(static_cast<double>(block.size())) - 0.6) && block.size() >= 256)
    return HasChunkHead(block) ? BlockKind::dump_chunk : BlockKind::high_entropy;
  if (IsText(counts, block.size(), entropy)) return IsCopyText(block, counts['\t']) ? BlockKind::copy_text : BlockKind::text;
  return BlockKind::other;
}

BlockKind BlockMapper::Next(ByteView block) {
  bool starts_page = false;
  BlockKind kind = IdentifyBlock(block, &starts_page);
  const bool is_paged = head_ == FileKind::relation || head_ == FileKind::index || head_ == FileKind::relation_map || head_ == FileKind::wal;
  const bool is_stream = head_ == FileKind::gzip || head_ == FileKind::zlib || head_ == FileKind::zip;
  const bool is_dump = head_ == FileKind::dump_custom || head_ == FileKind::dump_fragment;
  if (starts_page) {
    page_ = kind;
    in_page_ = true;
  } else if (kind != BlockKind::zero && kind != BlockKind::pattern && page_ != BlockKind::other && (in_page_ || is_paged) &&
             block.size() == kBlockSize) {
    // The other half of a page; or, in a file of pages, a half whose head is lost.
    kind = page_;
    in_page_ = false;
  } else {
    in_page_ = false;
    if (kind == BlockKind::high_entropy && is_stream) kind = BlockKind::deflate;
    // One chunk in 820 has its head across two blocks.
    if (kind == BlockKind::high_entropy && is_dump) kind = BlockKind::dump_chunk;
  }
  return kind;
}

void BlockMapper::Take(ByteView bytes, std::vector<BlockRun>& runs) {
  while (!bytes.empty()) {
    const ByteView block = bytes.first(std::min<size_t>(bytes.size(), kBlockSize));
    bytes = bytes.subspan(block.size());
    const BlockKind kind = Next(block);
    ++counts_[static_cast<size_t>(kind)];
    if (!runs.empty() && runs.back().kind == kind) ++runs.back().blocks;
    else runs.push_back({kind, 1});
  }
}

std::string_view BlockKindName(BlockKind kind) {
  static constexpr std::array<std::string_view, kBlockKinds> kNames = {
      "other", "zero", "pattern", "heap", "index", "TOAST", "map", "WAL", "dump chunk", "deflate", "high entropy", "COPY text", "text"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace pulih
