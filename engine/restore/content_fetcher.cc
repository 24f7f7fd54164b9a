#include "engine/restore/content_fetcher.h"

#include <algorithm>

namespace pulih {

ContentFetcher::ContentFetcher(ObjectReader& reader, unsigned threads, size_t budget_bytes)
    : reader_(reader), budget_bytes_(budget_bytes) {
  for (unsigned i = 0; i < std::max(1u, threads); ++i) threads_.emplace_back([this] { ReadAhead(); });
}

ContentFetcher::~ContentFetcher() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ContentFetcher::Enqueue(const ObjectId& id, size_t position) {
  queue_.insert(queue_.begin() + static_cast<ptrdiff_t>(position), id);
  work_.notify_one();
}

void ContentFetcher::Schedule(const ObjectId& id) {
  std::lock_guard lock(mutex_);
  if (slots_[id].uses++ == 0) Enqueue(id, queue_.size());
}

void ContentFetcher::ScheduleSoon(const ObjectId& id) {
  std::lock_guard lock(mutex_);
  if (slots_[id].uses++ == 0) Enqueue(id, soon_++);
}

void ContentFetcher::ReadAhead() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return stopping_ || (!queue_.empty() && (held_bytes_ < Allowance() || front_is_wanted_)); });
    if (stopping_) return;
    const ObjectId id = queue_.front();
    queue_.pop_front();
    if (soon_ > 0) --soon_;
    front_is_wanted_ = false;
    slots_[id].is_begun = true;
    lock.unlock();
    auto plain = reader_.ReadContent(id);
    lock.lock();
    Slot& slot = slots_[id];
    if (plain.ok()) {
      held_bytes_ += plain->size();
      slot.result = std::make_shared<const Bytes>(std::move(plain).value());
    } else {
      slot.result = std::move(plain).error();
    }
    slot.is_done = true;
    done_.notify_all();
  }
}

Result<std::shared_ptr<const Bytes>> ContentFetcher::Take(const ObjectId& id) {
  std::unique_lock lock(mutex_);
  const auto it = slots_.find(id);
  PULIH_CHECK(it != slots_.end());
  if (!it->second.is_begun) {
    // It goes first: reading all that lies before it could hold far more than the budget.
    const auto queued = std::find(queue_.begin(), queue_.end(), id);
    PULIH_CHECK(queued != queue_.end());
    if (static_cast<size_t>(queued - queue_.begin()) < soon_) --soon_;
    queue_.erase(queued);
    queue_.push_front(id);
    ++soon_;
    front_is_wanted_ = true;
    work_.notify_all();
  }
  done_.wait(lock, [&] { return it->second.is_done; });
  auto result = it->second.result;
  if (--it->second.uses == 0) {
    if (result.ok()) held_bytes_ -= (*result)->size();
    slots_.erase(it);
    work_.notify_all();
  }
  return result;
}

}  // namespace pulih
