// ContentFetcher reads and decrypts objects ahead of the one thread that creates files. Objects are scheduled in the
// order in which they will be taken, so packs are read front to back where the snapshot's order allows it.
//
// What was scheduled and not yet taken for the last time is held: at most `budget_bytes` of plaintext, a quarter more
// for what is wanted soon, and one object per thread. An object that is scheduled several times is read once while it is held.
//
// Schedule and Take belong to one thread; the readers are the fetcher's own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/repo/object_reader.h"

namespace pulih {

class ContentFetcher {
 public:
  ContentFetcher(ObjectReader& reader, unsigned threads, size_t budget_bytes);
  ~ContentFetcher();
  ContentFetcher(const ContentFetcher&) = delete;
  ContentFetcher& operator=(const ContentFetcher&) = delete;

  // One later Take(id) per call.
  void Schedule(const ObjectId& id);
  // The same for what will be taken before all that Schedule named: the next piece of the file in hand.
  void ScheduleSoon(const ObjectId& id);
  // The plaintext of an object that was scheduled; waits for it. The status when it could not be read.
  Result<std::shared_ptr<const Bytes>> Take(const ObjectId& id);

 private:
  struct Slot {
    uint64_t uses = 0;   // Takes still to come
    bool is_begun = false, is_done = false;
    Result<std::shared_ptr<const Bytes>> result = std::shared_ptr<const Bytes>();
  };
  void Enqueue(const ObjectId& id, size_t position);
  size_t Allowance() const { return budget_bytes_ + (soon_ > 0 ? budget_bytes_ / 4 : 0); }
  void ReadAhead();

  ObjectReader& reader_;
  const size_t budget_bytes_;
  std::mutex mutex_;
  std::condition_variable work_, done_;
  std::unordered_map<ObjectId, Slot, ObjectId::Hash> slots_;
  std::deque<ObjectId> queue_;  // not begun
  size_t soon_ = 0;             // so many at its front are wanted soon
  size_t held_bytes_ = 0;
  bool front_is_wanted_ = false;  // the taker waits for the first in the queue: it is read whatever the budget says
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace pulih
