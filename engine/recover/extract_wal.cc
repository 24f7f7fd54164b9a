#include "engine/recover/extract_wal.h"

#include <algorithm>
#include <cctype>

#include "engine/base/digits.h"
#include "engine/recover/let_go.h"
#include "engine/recover/wal_tables.h"

namespace pulih {
namespace {

void AppendLsn(uint64_t lsn, std::string& to) {
  const size_t begin = to.size();
  AppendInteger(lsn >> 32, to, 16);
  to += '/';
  AppendInteger(lsn & 0xffffffff, to, 16);
  for (size_t i = begin; i < to.size(); ++i) to[i] = static_cast<char>(std::toupper(to[i]));
}

std::string LsnText(uint64_t lsn) {
  std::string text;
  AppendLsn(lsn, text);
  return text;
}

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

// Lets go of the pages that lie behind a walk over the log.
class LetGoBehind {
 public:
  explicit LetGoBehind(const std::vector<UnitFile>& files) : files_(files) {}
  ~LetGoBehind() { LetGoUpTo(SIZE_MAX); }
  void At(uint32_t file, uint64_t offset) {
    if (file != file_) {
      LetGoUpTo(SIZE_MAX);
      file_ = file;
      begin_ = offset;
    } else if (offset > begin_ + kLetGoBytes) {
      LetGoUpTo(offset);
      begin_ = offset;
    }
  }

 private:
  void LetGoUpTo(uint64_t end) {
    const UnitFile& file = files_[file_];
    end = std::min<uint64_t>(end, file.bytes.size());
    if (file.mapped && begin_ < end) LetGo(file.bytes.subspan(begin_, end - begin_));
  }

  const std::vector<UnitFile>& files_;
  uint32_t file_ = 0;
  uint64_t begin_ = 0;
};

// Hands on what a walk tells.
class WalkSink : public WalSink {
 public:
  WalkSink(const std::vector<UnitFile>& files, WalSink& sink) : behind_(files), sink_(sink) {}
  Status Record(const WalRecord& record) override {
    behind_.At(record.places.front().file, record.places.front().offset);
    return sink_.Record(record);
  }
  Status Loss(const WalLoss& loss) override { return sink_.Loss(loss); }

 private:
  LetGoBehind behind_;
  WalSink& sink_;
};

class WalUnit {
 public:
  WalUnit(const std::vector<UnitFile>& files, const Schema& known, uint64_t scope_bytes, ExtractSink& sink)
      : files_(files), known_(known), scope_bytes_(scope_bytes), sink_(sink) {}

  Status Run() {
    for (uint32_t file = 0; file < files_.size(); ++file) PULIH_TRY(Pages(file));
    if (pages_.empty()) return Status(Code::corrupt, "read WAL: " + Name() + ": no page of a log is in it");
    {
      LetGoBehind behind(files_);
      pages_ = PlacePages(pages_, [&behind](const WalPage& page) { behind.At(page.file, page.offset); });
    }
    WalSurvey survey;
    PULIH_TRY(Walk(survey));
    const WalSurvey::Plan plan = survey.MakePlan(scope_bytes_);
    PULIH_TRY(FitWhatIsCut(plan));
    uint64_t incomplete = 0, unread = 0;
    for (const WalScope& scope : plan.scopes) {
      WalHistory history(scope);
      PULIH_TRY(Walk(history));
      // Every walk tells the same losses.
      if (&scope == &plan.scopes.front()) PULIH_TRY(Losses(history));
      incomplete += history.incomplete_updates();
      unread += history.unread_images();
      const WalToast toast(history);
      history_ = &history;
      for (const auto& [node, relation] : history.relations())
        if (!toast.IsToast(node)) PULIH_TRY(Relation(scope, node, relation, toast));
    }
    if (incomplete > 0) PULIH_TRY(sink_.Remark(std::to_string(incomplete) + " updates tell only what they changed of rows that are not in the log"));
    if (unread > 0) PULIH_TRY(sink_.Remark(std::to_string(unread) + " page images could not be restored"));
    if (plan.toast_left_out) PULIH_TRY(sink_.Remark("the log holds more long values than are held at once: some are left out"));
    return OkStatus();
  }

 private:
  std::string Name() const { return files_.empty() ? "an empty folder" : files_.front().name; }

