#include "engine/recover/snapshot_evidence.h"

#include <algorithm>
#include <set>

#include "engine/crypto/sha256.h"
#include "engine/recover/evidence.h"
#include "engine/recover/evidence_file.h"

namespace pulih {
namespace {

Result<Digest> HashOf(const EvidenceHandle& file) {
  Sha256 hash;
  Bytes piece(1u << 20);
  for (uint64_t at = 0;;) {
    PULIH_TRY_ASSIGN(const size_t got, file.ReadAt(at, piece));
    if (got == 0) return hash.Finish();
    hash.Update(ByteView(piece).first(got));
    at += got;
  }
}

// Empty: all of it is there as it was.
Result<std::string> WhatIsWrong(EvidenceRegister& evidence, const Evidence& one, const std::vector<EvidenceFile>& files,
                                const std::string& path) {
  for (const EvidenceFile& file : files) {
    const std::string whole = one.unit == UnitKind::file ? path : path + "/" + file.name;
    const auto handle = EvidenceHandle::Open(whole);
    if (!handle.ok()) return whole + ": " + handle.status().message();
    PULIH_TRY_ASSIGN(std::optional<Digest> read, evidence.FindRead(whole, handle->state()));
    // A file that was moved, or whose times changed, is read to be sure.
    if (!read) {
      const Result<Digest> now = HashOf(*handle);
      if (!now.ok()) return whole + ": " + now.status().message();
      read = *now;
    }
    if (*read != file.sha256) return whole + ": it was changed since it was added";
  }
  return std::string();
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos || slash == 0 ? "" : path.substr(0, slash);
}

// A folder in which all is to be kept stands for what is in it: a thousand saved pages would be a thousand names in the manifest.
// `left_out`: paths that `recover add` met and did not take; they forbid nothing.
std::set<std::string> WithWholeFolders(const std::set<std::string>& paths, const std::set<std::string>& left_out,
                                       FileSystem& files) {
  constexpr size_t kWorthIt = 2;
  std::set<std::string> kept = paths, folders;
  const auto deeper = [](const std::string& folder) {
    return static_cast<size_t>(std::count(folder.begin(), folder.end(), '/'));
  };
  for (const std::string& path : paths) folders.insert(FolderOf(path));
  while (!folders.empty()) {
    const auto deepest = std::max_element(folders.begin(), folders.end(),
                                          [&](const auto& a, const auto& b) { return deeper(a) < deeper(b); });
    const std::string folder = *deepest;
    folders.erase(deepest);
    if (folder.empty()) continue;
    const auto items = files.List(folder);
    if (!items.ok() || items->size() < kWorthIt) continue;
    const auto path_of = [&](const DirectoryItem& item) { return folder + "/" + item.name; };
    const bool whole = std::all_of(items->begin(), items->end(), [&](const DirectoryItem& item) {
      return kept.contains(path_of(item)) || left_out.contains(path_of(item));
    });
    if (!whole) continue;
    for (const DirectoryItem& item : *items) kept.erase(path_of(item));
    kept.insert(folder);
    folders.insert(FolderOf(folder));
  }
  return kept;
}

}  // namespace

Result<EvidencePaths> FindEvidencePaths(Case& of, bool with_evidence) {
  EvidenceRegister evidence(of.kv());
  EvidencePaths paths;
  std::vector<Evidence> list;
  if (with_evidence) { PULIH_TRY_ASSIGN(list, evidence.List()); }
  std::set<std::string> chosen_paths;
  for (const Evidence& one : list) {
    PULIH_TRY_ASSIGN(const std::vector<EvidenceFile> files, evidence.Files(one.number));
    PULIH_TRY_ASSIGN(const std::vector<EvidenceOrigin> origins, evidence.Origins(one.number));
    std::string chosen = origins.empty() ? "" : origins.front().path, problem = "nobody knows where it was";
    for (const EvidenceOrigin& origin : origins) {
      PULIH_TRY_ASSIGN(std::string wrong, WhatIsWrong(evidence, one, files, origin.path));
      if (&origin != &origins.front() && !wrong.empty()) continue;
      chosen = origin.path;
      problem = std::move(wrong);
      if (problem.empty()) break;
    }
    if (!chosen.empty()) chosen_paths.insert(chosen);
    if (!problem.empty())
      paths.problems.push_back("evidence " + std::to_string(one.number) + " (" + one.name + "): " + problem);
  }
  std::set<std::string> left_out;
  PULIH_TRY_ASSIGN(const std::vector<SkippedPath> skipped, evidence.Skipped());
  for (const SkippedPath& one : skipped) left_out.insert(one.path);
  std::set<std::string> roots = WithWholeFolders(chosen_paths, left_out, of.environment().files);
  for (const char* own : {"/case.json", "/custody.log"}) roots.insert(of.path() + own);
  paths.roots.assign(roots.begin(), roots.end());
  return paths;
}

}  // namespace pulih
