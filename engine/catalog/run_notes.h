// RunNotes keeps what one run must remember of each of many objects (that it was met; what it links to) without
// holding all of it in memory: the newest stand in memory, the rest in the catalog, under table 'w'.
//
// It is not a record: it is empty at the start, and what it wrote is deleted at its end (or, when the process was
// killed, by the next one). One at a time for a catalog, one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/catalog/catalog.h"

namespace pulih {

class RunNotes {
 public:
  static constexpr size_t kDefaultHeldBytes = 12u << 20;

  // `held_bytes` is the memory that notes may take before they go to the catalog.
  static Result<std::unique_ptr<RunNotes>> Start(Catalog& catalog, size_t held_bytes = kDefaultHeldBytes);
  ~RunNotes();
  RunNotes(const RunNotes&) = delete;
  RunNotes& operator=(const RunNotes&) = delete;

  // Notes `value` of the object, under a topic of the caller's. False, and nothing changes, when the topic has a note
  // of it already.
  Result<bool> Add(uint8_t topic, const ObjectId& id, ByteView value = {});
  Result<std::optional<Bytes>> Find(uint8_t topic, const ObjectId& id);

 private:
  RunNotes(Catalog& catalog, size_t held_bytes) : catalog_(catalog), most_held_(held_bytes) {}
  Status Flush();

  Catalog& catalog_;
  const size_t most_held_;
  std::unordered_map<ObjectNote, Bytes, ObjectNote::Hash> held_;
  size_t held_bytes_ = 0;
  bool has_written_ = false;
};

}  // namespace pulih
