#include "engine/recover/ingest.h"

#include <fcntl.h>

#include <algorithm>

#include "engine/base/byte_writer.h"
#include "engine/crypto/sha256.h"
#include "engine/os/clock.h"
#include "engine/recover/evidence_file.h"
#include "engine/recover/find_units.h"

namespace pulih {
namespace {

constexpr size_t kStretchBlocks = 256;
constexpr size_t kStretch = kStretchBlocks * kBlockSize;  // read at once, and its hashes kept together
constexpr size_t kRunsAtOnce = 4096;
constexpr size_t kBlockHash = 16;

class Ingest {
 public:
  Ingest(Case& of, const AddOptions& options, ProgressListener& progress, AddReport& report)
      : case_(of), register_(of.kv()), options_(options), progress_(progress), report_(report) {}

  Status Take(FoundUnit& found) {
    Evidence evidence;
    EvidenceOrigin origin = NewOrigin(found.path);
    std::vector<EvidenceFile> files;
    for (FoundFile& file : found.files) {
      EvidenceContent content;
      int64_t mtime_ns = 0;
      Status read = ReadFile(file, content, mtime_ns);
      if (read.code() == Code::interrupted || read.code() == Code::no_space) return read;
      if (!read.ok()) {
        PULIH_TRY(Skip({file.path, read.message()}));
        continue;
      }
      origin.mtime_ns = std::max(origin.mtime_ns, mtime_ns);
      evidence.bytes += content.size;
      // Its place may say more than its bytes do (clog).
      const FileKind kind = file.identity.kind == FileKind::clog ? FileKind::clog : content.identity.kind;
      Learn(found.unit, kind, content.identity, evidence);
      files.push_back({file.name, content.size, content.sha256, kind});
    }
    if (files.empty()) return OkStatus();
    return Enter(found, std::move(evidence), files, origin);
  }

  Status Skip(SkippedPath skipped) {
    PULIH_TRY(register_.PutSkipped(skipped));
    report_.skipped.push_back(std::move(skipped));
    return OkStatus();
  }

 private:
  EvidenceOrigin NewOrigin(const std::string& path) const {
    EvidenceOrigin origin;
    origin.path = path;
    origin.custodian = options_.custodian;
    origin.origin = options_.origin;
    origin.given_class = options_.source_class;
    origin.given_captured = options_.captured;
    origin.added_ns = case_.environment().clock.NowNs();
    return origin;
  }

  // What a file tells of its unit: the first to tell counts.
  static void Learn(UnitKind unit, FileKind kind, const Identity& identity, Evidence& evidence) {
    if (unit == UnitKind::file) {
      evidence.kind = kind;
      evidence.detail = identity.detail;
    } else if (evidence.detail.empty() && (kind == FileKind::pg_control || kind == FileKind::dump_toc || kind == FileKind::wal)) {
      evidence.kind = kind;
      evidence.detail = identity.detail;
    }
    if (evidence.captured.empty()) {
      evidence.captured = identity.captured;
      evidence.captured_from = identity.captured_from;
    }
    if (evidence.system_identifier == 0) evidence.system_identifier = identity.system_identifier;
  }

  Status ReadFile(const FoundFile& found, EvidenceContent& content, int64_t& mtime_ns) {
    PULIH_TRY_ASSIGN(const EvidenceHandle file, EvidenceHandle::Open(found.path));
    mtime_ns = file.state().mtime_ns;
    Tell(found.path);
    PULIH_TRY_ASSIGN(const auto known, register_.FindRead(found.path, file.state()));
    if (known) {
      PULIH_TRY_ASSIGN(auto old, register_.FindContent(*known));
      if (old) {
        content = std::move(*old);
        ++report_.files;
        report_.bytes += content.size;
        return OkStatus();
      }
    }
    PULIH_TRY_ASSIGN(content.serial, register_.TakeSerial());
    content.identity = found.identity;
    Status read = ReadWhole(file, content);
    if (!read.ok()) {
      register_.DropSerial(content.serial).ok();
      return read;
    }
    PULIH_TRY_ASSIGN(auto same, register_.FindContent(content.sha256));
    if (same) {
      // The same bytes under another name: read for nothing but the proof of it.
      PULIH_TRY(register_.DropSerial(content.serial));
      content = std::move(*same);
    } else {
      PULIH_TRY(register_.PutContent(content));
    }
    return register_.PutRead(found.path, file.state(), content.sha256);
  }

  Status ReadWhole(const EvidenceHandle& file, EvidenceContent& content) {
    ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
    buffer_.resize(kStretch);
    Sha256 whole;
    BlockMapper mapper(content.identity.kind);
    std::vector<BlockRun> runs;
    uint64_t parts = 0;
    for (uint64_t at = 0;;) {
      if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
      PULIH_TRY_ASSIGN(const size_t got, file.ReadAt(at, buffer_));
      const ByteView bytes = ByteView(buffer_).first(got);
      if (got == 0) break;
      whole.Update(bytes);
      PULIH_TRY(register_.PutHashes(content.serial, at / kBlockSize, HashBlocks(bytes)));
      mapper.Take(bytes, runs);
      if (runs.size() >= kRunsAtOnce) {
        PULIH_TRY(register_.PutBlockRuns(content.serial, parts++, runs));
        runs.clear();
      }
      at += got;
      content.size = at;
      report_.bytes += got;
      report_.bytes_read += got;
      Tell(file.path());
      if (got < kStretch) break;
    }
    if (!runs.empty()) PULIH_TRY(register_.PutBlockRuns(content.serial, parts, runs));
    PULIH_TRY_ASSIGN(const FileState now, file.StateNow());
    if (now.size != content.size || now.mtime_ns != file.state().mtime_ns)
      return Status(Code::io, "read evidence: " + file.path() + ": it changed while it was read: work on a copy");
    ++report_.files;
    ++report_.files_read;
    content.sha256 = whole.Finish();
    if (content.identity.kind == FileKind::unknown) content.identity.kind = KindOfBlocks(mapper.counts());
    return OkStatus();
  }

