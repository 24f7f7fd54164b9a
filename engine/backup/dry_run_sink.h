// DryRunSink answers as an ObjectWriter would and stores nothing: what would be new is remembered by name only.
#pragma once

#include <unordered_set>

#include "engine/repo/object_sink.h"
#include "engine/repo/pack_index.h"

namespace pulih {

class DryRunSink final : public ObjectSink {
 public:
  explicit DryRunSink(const PackIndex& index) : index_(index) {}

  Result<bool> Knows(const ObjectId& id) override;
  Result<std::optional<Extent>> FindFile(const FileId& id) override;
  Status Put(const ObjectId& id, ObjectKind kind, Bytes plain, std::vector<ObjectId> links,
             const std::vector<GroupMember>& members) override;
  uint64_t LastTicket() const override { return 0; }
  uint64_t DurableTicket() override { return 0; }

 private:
  const PackIndex& index_;
  std::unordered_set<ObjectId, ObjectId::Hash> objects_;
  std::unordered_map<FileId, Extent, FileId::Hash> files_;
};

}  // namespace pulih
