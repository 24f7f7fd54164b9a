#include "engine/recover/extract_wal.h"

#include <algorithm>
#include <cstdio>

#include "engine/recover/wal_tables.h"

namespace pulih {
namespace {

std::string LsnText(uint64_t lsn) {
  char text[32];
  std::snprintf(text, sizeof text, "%X/%X", static_cast<unsigned>(lsn >> 32), static_cast<unsigned>(lsn));
  return text;
}

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

class WalUnit {
 public:
  WalUnit(const std::vector<UnitFile>& files, const Schema& known, ExtractSink& sink) : files_(files), known_(known), sink_(sink) {}

  Status Run() {
    for (uint32_t file = 0; file < files_.size(); ++file) PULIH_TRY(Pages(file));
    if (pages_.all().empty()) return Status(Code::corrupt, "read WAL: " + Name() + ": no page of a log is in it");
    PULIH_TRY(ReadWal(pages_, history_));
    PULIH_TRY(Losses());
    const WalToast toast(history_);
    for (const auto& [node, relation] : history_.relations())
      if (!toast.IsToast(node)) PULIH_TRY(Relation(node, relation, toast));
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
    return Flush();
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

  Status Losses() {
    for (const WalLoss& loss : history_.losses()) {
      const char* what = loss.missing_page ? "a record that goes on on a page that is not there" : "a damaged record of the log";
      PULIH_TRY(sink_.Range({{loss.place.file, loss.place.offset, loss.place.length}, RangeFate::damaged, what}));
      PULIH_TRY(sink_.Remark(std::string(what) + " at " + LsnText(loss.lsn)));
    }
    if (history_.incomplete_updates() > 0)
      PULIH_TRY(sink_.Remark(std::to_string(history_.incomplete_updates()) + " updates tell only what they changed of rows that are not in the log"));
    if (history_.unread_images() > 0)
      PULIH_TRY(sink_.Remark(std::to_string(history_.unread_images()) + " page images could not be restored"));
    return OkStatus();
  }

  Status Relation(const RelationNode& node, const RelationHistory& relation, const WalToast& toast) {
    const RelationTable found = TableOf(known_, node, relation, toast);
    if (found.tables.empty()) return OkStatus();
    const TupleShape shape = ShapeOf(known_.tables[found.tables.front()]);
    for (const auto& [tid, versions] : relation)
      for (const TupleVersion& version : versions) PULIH_TRY(Version(node, tid, version, found, shape, toast));
    return OkStatus();
  }

  Status Version(const RelationNode& node, const Tid& tid, const TupleVersion& version, const RelationTable& found,
                 const TupleShape& shape, const WalToast& toast) {
    RowClaim claim;
    if (!StandingOf(version, claim.standing)) return OkStatus();  // rolled back: never a row
    const auto fields = DecodeTuple(known_, found.tables.front(), shape, version.tuple, toast);
    if (!fields) return OkStatus();
    for (const DecodedField& field : *fields) claim.fields.push_back(Claimed(field));
    for (const size_t table : found.tables) claim.candidates.push_back(known_.tables[table].schema + "." + known_.tables[table].name);
    if (found.tables.size() == 1) {
      claim.table = claim.candidates.front();
      claim.candidates.clear();
    } else {
      std::sort(claim.candidates.begin(), claim.candidates.end());
    }
    claim.grade = !version.sure ? Grade::d : found.told ? Grade::a : Grade::c;
    claim.moment = version.lsn;
    for (const WalPlace& place : version.places) claim.bytes.push_back({place.file, place.offset, place.length});
    claim.path = "record " + LsnText(version.lsn) + (version.from_image ? " » image of block " : " » tuple of block ") +
                 std::to_string(tid.block) + " of relation " + std::to_string(node.relation) + " » item " + std::to_string(tid.item);
    return sink_.Row(claim);
  }

  static ClaimedField Claimed(const DecodedField& field) {
    using State = ClaimedField::State;
    ClaimedField claimed;
    claimed.text = field.text;
    switch (field.state) {
      case DecodedField::State::null: claimed.state = State::null; break;
      case DecodedField::State::value: claimed.state = State::value; break;
      case DecodedField::State::partial:
        claimed.state = State::partial;
        claimed.cut = true;
        break;
      case DecodedField::State::missing: claimed.state = State::missing; break;
    }
    return claimed;
  }

  // False: its transaction rolled back.
  bool StandingOf(const TupleVersion& version, Standing& standing) const {
    using Outcome = WalHistory::Outcome;
    using namespace tuple_bits;
    const TupleHeader header = ReadTupleHeader(version.tuple);
    const Outcome outcome = history_.OutcomeOf(header.xmin);
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
    const Outcome ended = version.ended_by == 0 ? Outcome::unknown : history_.OutcomeOf(version.ended_by);
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
  ExtractSink& sink_;
  WalPages pages_;
  WalHistory history_;
  RangeNote note_;
};

class WalExtractor : public Extractor {
 public:
  // The log names no tables.
  Status LearnSchema(const std::vector<UnitFile>&, Schema&) override { return OkStatus(); }
  Status Extract(const std::vector<UnitFile>& files, const Schema& known, ExtractSink& sink) override {
    return WalUnit(files, known, sink).Run();
  }
};

}  // namespace

std::unique_ptr<Extractor> MakeWalExtractor() { return std::make_unique<WalExtractor>(); }

}  // namespace pulih
