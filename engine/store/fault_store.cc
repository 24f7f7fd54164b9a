#include "engine/store/fault_store.h"

#include <algorithm>
#include <utility>

namespace pulih {

namespace {

class HeldBackUpload final : public Upload {
 public:
  explicit HeldBackUpload(FaultStore& store) : store_(store) {}

  Status Append(ByteView bytes) override {
    pulih::Append(bytes_, bytes);
    return OkStatus();
  }
  Status Commit(const std::string& name) override { return store_.Put(name, bytes_); }

 private:
  FaultStore& store_;
  Bytes bytes_;
};

}  // namespace

void FaultStore::FailAt(uint64_t n, Status status) {
  std::lock_guard lock(mutex_);
  faults_[n] = {Kind::fail, std::move(status), 0};
}

void FaultStore::FailFrom(uint64_t n, Status status) {
  std::lock_guard lock(mutex_);
  fail_from_ = n;
  fail_from_status_ = std::move(status);
}

void FaultStore::LoseAnswerOf(uint64_t n, Status status) {
  std::lock_guard lock(mutex_);
  faults_[n] = {Kind::lose_answer, std::move(status), 0};
}

void FaultStore::TruncateAt(uint64_t n, uint64_t keep, Status answer) {
  std::lock_guard lock(mutex_);
  faults_[n] = {Kind::truncate, std::move(answer), keep};
}

void FaultStore::ClearFaults() {
  std::lock_guard lock(mutex_);
  faults_.clear();
  fail_from_ = UINT64_MAX;
}

FaultStore::Counts FaultStore::Counted() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

uint64_t FaultStore::operations() const { return Counted().operations; }
uint64_t FaultStore::gets() const { return Counted().gets; }
uint64_t FaultStore::puts() const { return Counted().puts; }
uint64_t FaultStore::bytes_read() const { return Counted().bytes_read; }
uint64_t FaultStore::bytes_written() const { return Counted().bytes_written; }

FaultStore::Fault FaultStore::Begin() {
  std::lock_guard lock(mutex_);
  const uint64_t n = counts_.operations++;
  if (n >= fail_from_) return {Kind::fail, fail_from_status_, 0};
  const auto found = faults_.find(n);
  return found == faults_.end() ? Fault() : found->second;
}

Status FaultStore::Initialise() {
  const Fault fault = Begin();
  if (fault.kind == Kind::fail) return fault.status;
  const Status done = base_.Initialise();
  return fault.kind == Kind::lose_answer ? fault.status : done;
}

Result<std::unique_ptr<Upload>> FaultStore::StartUpload() {
  const Fault fault = Begin();
  if (fault.kind == Kind::fail || fault.kind == Kind::lose_answer) return fault.status;
  return std::unique_ptr<Upload>(std::make_unique<HeldBackUpload>(*this));
}

Status FaultStore::Put(const std::string& name, ByteView bytes) {
  const Fault fault = Begin();
  {
    std::lock_guard lock(mutex_);
    ++counts_.puts;
  }
  if (fault.kind == Kind::fail) return fault.status;
  if (fault.kind == Kind::truncate)
    bytes = bytes.first(static_cast<size_t>(std::min<uint64_t>(fault.keep, bytes.size())));
  const Status done = base_.Put(name, bytes);
  if (done.ok()) {
    std::lock_guard lock(mutex_);
    counts_.bytes_written += bytes.size();
  }
  return fault.kind == Kind::none ? done : fault.status;
}

Result<Bytes> FaultStore::Get(const std::string& name, uint64_t offset, uint32_t length) {
  const Fault fault = Begin();
  {
    std::lock_guard lock(mutex_);
    ++counts_.gets;
  }
  if (fault.kind == Kind::fail || fault.kind == Kind::lose_answer) return fault.status;
  PULIH_TRY_ASSIGN(Bytes bytes, base_.Get(name, offset, length));
  std::lock_guard lock(mutex_);
  counts_.bytes_read += bytes.size();
  return bytes;
}

Result<uint64_t> FaultStore::Size(const std::string& name) {
  const Fault fault = Begin();
  if (fault.kind == Kind::fail || fault.kind == Kind::lose_answer) return fault.status;
  return base_.Size(name);
}

Status FaultStore::List(const std::string& prefix, const std::function<Status(const BlobInfo&)>& each) {
  const Fault fault = Begin();
  if (fault.kind == Kind::fail) return fault.status;
  const Status done = base_.List(prefix, each);
  return fault.kind == Kind::lose_answer ? fault.status : done;
}

Status FaultStore::Remove(const std::string& name) {
  const Fault fault = Begin();
  if (fault.kind == Kind::fail) return fault.status;
  const Status done = base_.Remove(name);
  return fault.kind == Kind::lose_answer ? fault.status : done;
}

Status FaultStore::Settle(const std::string& folder) {
  const Fault fault = Begin();
  if (fault.kind == Kind::fail) return fault.status;
  const Status done = base_.Settle(folder);
  return fault.kind == Kind::lose_answer ? fault.status : done;
}

}  // namespace pulih
