// ObjectWriter takes plaintext objects and turns them into frames in packs: a pool of sealers compresses, checks
// and seals, one writer thread fills packs and hands them to the store. The caller computes names (Namer), so
// that whether an object is stored again is decided in order, by one thread, and the same input gives the same
// objects whatever the number of sealers.
//
//   Put → queue of plaintext → sealers → queue of frames → writer → pack → store, then catalog
//
// Queues are bounded in bytes. What is let go was opened once more and compared: a frame is decompressed again
// before it is sealed. The first failure stops everything and is returned by the next call.
//
// Put, Knows, FindFile and Finish belong to one thread. Durability: an object is durable when the pack that
// holds it is; DurableTicket tells how far that has come. After Finish returned ok everything is.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/base/bounded_queue.h"
#include "engine/base/result.h"
#include "engine/repo/codec.h"
#include "engine/repo/object_sink.h"
#include "engine/repo/pack_builder.h"
#include "engine/repo/pack_index.h"
#include "engine/repo/sessions.h"
#include "formats/repo/file_entry.h"

namespace pulih {

struct WriterOptions {
  unsigned sealers = 2;
  int compression_level = kDefaultCompressionLevel;
  size_t plain_queue_bytes = 16u << 20;  // the two queues are part of the memory sum (docs/performance.md)
  size_t frame_queue_bytes = 16u << 20;
};

class ObjectWriter final : public ObjectSink {
 public:
  // Starts the threads. `index` has been refreshed.
  ObjectWriter(const Repository& repository, PackIndex& index, const WriterOptions& options);
  ~ObjectWriter() override;
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  Result<bool> Knows(const ObjectId& id) override;
  Result<std::optional<Extent>> FindFile(const FileId& id) override;
  Status Put(const ObjectId& id, ObjectKind kind, Bytes plain, std::vector<ObjectId> links,
             const std::vector<GroupMember>& members) override;
  uint64_t LastTicket() const override { return next_ticket_ - 1; }
  uint64_t DurableTicket() override;
  uint64_t DurableContentTicket() override;

  // Closes the open packs and joins the threads. Called once; also after a failure, which it returns.
  Status Finish();

  uint64_t bytes_written() const { return bytes_written_; }
  uint64_t objects_written() const { return objects_written_; }
  uint64_t packs_written() const { return packs_written_; }

 private:
  struct Job {
    uint64_t ticket;
    ObjectId id;
    ObjectKind kind;
    Bytes plain;
    std::vector<ObjectId> links;
    std::vector<GroupMember> members;
  };
  struct SealedJob {
    uint64_t ticket;
    Bytes frame;
    PackEntry entry;
    std::vector<GroupMember> members;
  };

  void SealJobs();
  Result<SealedJob> SealOne(Job job, Compressor& compressor, Decompressor& decompressor);
  Status OpenOnceMore(ByteView frame, const ObjectId& id, ObjectKind kind, Decompressor& decompressor) const;
  void WritePacks();
  Status WriteOne(SealedJob job);
  struct OpenPack;
  Status ClosePack(std::unique_ptr<OpenPack>& pack);
  void Fail(Status status);
  Status failure();

  const Repository& repository_;
  PackIndex& index_;
  const WriterOptions options_;
  NewSession session_;
  BoundedQueue<Job> plain_queue_;
  BoundedQueue<SealedJob> frame_queue_;
  std::vector<std::thread> sealers_;
  std::thread writer_;
  std::unique_ptr<OpenPack> data_pack_, tree_pack_;

  std::mutex mutex_;  // guards what follows
  std::unordered_map<ObjectId, uint64_t, ObjectId::Hash> in_flight_;
  std::unordered_map<FileId, Extent, FileId::Hash> files_in_flight_;
  std::set<uint64_t> outstanding_, outstanding_nodes_;
  Status failure_;

  uint64_t next_ticket_ = 1;
  std::atomic<uint64_t> bytes_written_ = 0, objects_written_ = 0, packs_written_ = 0;
  bool finished_ = false;
};

}  // namespace pulih
