#include "engine/backup/row_encoder.h"

#include <algorithm>

#include "engine/crypto/sha256.h"
#include "formats/postgres/key_image.h"

namespace pulih {

Status RowEncoder::Encode(const TableDescriptor& table, const RowImages& images, EncodedRow& out) {
  if (images.size() != table.columns.size()) {
    return Status(Code::corrupt, "row of " + TableRootName(table) + ": it has " + std::to_string(images.size()) + " columns, the table " +
                                     std::to_string(table.columns.size()));
  }
  columns_.assign(images.size(), std::monostate());
  for (size_t i = 0; i < images.size(); ++i) {
    if (images[i]) columns_[i] = *images[i];
  }
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
    const ObjectId id = namer_.ObjectName(ObjectKind::chunk, Sha256Of(chunk));
    PULIH_TRY_ASSIGN(const bool known, sink_.Knows(id));
    if (!known) {
      PULIH_TRY(sink_.Put(id, ObjectKind::chunk, ToBytes(chunk), {}, {}));
      bytes_new_ += chunk.size();
    }
    moved.extents.push_back({id, 0, static_cast<uint32_t>(chunk.size())});
    image = image.subspan(chunk.size());
  }
  return moved;
}

}  // namespace pulih
