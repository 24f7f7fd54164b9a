#include "formats/postgres/dump_order.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <unordered_map>

#include "engine/base/checksum.h"
#include "engine/base/endian.h"
#include "formats/postgres/dump_blocks.h"
#include "formats/postgres/dump_cursor.h"

namespace pulih {
namespace {

constexpr uint32_t kNone = UINT32_MAX, kContested = UINT32_MAX - 1;
constexpr size_t kMaxCandidates = 64;
constexpr unsigned kMaxForks = 8;  // on the way to a proof
constexpr size_t kMaxHeads = 512;  // of one block: text with many short strings looks so
// Of a run of zeros only the first can be the end of a table; what a disk has behind the end of a file may be zeros, too.
constexpr size_t kZerosToTry = 8;
constexpr uint64_t kWorkForEachBlock = 64;  // blocks tried; a dump needs two
constexpr uint64_t kLooksForOneTry = 8;     // blocks of which only the first bytes are looked at
constexpr uint8_t kFullHead[] = {0, 0, 0x10, 0, 0};
constexpr size_t kStartSize = 13;  // of a block of data: its head, a chunk's, a stream's
constexpr size_t kTextBefore = 64;

struct Block {
  ByteView bytes;
  uint32_t file = 0;
  uint64_t offset = 0;
};

bool IsFill(ByteView bytes) { return bytes.size() < 2 || std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0; }

// What can be the head of a chunk, or the end of the last.
bool IsHead(ByteView block, size_t at) {
  return at + kDumpChunkHead <= block.size() && block[at] == 0 && LoadLe<uint32_t>(block.data() + at + 1) <= kDumpChunk;
}

size_t FullHead(ByteView block) {
  const void* at = ::memmem(block.data(), block.size(), kFullHead, sizeof kFullHead);
  return at == nullptr ? block.size() : static_cast<size_t>(static_cast<const uint8_t*>(at) - block.data());
}

// Deflate has as many bytes above 0x7f as below; text has few.
bool IsDense(ByteView block) {
  const auto high = std::count_if(block.begin(), block.end(), [](uint8_t b) { return b >= 0x80; });
  return static_cast<size_t>(high) * 10 >= block.size() * 3;
}

std::vector<Block> Cut(const std::vector<ByteView>& files) {
  std::vector<Block> blocks;
  for (uint32_t file = 0; file < files.size(); ++file)
    for (uint64_t at = 0; at < files[file].size(); at += kDiskBlock)
      blocks.push_back({files[file].subspan(at, std::min<uint64_t>(kDiskBlock, files[file].size() - at)), file, at});
  return blocks;
}

class Orderer {
 public:
  explicit Orderer(std::vector<Block> blocks)
      : blocks_(std::move(blocks)),
        next_(blocks_.size(), kNone),
        previous_(blocks_.size(), kNone),
        usable_(blocks_.size(), true),
        may_start_(blocks_.size(), true),
        work_(kWorkForEachBlock * blocks_.size()) {}

  // Whether some block does not go on by the clock in the block behind it.
  bool IsBroken() const {
    for (uint32_t i = 0; i + 1 < blocks_.size(); ++i)
      if (Breaks(i)) return true;
    return false;
  }

  void Join() {
    Index();
    // What is proven for one block rules it out for another: so until nothing more comes of it.
    for (uint64_t before = 1, now = 0; before != now;) {
      before = now;
      for (uint32_t i = 0; i < blocks_.size(); ++i) FollowFrom(i);
      now = links_;
    }
    for (uint32_t& next : next_)
      if (next == kContested) next = kNone;
  }

  // What stands together and was not told apart stays together where most of the file is in order.
  void KeepNeighbours() {
    uint64_t broken = 0, kept = 0;
    for (uint32_t i = 0; i + 1 < blocks_.size(); ++i) {
      const std::optional<bool> goes_on = GoesOn(i);
      broken += goes_on && !*goes_on ? 1 : 0;
      kept += goes_on && *goes_on ? 1 : 0;
    }
    // In a heap of blocks some agree by chance.
    if (broken >= kept) return;
    for (uint32_t i = 0; i + 1 < blocks_.size(); ++i) {
      if (next_[i] != kNone || previous_[i + 1] != kNone || !StandsBefore(i, i + 1) || Breaks(i)) continue;
      next_[i] = i + 1;
      previous_[i + 1] = i;
    }
  }

  uint64_t CountMoved() const {
    uint64_t moved = 0;
    for (uint32_t i = 0; i < blocks_.size(); ++i) moved += next_[i] != kNone && !StandsBefore(i, next_[i]) ? 1 : 0;
    return moved;
  }

