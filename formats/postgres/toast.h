// Values that lie elsewhere or smaller than they are: TOAST pointers, chunks, and the two compressions. What is lost
// is said to be lost: a value of which a chunk is missing gives its beginning and `cut`, never a short value.
//
//   inline compressed   le32: raw size 30 bits, method 2 bits (14; before: 0 = pglz) | compressed bytes
//   pointer (16 bytes)  le32 raw size with 4 of its header | le32 stored size 30 bits, method 2 bits (14) |
//                       le32 value | le32 TOAST relation (its OID, not its filenode)
//   stored compressed   the stored bytes begin with the word of an inline compressed value
//   chunk               a row of the TOAST relation: value oid, sequence int4, at most 1996 bytes
//
// A value is stored compressed when its stored size is less than raw size - 4: nothing else says so, for the method of
// pglz is 0.
//
// Both decompressors are our own, because libraries give nothing of a damaged stream, and what came out before the
// damage is wanted. Pure; an output grows with its input and is at most its raw size, 1 GiB. Source:
// src/include/varatt.h, access/detoast.h, common/pg_lzcompress.c (its account of the format); the LZ4 block format.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/heap_tuple.h"

namespace pulih {

inline constexpr uint32_t kMaxRawSize = (uint32_t{1} << 30) - 1;
inline constexpr size_t kToastPointerSize = 16;
inline constexpr size_t kToastChunkSize = 1996;  // of pages of 8 KiB

enum class ToastMethod : uint8_t { pglz = 0, lz4 = 1, unknown = 3 };

struct ToastPointer {
  uint32_t raw_size = 0;     // of the value, with 4 bytes of its length
  uint32_t stored_size = 0;  // of all chunks
  ToastMethod method = ToastMethod::pglz;
  uint32_t value_id = 0, relation = 0;

  bool is_compressed() const { return stored_size < raw_size - 4; }
  bool operator==(const ToastPointer&) const = default;
};

// Nothing for bytes that can be no pointer: sizes out of range, stored larger than raw.
std::optional<ToastPointer> ReadToastPointer(ByteView bytes);

struct ToastChunk {
  uint32_t value_id = 0;
  uint32_t sequence = 0;
  ByteView bytes;
};

// The shape of every TOAST relation, and a walked tuple of it as a chunk. Nothing when it is none.
const TupleShape& ToastShape();
std::optional<ToastChunk> ChunkOf(const std::vector<TupleField>& fields);

// The beginning of a value, or all of it.
struct Detoasted {
  Bytes bytes;
  bool cut = false;    // the value goes on, and the rest is lost
  bool proven = true;  // false: lengths fit, but the chunks' order or number needed a choice
};

// Undoes a compression. Output is at most `raw_size` (without header); input that is damaged or ends early gives what
// came before. `cut` unless exactly `raw_size` bytes came out and all input was used.
Detoasted DecompressPglz(ByteView input, uint32_t raw_size);
Detoasted DecompressLz4(ByteView input, uint32_t raw_size);
// With the word in front (inline, or stored compressed). `input_cut`: the input's end is lost.
Detoasted DecompressWithWord(ByteView input, bool input_cut, uint32_t max_raw_size);

// Puts the chunks of one value together, in any order, with doubles; of two different ones with one number neither
// counts. Chunks must have the sizes that the pointer asks for.
Detoasted JoinChunks(const ToastPointer& pointer, const std::vector<ToastChunk>& chunks);

// Where chunks come from.
class ToastSource {
 public:
  virtual ~ToastSource() = default;
  // Appends what there is of this value. Views are valid as long as the source.
  virtual void Chunks(const ToastPointer& pointer, std::vector<ToastChunk>& found) const = 0;
};

// The value's bytes without a length, wherever they are. Nothing for fields that hold no value (null, absent) or a
// pointer that is none. A value of which nothing is left is empty and cut.
std::optional<Detoasted> Detoast(const TupleField& field, const ToastSource* source);

}  // namespace pulih
