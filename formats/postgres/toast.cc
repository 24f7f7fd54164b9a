#include "formats/postgres/toast.h"

#include <algorithm>
#include <map>

#include "engine/base/endian.h"

namespace pulih {

namespace {

constexpr uint32_t kSizeMask = 0x3fffffff;
constexpr size_t kVarlenaHeader = 4;
constexpr size_t kChunkColumns = 3;

ToastMethod MethodOf(uint32_t word) {
  switch (word >> 30) {
    case 0: return ToastMethod::pglz;
    case 1: return ToastMethod::lz4;
    default: return ToastMethod::unknown;
  }
}

// The size that the chunk with this number has in a value of `total` stored bytes; all but the last are full.
size_t SizeOfChunk(uint32_t sequence, uint32_t total, size_t full) {
  const uint64_t begin = uint64_t{sequence} * full;
  return begin >= total ? 0 : std::min<uint64_t>(full, total - begin);
}

// Of what the value's first chunk is large: a cluster with other pages has another chunk size, the same in all values.
size_t FullChunk(const ToastPointer& pointer, const std::vector<ToastChunk>& chunks) {
  for (const ToastChunk& chunk : chunks) {
    if (chunk.sequence == 0 && chunk.bytes.size() < pointer.stored_size && chunk.bytes.size() > kToastChunkSize)
      return chunk.bytes.size();
  }
  return kToastChunkSize;
}

}  // namespace

std::optional<ToastPointer> ReadToastPointer(ByteView bytes) {
  if (bytes.size() != kToastPointerSize) return std::nullopt;
  const uint8_t* p = bytes.data();
  const auto word = LoadLe<uint32_t>(p + 4);
  ToastPointer pointer{LoadLe<uint32_t>(p), word & kSizeMask, MethodOf(word), LoadLe<uint32_t>(p + 8),
                       LoadLe<uint32_t>(p + 12)};
  const bool sound = pointer.raw_size >= kVarlenaHeader && pointer.raw_size - kVarlenaHeader <= kMaxRawSize &&
                     pointer.stored_size > 0 && pointer.stored_size <= pointer.raw_size - kVarlenaHeader &&
                     pointer.value_id != 0 && pointer.relation != 0 && pointer.method != ToastMethod::unknown;
  if (!sound) return std::nullopt;
  return pointer;
}

const TupleShape& ToastShape() {
  static const TupleShape shape{{{4, 4, true}, {4, 4, true}, {-1, 4, true}}, false, true};
  return shape;
}

std::optional<ToastChunk> ChunkOf(const std::vector<TupleField>& fields) {
  if (fields.size() != kChunkColumns) return std::nullopt;
  for (const TupleField& field : fields) {
    if (field.kind != TupleField::Kind::plain) return std::nullopt;
  }
  const auto sequence = LoadLe<uint32_t>(fields[1].bytes.data());
  const auto value = LoadLe<uint32_t>(fields[0].bytes.data());
  if (value == 0 || sequence > kMaxRawSize || fields[2].bytes.empty()) return std::nullopt;
  return ToastChunk{value, sequence, fields[2].bytes};
}

Detoasted DecompressWithWord(ByteView input, bool input_cut, uint32_t max_raw_size) {
  if (input.size() < 4) return {{}, true};
  const auto word = LoadLe<uint32_t>(input.data());
  const uint32_t raw = word & kSizeMask;
  if (raw > max_raw_size) return {{}, true};
  const ByteView body = input.subspan(4);
  const ToastMethod method = MethodOf(word);
  if (method == ToastMethod::unknown) return {{}, true};
  Detoasted out = method == ToastMethod::lz4 ? DecompressLz4(body, raw) : DecompressPglz(body, raw);
  out.cut = out.cut || input_cut;
  return out;
}

Detoasted JoinChunks(const ToastPointer& pointer, const std::vector<ToastChunk>& chunks) {
  const size_t full = FullChunk(pointer, chunks);
  std::map<uint32_t, const ToastChunk*> by_number;  // nullptr: two that differ
  for (const ToastChunk& chunk : chunks) {
    if (chunk.value_id != pointer.value_id ||
        chunk.bytes.size() != SizeOfChunk(chunk.sequence, pointer.stored_size, full))
      continue;
    const auto [at, fresh] = by_number.emplace(chunk.sequence, &chunk);
    if (!fresh && at->second != nullptr && !Equal(at->second->bytes, chunk.bytes)) at->second = nullptr;
  }
  Detoasted joined;
  uint32_t next = 0;
  for (const auto& [number, chunk] : by_number) {
    if (number != next || chunk == nullptr) break;
    Append(joined.bytes, chunk->bytes);
    ++next;
  }
  joined.cut = joined.bytes.size() != pointer.stored_size;
  return joined;
}

std::optional<Detoasted> Detoast(const TupleField& field, const ToastSource* source) {
  switch (field.kind) {
    case TupleField::Kind::null:
    case TupleField::Kind::absent: return std::nullopt;
    case TupleField::Kind::plain: return Detoasted{ToBytes(field.bytes), false};
    case TupleField::Kind::compressed: return DecompressWithWord(field.bytes, false, kMaxRawSize);
    case TupleField::Kind::external: break;
  }
  const auto pointer = ReadToastPointer(field.bytes);
  if (!pointer) return std::nullopt;
  std::vector<ToastChunk> chunks;
  if (source != nullptr) source->Chunks(*pointer, chunks);
  Detoasted joined = JoinChunks(*pointer, chunks);
  const uint32_t raw = pointer->raw_size - static_cast<uint32_t>(kVarlenaHeader);
  if (!pointer->is_compressed()) {
    joined.cut = joined.cut || joined.bytes.size() != raw;
    return joined;
  }
  Detoasted value = DecompressWithWord(joined.bytes, joined.cut, raw);
  value.cut = value.cut || value.bytes.size() != raw;  // the word inside must say what the pointer says
  return value;
}

}  // namespace pulih
