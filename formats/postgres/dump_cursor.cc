#include "formats/postgres/dump_cursor.h"

#include <algorithm>
#include <optional>

#include "engine/base/endian.h"
#include "formats/archive/inflate_decoder.h"
#include "formats/archive/stream_checks.h"

namespace pulih {
namespace {

constexpr size_t kBlockHead = 6, kZlibHead = 2, kZlibTail = 4;

bool IsZlibHead(uint8_t method, uint8_t flags) { return (method & 15) == 8 && (method >> 4) <= 7 && (method * 256 + flags) % 31 == 0 && (flags & 0x20) == 0; }

// Lines of COPY: all that is counted of a text.
struct LineCount {
  std::optional<uint32_t> tabs_expected;  // of the first line
  uint32_t tabs = 0, length = 0;
  uint32_t good = 0;
  bool bad = false;
  char first = 0;

  void Add(ByteView text) {
    for (const uint8_t byte : text) {
      if (byte == '\n') {
        EndLine();
        continue;
      }
      if (length++ == 0) first = static_cast<char>(byte);
      tabs += byte == '\t' ? 1 : 0;
    }
  }
  void EndLine() {
    // The end of the rows, and the empty lines behind it, have no fields.
    const bool is_aside = length == 0 || (length == 2 && first == '\\');
    if (!is_aside) {
      if (!tabs_expected) tabs_expected = tabs;
      bad = bad || tabs != *tabs_expected;
      // Lines without tabs say nothing of whether they are rows.
      good += tabs == *tabs_expected && tabs > 0 ? 1 : 0;
    }
    tabs = length = 0;
  }
};

}  // namespace

// A zlib stream up to somewhere.
class DumpCursor::Stream {
 public:
  // Goes on from `before` (none: begins) with the bytes of `pieces`.
  Stream(const Stream* before, const std::vector<ByteView>& pieces) {
    if (before != nullptr) {
      carried_ = before->rest_;
      skip_ = before->skip_;
      adler_ = before->adler_;
      lines_ = before->lines_;
      ended_ = before->ended_;
    }
    lines_.good = 0;
    if (!carried_.empty()) pieces_.push_back({carried_, 0, false});
    for (const ByteView piece : pieces)
      if (!piece.empty()) pieces_.push_back({piece, 0, false});
    in_ = std::make_unique<PieceBits>(pieces_, false);
    if (!ended_) Decode(before);
    Keep();
  }

  bool sound() const { return sound_; }
  uint32_t lines() const { return lines_.good; }
  bool lines_differ() const { return lines_.bad; }
  // Nothing follows: is it whole?
  bool IsProven() const {
    if (!ended_ || rest_.size() != kZlibTail) return false;
    uint32_t stored = 0;
    for (const uint8_t byte : rest_) stored = stored << 8 | byte;
    return stored == adler_;
  }

 private:
  void Decode(const Stream* before) {
    if (before != nullptr && before->decoder_ != nullptr) {
      decoder_ = std::make_unique<InflateDecoder<uint8_t>>(*in_, *before->decoder_, skip_);
    } else {
      skip_ = 0;
      if (in_->total_bytes() < kZlibHead) return;
      in_->Seek(0);
      const auto method = static_cast<uint8_t>(in_->Need(8) ? in_->Take(8) : 0), flags = static_cast<uint8_t>(in_->Need(8) ? in_->Take(8) : 0);
      sound_ = IsZlibHead(method, flags);
      if (!sound_) return;
      decoder_ = std::make_unique<InflateDecoder<uint8_t>>(*in_, HeaderRules{});
      decoder_->Start(kZlibHead * 8, true);
    }
    using Event = InflateDecoder<uint8_t>::Event;
    Event event = Event::more;
    while (event == Event::more || event == Event::block) {
      event = decoder_->Advance(1024);
      if (decoder_->run_full()) TakeRun();
    }
    TakeRun();
    sound_ = event != Event::error;
    ended_ = event == Event::stream_end;
  }

  void TakeRun() {
    adler_ = Adler32(decoder_->run(), adler_);
    lines_.Add(decoder_->run());
    decoder_->NextRun();
  }

  // What was not used: the bits of a code, or of a header, that goes on in the next bytes; or the checksum.
  void Keep() {
    uint64_t bit = decoder_ == nullptr ? 0 : ended_ ? (decoder_->bit() + 7) / 8 * 8 : decoder_->bit();
    skip_ = bit % 8;
    uint64_t from = bit / 8;
    for (const DeflatePiece& piece : pieces_) {
      const uint64_t skipped = std::min<uint64_t>(from, piece.bytes.size());
      from -= skipped;
      Append(rest_, piece.bytes.subspan(skipped));
    }
    // A header of a block has some 300 bytes, a checksum 4.
    sound_ = sound_ && rest_.size() <= (ended_ ? kZlibTail : 1024);
  }

