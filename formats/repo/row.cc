#include "formats/repo/row.h"

#include <algorithm>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/table.h"

namespace pulih {
namespace {

Status Corrupt(const char* why) { return Status(Code::corrupt, std::string("row: ") + why); }

// The least that an extent takes: its object's name, and a byte for each number.
constexpr size_t kLeastExtent = ObjectId::kSize + 2;

Result<MovedColumn> ReadMoved(ByteReader& in, uint64_t length) {
  MovedColumn moved;
  moved.length = length;
  const uint64_t count = in.Varint();
  if (in.failed() || count == 0 || count > in.remaining() / kLeastExtent) return Corrupt("a column lists more pieces than it can hold");
  moved.extents.resize(static_cast<size_t>(count));
  uint64_t sum = 0;
  for (Extent& extent : moved.extents) {
    extent.object.bytes = in.Array<ObjectId::kSize>();
    const uint64_t offset = in.Varint(), part = in.Varint();
    if (part == 0 || part > kMaxObjectSize || offset > kMaxObjectSize - part) return Corrupt("a piece of a column lies outside any object");
    extent.offset = static_cast<uint32_t>(offset);
    extent.length = static_cast<uint32_t>(part);
    sum += part;
  }
  if (in.failed() || sum != length) return Corrupt("the pieces of a column do not add up to its length");
  return moved;
}

}  // namespace

uint64_t LengthOf(const RowColumn& column) {
  if (const ByteView* image = std::get_if<ByteView>(&column)) return image->size();
  const MovedColumn* moved = std::get_if<MovedColumn>(&column);
  return moved == nullptr ? 0 : moved->length;
}

void EncodeRow(const RowColumns& columns, Bytes& out) {
  PULIH_CHECK(columns.size() <= kMaxColumns);
  ByteWriter w;
  w.bytes().swap(out);
  w.U8(kRowVersion);
  w.Varint(1);
  w.Varint(columns.size());
  const size_t nulls = w.size();
  w.Zeros((columns.size() + 7) / 8);
  for (size_t i = 0; i < columns.size(); ++i) {
    if (std::holds_alternative<std::monostate>(columns[i])) {
      w.bytes()[nulls + i / 8] |= static_cast<uint8_t>(1u << (i % 8));
    } else if (const ByteView* image = std::get_if<ByteView>(&columns[i])) {
      w.Varint(uint64_t{image->size()} << 1);
      w.Raw(*image);
    } else {
      const MovedColumn& moved = std::get<MovedColumn>(columns[i]);
      w.Varint(moved.length << 1 | 1);
      w.Varint(moved.extents.size());
      for (const Extent& extent : moved.extents) {
        w.Raw(extent.object.view());
        w.Varint(extent.offset);
        w.Varint(extent.length);
      }
    }
  }
  w.bytes().swap(out);
}

Bytes WithCount(ByteView row, uint64_t count) {
  constexpr size_t kBeforeColumns = 2;  // version, and a count of 1
  PULIH_CHECK(count > 0 && row.size() > kBeforeColumns && row[1] == 1);
  ByteWriter w;
  w.U8(kRowVersion);
  w.Varint(count);
  w.Raw(row.subspan(kBeforeColumns));
  return std::move(w).Take();
}

Result<DecodedRow> DecodeRow(ByteView bytes) {
  ByteReader in(bytes);
  const uint8_t version = in.U8();
  if (!in.failed() && version > kRowVersion) {
    return Status(Code::unsupported, "row: version " + std::to_string(version), "a newer pulih can read it");
  }
  if (version != kRowVersion) return Corrupt("it has no version");
  DecodedRow row;
  row.count = in.Varint();
  if (!in.failed() && row.count == 0) return Corrupt("it stands for no row");
  const uint64_t count = in.Varint();
  if (in.failed() || count > kMaxColumns) return Corrupt("it has more columns than a table can have");
  const ByteView nulls = in.Raw((count + 7) / 8);
  if (in.failed()) return Corrupt("it ends early");
  if (count % 8 != 0 && (nulls.back() >> (count % 8)) != 0) return Corrupt("it marks columns that it does not have");
  RowColumns& columns = row.columns;
  columns.resize(static_cast<size_t>(count));
  for (size_t i = 0; i < columns.size(); ++i) {
    if ((nulls[i / 8] >> (i % 8) & 1) != 0) continue;
    const uint64_t head = in.Varint();
    if ((head & 1) == 0) {
      columns[i] = in.Raw(head >> 1);
    } else {
      PULIH_TRY_ASSIGN(columns[i], ReadMoved(in, head >> 1));
    }
  }
  if (!in.Finish()) return Corrupt("its length does not fit what it says");
  return row;
}

Status ReadColumns(ByteView row, const std::vector<uint32_t>& which, std::vector<std::optional<ByteView>>& images) {
  images.assign(which.size(), std::nullopt);
  ByteReader in(row);
  const uint8_t version = in.U8();
  (void)in.Varint();
  const uint64_t count = in.Varint();
  if (in.failed() || version != kRowVersion || count > kMaxColumns) return Corrupt("it does not begin as one");
  const ByteView nulls = in.Raw((count + 7) / 8);
  if (in.failed()) return Corrupt("it ends early");
  size_t next = 0;
  for (uint32_t column = 0; column < count && next < which.size(); ++column) {
    const bool is_wanted = which[next] == column;
    next += is_wanted ? 1 : 0;
    if ((nulls[column / 8] >> (column % 8) & 1) != 0) continue;
    const uint64_t head = in.Varint();
    if ((head & 1) == 0) {
      const ByteView image = in.Raw(head >> 1);
      if (is_wanted) images[next - 1] = image;
    } else {
      PULIH_TRY(ReadMoved(in, head >> 1).status());
    }
    if (in.failed()) return Corrupt("it ends early");
  }
  return OkStatus();
}

std::vector<ObjectId> LinksOfRow(const RowColumns& columns) {
  std::vector<ObjectId> links;
  for (const RowColumn& column : columns) {
    const MovedColumn* moved = std::get_if<MovedColumn>(&column);
    if (moved == nullptr) continue;
    for (const Extent& extent : moved->extents) {
      if (std::find(links.begin(), links.end(), extent.object) == links.end()) links.push_back(extent.object);
    }
  }
  return links;
}

}  // namespace pulih
