// DumpCursor walks through the data of a custom dump (dump_blocks.h) block of a disk after block, and says of each
// whether it can be the next: chunks must go on where their lengths say, and the zlib stream in them must go on being
// deflate, rows of COPY with as many fields as those before, and at its end what its adler-32 says.
//
// Deflate alone does not tell: read with the codes of another stream, noise decodes for kilobytes, and falls into step
// again when the right bytes follow. Lines of rows do: noise has no constant number of tabs.
//
// A copy is cheap and goes its own way, so several continuations can be tried from one place. Only gzip compression
// (zlib streams). Hostile bytes; nothing is kept of what is inflated. One thread.
#pragma once

#include <array>
#include <memory>

#include "engine/base/bytes.h"
#include "formats/postgres/dump_blocks.h"

namespace pulih {

// So many lines that all have the number of fields that the lines before have are no chance.
inline constexpr uint32_t kProvingLines = 8;

class DumpCursor {
 public:
  enum class Fit : uint8_t {
    refused,   // these bytes are not the next ones
    possible,  // nothing speaks against it
    proven,    // whole lines, or a checksum, say that they are
  };
  // Begins at the head of a block of data.
  DumpCursor();

  // Goes on through `bytes`, which must last as long as the call; after refused the cursor is of no more use.
  Fit Take(ByteView bytes);

  // The stream that was open when Take began has ended by its checksum: whatever of it was merely possible is proven.
  bool proves_stream() const { return proves_stream_; }
  // Behind the last block of data something else begins.
  bool finished() const { return state_ == State::finished; }
  // Between two blocks of data, where order says nothing.
  bool between() const { return state_ == State::block && collected_ == 0; }
  // Bytes of chunks before the next length; and how many bytes of that length were read already.
  uint64_t to_next() const { return state_ == State::chunk ? left_ : 0; }
  size_t collected() const { return collected_; }
  // Whether `rest` can complete the length of a chunk of which some bytes were read.
  bool Completes(ByteView rest) const;

 private:
  enum class State : uint8_t { block, object, length, chunk, finished };
  class Stream;

  bool Number(ByteView& bytes, size_t size);
  bool AtBlock();
  bool AtLength();
  bool Feed(bool ends);
  bool EndStream();

  State state_ = State::block;
  bool objects_ = false;
  bool short_chunk_ = false;  // the last one: only an end may follow
  uint64_t left_ = 0;
  std::array<uint8_t, 6> number_{};
  size_t collected_ = 0;
  std::shared_ptr<const Stream> stream_;  // of what was taken; shared by copies, never changed
  std::vector<ByteView> pieces_;          // of the stream, not fed yet
  bool proves_stream_ = false;
  bool is_first_ = true;                  // the stream at hand was open when Take began
  uint32_t lines_ = 0;                    // of that stream, in these bytes
};

}  // namespace pulih
