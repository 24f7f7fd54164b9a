// WatchedSink is the sink of one file that is being read: before each piece of it, somebody may say how far it is,
// and stop it. Without that a file of an hour would neither move the progress line nor mind a Ctrl-C.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "engine/repo/object_sink.h"

namespace pulih {

class WatchedSink final : public ObjectSink {
 public:
  // When `watch` fails, so does the call. Borrows the sink.
  WatchedSink(ObjectSink& sink, std::function<Status()> watch) : sink_(sink), watch_(std::move(watch)) {}

  Result<bool> Knows(const ObjectId& id) override {
    PULIH_TRY(watch_());
    return sink_.Knows(id);
  }
  Result<std::optional<Extent>> FindFile(const FileId& id) override { return sink_.FindFile(id); }
  Status Put(const ObjectId& id, ObjectKind kind, Bytes plain, std::vector<ObjectId> links,
             const std::vector<GroupMember>& members) override {
    return sink_.Put(id, kind, std::move(plain), std::move(links), members);
  }
  uint64_t LastTicket() const override { return sink_.LastTicket(); }
  uint64_t DurableTicket() override { return sink_.DurableTicket(); }
  uint64_t DurableContentTicket() override { return sink_.DurableContentTicket(); }

 private:
  ObjectSink& sink_;
  const std::function<Status()> watch_;
};

}  // namespace pulih