  // First what is no data, the archive's head in front; then the block in which contents end and data begins; then data that
  // nothing joins, and the chains.
  std::vector<OrderedRun> Runs() const {
    std::array<std::vector<uint32_t>, 5> lists;
    for (uint32_t i = 0; i < blocks_.size(); ++i)
      if (previous_[i] >= kContested) lists[PlaceOf(i)].push_back(i);
    std::vector<OrderedRun> runs;
    std::vector<bool> told(blocks_.size(), false);
    for (const auto& list : lists)
      for (const uint32_t i : list) Emit(i, told, runs);
    // A ring has no beginning.
    for (uint32_t i = 0; i < blocks_.size(); ++i)
      if (!told[i]) Emit(i, told, runs);
    return runs;
  }

 private:
  size_t PlaceOf(uint32_t i) const {
    const ByteView bytes = blocks_[i].bytes;
    if (AsText(bytes).starts_with("PGDMP")) return 0;
    DumpCursor cursor;
    size_t at = 0;
    if (usable_[i] && Start(i, cursor, at)) return at >= kTextBefore && !IsDense(bytes.first(at)) ? 2 : 4;
    return next_[i] != kNone && IsDense(bytes) ? 4 : IsDense(bytes) ? 3 : 1;
  }

  // Where the block behind has the head that the last one in this block says; nullopt: this block says nothing.
  std::optional<bool> GoesOn(uint32_t i) const {
    const ByteView here = blocks_[i].bytes, there = blocks_[i + 1].bytes;
    if (here.size() < kDiskBlock || IsFill(there)) return std::nullopt;
    const size_t head = FullHead(here), next = head + kDumpChunkHead;
    if (head == here.size() || next + kDumpChunkHead > there.size()) return std::nullopt;
    return StandsBefore(i, i + 1) && IsHead(there, next);
  }
  bool Breaks(uint32_t i) const { return !GoesOn(i).value_or(true); }

  bool StandsBefore(uint32_t a, uint32_t b) const { return a + 1 == b && blocks_[a].file == blocks_[b].file; }

  void Index() {
    std::unordered_map<uint64_t, uint32_t> seen;
    by_head_.resize(kDiskBlock);
    for (uint32_t i = 0; i < blocks_.size(); ++i) {
      const ByteView bytes = blocks_[i].bytes;
      if (IsFill(bytes)) {
        usable_[i] = false;
        continue;
      }
      const auto [at, fresh] = seen.emplace(Checksum64(bytes), i);
      if (!fresh && std::equal(bytes.begin(), bytes.end(), blocks_[at->second].bytes.begin(), blocks_[at->second].bytes.end())) {
        usable_[i] = false;
        continue;
      }
      size_t heads = 0, zeros = 0;
      for (size_t p = 0; p + kDumpChunkHead <= bytes.size() && heads < kMaxHeads; ++p) {
        zeros = bytes[p] == 0 ? zeros + 1 : 0;
        if (zeros > kZerosToTry || !IsHead(bytes, p)) continue;
        by_head_[p].push_back(i);
        ++heads;
      }
      if (heads == 0 && IsDense(bytes)) headless_.push_back(i);
    }
  }

  // The first place in the block where data begins that can be read to the block's end.
  bool Start(uint32_t i, DumpCursor& cursor, size_t& at) const {
    if (!may_start_[i]) return false;
    const ByteView bytes = blocks_[i].bytes;
    for (size_t& p = at = 0; p + kStartSize <= bytes.size(); ++p) {
      if ((bytes[p] != 1 && bytes[p] != 3) || bytes[p + 1] != 0 || bytes[p + 5] != 0 || bytes[p + 6] != 0) continue;
      cursor = DumpCursor();
      if (cursor.Take(bytes.subspan(p)) != DumpCursor::Fit::refused && !cursor.finished()) return true;
    }
    return false;
  }

  // More than kMaxCandidates say nothing, and need not be all. The view lasts until the next call.
  std::span<const uint32_t> Candidates(const DumpCursor& cursor) {
    const uint64_t to_next = cursor.to_next();
    if (cursor.collected() == 0 && to_next + kDumpChunkHead <= kDiskBlock) return by_head_[to_next];
    // The next head stands across a border.
    if (cursor.collected() == 0) return headless_;
    found_.clear();
    // To look at all of them costs as much as trying some.
    const uint64_t cost = blocks_.size() / kLooksForOneTry;
    if (cost > work_) return {};
    work_ -= cost;
    for (uint32_t i = 0; i < blocks_.size() && found_.size() <= kMaxCandidates; ++i)
      if (usable_[i] && cursor.Completes(blocks_[i].bytes)) found_.push_back(i);
    return found_;
  }

