#include "formats/spse/ocds_source.h"

#include <algorithm>

#include "formats/ocds/package.h"

namespace pulih::spse {
namespace {

struct Part {
  std::string pointer;     // "/awards[]"
  std::string_view text;   // the object
};

// Takes a release apart.
class Release {
 public:
  explicit Release(std::string_view text) : text_(text) {}

  std::vector<SourceRecord> Records() {
    SourceRecord release;
    release.source = "ocds.release";
    release.length = text_.size();
    Collect(text_, "", release, true);
    const std::string* id = release.Find("/tender/id");
    const std::string tender = id == nullptr || *id == "0" ? std::string() : *id;
    std::vector<SourceRecord> records = {std::move(release)};
    std::vector<std::pair<std::string, size_t>> numbers;  // how many of each array were told
    for (const Part& part : parts_) {
      SourceRecord record;
      record.tender = tender;
      record.offset = OffsetOf(part.text);
      record.length = part.text.size();
      Collect(part.text, part.pointer, record, false);
      record.source = SourceOf(part.pointer, record);
      record.path = part.pointer.substr(1, part.pointer.size() - 3) + " " + std::to_string(NumberOf(part.pointer, numbers));
      if (record.source == "ocds.contract") AddAward(record);
      for (const std::string_view name : {"/ocid", "/date"}) AddFromRelease(records[0], name, record);
      records.push_back(std::move(record));
    }
    return records;
  }

 private:
  uint64_t OffsetOf(std::string_view part) const { return static_cast<uint64_t>(part.data() - text_.data()); }

  static size_t NumberOf(const std::string& pointer, std::vector<std::pair<std::string, size_t>>& numbers) {
    auto found = std::find_if(numbers.begin(), numbers.end(), [&](const auto& n) { return n.first == pointer; });
    if (found == numbers.end()) found = numbers.insert(numbers.end(), {pointer, 0});
    return ++found->second;
  }

  // Adds what `value` holds to `record`; arrays of objects become parts when `cut`.
  void Collect(std::string_view value, const std::string& pointer, SourceRecord& record, bool cut) {
    const JsonSlice self{{}, value};
    if (self.is_object()) {
      for (const JsonSlice& member : JsonMembers(value)) Collect(member.text, pointer + "/" + member.key, record, cut);
    } else if (self.is_array()) {
      for (const JsonSlice& element : JsonElements(value)) {
        if (cut && element.is_object()) {
          parts_.push_back({pointer + "[]", element.text});
        } else {
          Collect(element.text, pointer + "[]", record, cut);
        }
      }
    } else if (!self.is_null()) {
      record.fields.push_back({pointer, JsonRaw(value), OffsetOf(value), value.size()});
    }
  }

  static std::string SourceOf(const std::string& pointer, const SourceRecord& record) {
    if (pointer == "/awards[]") return "ocds.award";
    if (pointer == "/contracts[]") return "ocds.contract";
    if (pointer == "/bids/details[]") return "ocds.bid";
    if (pointer == "/tender/tenderers[]") return "ocds.tenderer";
    if (pointer == "/tender/milestones[]") return "ocds.milestone";
    if (pointer != "/parties[]") return "ocds.other";
    const bool takes_part = std::any_of(record.fields.begin(), record.fields.end(), [](const SourceField& field) {
      return field.name == "/parties[]/roles[]" && (field.raw == "tenderer" || field.raw == "supplier");
    });
    return takes_part ? "ocds.tenderer" : "ocds.party";
  }

  void AddAward(SourceRecord& contract) {
    const std::string* award_id = contract.Find("/contracts[]/awardID");
    if (award_id == nullptr) return;
    const std::string wanted = *award_id;
    for (const Part& part : parts_) {
      if (part.pointer != "/awards[]") continue;
      SourceRecord award;
      Collect(part.text, part.pointer, award, false);
      const std::string* id = award.Find("/awards[]/id");
      if (id == nullptr || *id != wanted) continue;
      std::move(award.fields.begin(), award.fields.end(), std::back_inserter(contract.fields));
      return;
    }
  }

  static void AddFromRelease(const SourceRecord& release, std::string_view name, SourceRecord& record) {
    for (const SourceField& field : release.fields) {
      if (field.name == name) record.fields.push_back(field);
    }
  }

  const std::string_view text_;
  std::vector<Part> parts_;
};

}  // namespace

std::vector<SourceRecord> OcdsRecords(std::string_view text) { return Release(text).Records(); }

std::vector<std::string_view> OcdsReleases(std::string_view text, const Json& value) {
  std::vector<std::string_view> releases;
  if (!ocds::IsRecord(value)) {
    if (ocds::IsRelease(value)) releases.push_back(text);
    return releases;
  }
  std::string_view compiled;
  for (const JsonSlice& member : JsonMembers(text)) {
    if (member.key == "compiledRelease" && member.is_object()) compiled = member.text;
    if (member.key != "releases" || !member.is_array()) continue;
    for (const JsonSlice& release : JsonElements(member.text)) {
      // One that is only named by a link has nothing to tell.
      const std::vector<JsonSlice> parts = JsonMembers(release.text);
      if (std::any_of(parts.begin(), parts.end(), [](const JsonSlice& part) { return part.key == "ocid"; })) releases.push_back(release.text);
    }
  }
  if (releases.empty() && !compiled.empty()) releases.push_back(compiled);
  return releases;
}

}  // namespace pulih::spse
