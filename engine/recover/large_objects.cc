#include "engine/recover/large_objects.h"

#include <algorithm>

#include "engine/base/endian.h"
#include "engine/base/hex.h"
#include "formats/postgres/dump_blocks.h"

namespace pulih {
namespace {

constexpr uint64_t kBlockHead = 6;

TypeIndex TypeOf(Schema& schema, uint32_t oid, const char* name) {
  for (TypeIndex i = 0; i < schema.types.size(); ++i)
    if (schema.types[i].oid == oid && schema.types[i].kind == PgTypeKind::base) return i;
  schema.types.push_back({PgTypeKind::base, "pg_catalog", name, oid, 0, {}});
  return static_cast<TypeIndex>(schema.types.size() - 1);
}

RowClaim PageClaim(uint32_t oid, uint64_t page, ByteView bytes, Grade grade, std::vector<ByteRange> from) {
  const auto known = [](std::string text) { return ClaimedField{ClaimedField::State::value, std::move(text), {}, false}; };
  RowClaim claim;
  claim.table = "pg_catalog.pg_largeobject";
  claim.fields = {known(std::to_string(oid)), known(std::to_string(page)), known("\\x" + ToHex(bytes))};
  claim.grade = grade;
  claim.bytes = std::move(from);
  claim.path = "large object " + std::to_string(oid) + " » page " + std::to_string(page);
  return claim;
}

Grade GradeOf(SegmentTrust trust) {
  return trust == SegmentTrust::proven ? Grade::a : trust == SegmentTrust::exact ? Grade::b : Grade::d;
}

void AddRange(std::vector<ByteRange>& ranges, uint32_t file, uint64_t offset, uint64_t length) {
  if (!ranges.empty() && ranges.back().file == file && offset >= ranges.back().offset && offset <= ranges.back().offset + ranges.back().length)
    ranges.back().length = std::max(ranges.back().length, offset + length - ranges.back().offset);
  else if (length > 0)
    ranges.push_back({file, offset, length});
}

// What stands behind "SELECT pg_catalog.lo_open(", where a statement is that call; comments may stand before it.
std::string_view Arguments(std::string_view statement, std::string_view function) {
  const size_t select = statement.find("SELECT ");
  if (select == statement.npos) return {};
  statement.remove_prefix(select + 7);
  if (statement.starts_with("pg_catalog.")) statement.remove_prefix(11);
  if (!statement.starts_with(function)) return {};
  return statement.substr(function.size());
}

// Cuts an object into pages.
class Pager {
 public:
  Pager(const DumpObject& object, ExtractSink& sink) : object_(object), sink_(sink) {}

  // Of the bytes that follow; a page is worth what the least of its bytes is.
  void set_grade(Grade grade) { grade_ = grade; }
  // `ranges(first, count, to)` adds where bytes of these come from.
  template <typename Ranges>
  Status Take(ByteView bytes, const Ranges& ranges) {
    for (size_t at = 0; at < bytes.size();) {
      const size_t n = std::min(bytes.size() - at, kLargeObjectPage - page_.size());
      Append(page_, bytes.subspan(at, n));
      page_grade_ = std::max(page_grade_, grade_);
      ranges(static_cast<uint32_t>(at), static_cast<uint32_t>(n), from_);
      at += n;
      if (page_.size() == kLargeObjectPage) PULIH_TRY(Flush());
    }
    return OkStatus();
  }
  // The last page is short, and only of an object whose end is there.
  Status Flush() {
    if (page_.empty()) return OkStatus();
    PULIH_TRY(sink_.Row(PageClaim(object_.oid, number_++, page_, page_grade_, std::move(from_))));
    page_grade_ = Grade::a;
    page_.clear();
    from_.clear();
    return OkStatus();
  }
  uint32_t file() const { return object_.source.file; }

 private:
  const DumpObject& object_;
  ExtractSink& sink_;
  Bytes page_;
  std::vector<ByteRange> from_;
  uint64_t number_ = 0;
  Grade grade_ = Grade::b, page_grade_ = Grade::a;
};

// Of a stream its beginning, up to the first damage or unknown byte.
class ObjectStream : public InflateSink {
 public:
  ObjectStream(Pager& pager, bool& broken) : pager_(pager), broken_(broken) {}
  Status BeginSegment(const InflateSegment& segment) override {
    if (segment.resync != 0) broken_ = true;
    pager_.set_grade(GradeOf(segment.trust));
    return OkStatus();
  }
  Status Run(const InflatedRun& run) override {
    if (broken_) return OkStatus();
    return pager_.Take(run.bytes, [&](uint32_t first, uint32_t count, std::vector<ByteRange>& to) {
      ranges_.clear();
      AppendCompressed(run, first, count, ranges_);
      for (const CompressedRange& range : ranges_) AddRange(to, pager_.file(), range.offset, range.length);
    });
  }

