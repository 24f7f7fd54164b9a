#include "engine/recover/byte_account.h"

#include <algorithm>
#include <map>

#include "engine/recover/range_sum.h"

namespace pulih {
namespace {

// A decoder may say anything: kinds beyond this many are counted together.
constexpr size_t kMaxKinds = 4096;

uint64_t& OfFate(FateBytes& bytes, RangeFate fate) {
  switch (fate) {
    case RangeFate::read: return bytes.read;
    case RangeFate::skipped: return bytes.skipped;
    case RangeFate::damaged: break;
  }
  return bytes.damaged;
}

}  // namespace

Result<ByteAccount> AccountFor(ClaimStore& store, uint32_t unit, const std::vector<EvidenceFile>& files) {
  ByteAccount account;
  std::vector<RangeSum> sums;
  for (const EvidenceFile& file : files) sums.emplace_back(file.size);
  account.files.resize(files.size());
  std::map<std::pair<RangeFate, std::string>, ReportedRange> kinds;
  PULIH_TRY(store.RangesFromLast(unit, [&](const RangeNote& note) {
    if (note.range.file >= files.size()) return true;
    const uint64_t bytes = sums[note.range.file].Take(note.range.offset, note.range.length);
    if (bytes == 0) return true;  // what was told later covers it
    OfFate(account.files[note.range.file], note.fate) += bytes;
    std::pair<RangeFate, std::string> name(note.fate, note.what);
    if (kinds.size() >= kMaxKinds && !kinds.contains(name)) name.second = "of many other kinds";
    ReportedRange& kind = kinds[name];
    kind.fate = note.fate;
    kind.what = name.second;
    ++kind.stretches;
    kind.bytes += bytes;
    return true;
  }));
  for (size_t i = 0; i < files.size(); ++i) {
    FateBytes& file = account.files[i];
    file.untold = files[i].size - sums[i].total();
    account.all.read += file.read;
    account.all.skipped += file.skipped;
    account.all.damaged += file.damaged;
    account.all.untold += file.untold;
  }
  for (auto& [name, kind] : kinds) account.ranges.push_back(std::move(kind));
  std::stable_sort(account.ranges.begin(), account.ranges.end(), [](const ReportedRange& a, const ReportedRange& b) { return a.bytes > b.bytes; });
  return account;
}

}  // namespace pulih
