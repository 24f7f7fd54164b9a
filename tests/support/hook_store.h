// HookStore stands before another store, notes the names of what is put in the order in which that becomes visible,
// and lets a test step in before each Put: to fail it, or to be quicker.
//
// As thread-safe as the hook. The other store must outlive it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/store.h"

namespace pulih {

class HookStore final : public Store {
 public:
  explicit HookStore(Store& base) : base_(base) {}

  std::function<Status(const std::string& name, ByteView bytes)> before_put;
  std::vector<std::string> puts;
  uint64_t bytes_put = 0;

  Status Initialise() override { return base_.Initialise(); }
  Result<std::unique_ptr<Upload>> StartUpload() override { return std::unique_ptr<Upload>(std::make_unique<HeldBack>(*this)); }
  Status Put(const std::string& name, ByteView bytes) override {
    if (before_put) PULIH_TRY(before_put(name, bytes));
    const Status put = base_.Put(name, bytes);
    std::lock_guard lock(mutex_);
    if (put.ok()) {
      puts.push_back(name);
      bytes_put += bytes.size();
    }
    return put;
  }
  Result<Bytes> Get(const std::string& name, uint64_t offset, uint32_t length) override { return base_.Get(name, offset, length); }
  Result<uint64_t> Size(const std::string& name) override { return base_.Size(name); }
  Status List(const std::string& prefix, const std::function<Status(const BlobInfo&)>& each) override { return base_.List(prefix, each); }
  Status Remove(const std::string& name) override { return base_.Remove(name); }
  std::string Describe() const override { return base_.Describe(); }

 private:
  class HeldBack final : public Upload {
   public:
    explicit HeldBack(HookStore& store) : store_(store) {}
    Status Append(ByteView bytes) override {
      pulih::Append(bytes_, bytes);
      return OkStatus();
    }
    Status Commit(const std::string& name) override { return store_.Put(name, bytes_); }

   private:
    HookStore& store_;
    Bytes bytes_;
  };

  Store& base_;
  std::mutex mutex_;
};

}  // namespace pulih
