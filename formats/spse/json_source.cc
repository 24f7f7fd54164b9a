#include "formats/spse/json_source.h"

#include <algorithm>
#include <optional>

#include "formats/ocds/package.h"
#include "formats/spse/datatables.h"
#include "formats/spse/lkpp.h"
#include "formats/spse/ocds_source.h"
#include "formats/spse/source_text.h"
#include "formats/text/json_scan.h"

namespace pulih::spse {
namespace {

// Arrays in an object at the top that hold items: of OCDS, of DataTables, of wrappers in use.
const std::vector<std::string>& ItemMembers() {
  static const std::vector<std::string> members = {"releases", "records", "data", "aaData", "rows", "items", "results"};
  return members;
}

std::vector<std::string> KeysOf(const Json& object) {
  std::vector<std::string> keys;
  for (const JsonMember& member : *object.object()) keys.push_back(member.key);
  return keys;
}

bool IsFlat(const Json& object) {
  return !object.object()->empty() && std::none_of(object.object()->begin(), object.object()->end(), [](const JsonMember& member) {
    return member.value.object() != nullptr || member.value.array() != nullptr;
  });
}

enum class Shape : uint8_t { none, row, lkpp, ocds, flat };
Shape ShapeOf(const Json& value) {
  if (value.array() != nullptr) return IsDataTablesRow(value) ? Shape::row : Shape::none;
  if (value.object() == nullptr) return Shape::none;
  if (ocds::IsRecord(value) || ocds::IsRelease(value)) return Shape::ocds;
  if (!LkppSource(KeysOf(value)).empty()) return Shape::lkpp;
  return IsFlat(value) ? Shape::flat : Shape::none;
}

class JsonSource : public JsonItemSink {
 public:
  JsonSource(const SourceText& text, const SourceLimits& limits, SourceSink& sink) : text_(text), limits_(limits), sink_(sink) {}

  Status Item(const JsonItem& item) override {
    const Shape shape = ShapeOf(item.value);
    ++items_;
    if (shape == Shape::none || records_ >= limits_.max_records) {
      return sink_.Range({text_.OffsetOf(item.offset), End(item.offset, item.text.size()), SourceFate::skipped, "JSON that tells of no tender"});
    }
    PULIH_TRY(HeadFor(shape, item));
    if (shape == Shape::flat && flat_key_.empty()) flat_key_ = item.value.object()->front().key;
    if (shape == Shape::ocds) return Releases(item);
    if (shape == Shape::row) {
      SourceRecord record = DataTablesRecord(item.text);
      return Tell(std::move(record), item.offset, item.text.size());
    }
    return Tell(FlatRecord(item), item.offset, item.text.size());
  }

  bool IsItem(const Json& value) const override {
    const Shape shape = ShapeOf(value);
    if (shape != Shape::flat) return shape != Shape::none;
    // Any object is flat somewhere inside: only one that begins as the others did is an item.
    return !flat_key_.empty() && value.object()->front().key == flat_key_;
  }

  Status Damage(uint64_t offset, uint64_t length, bool cut) override {
    if (length == 0) return cut ? sink_.Remark("the JSON text ends before it is closed") : OkStatus();
    return sink_.Range({text_.OffsetOf(offset), End(offset, length), SourceFate::damaged, cut ? "JSON that is cut" : "damaged JSON"});
  }

  uint64_t records() const { return records_; }

 private:
  uint64_t End(uint64_t offset, uint64_t length) const { return text_.OffsetOf(offset + length) - text_.OffsetOf(offset); }

  Status HeadFor(Shape shape, const JsonItem& item) {
    SourceHead head;
    if (shape == Shape::lkpp) {
      head.publisher = "LKPP";
      if (const std::string* day = ocds::TextOf(item.value, "_event_date"); day != nullptr) head.captured = *day;
    } else if (shape == Shape::ocds) {
      if (head_) return OkStatus();
      head.publisher = JsonRaw(PeekJsonMember(PeekJsonMember(text_.text(), "publisher"), "name"));
      head.captured = JsonRaw(PeekJsonMember(text_.text(), "publishedDate"));
      head.url = JsonRaw(PeekJsonMember(text_.text(), "uri"));
    }
    if (head_ && head_->publisher == head.publisher && head_->captured == head.captured) return OkStatus();
    head_ = head;
    return sink_.Head(head);
  }

  SourceRecord FlatRecord(const JsonItem& item) {
    SourceRecord record;
    const std::string_view source = LkppSource(KeysOf(item.value));
    record.source = source.empty() ? "table" : std::string(source);
    for (const JsonSlice& member : JsonMembers(item.text)) {
      if (member.is_null()) continue;
      record.fields.push_back({member.key, JsonRaw(member.text), static_cast<uint64_t>(member.text.data() - item.text.data()), member.text.size()});
    }
    if (const std::string* tender = record.Find("kd_tender"); tender != nullptr && IsPartOfTender(record.source)) record.tender = *tender;
    return record;
  }

  Status Releases(const JsonItem& item) {
    for (const std::string_view release : OcdsReleases(item.text, item.value)) {
      const uint64_t from = item.offset + static_cast<uint64_t>(release.data() - item.text.data());
      for (SourceRecord& record : OcdsRecords(release)) {
        const uint64_t offset = record.offset, length = record.length;
        for (SourceField& field : record.fields) field.offset -= offset;  // Tell takes them from the record on
        PULIH_TRY(Tell(std::move(record), from + offset, length));
      }
    }
    return OkStatus();
  }

  // The record lies at [offset, offset + length) of the text, its fields behind that.
  Status Tell(SourceRecord record, uint64_t offset, uint64_t length) {
    ++records_;
    record.offset = text_.OffsetOf(offset);
    record.length = End(offset, length);
    for (SourceField& field : record.fields) {
      const uint64_t from = offset + field.offset;  // may wrap and come back: a field of the release that holds the part
      field.length = End(from, field.length);
      field.offset = text_.OffsetOf(from);
    }
    record.path = "item " + std::to_string(items_) + (record.path.empty() ? "" : " » " + record.path);
    return sink_.Record(record);
  }

  const SourceText& text_;
  const SourceLimits& limits_;
  SourceSink& sink_;
  std::optional<SourceHead> head_;
  std::string flat_key_;
  uint64_t items_ = 0, records_ = 0;
};

}  // namespace

bool LooksLikeJson(ByteView head) {
  const DetectedEncoding detected = DetectEncoding(head);
  std::string text;
  TextDecoder decoder(detected.encoding);
  decoder.Feed(head.subspan(std::min<size_t>(detected.mark_size, head.size())).first(std::min<size_t>(head.size() - detected.mark_size, 256)), text);
  const auto next = [&](size_t from) { return text.find_first_not_of(" \t\r\n", from); };
  const size_t first = next(0);
  if (first == std::string::npos || (text[first] != '{' && text[first] != '[')) return false;
  const size_t second = next(first + 1);
  if (second == std::string::npos) return false;
  return text[first] == '{' ? text[second] == '"' || text[second] == '}' : std::string_view("[{\"]-0123456789tfn").find(text[second]) != std::string_view::npos;
}

Status ReadJsonSource(ByteView bytes, const SourceLimits& limits, SourceSink& sink) {
  const SourceText text(bytes);
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "JSON"}));
  JsonSource source(text, limits, sink);
  return WalkJson(text.text(), ItemMembers(), source);
}

}  // namespace pulih::spse
