#include "engine/recover/run.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "engine/crypto/sha256.h"
#include "engine/os/clock.h"
#include "engine/recover/byte_account.h"
#include "engine/recover/candidates.h"
#include "engine/recover/case_schema.h"
#include "engine/recover/claim_codec.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/claim_store.h"
#include "engine/recover/read_donors.h"
#include "engine/recover/run_marks.h"
#include "engine/recover/seccomp_filter.h"
#include "engine/recover/tender_rows.h"
#include "engine/recover/tender_store.h"
#include "engine/recover/unit_bytes.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

enum Frame : uint8_t { kRowFrame = 1, kRangeFrame = 2, kRemarkFrame = 3, kSchemaFrame = 4, kTenderFrame = 5, kKeyFrame = 6 };
constexpr size_t kMaxRemark = 4096;
constexpr uint64_t kMaxRemarks = 10000;  // of one unit: more say nothing new

// --- in the child ------------------------------------------------------------------------------------------------------

class FrameSink final : public ExtractSink {
 public:
  explicit FrameSink(FrameWriter& out) : out_(out) {}
  Status Row(const RowClaim& claim) override {
    AppendRowClaim(claim, out_.Begin(kRowFrame));
    return out_.End();
  }
  Status Key(const RowClaim& claim) override { return out_.Send(kKeyFrame, EncodeRowClaim(claim)); }
  Status Tender(const tender::TenderClaim& claim) override { return out_.Send(kTenderFrame, EncodeTenderClaim(claim)); }
  Status Range(const RangeNote& note) override { return out_.Send(kRangeFrame, EncodeRangeNote(note)); }
  Status Remark(const std::string& text) override { return out_.Send(kRemarkFrame, AsBytes(text).first(std::min(text.size(), kMaxRemark))); }

 private:
  FrameWriter& out_;
};

// The C library loads the tables of an encoding from files, which the child may not open later.
void LoadEncodings(const std::string& encoding) {
  for (const std::string& name : {std::string("LATIN1"), std::string("WIN1252"), encoding}) (void)ToUtf8(AsBytes("\xe9"), name);
}

// --- in the parent -----------------------------------------------------------------------------------------------------

// Looks whether claims fit the unit and its schema: a child may say anything.
class ClaimGate {
 public:
  ClaimGate(const std::vector<UnitFile>& files, const Schema& schema, UnitClaims& claims, UnitResult& result, TenderWriter* tenders = nullptr)
      : files_(files), claims_(claims), tenders_(tenders), result_(result) {
    for (const SchemaTable& table : schema.tables) {
      size_t live = 0;
      for (const SchemaColumn& column : table.columns) live += column.dropped ? 0 : 1;
      fields_[table.schema + "." + table.name] = live;
    }
  }

  Status Take(uint8_t kind, ByteView payload) {
    switch (kind) {
      case kRowFrame: return TakeRow(payload);
      case kRangeFrame: return TakeRange(payload);
      case kRemarkFrame: return TakeRemark(payload);
      case kTenderFrame: return TakeTender(payload);
      case kKeyFrame: return TakeKey(payload);
      default: return Status(Code::corrupt, "a frame of a kind that there is not");
    }
  }

