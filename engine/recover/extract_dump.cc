#include "engine/recover/extract_dump.h"

#include <algorithm>
#include <map>

#include "engine/recover/dump_rows.h"
#include "engine/recover/large_objects.h"
#include "engine/recover/name_groups.h"
#include "engine/recover/row_claims.h"
#include "engine/recover/solve_markers.h"

namespace pulih {

namespace {

// DDL of a script, and the tables that its COPY statements and those of the contents name: of a table whose DDL is lost
// at least the columns' names are known.
class SchemaLearner : public RowTaker {
 public:
  SchemaLearner() : reader_(Limits()) {}
  Status Group(const RowGroup& group) override {
    if (group.has_target && group.sure) targets_[{group.target.table.schema, group.target.table.name}] = group.target.columns;
    return OkStatus();
  }
  Status Entry(const ArchiveEntry& entry) {
    RowGroup group;
    group.has_target = ReadCopyStatement(entry.copy_statement, group.target);
    if (group.target.table.schema.empty()) group.target.table.schema = entry.schema.empty() ? "public" : entry.schema;
    return Group(group);
  }
  bool WantsRows() const override { return false; }
  Status Row(const TextLine&) override { return OkStatus(); }
  Status Ddl(std::string_view text) override {
    reader_.Take(text);
    return OkStatus();
  }
  Status Object(std::string_view, SegmentTrust, const SourceState&, const std::vector<ByteRange>&) override {
    has_objects_ = true;
    return OkStatus();
  }
  DdlReader& reader() { return reader_; }
  void set_has_objects() { has_objects_ = true; }

  Schema Finish() {
    Schema schema = std::move(reader_).Finish();
    TypeIndex text = 0;
    while (text < schema.types.size() && schema.types[text].oid != pg_oid::kText) ++text;
    for (const auto& [name, columns] : targets_) {
      if (schema.Find(name.first, name.second) != nullptr || columns.empty()) continue;
      if (text == schema.types.size()) {
        schema.types.emplace_back();
        schema.types.back().schema = "pg_catalog";
        schema.types.back().name = "text";
        schema.types.back().oid = pg_oid::kText;
      }
      SchemaTable table;
      table.schema = name.first;
      table.name = name.second;
      for (const std::string& column : columns) {
        SchemaColumn& added = table.columns.emplace_back();
        added.name = column;
        added.type = text;
      }
      schema.tables.push_back(std::move(table));
    }
    if (has_objects_) AddLargeObjectTable(schema);
    return schema;
  }

 private:
  static DdlLimits Limits() {
    DdlLimits limits;
    limits.max_rows = 0;  // rows of a dump are claims, not knowledge
    return limits;
  }
  DdlReader reader_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> targets_;
  bool has_objects_ = false;
};

// What became of the bytes of a text: pieces in order, joined.
class RangeTeller {
 public:
  RangeTeller(uint32_t file, ExtractSink& sink) : file_(file), sink_(sink) {}
  Status Add(uint64_t begin, uint64_t end, RangeFate fate, std::string_view what) {
    if (end <= begin) return OkStatus();
    // Heads of chunks, five bytes, are told with what they carry.
    if (open_ && fate == fate_ && what == what_ && begin >= end_ && begin - end_ <= 8) {
      end_ = end;
      return OkStatus();
    }
    PULIH_TRY(Flush());
    open_ = true;
    begin_ = begin;
    end_ = end;
    fate_ = fate;
    what_ = what;
    return OkStatus();
  }
  Status Flush() {
    if (!open_) return OkStatus();
    open_ = false;
    return sink_.Range({{file_, begin_, end_ - begin_}, fate_, what_});
  }