  Bytes carried_, rest_;
  uint64_t skip_ = 0;
  std::vector<DeflatePiece> pieces_;
  std::unique_ptr<PieceBits> in_;  // the decoder refers to it
  std::unique_ptr<InflateDecoder<uint8_t>> decoder_;
  uint32_t adler_ = kAdler32Start;
  LineCount lines_;
  bool ended_ = false, sound_ = true;
};

DumpCursor::DumpCursor() = default;

// Collects a number of `size` bytes; false: it goes on behind these bytes.
bool DumpCursor::Number(ByteView& bytes, size_t size) {
  while (collected_ < size && !bytes.empty()) {
    number_[collected_++] = bytes[0];
    bytes = bytes.subspan(1);
  }
  if (collected_ < size) return false;
  collected_ = 0;
  return true;
}

bool DumpCursor::Completes(ByteView rest) const {
  if (state_ != State::length || rest.size() < kDumpChunkHead - collected_) return false;
  std::array<uint8_t, kDumpChunkHead> whole{};
  for (size_t i = 0; i < whole.size(); ++i) whole[i] = i < collected_ ? number_[i] : rest[i - collected_];
  return whole[0] == 0 && LoadLe<uint32_t>(whole.data() + 1) <= kDumpChunk;
}

bool DumpCursor::AtBlock() {
  const uint32_t id = LoadLe<uint32_t>(number_.data() + 2);
  if ((number_[0] != 1 && number_[0] != 3) || number_[1] != 0 || id == 0 || id > INT32_MAX) {
    state_ = State::finished;
    return true;
  }
  objects_ = number_[0] == 3;
  state_ = objects_ ? State::object : State::length;
  short_chunk_ = false;
  return true;
}

bool DumpCursor::AtLength() {
  const uint32_t length = LoadLe<uint32_t>(number_.data() + 1);
  if (number_[0] != 0 || length > kDumpChunk || (short_chunk_ && length != 0)) return false;
  if (length == 0) return EndStream();
  short_chunk_ = length < kDumpChunk;
  left_ = length;
  state_ = State::chunk;
  return true;
}

// Decodes what was collected of the stream at hand.
bool DumpCursor::Feed(bool ends) {
  if (pieces_.empty() && !ends) return true;
  stream_ = std::make_shared<const Stream>(stream_.get(), pieces_);
  pieces_.clear();
  if (is_first_) lines_ += stream_->lines();
  return stream_->sound() && (objects_ || !stream_->lines_differ() || ends);
}

bool DumpCursor::EndStream() {
  const bool has_stream = stream_ != nullptr || !pieces_.empty();
  if (has_stream && (!Feed(true) || !stream_->IsProven())) return false;
  if (has_stream && is_first_) proves_stream_ = true;
  stream_.reset();
  is_first_ = false;
  short_chunk_ = false;
  state_ = objects_ ? State::object : State::block;
  return true;
}

DumpCursor::Fit DumpCursor::Take(ByteView bytes) {
  proves_stream_ = false;
  lines_ = 0;
  is_first_ = stream_ != nullptr || collected_ > 0 || state_ == State::length || state_ == State::chunk;
  const bool begins_between = between();
  bool goes_on = true;
  while (!bytes.empty() && goes_on) {
    switch (state_) {
      case State::block:
        if (Number(bytes, kBlockHead)) goes_on = AtBlock();
        break;
      case State::object:
        if (!Number(bytes, kDumpChunkHead)) break;
        if (number_[0] != 0) return Fit::refused;
        state_ = LoadLe<uint32_t>(number_.data() + 1) == 0 ? State::block : State::length;
        break;
      case State::length:
        if (Number(bytes, kDumpChunkHead)) goes_on = AtLength();
        break;
      case State::chunk: {
        const size_t size = std::min<uint64_t>(left_, bytes.size());
        pieces_.push_back(bytes.first(size));
        bytes = bytes.subspan(size);
        left_ -= size;
        if (left_ == 0) state_ = State::length;
        break;
      }
      case State::finished: bytes = {}; break;
    }
  }
  if (!goes_on || !Feed(false)) return Fit::refused;
  if (state_ == State::finished && begins_between && stream_ == nullptr && !proves_stream_) return Fit::possible;
  return proves_stream_ || (!objects_ && lines_ >= kProvingLines) ? Fit::proven : Fit::possible;
}

}  // namespace pulih
