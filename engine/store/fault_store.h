// FaultStore stands before another store and lets chosen operations go wrong, the way disks and servers do:
// an operation fails, or succeeds and its answer is lost, or stores a part of what it was given. For tests.
//
// Operations are numbered from 0 in the order in which they begin; operations() is the number of the next
// one. Initialise, StartUpload, Commit, Put, Get, Size, List, Remove and Settle count, Append does not: an upload is
// held back in memory and reaches the other store with its Commit.
//
// Thread-safe. The other store must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "engine/store/store.h"

namespace pulih {

class FaultStore final : public Store {
 public:
  explicit FaultStore(Store& base) : base_(base) {}

  // Operation `n` does nothing and fails with `status`.
  void FailAt(uint64_t n, Status status);
  // So does every one from `n` on: the server is gone.
  void FailFrom(uint64_t n, Status status);
  // Operation `n` is carried out, but its caller is told `status`: the connection broke before the answer.
  void LoseAnswerOf(uint64_t n, Status status);
  // Operation `n`, a Put or Commit, stores only the first `keep` bytes, and its caller is told `answer`: a
  // torn upload, or (with ok) a store that lies.
  void TruncateAt(uint64_t n, uint64_t keep, Status answer);
  void ClearFaults();

  uint64_t operations() const;
  uint64_t gets() const;        // Get only
  uint64_t puts() const;        // Put and Commit
  uint64_t bytes_read() const;  // as answered by Get
  uint64_t bytes_written() const;

  Status Initialise() override;
  Result<std::unique_ptr<Upload>> StartUpload() override;
  Status Put(const std::string& name, ByteView bytes) override;
  Result<Bytes> Get(const std::string& name, uint64_t offset, uint32_t length) override;
  Result<uint64_t> Size(const std::string& name) override;
  Status List(const std::string& prefix, const std::function<Status(const BlobInfo&)>& each) override;
  Status Remove(const std::string& name) override;
  Status Settle(const std::string& folder) override;
  std::string Describe() const override { return base_.Describe(); }

 private:
  enum class Kind : uint8_t { none, fail, lose_answer, truncate };
  struct Fault {
    Kind kind = Kind::none;
    Status status;
    uint64_t keep = 0;
  };
  struct Counts {
    uint64_t operations = 0, gets = 0, puts = 0, bytes_read = 0, bytes_written = 0;
  };

  // Numbers an operation and says what is to go wrong with it.
  Fault Begin();
  Counts Counted() const;

  Store& base_;
  mutable std::mutex mutex_;
  std::map<uint64_t, Fault> faults_;
  uint64_t fail_from_ = UINT64_MAX;
  Status fail_from_status_;
  Counts counts_;
};

}  // namespace pulih