 private:
  bool Lies(const ByteRange& range) const {
    return range.file < files_.size() && range.offset <= files_[range.file].bytes.size() &&
           range.length <= files_[range.file].bytes.size() - range.offset;
  }
  bool Fits(const RowClaimView& claim) const {
    for (const ByteRange& range : claim.bytes)
      if (!Lies(range)) return false;
    if (claim.table.empty()) return true;
    const auto known = fields_.find(claim.table);
    return known != fields_.end() && known->second == claim.fields.size();
  }
  Status TakeRow(ByteView payload) {
    PULIH_TRY(ReadRowClaim(payload, claim_));
    if (!Fits(claim_)) {
      ++result_.unfit;
      return OkStatus();
    }
    ++result_.rows;
    return claims_.AddRow(claim_, payload);
  }
  Status TakeKey(ByteView payload) {
    PULIH_TRY(ReadRowClaim(payload, claim_));
    if (!claim_.table.empty() && Fits(claim_)) return claims_.AddKey(claim_, payload);
    ++result_.unfit;
    return OkStatus();
  }
  Status TakeTender(ByteView payload) {
    if (tenders_ == nullptr) return Status(Code::corrupt, "a frame of a kind that is not expected here");
    PULIH_TRY_ASSIGN(const tender::TenderClaim claim, DecodeTenderClaim(payload));
    if (!Lies({claim.file, claim.offset, claim.length})) {
      ++result_.unfit;
      return OkStatus();
    }
    ++result_.tenders;
    return tenders_->Add(result_.number, claim);
  }
  Status TakeRange(ByteView payload) {
    PULIH_TRY_ASSIGN(const RangeNote note, DecodeRangeNote(payload));
    if (!Lies(note.range)) return Status(Code::corrupt, "a range outside of the evidence");
    ++result_.ranges;
    return claims_.AddRange(note);
  }
  Status TakeRemark(ByteView payload) {
    if (payload.size() > kMaxRemark) return Status(Code::corrupt, "a remark that is too long");
    return ++result_.remarks > kMaxRemarks ? OkStatus() : claims_.AddRemark(MendUtf8(AsText(payload)));
  }

  const std::vector<UnitFile>& files_;
  UnitClaims& claims_;
  TenderWriter* const tenders_;  // null: none are expected
  UnitResult& result_;
  std::map<std::string, size_t, std::less<>> fields_;
  RowClaimView claim_;  // the one at hand
};

class Run {
 public:
  Run(Case& of, const RunOptions& options, ProgressListener& progress)
      : options_(options), progress_(progress), kv_(of.kv()), register_(of.kv()), marks_(of.kv()) {}

