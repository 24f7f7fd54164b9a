#include "tools/year_output.h"

#include "engine/os/atomic_file.h"
#include "engine/recover/table_output.h"
#include "tools/escape.h"
#include "tools/render.h"

namespace pulih {
namespace {

void WriteEntities(JsonWriter& json, const YearSurvey& survey) {
  json.Key("entities");
  json.BeginArray();
  for (const EntityCount& entity : survey.entities) {
    json.BeginObject();
    json.Field("entity", tender::EntityName(entity.entity));
    json.Field("things", entity.things);
    json.Field("without_key", entity.keyless);
    json.Key("fields");
    json.BeginObject();
    for (const auto& [field, count] : entity.fields) {
      json.Key(tender::FieldName(field));
      json.BeginObject();
      json.Field("certain", count.certain);
      json.Field("likely", count.likely);
      json.Field("disputed", count.disputed);
      json.EndObject();
    }
    json.EndObject();
    json.EndObject();
  }
  json.EndArray();
}

void WriteMonths(JsonWriter& json, const YearSurvey& survey) {
  json.Key("months");
  json.BeginArray();
  for (const MonthCount& month : survey.months) {
    json.BeginObject();
    if (month.month.empty()) json.NullField("month");
    else json.Field("month", std::string_view(month.month));
    json.Field("tenders", month.tenders);
    json.Field("numbers", month.numbers);
    json.Field("with_estimate", month.with_estimate);
    json.Field("with_steps", month.with_steps);
    json.Field("with_bidders", month.with_bidders);
    json.Field("with_contract", month.with_contract);
    json.Key("days");
    json.BeginObject();
    for (const auto& [day, count] : month.days) json.Field(std::string_view(day), count);
    json.EndObject();
    json.EndObject();
  }
  json.EndArray();
}

void WriteDisputes(JsonWriter& json, const YearSurvey& survey) {
  json.Field("disputed_fields", survey.dispute_count);
  json.Key("disputed");
  json.BeginArray();
  for (const Dispute& dispute : survey.disputes) {
    json.BeginObject();
    json.Field("entity", tender::EntityName(dispute.entity));
    json.Field("key", std::string_view(dispute.key));
    json.Field("field", tender::FieldName(dispute.field));
    json.Key("values");
    json.BeginArray();
    for (const Dispute::Side& side : dispute.sides) {
      json.BeginObject();
      json.Field("value", std::string_view(side.value));
      json.Field("publisher", std::string_view(side.publisher));
      json.Field("evidence", side.evidence);
      json.Field("offset", side.offset);
      json.Field("path", std::string_view(side.path));
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
}

void WriteEdits(JsonWriter& json, const YearSurvey& survey) {
  json.Field("edited_fields", survey.edit_count);
  json.Key("edits");
  json.BeginArray();
  for (const Edit& edit : survey.edits) {
    json.BeginObject();
    json.Field("entity", tender::EntityName(edit.entity));
    json.Field("key", std::string_view(edit.key));
    json.Field("field", tender::FieldName(edit.field));
    json.Field("publisher", std::string_view(edit.after.publisher));
    if (edit.captured_before.empty()) json.NullField("captured_before");
    else json.Field("captured_before", std::string_view(edit.captured_before));
    json.Field("before", std::string_view(edit.before.value));
    json.Field("evidence_before", edit.before.evidence);
    json.Field("path_before", std::string_view(edit.before.path));
    json.Field("captured", std::string_view(edit.captured));
    json.Field("after", std::string_view(edit.after.value));
    json.Field("evidence", edit.after.evidence);
    json.Field("path", std::string_view(edit.after.path));
    json.EndObject();
  }
  json.EndArray();
}

void WriteMissing(JsonWriter& json, const Gaps& gaps) {
  json.Field("missing_records", gaps.count);
  json.Key("missing");
  json.BeginArray();
  for (const MissingRecord& record : gaps.missing) {
    json.BeginObject();
    json.Field("table", std::string_view(record.table));
    if (record.key.empty()) json.NullField("key");
    else json.Field("key", std::string_view(record.key));
    if (record.tender.empty()) json.NullField("tender");
    else json.Field("tender", std::string_view(record.tender));
    if (!record.what.empty()) json.Field("what", std::string_view(record.what));
    json.Field("why", std::string_view(record.why));
    json.Field("by_index", record.by_index);
    json.Field("may_be_deleted", record.may_be_deleted);
    json.Field("mentions", record.mentions);
    json.Field("holders", record.holders);
    json.EndObject();
  }
  json.EndArray();
}

// One of the files; a folder without rows of a kind has no file of it.
class List {
 public:
  List(FileSystem& files, const std::string& directory, std::string_view name, const CsvFields& head) : file_(files, directory, std::string(name)), head_(head) {}
  Status Row(const std::vector<std::string>& cells) {
    if (!begun_) PULIH_TRY(file_.Row(head_));
    begun_ = true;
    CsvFields fields;
    for (const std::string& cell : cells) fields.emplace_back(cell.empty() ? std::optional<std::string_view>() : std::string_view(cell));
    return file_.Row(fields);
  }
  Status Publish() { return file_.Publish(); }

 private:
  TableOutput file_;
  const CsvFields head_;
  bool begun_ = false;
};

std::string Text(uint64_t number) { return std::to_string(number); }

Status WriteCounts(FileSystem& files, const std::string& directory, const YearSurvey& survey) {
  List fields(files, directory, "fields.csv", {"entity", "field", "things", "certain", "likely", "disputed"});
  for (const EntityCount& entity : survey.entities)
    for (const auto& [field, count] : entity.fields)
      PULIH_TRY(fields.Row({std::string(tender::EntityName(entity.entity)), std::string(tender::FieldName(field)), Text(entity.things), Text(count.certain), Text(count.likely), Text(count.disputed)}));
  PULIH_TRY(fields.Publish());
  List months(files, directory, "months.csv", {"month", "tenders", "numbers", "with_estimate", "with_steps", "with_bidders", "with_contract"});
  List days(files, directory, "days.csv", {"day", "tenders"});
  for (const MonthCount& month : survey.months) {
    PULIH_TRY(months.Row({month.month, Text(month.tenders), Text(month.numbers), Text(month.with_estimate), Text(month.with_steps), Text(month.with_bidders), Text(month.with_contract)}));
    for (const auto& [day, count] : month.days) PULIH_TRY(days.Row({day, Text(count)}));
  }
  PULIH_TRY(months.Publish());
  PULIH_TRY(days.Publish());
  List publishers(files, directory, "publishers.csv", {"publisher", "things", "alone", "fields", "confirmed", "contradicted"});
  for (const PublisherCount& one : survey.publishers)
    PULIH_TRY(publishers.Row({one.publisher, Text(one.things), Text(one.alone), Text(one.fields), Text(one.confirmed), Text(one.contradicted)}));
  return publishers.Publish();
}

}  // namespace

void WriteYearJson(Context& context, const YearSurvey& survey, const Gaps& gaps) {
  JsonWriter& json = context.json;
  json.Field("tenders", survey.tenders);
  json.Field("joined", survey.joined);
  WriteEntities(json, survey);
  WriteMonths(json, survey);
  json.Key("publishers");
  json.BeginArray();
  for (const PublisherCount& one : survey.publishers) {
    json.BeginObject();
    json.Field("publisher", std::string_view(one.publisher));
    json.Field("things", one.things);
    json.Field("alone", one.alone);
    json.Field("fields", one.fields);
    json.Field("confirmed", one.confirmed);
    json.Field("contradicted", one.contradicted);
    json.EndObject();
  }
  json.EndArray();
  WriteDisputes(json, survey);
  WriteEdits(json, survey);
  WriteMissing(json, gaps);
  json.Key("outage");
  json.BeginArray();
  for (const OutageStep& step : survey.outage) {
    json.BeginObject();
    json.Field("tender", std::string_view(step.tender));
    json.Field("step", std::string_view(step.step));
    json.Field("start", std::string_view(step.start));
    json.Field("end", std::string_view(step.end));
    json.Field("status", FieldStatusName(step.status));
    json.EndObject();
  }
  json.EndArray();
}

void PrintYear(Context& context, const YearSurvey& survey, const Gaps& gaps) {
  if (survey.tenders == 0 && gaps.count == 0) return;
  context.out.Line("");
  context.out.Line(CountOf(survey.tenders, "tender") + ", " + CountText(survey.joined) + " of them told of by two publishers or more; " + CountOf(survey.dispute_count, "disputed field") + ", " + CountOf(survey.edit_count, "field") + " changed between captures, " +
                   CountOf(gaps.count, "lost record") + " that something else speaks of");
  if (survey.publishers.empty()) return;
  Table table({{"publisher"}, {"things", Align::right}, {"alone", Align::right}, {"confirmed", Align::right}, {"contradicted", Align::right}});
  for (const PublisherCount& one : survey.publishers)
    table.Add({EscapeText(one.publisher), CountText(one.things), CountText(one.alone), CountText(one.confirmed), CountText(one.contradicted)});
  table.Print(context.out);
}

struct YearCsv::Lists {
  Lists(FileSystem& files_, const std::string& directory_)
      : files(files_), directory(directory_),
        values(files_, directory_, "values.csv", {"entity", "key", "tender", "field", "value", "up_to", "status", "grade", "publishers", "evidence", "path"}) {}
  FileSystem& files;
  const std::string directory;
  List values;
};

YearCsv::YearCsv(std::unique_ptr<Lists> lists) : lists_(std::move(lists)) {}
YearCsv::~YearCsv() = default;

Result<std::unique_ptr<YearCsv>> YearCsv::Begin(FileSystem& files, const std::string& directory) {
  PULIH_TRY(MakeEmptyDirectory(files, directory, "report"));
  return std::unique_ptr<YearCsv>(new YearCsv(std::make_unique<Lists>(files, directory)));
}

Status YearCsv::Value(const RebuiltValue& value) {
  std::string publishers;
  for (const std::string& publisher : value.publishers) publishers += (publishers.empty() ? "" : "; ") + publisher;
  return lists_->values.Row({std::string(tender::EntityName(value.thing.entity)), value.thing.key, std::string(value.tender), std::string(tender::FieldName(value.field.field)),
                             value.value().value, value.value().high, std::string(FieldStatusName(value.field.status)), std::string(1, static_cast<char>(value.claim().claim.grade)),
                             publishers, Text(value.claim().unit), value.claim().claim.path});
}

Status YearCsv::Finish(const YearSurvey& survey, const Gaps& gaps) {
  FileSystem& files = lists_->files;
  const std::string& directory = lists_->directory;
  PULIH_TRY(lists_->values.Publish());
  PULIH_TRY(WriteCounts(files, directory, survey));
  List disputed(files, directory, "disputed.csv", {"entity", "key", "field", "value", "publisher", "evidence", "offset", "path"});
  for (const Dispute& dispute : survey.disputes)
    for (const Dispute::Side& side : dispute.sides)
      PULIH_TRY(disputed.Row({std::string(tender::EntityName(dispute.entity)), dispute.key, std::string(tender::FieldName(dispute.field)), side.value, side.publisher, Text(side.evidence), Text(side.offset), side.path}));
  PULIH_TRY(disputed.Publish());
  List edits(files, directory, "edits.csv", {"entity", "key", "field", "publisher", "captured_before", "before", "captured", "after", "evidence_before", "path_before", "evidence", "path"});
  for (const Edit& edit : survey.edits)
    PULIH_TRY(edits.Row({std::string(tender::EntityName(edit.entity)), edit.key, std::string(tender::FieldName(edit.field)), edit.after.publisher, edit.captured_before, edit.before.value,
                         edit.captured, edit.after.value, Text(edit.before.evidence), edit.before.path, Text(edit.after.evidence), edit.after.path}));
  PULIH_TRY(edits.Publish());
  List missing(files, directory, "missing.csv", {"table", "key", "tender", "what", "why", "may_be_deleted", "mentions", "holders"});
  for (const MissingRecord& record : gaps.missing) {
    std::string holders;
    for (const std::string& holder : record.holders) holders += (holders.empty() ? "" : "; ") + holder;
    PULIH_TRY(missing.Row({record.table, record.key, record.tender, record.what, record.why, record.may_be_deleted ? "yes" : "", Text(record.mentions), holders}));
  }
  PULIH_TRY(missing.Publish());
  List outage(files, directory, "outage.csv", {"tender", "step", "start", "end", "status"});
  for (const OutageStep& step : survey.outage) PULIH_TRY(outage.Row({step.tender, step.step, step.start, step.end, std::string(FieldStatusName(step.status))}));
  PULIH_TRY(outage.Publish());
  return files.SyncDirectory(directory);
}

}  // namespace pulih
