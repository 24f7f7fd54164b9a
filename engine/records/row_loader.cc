#include "engine/records/row_loader.h"

#include <limits>
#include <utility>
#include <variant>

#include "engine/base/endian.h"
#include "engine/records/long_text.h"
#include "formats/postgres/copy_binary.h"
#include "formats/postgres/portable_image.h"

namespace pulih {
namespace {

constexpr size_t kFlushAt = 256u << 10;
// What a row's buffers may keep for the next one.
constexpr size_t kKept = 4u << 20;
constexpr uint32_t kNull = 0xffffffff;

}  // namespace

RowLoader::RowLoader(PgClient& client, const TableReader& reader, std::vector<size_t> columns,
                     std::vector<uint32_t> numbers)
    : client_(client), reader_(reader), columns_(std::move(columns)), numbers_(std::move(numbers)) {
  const TypeList& types = reader.descriptor().types;
  for (TypeIndex type = 0; type < types.size(); ++type) holds_numbers_.push_back(HasTypeNumbers(types, type));
}

void RowLoader::Be16(uint16_t value) {
  uint8_t bytes[2];
  StoreBe(bytes, value);
  Append(buffer_, bytes);
}
void RowLoader::Be32(uint32_t value) {
  uint8_t bytes[4];
  StoreBe(bytes, value);
  Append(buffer_, bytes);
}

Status RowLoader::Failed(const Status& why) const {
  return Status(why.code(), "writing rows of " + TableRootName(reader_.descriptor()) + ": " + why.message(),
                why.hint());
}

Status RowLoader::Flush() {
  if (buffer_.empty()) return OkStatus();
  if (Status put = client_.PutCopy(buffer_); !put.ok()) return Failed(put);
  sent_ += buffer_.size();
  buffer_.clear();
  return OkStatus();
}
Status RowLoader::FlushIfFull() { return buffer_.size() < kFlushAt ? OkStatus() : Flush(); }

Status RowLoader::Begin(const std::string& into) {
  sent_ = 0;
  buffer_.clear();
  AppendCopyHeader(buffer_);
  if (Status begun = client_.BeginCopyIn("COPY " + into + " FROM STDIN (FORMAT binary)"); !begun.ok())
    return Failed(begun);
  return OkStatus();
}

Status RowLoader::Put(const StoredRow& row, const std::vector<int64_t>& before) {
  Be16(static_cast<uint16_t>(before.size() + columns_.size()));
  for (const int64_t number : before) {
    Be32(sizeof number);
    uint8_t bytes[sizeof number];
    StoreBe(bytes, number);
    Append(buffer_, bytes);
  }
  return PutColumns(row);
}

Status RowLoader::Fetch(const StoredRow& row) {
  is_long_ = IsLongRow(row);
  fetched_.resize(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    fetched_[i].clear();
    if (fetched_[i].capacity() > kKept) fetched_[i] = {};
    PULIH_TRY(FetchColumn(row, columns_[i], fetched_[i]));
  }
  return OkStatus();
}

Status RowLoader::FetchColumn(const StoredRow& row, size_t column, Bytes& into) {
  const TableDescriptor& table = reader_.descriptor();
  const TypeIndex type = table.columns[column].type;
  const RowColumn& held = row.columns[column];
  const MovedColumn* moved = std::get_if<MovedColumn>(&held);
  if (moved != nullptr && moved->length > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
    return Failed(Status(Code::too_large, QuoteName(table.columns[column].name) + ": a value of " +
                                              std::to_string(moved->length) +
                                              " bytes: PostgreSQL takes less than 1 GiB"));
  }
  if (Streams(held, type)) return SendPieces(row, column, [](ByteView) { return OkStatus(); });
  if (moved != nullptr) {
    PULIH_TRY(reader_.ImageInPieces(row, column, [&](ByteView piece) {
      Append(into, piece);
      return OkStatus();
    }));
  } else if (const ByteView* image = std::get_if<ByteView>(&held); image != nullptr && holds_numbers_[type]) {
    into.assign(image->begin(), image->end());
  }
  if (!holds_numbers_[type] || std::holds_alternative<std::monostate>(held)) return OkStatus();
  return MakeLocal(table.types, numbers_, type, into);
}

bool RowLoader::Streams(const RowColumn& column, TypeIndex type) const {
  return is_long_ && std::holds_alternative<MovedColumn>(column) &&
         (!holds_numbers_[type] || HasNumberInHeadOnly(reader_.descriptor().types, type));
}

Status RowLoader::SendPieces(const StoredRow& row, size_t column, const std::function<Status(ByteView)>& send) const {
  const TypeList& types = reader_.descriptor().types;
  const TypeIndex type = reader_.descriptor().columns[column].type;
  bool is_beginning = holds_numbers_[type];
  return reader_.ImageInPieces(row, column, [&](ByteView piece) -> Status {
    if (!is_beginning) return send(piece);
    is_beginning = false;
    Bytes beginning = ToBytes(piece);
    PULIH_TRY(MakeHeadLocal(types, numbers_, type, beginning));
    return send(beginning);
  });
}

Status RowLoader::PutColumns(const StoredRow& row) {
  for (size_t i = 0; i < columns_.size(); ++i) PULIH_TRY(PutColumn(row, columns_[i], fetched_[i]));
  return FlushIfFull();
}

Status RowLoader::PutColumn(const StoredRow& row, size_t column, const Bytes& fetched) {
  const TypeIndex type = reader_.descriptor().columns[column].type;
  const RowColumn& held = row.columns[column];
  if (std::holds_alternative<std::monostate>(held)) {
    Be32(kNull);
    return OkStatus();
  }
  if (Streams(held, type)) {
    Be32(static_cast<uint32_t>(std::get<MovedColumn>(held).length));
    return SendPieces(row, column, [&](ByteView piece) {
      Append(buffer_, piece);
      return FlushIfFull();
    });
  }
  const bool as_it_lies = std::holds_alternative<ByteView>(held) && !holds_numbers_[type];
  const ByteView image = as_it_lies ? std::get<ByteView>(held) : ByteView(fetched);
  Be32(static_cast<uint32_t>(image.size()));
  Append(buffer_, image);
  return FlushIfFull();
}

Result<uint64_t> RowLoader::End() {
  AppendCopyTrailer(buffer_);
  PULIH_TRY(Flush());
  Result<uint64_t> taken = client_.EndCopyIn();
  if (!taken.ok()) return Failed(taken.status());
  return taken;
}

void RowLoader::Abandon(const std::string& why) {
  buffer_.clear();
  client_.AbandonCopyIn(why);
}

}  // namespace pulih
