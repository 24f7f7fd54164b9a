// ObjectSink is what a source of content writes into: an ObjectWriter, or a dry run that only counts.
//
// The calls belong to one thread: whether something is stored again is decided in order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/crypto/sealer.h"
#include "engine/map/map_builder.h"
#include "formats/repo/file_entry.h"

namespace pulih {

// A small file inside a group that is being put.
struct GroupMember {
  FileId file;
  uint32_t offset = 0, length = 0;
};

class ObjectSink {
 public:
  virtual ~ObjectSink() = default;

  // True when the object is stored, or on its way.
  virtual Result<bool> Knows(const ObjectId& id) = 0;
  // Where a small file of this content is stored, or will be.
  virtual Result<std::optional<Extent>> FindFile(const FileId& id) = 0;
  // Takes an object that is not known. `plain` is at most kMaxObjectSize.
  virtual Status Put(const ObjectId& id, ObjectKind kind, Bytes plain, std::vector<ObjectId> links,
                     const std::vector<GroupMember>& members) = 0;

  // Tickets count puts. Everything up to DurableTicket() is durable and in the catalog; up to DurableContentTicket()
  // all but nodes is. (Nodes wait long: a pack of them may take a million files to fill.)
  virtual uint64_t LastTicket() const = 0;
  virtual uint64_t DurableTicket() = 0;
  virtual uint64_t DurableContentTicket() { return DurableTicket(); }
};

// Puts the nodes of maps into a sink.
class NodeWriter final : public NodeSink {
 public:
  NodeWriter(const Namer& namer, ObjectSink& sink) : namer_(namer), sink_(sink) {}
  Result<ObjectId> PutNode(Bytes plain, std::vector<ObjectId> links) override;

 private:
  const Namer& namer_;
  ObjectSink& sink_;
};

}  // namespace pulih