  Status Pages(uint32_t file) {
    const ByteView bytes = files_[file].bytes;
    for (uint64_t at = 0; at < bytes.size(); at += kWalPageSize) {
      const ByteView page = bytes.subspan(at, std::min<uint64_t>(kWalPageSize, bytes.size() - at));
      const ByteRange range = {file, at, page.size()};
      const auto header = ReadWalPageHeader(page);
      if (!header) {
        const bool zero = AllZero(page);
        PULIH_TRY(Note(range, zero ? RangeFate::skipped : RangeFate::damaged, zero ? "not yet written" : "no page of a log"));
        continue;
      }
      if (header->major < 903) {
        PULIH_TRY(Note(range, RangeFate::skipped, "page of a log of " + MajorText(header->major) + ", which is not read"));
        continue;
      }
      pages_.Add({*header, page, file, at});
      PULIH_TRY(Note(range, RangeFate::read, "page of the log"));
    }
    if (files_[file].mapped) LetGo(bytes);
    return Flush();
  }

  Status Walk(WalSink& sink) const {
    WalkSink walk(files_, sink);
    return ReadPlacedWal(pages_, walk);
  }

  // Neighbours with one fate become one note.
  Status Note(const ByteRange& range, RangeFate fate, const std::string& what) {
    if (note_.range.length != 0 && note_.range.file == range.file && note_.fate == fate && note_.what == what &&
        note_.range.offset + note_.range.length == range.offset) {
      note_.range.length += range.length;
      return OkStatus();
    }
    PULIH_TRY(Flush());
    note_ = {range, fate, what};
    return OkStatus();
  }
  Status Flush() {
    if (note_.range.length == 0) return OkStatus();
    const RangeNote note = note_;
    note_ = {};
    return sink_.Range(note);
  }

  Status Losses(const WalHistory& history) {
    for (const WalLoss& loss : history.losses()) {
      const char* what = loss.missing_page ? "a record that goes on on a page that is not there" : "a damaged record of the log";
      PULIH_TRY(sink_.Range({{loss.place.file, loss.place.offset, loss.place.length}, RangeFate::damaged, what}));
      PULIH_TRY(sink_.Remark(std::string(what) + " at " + LsnText(loss.lsn)));
    }
    return OkStatus();
  }

  // Which table a relation is that no scope has all of: from all of its tuples, as of any other.
  Status FitWhatIsCut(const WalSurvey::Plan& plan) {
    if (plan.scopes.size() == 1) return OkStatus();
    for (const WalScope& scope : plan.scopes) {
      // A scope that begins or ends inside a relation.
      if (scope.begin.block == 0 && (!scope.end || scope.end->block == 0)) continue;
      WalHistory history(scope);
      PULIH_TRY(Walk(history));
      const WalToast toast(history);
      for (const auto& [node, relation] : history.relations())
        if (!scope.HasAllOf(node)) cut_.try_emplace(node, known_, node).first->second.Feed(relation, toast);
    }
    return OkStatus();
  }

  Status Relation(const WalScope& scope, const RelationNode& node, const RelationHistory& relation, const WalToast& toast) {
    const auto in_parts = cut_.find(node);
    RelationTable found;
    if (in_parts != cut_.end()) {
      found = in_parts->second.Result();
    } else if (scope.Tells(node)) {
      RelationFit whole(known_, node);
      whole.Feed(relation, toast);
      found = whole.Result();
    }
    if (found.tables.empty()) return OkStatus();
    WalRowReader reader(known_, found.tables.front());
    SetTable(found);
    for (const auto& [tid, versions] : relation)
      for (const TupleVersion& version : versions) PULIH_TRY(Version(node, tid, version, found, reader, toast));
    return OkStatus();
  }

  Status Version(const RelationNode& node, const Tid& tid, const TupleVersion& version, const RelationTable& found,
                 WalRowReader& reader, const WalToast& toast) {
    RowClaim& claim = claim_;
    if (!StandingOf(version, claim.standing)) return OkStatus();  // rolled back: never a row
    if (!reader.Decode(version.tuple, toast, fields_)) return OkStatus();
    claim.fields.resize(fields_.size());
    for (size_t i = 0; i < fields_.size(); ++i) SetClaimed(fields_[i], claim.fields[i]);
    claim.grade = !version.sure ? Grade::d : found.told ? Grade::a : Grade::c;
    claim.moment = version.lsn;
    claim.bytes.clear();
    for (const WalPlace& place : version.places) claim.bytes.push_back({place.file, place.offset, place.length});
    SetPath(node, tid, version);
    return sink_.Row(claim);
  }