 private:
  uint32_t file_;
  ExtractSink& sink_;
  bool open_ = false;
  uint64_t begin_ = 0, end_ = 0;
  RangeFate fate_ = RangeFate::read;
  std::string what_;
};

Status TellTextRanges(const DumpText& text, ExtractSink& sink) {
  RangeTeller teller(text.source.file, sink);
  const std::string what = text.path.empty() ? "script" : text.path;
  PULIH_TRY(teller.Add(text.stretch.begin, text.stretch.end, RangeFate::read, what));
  PULIH_TRY(teller.Flush());
  uint64_t told = text.stretch.begin;
  for (const TextPart& part : text.source.plain) {
    // What a part is missing lies between its neighbours.
    if (!part.missing && part.offset > told && part.offset - told > 16)  // heads of blocks and chunks are shorter
      PULIH_TRY(teller.Add(told, part.offset, RangeFate::damaged, "a hole in " + what));
    told = part.offset + part.bytes.size();
  }
  if (!text.source.plain.empty() && text.source.plain.back().missing)
    PULIH_TRY(teller.Add(told, text.stretch.end, RangeFate::damaged, "a hole in " + what));
  for (const ByteStretch& lost : text.damage) PULIH_TRY(teller.Add(lost.begin, lost.end, RangeFate::damaged, "a hole in " + what));
  for (const TextSource::Stream& stream : text.source.streams) {
    for (const DeflatePiece& piece : stream.stream.pieces) {
      const bool bad = piece.damaged && !stream.survey.holes_were_data;
      if (bad) PULIH_TRY(teller.Add(piece.offset, piece.offset + piece.bytes.size(), RangeFate::damaged, "a hole in " + what));
    }
  }
  PULIH_TRY(teller.Flush());
  // Between segments nothing could be decoded.
  for (const TextSource::Stream& stream : text.source.streams) {
    const InflateSegment* before = nullptr;
    for (const InflateSegment& segment : stream.survey.segments) {
      if (before != nullptr && segment.begin_offset > before->end_offset)
        PULIH_TRY(sink.Range({{text.source.file, before->end_offset, segment.begin_offset - before->end_offset}, RangeFate::damaged, "compressed data that cannot be decoded in " + what}));
      before = &segment;
    }
    if (before == nullptr) {
      if (stream.survey.reached_end) continue;
      for (const DeflatePiece& piece : stream.stream.pieces)
        if (!piece.bytes.empty()) PULIH_TRY(sink.Range({{text.source.file, piece.offset, piece.bytes.size()}, RangeFate::damaged, "compressed data that cannot be decoded in " + what}));
      continue;
    }
    if (!stream.survey.reached_end && !stream.stream.pieces.empty()) {
      const DeflatePiece& last = stream.stream.pieces.back();
      const uint64_t end = last.offset + last.bytes.size();
      if (end > before->end_offset) PULIH_TRY(sink.Range({{text.source.file, before->end_offset, end - before->end_offset}, RangeFate::damaged, "compressed data that cannot be decoded in " + what}));
    }
  }
  return OkStatus();
}

class ClaimTeller : public RowTaker {
 public:
  ClaimTeller(const Schema& schema, const std::string& encoding, const GroupNames& names, ExtractSink& sink)
      : schema_(schema), names_(names.groups), sink_(sink), claims_(schema, encoding, sink), inserted_(schema, encoding, sink), objects_(sink), lost_(sink) {
    claims_.set_doubtful(names.unexplained);
    inserted_.set_doubtful(names.unexplained);
  }
  // Of a dump with bytes that were solved since: only the rows that have some.
  void set_only_solved(const std::vector<std::string>* sources) {
    claims_.set_only_solved(sources);
    only_solved_ = sources != nullptr;
  }