  struct Choice {
    uint32_t block = kNone;
    bool proven = false;
    DumpCursor cursor;
  };
  // What can follow; where one is proven to, only that. None where that is so of several.
  std::vector<Choice> Choices(uint32_t at, const DumpCursor& cursor) {
    std::vector<Choice> possible, proven;
    const bool is_known = next_[at] != kNone;
    std::span<const uint32_t> candidates;
    if (!is_known) candidates = Candidates(cursor);
    else if (next_[at] != kContested) candidates = {&next_[at], 1};
    if (candidates.size() > kMaxCandidates || candidates.size() > work_) return {};
    work_ -= candidates.size();
    for (const uint32_t i : candidates) {
      if (i == at) continue;
      Choice choice{i, false, cursor};
      const DumpCursor::Fit fit = choice.cursor.Take(blocks_[i].bytes);
      if (fit == DumpCursor::Fit::refused) continue;
      choice.proven = fit == DumpCursor::Fit::proven || is_known;
      if (choice.proven) proven.push_back(std::move(choice));
      else if (previous_[i] == kNone) possible.push_back(std::move(choice));  // else it is proven to follow on another
    }
    if (proven.size() > 1 || possible.size() > kMaxCandidates / 8) return {};
    return proven.empty() ? possible : proven;
  }

  using Joints = std::vector<std::pair<uint32_t, uint32_t>>;
  struct Way {
    Joints joints;
    uint32_t at = kNone;
    DumpCursor cursor;
  };
  // From `at` block after block until what was joined is proven: a joint by itself, or all of a stream at its end. Where
  // several can follow and none is proven all of them are followed, and only one may come to its end.
  std::optional<Way> Settle(Way way, unsigned forks) {
    while (!way.cursor.finished() && !way.cursor.between() && blocks_[way.at].bytes.size() == kDiskBlock && way.joints.size() <= blocks_.size()) {
      std::vector<Choice> choices = Choices(way.at, way.cursor);
      if (choices.empty() || (choices.size() > 1 && forks == 0)) return std::nullopt;
      std::optional<Way> only;
      for (Choice& choice : choices) {
        Way next{choices.size() == 1 ? std::move(way.joints) : way.joints, choice.block, std::move(choice.cursor)};
        next.joints.emplace_back(way.at, choice.block);
        const bool settles = next.cursor.proves_stream() || (choice.proven && next.joints.size() == 1);
        std::optional<Way> settled = settles ? std::move(next) : choices.size() == 1 ? std::nullopt : Settle(std::move(next), forks - 1);
        if (choices.size() == 1 && !settles) way = std::move(next);
        else if (settled && only) return std::nullopt;  // two ways fit
        else if (settled) only = std::move(settled);
      }
      if (only || choices.size() > 1) return only;
    }
    return std::nullopt;
  }

  // From the first data that begins in the block.
  void FollowFrom(uint32_t i) {
    Way way;
    size_t begin = 0;
    if (!usable_[i] || previous_[i] != kNone || work_ == 0) return;
    --work_;
    if (!Start(i, way.cursor, begin)) {
      may_start_[i] = false;
      return;
    }
    way.at = i;
    for (;;) {
      std::optional<Way> settled = Settle(std::move(way), kMaxForks);
      if (!settled) return;
      for (const auto& [from, to] : settled->joints)
        if (to == i || !Link(from, to)) return;  // a chain that comes back to where it was is none
      way = std::move(*settled);
      way.joints.clear();
    }
  }

  // False where another block claims the same next one: then neither has it.
  bool Link(uint32_t from, uint32_t to) {
    if (previous_[to] == from) return true;
    if (previous_[to] != kNone || next_[from] != kNone) {
      if (previous_[to] < kContested) next_[previous_[to]] = kContested;
      previous_[to] = kContested;
      if (next_[from] == kNone) next_[from] = kContested;
      return false;
    }
    previous_[to] = from;
    next_[from] = to;
    ++links_;
    return true;
  }

  void Emit(uint32_t head, std::vector<bool>& told, std::vector<OrderedRun>& runs) const {
    uint32_t before = kNone;
    for (uint32_t i = head; i != kNone && !told[i]; before = i, i = next_[i]) {
      told[i] = true;
      const Block& block = blocks_[i];
      const bool joined = before != kNone;
      OrderedRun* last = runs.empty() ? nullptr : &runs.back();
      if (joined && last->file == block.file && last->offset + last->length == block.offset) last->length += block.bytes.size();
      else runs.push_back({block.file, block.offset, block.bytes.size(), joined});
    }
  }

  const std::vector<Block> blocks_;
  std::vector<uint32_t> next_, previous_;
  std::vector<bool> usable_;
  std::vector<bool> may_start_;                 // false: no data begins in the block
  std::vector<uint32_t> found_;
  std::vector<std::vector<uint32_t>> by_head_;  // blocks that may have the head of a chunk there
  std::vector<uint32_t> headless_;              // data without any
  uint64_t work_, links_ = 0;
};

}  // namespace

DumpOrder OrderDumpBlocks(const std::vector<ByteView>& files) {
  DumpOrder order;
  Orderer orderer(Cut(files));
  if (!orderer.IsBroken()) return order;
  orderer.Join();
  order.joints = orderer.CountMoved();
  if (order.joints == 0) return order;
  orderer.KeepNeighbours();
  order.runs = orderer.Runs();
  return order;
}

}  // namespace pulih
