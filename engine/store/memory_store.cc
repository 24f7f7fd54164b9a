#include "engine/store/memory_store.h"

#include <algorithm>
#include <utility>

namespace pulih {

namespace {

class MemoryUpload final : public Upload {
 public:
  explicit MemoryUpload(MemoryStore& store) : store_(store) {}

  Status Append(ByteView bytes) override {
    pulih::Append(bytes_, bytes);
    return OkStatus();
  }
  Status Commit(const std::string& name) override { return store_.Put(name, bytes_); }

 private:
  MemoryStore& store_;
  Bytes bytes_;
};

Status Failure(Code code, std::string_view operation, const std::string& name, std::string_view why) {
  std::string message(operation);
  message.append(": ").append(name).append(": ").append(why);
  return Status(code, std::move(message));
}

Status NotFound(std::string_view operation, const std::string& name) {
  return Failure(Code::not_found, operation, name, "no such blob");
}

}  // namespace

Status MemoryStore::Initialise() {
  std::lock_guard lock(mutex_);
  const bool is_empty = std::all_of(blobs_.begin(), blobs_.end(), [](const auto& blob) {
    return blob.first.starts_with("certs/") || blob.first.starts_with("keys/");
  });
  if (is_empty) return OkStatus();
  return Failure(Code::already_exists, "initialise", Describe(), "holds blobs already");
}

Result<std::unique_ptr<Upload>> MemoryStore::StartUpload() {
  return std::unique_ptr<Upload>(std::make_unique<MemoryUpload>(*this));
}

Status MemoryStore::Put(const std::string& name, ByteView bytes) {
  if (!IsValidBlobName(name)) return Failure(Code::invalid, "store blob", name, "not a blob name");
  auto blob = std::make_shared<const Bytes>(ToBytes(bytes));
  std::lock_guard lock(mutex_);
  if (blobs_.try_emplace(name, std::move(blob)).second) return OkStatus();
  return Failure(Code::already_exists, "store blob", name, "there is one of that name");
}

Result<Bytes> MemoryStore::Get(const std::string& name, uint64_t offset, uint32_t length) {
  if (!IsValidBlobName(name)) return Failure(Code::invalid, "read blob", name, "not a blob name");
  std::lock_guard lock(mutex_);
  const auto found = blobs_.find(name);
  if (found == blobs_.end()) return NotFound("read blob", name);
  const Bytes& blob = *found->second;
  if (offset > blob.size() || length > blob.size() - offset)
    return Failure(Code::corrupt, "read blob", name, "ends early, after " + std::to_string(blob.size()) + " bytes");
  return ToBytes(ByteView(blob).subspan(static_cast<size_t>(offset), length));
}

Result<uint64_t> MemoryStore::Size(const std::string& name) {
  if (!IsValidBlobName(name)) return Failure(Code::invalid, "size of blob", name, "not a blob name");
  std::lock_guard lock(mutex_);
  const auto found = blobs_.find(name);
  if (found == blobs_.end()) return NotFound("size of blob", name);
  return static_cast<uint64_t>(found->second->size());
}

Status MemoryStore::List(const std::string& prefix, const std::function<Status(const BlobInfo&)>& each) {
  // One at a time and outside the lock: `each` may well use the store.
  std::string after;
  for (;;) {
    BlobInfo info;
    {
      std::lock_guard lock(mutex_);
      const auto next = after.empty() ? blobs_.lower_bound(prefix) : blobs_.upper_bound(after);
      if (next == blobs_.end() || !next->first.starts_with(prefix)) return OkStatus();
      info = {next->first, next->second->size()};
    }
    after = info.name;
    PULIH_TRY(each(info));
  }
}

Status MemoryStore::Remove(const std::string& name) {
  if (!IsValidBlobName(name)) return Failure(Code::invalid, "remove blob", name, "not a blob name");
  std::lock_guard lock(mutex_);
  return blobs_.erase(name) == 1 ? OkStatus() : NotFound("remove blob", name);
}

void MemoryStore::Plant(const std::string& name, Bytes bytes) {
  auto blob = std::make_shared<const Bytes>(std::move(bytes));
  std::lock_guard lock(mutex_);
  blobs_[name] = std::move(blob);
}

std::unique_ptr<Store> NewMemoryStore() { return std::make_unique<MemoryStore>(); }

}  // namespace pulih
