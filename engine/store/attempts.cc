#include "engine/store/attempts.h"

namespace pulih {

namespace {

// A blob that cannot be read is not the same: then the next attempt is the better one anyway.
bool HoldsExactly(Store& store, const std::string& name, ByteView bytes) {
  const Result<uint64_t> size = store.Size(name);
  if (!size.ok() || *size != bytes.size()) return false;
  const Result<Bytes> there = GetWhole(store, name, bytes.size());
  return there.ok() && Equal(*there, bytes);
}

}  // namespace

std::string AttemptName(const std::string& name, unsigned attempt) {
  return attempt == 0 ? name : name + "." + std::to_string(attempt);
}

std::string AttemptBase(const std::string& name) {
  for (unsigned attempt = 1; attempt < kMaxAttempts; ++attempt) {
    const std::string suffix = "." + std::to_string(attempt);
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return name;
}

Result<std::string> PutAttempt(Store& store, const std::string& name, ByteView bytes) {
  for (unsigned attempt = 0; attempt < kMaxAttempts; ++attempt) {
    std::string candidate = AttemptName(name, attempt);
    const Status put = store.Put(candidate, bytes);
    if (put.ok()) return candidate;
    if (put.code() != Code::already_exists) return put;
    if (HoldsExactly(store, candidate, bytes)) return candidate;
  }
  return Status(Code::already_exists,
                "store blob: " + name + ": all " + std::to_string(kMaxAttempts) + " attempts are taken by other bytes");
}

Result<Bytes> GetFirstValid(Store& store, const std::string& name, uint64_t limit,
                            const std::function<Status(ByteView)>& authenticate) {
  Status first_failure;  // of an attempt that is there
  Status not_found;      // of NAME itself
  for (unsigned attempt = 0; attempt < kMaxAttempts; ++attempt) {
    Result<Bytes> bytes = GetWhole(store, AttemptName(name, attempt), limit);
    if (bytes.status().code() == Code::not_found) {
      if (not_found.ok()) not_found = bytes.status();
      continue;
    }
    const Status verdict = bytes.ok() ? authenticate(*bytes) : bytes.status();
    if (verdict.ok()) return bytes;
    if (first_failure.ok()) first_failure = verdict;
  }
  return first_failure.ok() ? not_found : first_failure;
}

}  // namespace pulih