  ByteView HashBlocks(ByteView bytes) {
    hashes_.clear();
    for (size_t at = 0; at < bytes.size(); at += kBlockSize) {
      const Digest digest = Sha256Of(bytes.subspan(at, std::min<size_t>(kBlockSize, bytes.size() - at)));
      Append(hashes_, digest.view().first(kBlockHash));
    }
    return hashes_;
  }

  static Digest IdOf(UnitKind unit, const std::vector<EvidenceFile>& files) {
    if (unit == UnitKind::file) return files.front().sha256;
    ByteWriter out;
    out.Raw(AsBytes("pulih/evidence/1\n"));
    out.U8(static_cast<uint8_t>(unit));
    for (const EvidenceFile& file : files) {
      out.Sized(file.name);
      out.Varint(file.size);
      out.Raw(file.sha256.view());
    }
    return Sha256Of(out.view());
  }

  Status Enter(const FoundUnit& found, Evidence evidence, const std::vector<EvidenceFile>& files, const EvidenceOrigin& origin) {
    evidence.unit = found.unit;
    evidence.id = IdOf(found.unit, files);
    evidence.name = found.path.substr(found.path.rfind('/') + 1);
    evidence.files = static_cast<uint32_t>(files.size());
    if (options_.source_class != 0) {
      evidence.source_class = options_.source_class;
      evidence.class_from = "given";
    } else if (const uint8_t by_kind = found.unit == UnitKind::file ? ClassOf(evidence.kind) : 1; by_kind != 0) {
      evidence.source_class = by_kind;
      evidence.class_from = "kind of evidence";
    }
    if (!options_.captured.empty()) {
      evidence.captured = options_.captured;
      evidence.captured_from = "given";
    }
    bool is_new = false;
    PULIH_TRY_ASSIGN(const auto before, register_.Find(evidence.id));
    PULIH_TRY_ASSIGN(evidence.number, register_.Put(evidence, files, origin, &is_new));
    PULIH_TRY_ASSIGN(const auto now, register_.Find(evidence.number));
    PULIH_TRY_ASSIGN(const auto origins, register_.Origins(evidence.number));
    // An origin that was known before is no event.
    if (is_new || (!origins.empty() && origins.back().added_ns == origin.added_ns && origins.back().path == origin.path)) PULIH_TRY(Note(*now, origin, is_new));
    report_.evidence.push_back(*now);
    report_.is_new.push_back(is_new);
    return OkStatus();
  }

  Status Note(const Evidence& evidence, const EvidenceOrigin& origin, bool is_new) {
    CustodyLog::Detail detail = {{"evidence", std::to_string(evidence.number)},
                                 {"id", evidence.id.hex()},
                                 {"unit", std::string(UnitKindName(evidence.unit))},
                                 {"files", std::to_string(evidence.files)},
                                 {"bytes", std::to_string(evidence.bytes)}};
    if (!origin.custodian.empty()) detail.emplace_back("custodian", origin.custodian);
    if (!origin.origin.empty()) detail.emplace_back("origin", origin.origin);
    if (origin.given_class != 0) detail.emplace_back("class", std::to_string(origin.given_class));
    if (!origin.given_captured.empty()) detail.emplace_back("captured", origin.given_captured);
    return case_.custody().AppendUnsynced(is_new ? "evidence added" : "origin added", origin.path, detail);
  }

  void Tell(const std::string& path) {
    progress_.Report({.phase = "reading evidence", .files_done = report_.files, .bytes_done = report_.bytes, .current = path});
  }

  Case& case_;
  EvidenceRegister register_;
  const AddOptions& options_;
  ProgressListener& progress_;
  AddReport& report_;
  Bytes buffer_, hashes_;
};

}  // namespace

Result<AddReport> AddEvidence(Case& of, const std::vector<std::string>& paths, const AddOptions& options, ProgressListener& progress) {
  const double began = MonotonicSeconds();
  AddReport report;
  PULIH_TRY_ASSIGN(FoundUnits found, FindUnits(paths, of.path(), progress));
  Ingest ingest(of, options, progress, report);
  for (SkippedPath& skipped : found.skipped) PULIH_TRY(ingest.Skip(std::move(skipped)));
  Status taken;
  for (FoundUnit& unit : found.units) {
    taken = ingest.Take(unit);
    if (!taken.ok()) break;
  }
  // What was entered stands, also where the rest was not.
  PULIH_TRY(of.custody().Sync());
  PULIH_TRY(std::move(taken));
  report.seconds = MonotonicSeconds() - began;
  return report;
}

}  // namespace pulih