  Result<RunReport> Go() {
    const double began = MonotonicSeconds();
    PULIH_TRY_ASSIGN(units_, register_.List());
    PULIH_TRY(Learn());
    PULIH_TRY(Merge());
    PULIH_TRY(Extract());
    report_.tables = schema_.tables.size();
    PULIH_TRY_ASSIGN(auto results, marks_.List());
    for (UnitResult& result : results) result.fresh = fresh_.contains(result.number);
    PULIH_TRY(ClassWhatGaveRows(results));
    PULIH_TRY(Solve(results));
    PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(register_));
    PULIH_TRY(MakeRowTenders(kv_, sources, progress_).status());
    PULIH_TRY(MakeCandidates(kv_, sources, progress_).status());
    report_.units = std::move(results);
    report_.solved = solved_;
    report_.seconds = MonotonicSeconds() - began;
    return std::move(report_);
  }

 private:
  // A compressed file tells nothing at its outside. One that gave rows was a dump, which is of class 1.
  Status ClassWhatGaveRows(const std::vector<UnitResult>& results) {
    for (const UnitResult& result : results) {
      if (result.rows == 0) continue;
      PULIH_TRY_ASSIGN(const auto evidence, register_.Find(result.number));
      if (evidence && evidence->source_class == 0) PULIH_TRY(register_.SetClass(result.number, 1, "the rows in it"));
    }
    return OkStatus();
  }

  // --- learn
  Status Learn() {
    std::vector<size_t> pending;
    for (size_t i = 0; i < units_.size(); ++i) {
      PULIH_TRY_ASSIGN(const auto learnt, marks_.FindLearnt(units_[i].number));
      if (!learnt) pending.push_back(i);
    }
    return InParallel("learning", pending, [&](const Evidence& unit) { return LearnUnit(unit); });
  }

  // A unit that cannot be read tells nothing; extraction will say why.
  Status LearnUnit(const Evidence& unit) {
    if (!options_.extractor(unit)) return marks_.PutLearnt(unit.number, Schema());
    auto bytes = UnitBytes::Open(register_, unit, EvidenceCheck::state, StopAsker());
    if (bytes.status().code() == Code::interrupted) return bytes.status();
    if (!bytes.ok()) return OkStatus();
    Schema learnt;
    SandboxJob job;
    job.limits = options_.limits;
    job.prepare = [] { LoadEncodings("UTF8"); };
    job.work = [&](FrameWriter& out) {
      Schema found;
      const auto extractor = options_.extractor(unit);
      PULIH_TRY(extractor->LearnSchema(bytes->files(), found));
      return out.Send(kSchemaFrame, EncodeSchema(found));
    };
    PULIH_TRY_ASSIGN(const SandboxOutcome outcome, RunSandboxed(job, [&](uint8_t kind, ByteView payload) -> Status {
      if (kind != kSchemaFrame) return Status(Code::corrupt, "a frame of a kind that there is not");
      PULIH_TRY_ASSIGN(learnt, DecodeSchema(payload));
      return OkStatus();
    }, StopAsker()));
    return marks_.PutLearnt(unit.number, outcome.finished && outcome.status.ok() ? learnt : Schema());
  }

  // --- merge
  Status Merge() {
    if (options_.given) PULIH_TRY(marks_.PutGiven(*options_.given));
    PULIH_TRY_ASSIGN(const auto given, marks_.FindGiven());
    std::vector<const Schema*> in_order;
    for (const Evidence& unit : units_) {
      PULIH_TRY_ASSIGN(auto learnt, marks_.FindLearnt(unit.number));
      if (learnt) in_order.push_back(&(learnt_[unit.number] = std::move(*learnt)));
    }
    schema_ = MergeSchemas(given.value_or(Schema()), in_order);
    return ClaimStore(kv_).PutSchema(schema_);
  }

  // --- extract
  Status Extract() {
    std::vector<size_t> pending;
    for (size_t i = 0; i < units_.size(); ++i) {
      PULIH_TRY_ASSIGN(const auto mark, marks_.Find(units_[i].number));
      // What failed is tried again: the disk may be back.
      if (mark && mark->state != UnitState::failed && mark->schema == DigestOf(SchemaFor(units_[i]))) continue;
      pending.push_back(i);
    }
    return InParallel("extracting", pending, [&](const Evidence& unit) { return ExtractUnit(unit); });
  }

  Schema SchemaFor(const Evidence& unit) const {
    const auto learnt = learnt_.find(unit.number);
    return SchemaOfUnit(schema_, learnt == learnt_.end() ? Schema() : learnt->second);
  }
  static Digest DigestOf(const Schema& schema) { return Sha256Of(EncodeSchema(schema)); }

  Status ExtractUnit(const Evidence& unit) {
    UnitResult result;
    result.number = unit.number;
    const Schema schema = SchemaFor(unit);
    result.schema = DigestOf(schema);
    PULIH_TRY(marks_.Drop(unit.number));
    std::optional<UnitBytes> bytes;
    if (options_.extractor(unit)) {
      auto opened = UnitBytes::Open(register_, unit, EvidenceCheck::whole, StopAsker());
      if (opened.status().code() == Code::interrupted) return opened.status();
      if (!opened.ok()) {
        // What was read from it before it went away stays.
        result.state = UnitState::failed;
        result.why = opened.status().message();
        return marks_.Put(result);
      }
      bytes = std::move(*opened);
    }
    PULIH_TRY(ClaimStore(kv_).RemoveUnit(unit.number));
    PULIH_TRY(TenderStore(kv_).RemoveUnit(unit.number));
    UnitClaims claims(kv_, schema_, unit.number);
    PULIH_TRY(bytes ? ReadUnit(unit, *bytes, schema, claims, result) : SkipWhole(unit, claims, result));
    PULIH_TRY(claims.Commit());
    PULIH_TRY_ASSIGN(const auto files, register_.Files(unit.number));
    ClaimStore store(kv_);
    PULIH_TRY_ASSIGN(const ByteAccount account, AccountFor(store, unit.number, files));
    result.damaged_bytes = account.all.damaged;
    // From here on the unit is done.
    return marks_.Put(result);
  }

  Status ReadUnit(const Evidence& unit, const UnitBytes& bytes, const Schema& schema, UnitClaims& claims, UnitResult& result) {
    TenderWriter tenders(kv_);
    ClaimGate gate(bytes.files(), schema, claims, result, &tenders);
    SandboxJob job;
    job.limits = options_.limits;
    job.prepare = [&] { LoadEncodings(schema.encoding); };
    job.work = [&](FrameWriter& out) {
      FrameSink sink(out);
      return options_.extractor(unit)->Extract(bytes.files(), schema, sink);
    };
    PULIH_TRY_ASSIGN(const SandboxOutcome outcome,
                     RunSandboxed(job, [&](uint8_t kind, ByteView payload) { return gate.Take(kind, payload); }, StopAsker()));
    PULIH_TRY(tenders.Commit());
    result.has_seccomp = outcome.has_seccomp;
    if (!outcome.finished) result.why = outcome.how_it_died;
    else if (!outcome.status.ok()) result.why = outcome.status.message();
    if (!result.why.empty()) {
      result.state = UnitState::failed;
      PULIH_TRY(claims.AddRemark("the decoder stopped: " + result.why));
    }
    if (result.unfit > 0) PULIH_TRY(claims.AddRemark(std::to_string(result.unfit) + " rows did not fit the schema of the case and were left out"));
    return OkStatus();
  }

  // --- solve
  Status Solve(const std::vector<UnitResult>& results) {
    PULIH_TRY_ASSIGN(const Digest now, marks_.MarksNow());
    PULIH_TRY_ASSIGN(const auto solved, marks_.FindSolved());
    if (solved && *solved == now) return OkStatus();
    PULIH_TRY(marks_.DropSolved());
    std::set<uint32_t> damaged;
    for (const UnitResult& result : results)
      if (result.damaged_bytes > 0 && result.rows > 0) damaged.insert(result.number);
    std::vector<size_t> pending;
    for (size_t i = 0; i < units_.size(); ++i) {
      PULIH_TRY(ClaimStore(kv_).RemoveDerived(units_[i].number));
      if (!damaged.contains(units_[i].number)) continue;
      const auto extractor = options_.extractor(units_[i]);
      if (extractor && extractor->Solves()) pending.push_back(i);
    }
    PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(register_));
    PULIH_TRY(InParallel("solving", pending, [&](const Evidence& unit) { return SolveUnit(unit, sources); }));
    // From here on all that could be solved is.
    return marks_.PutSolved(now);
  }

  Status SolveUnit(const Evidence& unit, const ClaimSources& sources) {
    ClaimStore store(kv_);
    PULIH_TRY_ASSIGN(const DonorRows donors, ReadDonors(store, schema_, sources, unit.number));
    if (donors.empty()) return OkStatus();
    auto bytes = UnitBytes::Open(register_, unit, EvidenceCheck::state, StopAsker());
    if (bytes.status().code() == Code::interrupted) return bytes.status();
    if (!bytes.ok()) return OkStatus();  // it was read before it went away; what it told stays
    const Schema schema = SchemaFor(unit);
    UnitResult result;
    UnitClaims claims(kv_, schema_, unit.number, UnitClaims::Kind::derived);
    ClaimGate gate(bytes->files(), schema, claims, result);  // solving tells rows alone
    SandboxJob job;
    job.limits = options_.limits;
    job.prepare = [&] { LoadEncodings(schema.encoding); };
    job.work = [&](FrameWriter& out) {
      FrameSink sink(out);
      return options_.extractor(unit)->Solve(bytes->files(), schema, donors, sink);
    };
    // One that dies costs what it would have solved, and nothing that was extracted.
    const auto take = [&](uint8_t kind, ByteView payload) {
      return kind == kRowFrame ? gate.Take(kind, payload) : Status(Code::corrupt, "a frame of a kind that there is not");
    };
    PULIH_TRY(RunSandboxed(job, take, StopAsker()).status());
    PULIH_TRY(claims.Commit());
    solved_ += claims.rows();
    return OkStatus();
  }

  // Every byte is accounted for (I8), also of what nothing here reads.
  Status SkipWhole(const Evidence& unit, UnitClaims& claims, UnitResult& result) {
    result.state = UnitState::none;
    PULIH_TRY_ASSIGN(const auto files, register_.Files(unit.number));
    for (uint32_t i = 0; i < files.size(); ++i) {
      if (files[i].size == 0) continue;
      ++result.ranges;
      PULIH_TRY(claims.AddRange({{i, 0, files[i].size}, RangeFate::skipped, "nothing here reads " + std::string(FileKindName(files[i].kind))}));
    }
    return OkStatus();
  }

  // --- many at once. Workers take units in order; this thread reports and asks whether to stop. The first failure ends all.
  std::function<bool()> StopAsker() {
    // One by one it is the working thread that asks.
    return [this] { return stop_.load(std::memory_order_relaxed) || (kIsSanitized && progress_.ShouldStop()); };
  }

  void Count(std::string_view phase, const Evidence& unit) {
    if (phase != "extracting") return;
    report_.bytes += unit.bytes;
    fresh_.insert(unit.number);
  }

  // The address sanitizer's allocator (GCC 12) does not survive a fork while another thread is in it: the child waits for a
  // lock that nobody holds any more. The C library's does. So with sanitizers this thread does all by itself.
  Status OneByOne(Progress now, const std::vector<size_t>& pending, const std::function<Status(const Evidence&)>& one) {
    for (const size_t i : pending) {
      now.current = units_[i].name;
      if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
      progress_.Report(now);
      PULIH_TRY(one(units_[i]));
      Count(now.phase, units_[i]);
      ++now.files_done;
      now.bytes_done += units_[i].bytes;
    }
    return OkStatus();
  }

  Status InParallel(std::string_view phase, const std::vector<size_t>& pending, const std::function<Status(const Evidence&)>& one) {
    std::mutex mutex;
    std::condition_variable changed;
    size_t next = 0, running = 0;
    Status failure;
    Progress now{.phase = phase, .files_total = pending.size(), .current = {}};
    std::string current;
    for (const size_t i : pending) now.bytes_total += units_[i].bytes;
    if (kIsSanitized) return OneByOne(now, pending, one);

    const auto work = [&] {
      std::unique_lock lock(mutex);
      while (next < pending.size() && failure.ok() && !stop_) {
        const Evidence& unit = units_[pending[next++]];
        current = unit.name;
        lock.unlock();
        Status done = one(unit);
        lock.lock();
        ++now.files_done;
        now.bytes_done += unit.bytes;
        if (done.ok()) Count(phase, unit);
        if (!done.ok() && failure.ok()) failure = std::move(done);
        changed.notify_one();
      }
      --running;
      changed.notify_one();
    };
    running = std::min<size_t>(std::max(1u, options_.jobs), pending.size());
    std::vector<std::thread> workers;
    for (size_t i = running; i > 0; --i) workers.emplace_back(work);
    {
      std::unique_lock lock(mutex);
      while (running > 0) {
        changed.wait_for(lock, std::chrono::milliseconds(100));
        now.current = current;
        if (!failure.ok() || progress_.ShouldStop()) stop_ = true;
        progress_.Report(now);
      }
    }
    for (std::thread& worker : workers) worker.join();
    PULIH_TRY(std::move(failure));
    return stop_ ? Status(Code::interrupted, "interrupted") : OkStatus();
  }

  const RunOptions& options_;
  ProgressListener& progress_;
  OrderedKv& kv_;
  EvidenceRegister register_;
  RunMarks marks_;
  std::vector<Evidence> units_;
  std::map<uint32_t, Schema> learnt_;
  Schema schema_;
  std::set<uint32_t> fresh_;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> solved_ = 0;
  RunReport report_;
};

}  // namespace

bool RunReport::is_whole() const {
  for (const UnitResult& unit : units)
    if (unit.state == UnitState::failed || unit.damaged_bytes > 0 || unit.unfit > 0) return false;
  return true;
}

Result<RunReport> RunRecovery(Case& of, const RunOptions& options, ProgressListener& progress) {
  PULIH_TRY(of.custody().Append("run begun", of.path()));
  auto report = Run(of, options, progress).Go();
  if (!report.ok()) {
    PULIH_TRY(of.custody().Append("run stopped", of.path(), {{"why", report.status().message()}}));
    return report;
  }
  uint64_t rows = 0, failed = 0;
  for (const UnitResult& unit : report->units) {
    rows += unit.rows;
    failed += unit.state == UnitState::failed ? 1 : 0;
  }
  PULIH_TRY(of.custody().Append("run ended", of.path(), {{"units", std::to_string(report->units.size())}, {"rows", std::to_string(rows)}, {"failed", std::to_string(failed)}}));
  return report;
}

Result<std::vector<UnitResult>> ListUnitResults(OrderedKv& kv) { return RunMarks(kv).List(); }

}  // namespace pulih