  Status Group(const RowGroup& group) override {
    PULIH_TRY(CloseGroup());
    group_ = group;
    open_ = true;
    claims_.Begin(group, group.number < names_.size() ? names_[group.number] : GroupName());
    return OkStatus();
  }
  Status Row(const TextLine& line) override { return claims_.Line(line); }
  Status Lost(const TextLine& line) override {
    if (only_solved_) return OkStatus();
    // Empty lines and comments say nothing anyway.
    return line.text.empty() || line.text.starts_with("--") ? OkStatus() : lost_.Add(line, true);
  }
  Status Inserted(const InsertedRow& row) override {
    if (only_solved_) return OkStatus();
    if (target_.table.name != row.target->table.name || target_.table.schema != row.target->table.schema || target_.columns != row.target->columns) {
      target_ = *row.target;
      RowGroup group;
      group.has_target = true;
      group.target = target_;
      GroupName name;
      for (size_t i = 0; i < schema_.tables.size(); ++i) {
        if (schema_.tables[i].schema == target_.table.schema && schema_.tables[i].name == target_.table.name) name.table = i;
      }
      inserted_.Begin(group, name);
    }
    return inserted_.Inserted(row);
  }
  Status Object(std::string_view statement, SegmentTrust trust, const SourceState& state, const std::vector<ByteRange>& bytes) override {
    if (only_solved_ || !HasLargeObjectTable(schema_)) return OkStatus();
    // An error whose place is not known may have made any byte of it.
    const bool doubtful = state.unexplained && trust == SegmentTrust::exact;
    return objects_.Take(statement, doubtful ? SegmentTrust::suspect : trust, state.proven, bytes);
  }
  void Torn() override { objects_.Torn(); }
  Status EndsEarly(const std::string& what) override {
    if (only_solved_) return OkStatus();
    return sink_.Remark((group_.path.empty() ? std::string() : group_.path + ": ") + what);
  }
  Status Ddl(std::string_view text) override {
    if (text.find("client_encoding") == std::string_view::npos) return OkStatus();
    DdlReader reader;
    reader.Take(text);
    claims_.set_encoding(reader.encoding());
    inserted_.set_encoding(reader.encoding());
    return OkStatus();
  }
  Status CloseGroup() {
    PULIH_TRY(lost_.Tell());
    if (!open_) return OkStatus();
    open_ = false;
    if (only_solved_) return OkStatus();
    PULIH_TRY(claims_.TellLost());
    const GroupName& name = group_.number < names_.size() ? names_[group_.number] : none_;
    if (!name.table && name.candidates.empty() && claims_.rows() > 0) {
      PULIH_TRY(sink_.Remark((group_.path.empty() ? std::string() : group_.path + ": ") + std::to_string(claims_.rows()) + " lines fit no table that is known"));
    } else if (claims_.lost_lines() > 0) {
      PULIH_TRY(sink_.Remark((group_.path.empty() ? std::string() : group_.path + ": ") + "nothing could be made of " + std::to_string(claims_.lost_lines()) + " lines"));
    }
    if (name.suspicious)
      PULIH_TRY(sink_.Remark((group_.path.empty() ? std::string("script") : group_.path) + ": rows before the known damage contradict each other or their table: more is damaged than shows"));
    return OkStatus();
  }

 private:
  const Schema& schema_;
  const std::vector<GroupName>& names_;
  ExtractSink& sink_;
  RowClaims claims_, inserted_;
  ObjectScript objects_;
  RowGroup group_;
  LostLines lost_;  // of no group
  CopyTarget target_;
  GroupName none_;
  bool open_ = false;
  bool only_solved_ = false;
};

// What stands behind damage in a dump's streams. An error whose place is not known may have made any byte of it, so what
// is suspect is left out.
class BehindDamage : public InflateSink {
 public:
  BehindDamage(MarkedTextTaker& taker, uint32_t base) : taker_(taker), base_(base) {}
  Status BeginSegment(const InflateSegment& segment) override {
    wanted_ = segment.trust == SegmentTrust::behind;
    return taker_.Break();
  }
  Status Run(const InflatedRun& run) override {
    if (!wanted_) return OkStatus();
    markers_.assign(run.markers.begin(), run.markers.end());
    for (uint32_t& marker : markers_) marker += marker == 0 ? 0 : base_;
    return taker_.Run(run.bytes, markers_);
  }

