#include "engine/records/sort_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/base/endian.h"
#include "engine/crypto/aead.h"

namespace pulih {
namespace {

constexpr size_t kPairHead = 8;

AeadNonce NonceOf(uint64_t number) {
  AeadNonce nonce{};
  StoreLe(nonce.data(), number);
  return nonce;
}

}  // namespace

SpoolSeal::SpoolSeal(RandomSource& random, size_t block_size) : key_(kAeadKeySize), block_size_(block_size) {
  random.Fill(key_.mutable_view());
}

Status SpoolSeal::Append(SpillFile& spool, Bytes& block) {
  const size_t plain_size = block.size();
  block.resize(plain_size + kAeadTagSize);
  uint8_t number[8];
  StoreLe(number, next_block_);
  AeadSeal(key_.view(), NonceOf(next_block_), number, ByteView(block).first(plain_size), block);
  // Also when it is not written: a second attempt must not use the number again.
  ++next_block_;
  PULIH_TRY(spool.Append(block));
  written_ += block.size();
  return OkStatus();
}

Status SpoolSeal::Read(const SpillFile& spool, uint64_t offset, uint64_t number, size_t plain_size, Bytes& out) const {
  const size_t before = out.size();
  out.resize(before + plain_size + kAeadTagSize);
  const MutableByteView sealed = MutableByteView(out).subspan(before);
  PULIH_TRY(spool.ReadAt(offset, sealed));
  uint8_t additional[8];
  StoreLe(additional, number);
  if (!AeadOpen(key_.view(), NonceOf(number), additional, sealed, sealed.first(plain_size))) {
    return Status(Code::corrupt,
                  "sort rows: block " + std::to_string(number) + " of the temporary file: is not what was written");
  }
  out.resize(before + plain_size);
  return OkStatus();
}

SortRunWriter::SortRunWriter(SpoolSeal& seal, SpillFile& spool) : seal_(seal) {
  run_.spool = &spool;
  run_.offset = spool.end();
  run_.first_block = seal.next_block();
  block_.reserve(seal.block_size() + kAeadTagSize);
}

Status SortRunWriter::Append(ByteView bytes) {
  run_.size += bytes.size();
  while (!bytes.empty()) {
    const size_t n = std::min(bytes.size(), seal_.block_size() - block_.size());
    pulih::Append(block_, bytes.first(n));
    bytes = bytes.subspan(n);
    if (block_.size() < seal_.block_size()) continue;
    PULIH_TRY(seal_.Append(*run_.spool, block_));
    block_.clear();
  }
  return OkStatus();
}

Status SortRunWriter::Add(ByteView key, ByteView value) {
  uint8_t head[kPairHead];
  StoreLe(head, static_cast<uint32_t>(key.size()));
  StoreLe(head + 4, static_cast<uint32_t>(value.size()));
  run_.largest_pair = std::max<uint64_t>(run_.largest_pair, kPairHead + key.size() + value.size());
  PULIH_TRY(Append(head));
  PULIH_TRY(Append(key));
  return Append(value);
}

Result<SortRun> SortRunWriter::Finish() {
  if (!block_.empty()) PULIH_TRY(seal_.Append(*run_.spool, block_));
  block_.clear();
  return run_;
}

// Stands on one pair of a run.
class SortRunMerger::Reader {
 public:
  Reader(const SpoolSeal& seal, const SortRun& run, size_t place) : seal_(seal), run_(run), place_(place) {}

  // The next pair; false behind the last.
  Result<bool> Advance() {
    at_ += pair_size_;
    pair_size_ = 0;
    if (at_ == held_.size() && read_ == run_.size) return false;
    PULIH_TRY(Hold(kPairHead));
    key_size_ = LoadLe<uint32_t>(held_.data() + at_);
    const uint64_t value_size = LoadLe<uint32_t>(held_.data() + at_ + 4);
    const uint64_t size = kPairHead + key_size_ + value_size;
    PULIH_TRY(Hold(size));
    pair_size_ = static_cast<size_t>(size);
    return true;
  }

  // Valid until Advance.
  ByteView key() const { return ByteView(held_).subspan(at_ + kPairHead, key_size_); }
  ByteView value() const {
    return ByteView(held_).subspan(at_ + kPairHead + key_size_, pair_size_ - kPairHead - key_size_);
  }
  bool Before(const Reader& other) const {
    const int order = Compare(key(), other.key());
    return order != 0 ? order < 0 : place_ < other.place_;
  }

 private:
  // Makes `size` bytes from at_ on stand in held_.
  Status Hold(uint64_t size) {
    const size_t there = held_.size() - at_;
    if (there >= size) return OkStatus();
    if (size - there > run_.size - read_) {
      return Status(Code::corrupt, "sort rows: temporary file: a row goes beyond its run");
    }
    held_.erase(held_.begin(), held_.begin() + static_cast<ptrdiff_t>(at_));
    at_ = 0;
    const uint64_t block_size = seal_.block_size();
    // Exactly, where a vector of its own accord would take the double.
    held_.reserve(static_cast<size_t>(size + block_size + kAeadTagSize));
    while (held_.size() < size) {
      const uint64_t block = read_ / block_size;
      const uint64_t plain = std::min(block_size, run_.size - read_);
      PULIH_TRY(seal_.Read(*run_.spool, run_.offset + block * (block_size + kAeadTagSize), run_.first_block + block,
                           static_cast<size_t>(plain), held_));
      read_ += plain;
    }
    return OkStatus();
  }

  const SpoolSeal& seal_;
  const SortRun run_;
  const size_t place_;
  Bytes held_;
  size_t at_ = 0, pair_size_ = 0, key_size_ = 0;
  uint64_t read_ = 0;  // of the run's bytes
};

SortRunMerger::SortRunMerger(const SpoolSeal& seal, std::vector<SortRun> runs) {
  for (const SortRun& run : runs) readers_.push_back(std::make_unique<Reader>(seal, run, readers_.size()));
}
SortRunMerger::~SortRunMerger() = default;

Status SortRunMerger::Drain(const std::function<Status(ByteView, ByteView)>& each) {
  std::vector<Reader*> heap;
  for (const auto& reader : readers_) {
    PULIH_TRY_ASSIGN(const bool there, reader->Advance());
    if (there) heap.push_back(reader.get());
  }
  const auto later = [](const Reader* a, const Reader* b) { return b->Before(*a); };
  std::make_heap(heap.begin(), heap.end(), later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Reader& first = *heap.back();
    PULIH_TRY(each(first.key(), first.value()));
    PULIH_TRY_ASSIGN(const bool more, first.Advance());
    if (more) {
      std::push_heap(heap.begin(), heap.end(), later);
    } else {
      heap.pop_back();
    }
  }
  return OkStatus();
}

}  // namespace pulih
