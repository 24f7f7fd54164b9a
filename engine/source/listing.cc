#include "engine/source/listing.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "engine/os/errno_status.h"

namespace pulih {

namespace {

// What getdents64(2) gives: ino u64, off i64, reclen u16, type u8, name. glibc's readdir would copy
// 32 KiB at a time and cost a call per name.
constexpr size_t kReclenAt = 16, kTypeAt = 18, kNameAt = 19;

constexpr size_t kRecordHead = 3;
constexpr size_t kSmallestMergeBuffer = 4u << 10, kLargestMergeBuffer = 64u << 10;
constexpr size_t kSpillWrite = 256u << 10;
// Arenas that a larger folder left behind are given back rather than kept for the next one.
constexpr size_t kKeptBytes = 64u << 10;

uint64_t Prefix(std::string_view name) {
  uint64_t prefix = 0;
  for (size_t i = 0; i < 8; ++i) prefix = prefix << 8 | (i < name.size() ? static_cast<uint8_t>(name[i]) : 0u);
  return prefix;
}

bool IsDots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

}  // namespace

bool Listing::Before(const Name& a, const Name& b) const {
  // Names hold no zero byte, so a padded prefix puts a shorter name before the longer ones that start with it.
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return Text(a) < Text(b);
}

void Listing::Add(std::string_view name, uint8_t type) {
  names_.push_back({Prefix(name), static_cast<uint32_t>(arena_.size()), static_cast<uint16_t>(name.size()), type});
  arena_.insert(arena_.end(), name.begin(), name.end());
  arena_.push_back('\0');
}

void Listing::Sort() {
  std::sort(names_.begin(), names_.end(), [this](const Name& a, const Name& b) { return Before(a, b); });
}

Status Listing::Read(int fd, MutableByteView buffer, size_t limit_bytes, SpillFile& spill,
                     std::string_view path_for_messages) {
  Clear();
  limit_bytes_ = limit_bytes;
  spill_start_ = spill.end();
  bool may_spill = true;
  Status failure;
  for (;;) {
    const long got = ::syscall(SYS_getdents64, fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failure = ErrnoStatus(errno, "list folder", path_for_messages);
    if (got <= 0) break;
    for (size_t at = 0; at < static_cast<size_t>(got);) {
      const uint8_t* item = buffer.data() + at;
      uint16_t record_length;
      std::memcpy(&record_length, item + kReclenAt, sizeof record_length);
      const char* name = reinterpret_cast<const char*>(item + kNameAt);
      if (!IsDots(name)) Add({name, ::strnlen(name, record_length - kNameAt)}, item[kTypeAt]);
      at += record_length;
    }
    // Vectors grow by doubling: half of the limit filled can mean all of it held.
    if (arena_.size() + names_.size() * sizeof(Name) < limit_bytes / 2) continue;
    if (may_spill) {
      spill_ = &spill;
      may_spill = SpillRun().ok();
    }
    // References are 32 bits wide. Only a spill file that failed lets a folder come this far.
    if (arena_.size() > std::numeric_limits<uint32_t>::max() / 2) {
      failure = Status(Code::too_large, "list folder: " + std::string(path_for_messages) + ": too many names for memory");
      break;
    }
  }
  if (!runs_.empty()) {
    Status merge = PrepareMerge();
    return failure.ok() ? std::move(merge) : std::move(failure);
  }
  Sort();
  return failure;
}

void Listing::Only(std::string_view name, uint8_t type) {
  Clear();
  Add(name, type);
}

void Listing::Clear() {
  if (spill_ != nullptr) spill_->DropFrom(spill_start_);
  spill_ = nullptr;
  runs_.clear();
  heap_.clear();
  arena_.clear();
  names_.clear();
  next_ = 0;
  if (held_bytes() > kKeptBytes) {
    arena_.shrink_to_fit();
    names_.shrink_to_fit();
  }
}

Status Listing::SpillRun() {
  Sort();
  const uint64_t start = spill_->end();
  Bytes out;
  out.reserve(kSpillWrite);
  for (const Name& name : names_) {
    const std::string_view text = Text(name);
    out.push_back(static_cast<uint8_t>(name.length));
    out.push_back(static_cast<uint8_t>(name.length >> 8));
    out.push_back(name.type);
    Append(out, AsBytes(text));
    const bool last = &name == &names_.back();
    if (!last && out.size() < kSpillWrite - kRecordHead - std::numeric_limits<uint16_t>::max()) continue;
    if (Status written = spill_->Append(out); !written.ok()) {
      spill_->DropFrom(start);
      return written;
    }
    out.clear();
  }
  runs_.push_back(Run{start, spill_->end(), {}, 0, {}, 0});
  arena_.clear();
  names_.clear();
  return OkStatus();
}

// From here on runs are only read: the last run is what is left in memory, written like the others.
Status Listing::PrepareMerge() {
  if (!names_.empty()) PULIH_TRY(SpillRun());
  arena_ = {};
  names_ = {};
  for (size_t i = 0; i < runs_.size(); ++i) {
    PULIH_TRY_ASSIGN(const bool there, Advance(runs_[i]));
    if (there) heap_.push_back(i);
  }
  const auto later = [this](size_t a, size_t b) { return runs_[a].name > runs_[b].name; };
  std::make_heap(heap_.begin(), heap_.end(), later);
  return OkStatus();
}

// Makes at least `needed` unread bytes stand in the run's buffer.
Status Listing::Refill(Run& run, size_t needed) {
  const size_t unread = run.buffer.size() - run.position;
  if (unread >= needed) return OkStatus();
  run.buffer.erase(run.buffer.begin(), run.buffer.begin() + static_cast<ptrdiff_t>(run.position));
  run.position = 0;
  const size_t share = std::clamp(limit_bytes_ / runs_.size(), kSmallestMergeBuffer, kLargestMergeBuffer);
  const size_t want = std::min<uint64_t>(std::max(share, needed) - unread, run.end - run.next_read);
  run.buffer.resize(unread + want);
  PULIH_TRY(spill_->ReadAt(run.next_read, MutableByteView(run.buffer).subspan(unread)));
  run.next_read += want;
  return OkStatus();
}

Result<bool> Listing::Advance(Run& run) {
  if (run.position == run.buffer.size() && run.next_read == run.end) return false;
  PULIH_TRY(Refill(run, kRecordHead));
  const uint8_t* head = run.buffer.data() + run.position;
  const size_t length = static_cast<size_t>(head[0] | head[1] << 8);
  run.type = head[2];
  run.position += kRecordHead;
  PULIH_TRY(Refill(run, length));
  run.name.assign(reinterpret_cast<const char*>(run.buffer.data() + run.position), length);
  run.position += length;
  return true;
}

Result<bool> Listing::NextMerged(ListedName& next) {
  const auto later = [this](size_t a, size_t b) { return runs_[a].name > runs_[b].name; };
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Run& run = runs_[heap_.back()];
    const bool repeated = run.name == current_;  // no name is empty, so the first one is never taken for a repeat
    current_.assign(run.name);
    next = {current_, run.type};
    PULIH_TRY_ASSIGN(const bool more, Advance(run));
    if (more) {
      std::push_heap(heap_.begin(), heap_.end(), later);
    } else {
      heap_.pop_back();
    }
    if (!repeated) return true;
  }
  current_.clear();
  return false;
}

Result<bool> Listing::Next(ListedName& next) {
  if (!runs_.empty()) return NextMerged(next);
  // A folder that changes while it is listed may give a name twice; a map takes each key once.
  while (next_ > 0 && next_ < names_.size() && Text(names_[next_]) == Text(names_[next_ - 1])) ++next_;
  if (next_ >= names_.size()) return false;
  const Name& name = names_[next_++];
  next = {Text(name), name.type};
  return true;
}

}  // namespace pulih
