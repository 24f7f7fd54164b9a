#include "engine/browse/selector.h"

#include <algorithm>
#include <charconv>
#include <cctype>

#include "engine/base/time_text.h"
#include "engine/source/tree_source.h"

namespace pulih {
namespace {

constexpr size_t kMinPrefix = 8;
constexpr int64_t kNs = 1'000'000'000;
constexpr int kFirstYear = 1700, kLastYear = 2200;  // well within what 64 bits of nanoseconds hold

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

int ToInt(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// The last nanosecond that a date or moment still covers, in UTC; nothing when it is neither.
std::optional<int64_t> EndOf(std::string_view words, int32_t zone_offset_minutes) {
  if (words.size() < 10 || words[4] != '-' || words[7] != '-' || !IsDigits(words.substr(0, 4)) ||
      !IsDigits(words.substr(5, 2)) || !IsDigits(words.substr(8, 2))) {
    return std::nullopt;
  }
  const int month = ToInt(words.substr(5, 2)), day = ToInt(words.substr(8, 2));
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const int year = std::clamp(ToInt(words.substr(0, 4)), kFirstYear, kLastYear);
  int64_t seconds = DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * 86400;
  int64_t covers = 86400;
  if (words.size() > 10) {
    const bool has_seconds = words.size() == 19;
    if ((words.size() != 16 && !has_seconds) || (words[10] != 'T' && words[10] != ' ') || words[13] != ':' ||
        !IsDigits(words.substr(11, 2)) || !IsDigits(words.substr(14, 2)) ||
        (has_seconds && (words[16] != ':' || !IsDigits(words.substr(17, 2))))) {
      return std::nullopt;
    }
    seconds += ToInt(words.substr(11, 2)) * 3600 + ToInt(words.substr(14, 2)) * 60;
    covers = 60;
    if (has_seconds) {
      seconds += ToInt(words.substr(17, 2));
      covers = 1;
    }
  }
  return (seconds + covers - zone_offset_minutes * 60) * kNs - 1;
}

Status NotFound(std::string_view words, const std::string& why) {
  return Status(Code::not_found, "finding a snapshot: " + std::string(words) + ": " + why, "see `pulih snapshots`");
}

Result<Snapshot> ByPrefix(const std::vector<Snapshot>& snapshots, std::string_view prefix) {
  const Snapshot* found = nullptr;
  for (const Snapshot& snapshot : snapshots) {
    if (snapshot.id.hex().compare(0, prefix.size(), prefix) != 0) continue;
    if (found != nullptr) return Status(Code::invalid, "finding a snapshot: " + std::string(prefix) + ": it fits several", "give more digits");
    found = &snapshot;
  }
  if (found == nullptr) return NotFound(prefix, "there is none of this id");
  return *found;
}

}  // namespace

bool SnapshotFilter::Matches(const Snapshot& snapshot) const {
  if (host.empty() && name.empty() && tags.empty()) return true;
  if (!snapshot.content) return false;
  const ManifestContent& content = *snapshot.content;
  return (host.empty() || content.host == host) && (name.empty() || content.name == name) &&
         std::all_of(tags.begin(), tags.end(), [&](const std::string& tag) {
           return std::find(content.tags.begin(), content.tags.end(), tag) != content.tags.end();
         });
}

namespace {

std::string WordsOf(const SnapshotFilter& filter) {
  std::string words;
  const auto add = [&](const char* what, const std::string& word) {
    if (!word.empty()) words += (words.empty() ? "" : ", ") + std::string(what) + " " + word;
  };
  add("host", filter.host);
  add("name", filter.name);
  for (const std::string& tag : filter.tags) add("tag", tag);
  return words;
}

Status NoneFits(bool has_any, const SnapshotFilter& filter) {
  if (!has_any) return Status(Code::not_found, "finding a snapshot: the repository has none yet", "`pulih backup` takes one");
  return Status(Code::not_found, "finding a snapshot: " + WordsOf(filter) + ": no snapshot is of that", "see `pulih snapshots`");
}

}  // namespace

Result<std::vector<Snapshot>> SelectSnapshots(std::vector<Snapshot> snapshots, const SnapshotFilter& filter) {
  const bool has_any = !snapshots.empty();
  std::erase_if(snapshots, [&](const Snapshot& snapshot) { return !filter.Matches(snapshot); });
  if (snapshots.empty()) return NoneFits(has_any, filter);
  return snapshots;
}

Result<Snapshot> SelectSnapshot(const std::vector<Snapshot>& snapshots, std::string_view words, const SnapshotFilter& filter,
                                int32_t zone_offset_minutes) {
  std::vector<const Snapshot*> candidates;
  for (const Snapshot& snapshot : snapshots) {
    if (filter.Matches(snapshot)) candidates.push_back(&snapshot);
  }
  if (words == "latest" || words.substr(0, 7) == "latest~") {
    const std::string_view digits = words == "latest" ? std::string_view("0") : words.substr(7);
    if (!IsDigits(digits) || digits.size() > 9) return Status(Code::invalid, "finding a snapshot: " + std::string(words) + ": not latest~N");
    const auto back = static_cast<size_t>(ToInt(digits));
    if (candidates.empty()) return NoneFits(!snapshots.empty(), filter);
    if (back >= candidates.size()) return NotFound(words, candidates.size() == 1 ? "there is one snapshot" : "there are " + std::to_string(candidates.size()) + " snapshots");
    return *candidates[candidates.size() - 1 - back];
  }
  if (const auto end = EndOf(words, zone_offset_minutes)) {
    const Snapshot* last = nullptr;
    for (const Snapshot* snapshot : candidates) {
      if (snapshot->meta.time_ns <= *end) last = snapshot;
    }
    if (candidates.empty()) return NoneFits(!snapshots.empty(), filter);
    if (last == nullptr) return NotFound(words, "there is none so old");
    return *last;
  }
  const bool is_hex = std::all_of(words.begin(), words.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (is_hex && words.size() >= kMinPrefix && words.size() <= 64) return ByPrefix(snapshots, words);
  return Status(Code::invalid, "finding a snapshot: " + std::string(words) + ": neither an id of 8 or more digits, nor latest, nor a date",
                "use latest, latest~1, 2014-10-04, or the first digits of an id");
}

SnapshotPath SplitSnapshotPath(std::string_view words) {
  size_t from = 0;
  // A moment: "2014-10-04T03:20" and with seconds.
  if (words.size() >= 16 && EndOf(words.substr(0, 16), 0)) from = words.size() >= 19 && EndOf(words.substr(0, 19), 0) ? 19 : 16;
  const size_t colon = words.find(':', from);
  SnapshotPath split;
  split.snapshot = std::string(words.substr(0, colon));
  if (colon == std::string_view::npos) return split;
  split.has_path = true;
  split.path = StoredPath(words.substr(colon + 1), "/");
  return split;
}

}  // namespace pulih