 private:
  Pager& pager_;
  bool& broken_;
  std::vector<CompressedRange> ranges_;
};

}  // namespace

void AddLargeObjectTable(Schema& schema) {
  if (HasLargeObjectTable(schema)) return;
  SchemaTable table;
  table.schema = "pg_catalog";
  table.name = "pg_largeobject";
  const std::tuple<const char*, uint32_t, const char*> columns[] = {
      {"loid", pg_oid::kOid, "oid"}, {"pageno", pg_oid::kInt4, "int4"}, {"data", pg_oid::kBytea, "bytea"}};
  for (const auto& [name, oid, type] : columns) {
    SchemaColumn column;
    column.name = name;
    column.type = TypeOf(schema, oid, type);
    column.not_null = true;
    table.columns.push_back(std::move(column));
  }
  table.keys = {{"pg_largeobject_loid_pn_index", true, {0, 1}}};
  schema.tables.push_back(std::move(table));
}

bool HasLargeObjectTable(const Schema& schema) { return schema.Find("pg_catalog", "pg_largeobject") != nullptr; }

Status TellLargeObject(const DumpObject& object, ExtractSink& sink) {
  Pager pager(object, sink);
  bool broken = object.source.torn_begin;
  for (const TextSource::Stream& each : object.source.streams) {
    if (broken || each.torn_begin) return OkStatus();
    ObjectStream stream(pager, broken);
    PULIH_TRY(TellStream(each.stream, each.survey, stream));
    broken = broken || !each.survey.reached_end || each.survey.segments.size() > 1;
  }
  for (const TextPart& part : object.source.plain) {
    if (broken) return OkStatus();
    // An object may hold zeros, and a hole is zeros: nothing tells them apart.
    pager.set_grade(part.missing ? Grade::d : Grade::b);
    PULIH_TRY(pager.Take(part.bytes, [&](uint32_t first, uint32_t count, std::vector<ByteRange>& to) {
      AddRange(to, object.source.file, part.offset + first, count);
    }));
  }
  return broken || object.source.torn_end ? OkStatus() : pager.Flush();
}

std::vector<ObjectPlace> ObjectsOfBlock(ByteView file, uint64_t begin, uint64_t end) {
  std::vector<ObjectPlace> objects;
  end = std::min<uint64_t>(end, file.size());
  const auto word = [&](uint64_t at, uint32_t& value) {  // an int of the archive, which is not negative
    if (at > end || end - at < kDumpChunkHead || file[at] != 0) return false;
    value = LoadLe<uint32_t>(file.data() + at + 1);
    return true;
  };
  uint32_t oid = 0;
  for (uint64_t at = begin + kBlockHead; word(at, oid) && oid != 0;) {
    ObjectPlace object;
    object.oid = oid;
    object.begin = at;
    at += kDumpChunkHead;
    uint32_t length = 0;
    bool ended = false;
    while (!ended && word(at, length) && length <= end - at - kDumpChunkHead) {
      at += kDumpChunkHead;
      ended = length == 0;
      if (!ended) object.chunks.emplace_back(at, at + length);
      at += length;
    }
    object.end = at;
    object.cut = !ended;
    objects.push_back(std::move(object));
    if (!ended) break;
  }
  return objects;
}

uint32_t ObjectOfFile(std::string_view name) {
  if (!name.starts_with("blob_")) return 0;
  name.remove_prefix(5);
  uint64_t oid = 0;
  size_t at = 0;
  for (; at < name.size() && at < 10 && name[at] >= '0' && name[at] <= '9'; ++at) oid = oid * 10 + static_cast<uint64_t>(name[at] - '0');
  return at > 0 && oid <= UINT32_MAX && name.substr(at).starts_with(".dat") ? static_cast<uint32_t>(oid) : 0;
}

bool ObjectScript::Wants(std::string_view statement) {
  for (const std::string_view name : {"lo_open(", "lowrite(", "lo_close("})
    if (!Arguments(statement, name).empty()) return true;
  return false;
}

Status ObjectScript::Take(std::string_view statement, SegmentTrust trust, bool proven, const std::vector<ByteRange>& bytes) {
  if (std::string_view rest = Arguments(statement, "lo_open("); !rest.empty()) {
    PULIH_TRY(Finish());
    if (rest.starts_with("'")) rest.remove_prefix(1);
    uint64_t oid = 0;
    for (size_t i = 0; i < rest.size() && i < 10 && rest[i] >= '0' && rest[i] <= '9'; ++i) oid = oid * 10 + static_cast<uint64_t>(rest[i] - '0');
    oid_ = oid <= UINT32_MAX ? static_cast<uint32_t>(oid) : 0;
    page_ = 0;
    grade_ = proven ? Grade::a : GradeOf(trust);
    return OkStatus();
  }
  if (oid_ == 0) return OkStatus();
  if (!Arguments(statement, "lo_close(").empty()) return Finish();
  const std::string_view rest = Arguments(statement, "lowrite(");
  if (rest.empty()) return OkStatus();
  const size_t from = rest.find("\\x");
  const size_t to = from == rest.npos ? rest.npos : rest.find('\'', from);
  const auto decoded = to == rest.npos ? std::optional<Bytes>() : FromHex(rest.substr(from + 2, to - from - 2));
  if (!decoded) {
    Torn();
    return OkStatus();
  }
  if (!proven) grade_ = std::max(grade_, GradeOf(trust));
  Append(held_, *decoded);
  for (const ByteRange& range : bytes) AddRange(bytes_, range.file, range.offset, range.length);
  return Pages(false);
}

void ObjectScript::Torn() {
  // How much of the object was in what is lost is lost with it.
  oid_ = 0;
  held_.clear();
  bytes_.clear();
}

Status ObjectScript::Pages(bool all) {
  size_t at = 0;
  for (; held_.size() - at >= kLargeObjectPage || (all && at < held_.size());) {
    const size_t n = std::min<size_t>(kLargeObjectPage, held_.size() - at);
    PULIH_TRY(sink_.Row(PageClaim(oid_, page_++, ByteView(held_).subspan(at, n), grade_, bytes_)));
    at += n;
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at));
  if (held_.empty()) bytes_.clear();
  return OkStatus();
}

Status ObjectScript::Finish() {
  Status done = oid_ == 0 ? OkStatus() : Pages(true);
  Torn();
  return done;
}

}  // namespace pulih
