#include "engine/recover/unit_bytes.h"

#include <fcntl.h>

#include "engine/crypto/sha256.h"

namespace pulih {
namespace {

constexpr size_t kManyFiles = 20000;
constexpr uint64_t kSmallFile = 64u << 10;

Result<Digest> HashWhole(const EvidenceHandle& file, const std::function<bool()>& should_stop) {
  ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
  Sha256 hash;
  Bytes buffer(1u << 20);
  for (uint64_t at = 0;;) {
    if (should_stop && should_stop()) return Status(Code::interrupted, "interrupted");
    PULIH_TRY_ASSIGN(const size_t got, file.ReadAt(at, buffer));
    hash.Update(ByteView(buffer).first(got));
    at += got;
    if (got < buffer.size()) return hash.Finish();
  }
}

}  // namespace

Result<UnitBytes> UnitBytes::Open(EvidenceRegister& evidence, const Evidence& of, EvidenceCheck check, const std::function<bool()>& should_stop) {
  PULIH_TRY_ASSIGN(const auto origins, evidence.Origins(of.number));
  PULIH_TRY_ASSIGN(const auto files, evidence.Files(of.number));
  Status failure(Code::not_found, "open evidence " + std::to_string(of.number) + ": it has no origin");
  for (const EvidenceOrigin& origin : origins) {
    UnitBytes unit;
    failure = OkStatus();
    for (const EvidenceFile& file : files) {
      const std::string path = of.unit == UnitKind::file ? origin.path : origin.path + "/" + file.name;
      failure = unit.TakeFile(evidence, path, file, check, files.size() > kManyFiles, should_stop);
      if (!failure.ok()) break;
    }
    if (failure.ok()) return unit;
    if (failure.code() == Code::interrupted) break;
  }
  return failure;
}

Status UnitBytes::TakeFile(EvidenceRegister& evidence, const std::string& path, const EvidenceFile& expected, EvidenceCheck check,
                           bool keep_small, const std::function<bool()>& should_stop) {
  PULIH_TRY_ASSIGN(const EvidenceHandle file, EvidenceHandle::Open(path));
  const Status changed(Code::corrupt, "open evidence: " + path + ": it changed since it was added", "add it again: the case then knows both");
  if (file.state().size != expected.size) return changed;
  bool is_proven = false;
  if (check == EvidenceCheck::state) {
    PULIH_TRY_ASSIGN(const auto read, evidence.FindRead(path, file.state()));
    is_proven = read.has_value() && *read == expected.sha256;
  }
  if (!is_proven) {
    PULIH_TRY_ASSIGN(const Digest now, HashWhole(file, should_stop));
    if (now != expected.sha256) return changed;
  }
  if (keep_small && expected.size <= kSmallFile) {
    small_.push_back(std::make_unique<Bytes>(static_cast<size_t>(expected.size)));
    PULIH_TRY_ASSIGN(const size_t got, file.ReadAt(0, *small_.back()));
    if (got != expected.size) return changed;
    files_.push_back({expected.name, *small_.back(), false});
    return OkStatus();
  }
  PULIH_TRY_ASSIGN(EvidenceMap map, EvidenceMap::Of(file));
  files_.push_back({expected.name, map.view(), true});
  maps_.push_back(std::move(map));
  return OkStatus();
}

}  // namespace pulih