 private:
  MarkedTextTaker& taker_;
  const uint32_t base_;
  std::vector<uint32_t> markers_;
  bool wanted_ = false;
};

Status TellBehindDamage(const DumpText& text, MarkedTextTaker& taker) {
  uint64_t markers = text.source.markers_before;
  for (const TextSource::Stream& stream : text.source.streams) {
    const std::optional<uint32_t> base = MarkerBase(markers, stream);
    markers += MarkersOf(stream);
    const auto& segments = stream.survey.segments;
    if (!base || std::none_of(segments.begin(), segments.end(), [](const InflateSegment& s) { return s.trust == SegmentTrust::behind; })) continue;
    BehindDamage behind(taker, *base);
    PULIH_TRY(TellStream(stream.stream, stream.survey, behind));
  }
  return OkStatus();
}

// What the dump itself says of its tables.
Status LearnFrom(DumpTexts& texts, const Schema& known, Schema& own) {
  SchemaLearner learner;
  texts.ReadContents(learner.reader());
  if (texts.form() == DumpForm::script) {
    PULIH_TRY(TellRows(texts, known, learner));
  } else {
    for (const ArchiveEntry& entry : texts.toc().entries) {
      PULIH_TRY(learner.Entry(entry));
      if (entry.desc == "BLOBS" || entry.desc == "BLOB") learner.set_has_objects();
    }
    if (texts.has_objects()) learner.set_has_objects();
  }
  own = learner.Finish();
  return OkStatus();
}

Status TellObjects(DumpTexts& texts, const Schema& known, ExtractSink& sink) {
  if (!texts.has_objects()) return OkStatus();
  if (!HasLargeObjectTable(known)) return sink.Remark("large objects were found, and the contents that tell of them were not: they are left out");
  return texts.EachObject([&sink](const DumpObject& object) { return TellLargeObject(object, sink); });
}

class DumpExtractor : public Extractor {
 public:
  Status LearnSchema(const std::vector<UnitFile>& files, Schema& found) override {
    const OrderedDump dump(files);
    DumpTexts texts(dump);
    Schema own;
    PULIH_TRY(LearnFrom(texts, found, own));
    AddSchema(found, own);
    return OkStatus();
  }

  Status Extract(const std::vector<UnitFile>& files, const Schema& known, ExtractSink& given) override {
    const OrderedDump dump(files);
    OrderedSink sink(dump, given);
    if (dump.joints() != 0)
      PULIH_TRY(sink.Remark("its blocks do not stand in their order: " + std::to_string(dump.joints()) + " joints were proven by what runs across them"));
    DumpTexts texts(dump);
    Schema own;
    PULIH_TRY(LearnFrom(texts, known, own));
    PULIH_TRY_ASSIGN(const GroupNames names, NameGroups(texts, known, own));
    const bool tar = texts.form() == DumpForm::tar;
    for (uint32_t i = 0; i < dump.files().size(); ++i) {
      PULIH_TRY(sink.Range({{i, 0, dump.files()[i].bytes.size()}, tar ? RangeFate::skipped : RangeFate::damaged,
                            tar ? "padding of the tar archive" : "no part of the dump was found here"}));
    }
    if (names.unexplained)
      PULIH_TRY(sink.Remark("damage shows whose place is not known: rows that no checksum proves are not believed"));
    PULIH_TRY(texts.ForEach([&sink](const DumpText& text) { return TellTextRanges(text, sink); }));
    PULIH_TRY(texts.TellRanges(sink));
    ClaimTeller teller(known, texts.encoding(), names, sink);
    PULIH_TRY(TellRows(texts, known, teller));
    PULIH_TRY(teller.CloseGroup());
    return TellObjects(texts, known, sink);
  }

  bool Solves() const override { return true; }
  Status Solve(const std::vector<UnitFile>& files, const Schema& known, const DonorRows& donors, ExtractSink& given) override {
    const OrderedDump dump(files);
    OrderedSink sink(dump, given);
    DumpTexts texts(dump);
    PULIH_TRY_ASSIGN(const MarkerSolution solution, SolveMarkers(donors, [&](MarkedTextTaker& taker) {
      return texts.ForEach([&taker](const DumpText& text) { return TellBehindDamage(text, taker); });
    }));
    if (solution.empty()) return OkStatus();
    // From here on what was solved is text like any other: the same steps as in Extract find its rows.
    texts.set_solution(&solution);
    Schema own;
    PULIH_TRY(LearnFrom(texts, known, own));
    PULIH_TRY_ASSIGN(const GroupNames names, NameGroups(texts, known, own));
    ClaimTeller teller(known, texts.encoding(), names, sink);
    teller.set_only_solved(&donors.sources);
    PULIH_TRY(TellRows(texts, known, teller));
    return teller.CloseGroup();
  }
};

}  // namespace

std::unique_ptr<Extractor> MakeDumpExtractor() { return std::make_unique<DumpExtractor>(); }

}  // namespace pulih
