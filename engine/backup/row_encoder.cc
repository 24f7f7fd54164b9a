#include "engine/backup/row_encoder.h"

#include <algorithm>
#include <optional>

#include "engine/base/check.h"
#include "engine/crypto/sha256.h"
#include "formats/postgres/key_image.h"

namespace pulih {

// Cuts an image that comes in pieces as MoveOut cuts one that is there whole.
class RowEncoder::Cutter {
 public:
  Cutter(RowEncoder& encoder, MovedColumn& moved) : encoder_(encoder), moved_(moved), chunker_(encoder.cut_key_, encoder.chunks_) {}

  Status Feed(ByteView piece) {
    moved_.length += piece.size();
    while (!piece.empty()) {
      const size_t held = chunk_.size();
      const ByteView part = piece.first(std::min<size_t>(piece.size(), encoder_.chunks_.max - held));
      Append(chunk_, part);
      const auto cut = chunker_.FindCut(chunk_);
      // Of what was held before it is known that no cut is in it.
      piece = piece.subspan(cut ? *cut - held : part.size());
      if (cut) PULIH_TRY(Put(*cut));
    }
    return OkStatus();
  }
  Status Finish() { return chunk_.empty() ? OkStatus() : Put(chunk_.size()); }

 private:
  Status Put(size_t size) {
    PULIH_TRY(encoder_.PutChunk(ByteView(chunk_).first(size), moved_));
    chunk_.clear();
    return OkStatus();
  }

  RowEncoder& encoder_;
  MovedColumn& moved_;
  Chunker chunker_;
  Bytes chunk_;
};

Status RowEncoder::Encode(const TableDescriptor& table, const RowImages& images, const LongColumns& longs, EncodedRow& out) {
  if (images.size() != table.columns.size()) {
    return Status(Code::corrupt, "row of " + TableRootName(table) + ": it has " + std::to_string(images.size()) + " columns, the table " +
                                     std::to_string(table.columns.size()));
  }
  columns_.assign(images.size(), std::monostate());
  for (size_t i = 0; i < images.size(); ++i) {
    if (images[i]) columns_[i] = *images[i];
  }
  PULIH_TRY(MovePieces(longs));
  out.image_bytes = 0;
  for (const RowColumn& column : columns_) out.image_bytes += LengthOf(column);
  PULIH_TRY(MoveLongColumns());
  out.has_moved = std::any_of(columns_.begin(), columns_.end(), [](const RowColumn& c) { return std::holds_alternative<MovedColumn>(c); });
  out.row.clear();
  EncodeRow(columns_, out.row);
  out.key.clear();
  if (table.key.empty()) {
    Append(out.key, namer_.Blind("row", out.row).view());
    return OkStatus();
  }
  for (const uint32_t column : table.key) {
    if (!images[column]) return Status(Code::corrupt, "row of " + TableRootName(table) + ": a column of its key is null");
    PULIH_TRY(AppendKeyImage(table.types, table.columns[column].type, *images[column], out.key));
  }
  return OkStatus();
}

// They are too long to stay, so moving them first changes nothing in which others are moved.
Status RowEncoder::MovePieces(const LongColumns& longs) {
  if (longs.places.empty()) return OkStatus();
  std::optional<Cutter> cutter;
  std::optional<size_t> open;
  PULIH_TRY(longs.read([&](size_t place, ByteView piece) -> Status {
    if (open != place) {
      if (cutter) PULIH_TRY(cutter->Finish());
      PULIH_CHECK(place < columns_.size());
      cutter.emplace(*this, columns_[place].emplace<MovedColumn>());
      open = place;
    }
    return cutter->Feed(piece);
  }));
  if (cutter) PULIH_TRY(cutter->Finish());
  for (const size_t place : longs.places) {
    PULIH_CHECK(LengthOf(columns_[place]) > kMaxInlineRow);
  }
  return OkStatus();
}

// The longest first, the earlier of two equals, until the rest fits: the same row always gives the same bytes.
Status RowEncoder::MoveLongColumns() {
  uint64_t inline_size = 0;
  for (const RowColumn& column : columns_) {
    if (const ByteView* image = std::get_if<ByteView>(&column)) inline_size += image->size();
  }
  while (inline_size > kMaxInlineRow) {
    RowColumn* longest = nullptr;
    size_t length = 0;
    for (RowColumn& column : columns_) {
      const ByteView* image = std::get_if<ByteView>(&column);
      if (image != nullptr && image->size() > length) longest = &column, length = image->size();
    }
    PULIH_TRY_ASSIGN(MovedColumn moved, MoveOut(std::get<ByteView>(*longest)));
    *longest = std::move(moved);
    inline_size -= length;
  }
  return OkStatus();
}

Result<MovedColumn> RowEncoder::MoveOut(ByteView image) {
  MovedColumn moved;
  moved.length = image.size();
  Chunker chunker(cut_key_, chunks_);
  while (!image.empty()) {
    const ByteView ahead = image.first(std::min<size_t>(image.size(), chunks_.max));
    const ByteView chunk = image.first(chunker.FindCut(ahead).value_or(static_cast<uint32_t>(ahead.size())));
    PULIH_TRY(PutChunk(chunk, moved));
    image = image.subspan(chunk.size());
  }
  return moved;
}

Status RowEncoder::PutChunk(ByteView chunk, MovedColumn& moved) {
  const ObjectId id = namer_.ObjectName(ObjectKind::chunk, Sha256Of(chunk));
  PULIH_TRY_ASSIGN(const bool known, sink_.Knows(id));
  if (!known) {
    PULIH_TRY(sink_.Put(id, ObjectKind::chunk, ToBytes(chunk), {}, {}));
    bytes_new_ += chunk.size();
  }
  moved.extents.push_back({id, 0, static_cast<uint32_t>(chunk.size())});
  return OkStatus();
}

}  // namespace pulih
