#include "engine/backup/table_recorder.h"

#include <algorithm>

#include "engine/base/byte_writer.h"
#include "engine/crypto/siphash.h"

namespace pulih {
namespace {

// DDL stands in pieces, so that a change in one place does not store all of it again.
constexpr size_t kDdlPiece = 8u << 10;

// In the sorter a row stands behind one byte that says whether it names objects.
constexpr uint8_t kPlain = 0, kHasMoved = 1;

ChunkSizes ChunkSizesOf(const Config& config) { return {config.chunk_min, config.chunk_average, config.chunk_max}; }

// Pieces end behind a line where there is one, so that a line that grew moves its own piece only.
std::vector<std::string_view> PiecesOf(std::string_view ddl) {
  std::vector<std::string_view> pieces;
  while (!ddl.empty()) {
    size_t end = std::min(ddl.size(), kDdlPiece);
    if (end < ddl.size()) {
      const size_t newline = ddl.rfind('\n', end - 1);
      if (newline != std::string_view::npos) end = newline + 1;
    }
    pieces.push_back(ddl.substr(0, end));
    ddl.remove_prefix(end);
  }
  return pieces;
}

// Takes rows in key order, joins equal ones of a table without a key, and gives them to the map.
class MapFiller {
 public:
  MapFiller(MapBuilder& map, bool has_key) : map_(map), has_key_(has_key) {}

  Status Take(ByteView key, ByteView flagged_row) {
    const bool repeats = count_ > 0 && Compare(key_, key) == 0;
    if (repeats && !has_key_) {
      ++count_;
      return OkStatus();
    }
    PULIH_TRY(Put());
    key_.assign(key.begin(), key.end());
    row_.assign(flagged_row.begin(), flagged_row.end());
    count_ = 1;
    return OkStatus();
  }

  Status Put() {
    if (count_ == 0) return OkStatus();
    std::vector<ObjectId> links;
    const ByteView row = ByteView(row_).subspan(1);
    if (row_.front() == kHasMoved) {
      PULIH_TRY_ASSIGN(const DecodedRow decoded, DecodeRow(row));
      links = LinksOfRow(decoded.columns);
    }
    return count_ == 1 ? map_.Add(key_, row, links) : map_.Add(key_, WithCount(row, count_), links);
  }