  // "record 0/16B3D50 » tuple of block 7 of relation 16384 » item 4"
  void SetPath(const RelationNode& node, const Tid& tid, const TupleVersion& version) {
    std::string& path = claim_.path;
    path = "record ";
    AppendLsn(version.lsn, path);
    path += version.from_image ? " » image of block " : " » tuple of block ";
    AppendInteger(tid.block, path);
    path += " of relation ";
    AppendInteger(node.relation, path);
    path += " » item ";
    AppendInteger(tid.item, path);
  }

  void SetTable(const RelationTable& found) {
    claim_.table.clear();
    claim_.candidates.clear();
    for (const size_t table : found.tables) claim_.candidates.push_back(known_.tables[table].schema + "." + known_.tables[table].name);
    if (found.tables.size() == 1) {
      claim_.table = claim_.candidates.front();
      claim_.candidates.clear();
    } else {
      std::sort(claim_.candidates.begin(), claim_.candidates.end());
    }
  }

  static void SetClaimed(DecodedField& field, ClaimedField& claimed) {
    using State = ClaimedField::State;
    claimed.text.swap(field.text);
    claimed.cut = false;
    switch (field.state) {
      case DecodedField::State::null: claimed.state = State::null; break;
      case DecodedField::State::value: claimed.state = State::value; break;
      case DecodedField::State::partial:
        claimed.state = State::partial;
        claimed.cut = true;
        break;
      case DecodedField::State::missing: claimed.state = State::missing; break;
    }
  }

  // False: its transaction rolled back.
  bool StandingOf(const TupleVersion& version, Standing& standing) const {
    using Outcome = WalHistory::Outcome;
    using namespace tuple_bits;
    const TupleHeader header = ReadTupleHeader(version.tuple);
    const Outcome outcome = history_->OutcomeOf(header.xmin);
    const bool by_hint = header.is_frozen() || (header.infomask & kXminCommitted) != 0;
    if (outcome == Outcome::aborted || (!by_hint && (header.infomask & kXminInvalid) != 0)) return false;
    const bool inserted = outcome == Outcome::committed || by_hint;
    standing = inserted ? Standing::live : Standing::unknown;
    if (version.end == TupleVersion::End::none) return true;
    if (version.end == TupleVersion::End::gone) {
      standing = (header.infomask2 & kHotUpdated) != 0 ? Standing::older : Standing::deleted;
      return true;
    }
    const bool hinted = version.from_image && (header.infomask & kXmaxCommitted) != 0;
    const Outcome ended = version.ended_by == 0 ? Outcome::unknown : history_->OutcomeOf(version.ended_by);
    if (ended == Outcome::aborted) return true;
    if (ended == Outcome::unknown && !hinted) {
      standing = Standing::unknown;
      return true;
    }
    standing = version.end == TupleVersion::End::updated ? Standing::older : Standing::deleted;
    return true;
  }

  const std::vector<UnitFile>& files_;
  const Schema& known_;
  const uint64_t scope_bytes_;
  ExtractSink& sink_;
  WalPages pages_;
  const WalHistory* history_ = nullptr;       // of the scope at hand
  std::map<RelationNode, RelationFit> cut_;   // relations that no scope has all of
  RowClaim claim_;                            // its texts keep their memory from row to row
  std::vector<DecodedField> fields_;
  RangeNote note_;
};

class WalExtractor : public Extractor {
 public:
  explicit WalExtractor(uint64_t scope_bytes) : scope_bytes_(scope_bytes) {}
  // The log names no tables.
  Status LearnSchema(const std::vector<UnitFile>&, Schema&) override { return OkStatus(); }
  Status Extract(const std::vector<UnitFile>& files, const Schema& known, ExtractSink& sink) override {
    return WalUnit(files, known, scope_bytes_, sink).Run();
  }

 private:
  const uint64_t scope_bytes_;
};

}  // namespace

std::unique_ptr<Extractor> MakeWalExtractor(uint64_t scope_bytes) { return std::make_unique<WalExtractor>(scope_bytes); }

}  // namespace pulih
