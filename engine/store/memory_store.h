// A Store in memory, for tests and dry runs. It keeps the whole contract of store.h except, naturally, that
// nothing survives the process. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/store/store.h"

namespace pulih {

class MemoryStore final : public Store {
 public:
  Status Initialise() override;
  Result<std::unique_ptr<Upload>> StartUpload() override;
  Status Put(const std::string& name, ByteView bytes) override;
  Result<Bytes> Get(const std::string& name, uint64_t offset, uint32_t length) override;
  Result<uint64_t> Size(const std::string& name) override;
  Status List(const std::string& prefix, const std::function<Status(const BlobInfo&)>& each) override;
  Status Remove(const std::string& name) override;
  std::string Describe() const override { return "memory"; }

  // Puts `bytes` under `name` whatever stood there: how a test damages a blob, which the contract forbids.
  void Plant(const std::string& name, Bytes bytes);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Bytes>> blobs_;
};

std::unique_ptr<Store> NewMemoryStore();

}  // namespace pulih