 private:
  MapBuilder& map_;
  const bool has_key_;
  Bytes key_, row_;
  uint64_t count_ = 0;
};

}  // namespace

TableRecorder::TableRecorder(const Repository& repository, ObjectSink& sink, ProgressListener& progress, SourceProblems& problems,
                             const RowSorterOptions& sorting)
    : repository_(repository),
      progress_(progress),
      problems_(problems),
      nodes_(repository.namer(), sink),
      map_options_{repository.keyring().MapKey(), repository.config().node_target},
      encoder_(repository.namer(), repository.keyring().CutKey(), ChunkSizesOf(repository.config()), sink),
      sorter_(sorting, repository.environment().random) {}

TableRecorder::~TableRecorder() = default;

bool TableRecorder::ShouldStop() { return progress_.ShouldStop(); }

void TableRecorder::Report() {
  progress_.Report({.phase = "reading rows", .files_done = counts_.tables, .bytes_done = counts_.bytes + bytes_of_table_, .current = table_name_});
}

Status TableRecorder::BeginTable(const TableDescriptor& table) {
  table_ = table;
  table_name_ = TableRootName(table);
  if (roots_.contains(table_name_)) {
    const bool from_file = table.database.empty();
    return Status(Code::invalid, "backing up rows: " + (from_file ? table_name_ : "database " + QuoteName(table.database)) + " was named twice",
                  from_file ? "give one of two tables of a name another: --table NAME=FILE"
                            : "leave one out; of two servers with a database of one name take a snapshot each, with --name to tell them apart");
  }
  sorter_.Reset();
  rows_of_table_ = bytes_of_table_ = 0;
  Report();
  return OkStatus();
}

Status TableRecorder::LongRow(const RowImages& images, const LongColumns& columns) {
  PULIH_TRY(encoder_.Encode(table_, images, columns, encoded_));
  sorted_value_.assign(1, encoded_.has_moved ? kHasMoved : kPlain);
  Append(sorted_value_, encoded_.row);
  PULIH_TRY(sorter_.Add(encoded_.key, sorted_value_));
  ++rows_of_table_;
  bytes_of_table_ += encoded_.image_bytes;
  constexpr uint64_t kRowsPerReport = 4096;
  if (rows_of_table_ % kRowsPerReport == 0) {
    if (ShouldStop()) return Status(Code::interrupted, "backing up: asked to stop");
    Report();
  }
  return OkStatus();
}

Status TableRecorder::BuildMap(MapRoot& root) {
  MapBuilder map(map_options_, nodes_);
  const bool has_key = !table_.key.empty();
  MapFiller filler(map, has_key);
  Bytes last_key, other_key;
  uint64_t repeated = 0;
  PULIH_TRY(sorter_.Drain([&](ByteView key, ByteView row) -> Status {
    if (has_key && !last_key.empty() && Compare(last_key, key) == 0) {
      // A unique index that is damaged on the server: both rows are kept, the second under a key of its own behind it.
      ++repeated;
      other_key = ToBytes(key);
      ByteWriter number;
      number.U8(0xFF);
      for (int shift = 56; shift >= 0; shift -= 8) number.U8(static_cast<uint8_t>(repeated >> shift));
      Append(other_key, number.view());
      return filler.Take(other_key, row);
    }
    last_key.assign(key.begin(), key.end());
    return filler.Take(key, row);
  }));
  PULIH_TRY(filler.Put());
  PULIH_TRY_ASSIGN(root, map.Finish());
  if (repeated > 0) {
    problems_.Add(table_name_, SourceProblemKind::table,
                  std::to_string(repeated) + " rows have the key of another: the server's unique index is damaged; all are kept");
  }
  return OkStatus();
}

Status TableRecorder::EndTable() {
  MapRoot root;
  PULIH_TRY(BuildMap(root).Within("backing up rows: " + table_name_));
  roots_[table_name_] = root.root;
  Entries& entries = descriptors_[table_.database];
  entries[TableKey(table_.schema, table_.name)] = EncodeTableDescriptor(table_);
  if (root.entries != rows_of_table_) entries[RowsKey(table_.schema, table_.name)] = EncodeRowCount(rows_of_table_);
  ++counts_.tables;
  counts_.rows += rows_of_table_;
  counts_.bytes += bytes_of_table_;
  counts_.bytes_new = encoder_.bytes_new();
  bytes_of_table_ = 0;
  return OkStatus();
}

Status TableRecorder::DropTable(const Status& why) {
  sorter_.Reset();
  bytes_of_table_ = 0;
  PULIH_TRY(Unread({table_.database, table_.schema, table_.name}, "it could not be read: " + why.message()));
  return Problem(table_name_, why);
}

Status TableRecorder::Problem(std::string_view what, const Status& why) {
  problems_.Add(what, SourceProblemKind::table, why.message());
  return OkStatus();
}

Status TableRecorder::Unread(const TableName& table, const std::string& why) {
  descriptors_[table.database.value_or("")][UnreadKey(table.schema.value_or(""), table.table)] = ToBytes(AsBytes(std::string_view(why)));
  return OkStatus();
}

Status TableRecorder::Database(const DatabaseDescriptor& database, const DatabaseDdl& ddl, const std::vector<SequenceValue>& sequences) {
  if (!described_.insert(database.name).second) {
    return Status(Code::invalid, "backing up rows: two databases are called " + database.name,
                  "take a snapshot of each by itself, with --name to tell them apart");
  }
  Entries& entries = descriptors_[database.name];
  entries[DatabaseKey()] = EncodeDatabaseDescriptor(database);
  for (const auto& [part, text] : {std::pair(DdlPart::before_data, &ddl.before_data), std::pair(DdlPart::after_data, &ddl.after_data)}) {
    uint32_t number = 0;
    for (const std::string_view piece : PiecesOf(*text)) entries[DdlKey(part, number++)] = ToBytes(AsBytes(piece));
  }
  for (const SequenceValue& sequence : sequences) entries[SequenceKey(sequence.schema, sequence.name)] = EncodeSequenceValue(sequence);
  return OkStatus();
}

Result<std::vector<RecordedRoot>> TableRecorder::Finish() {
  for (const auto& [database, entries] : descriptors_) {
    MapBuilder map(map_options_, nodes_);
    for (const auto& [key, value] : entries) PULIH_TRY(map.Add(key, value, {}));
    PULIH_TRY_ASSIGN(const MapRoot root, map.Finish());
    roots_[DatabaseRootName(database)] = root.root;
  }
  std::vector<RecordedRoot> roots;
  for (const auto& [name, root] : roots_) roots.push_back({name, root});
  return roots;
}

}  // namespace pulih
