// BoundedQueue hands items from threads to threads and holds at most a given number of *bytes*: memory is
// bounded by what the items weigh, not by how many they are. An item heavier than the whole capacity is
// let in when the queue is empty.
//
// Thread-safe; PopWithin for a single consumer. Close() lets consumers drain what is left; Cancel() drops it and wakes everybody.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace pulih {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  // Waits for room. False when the queue was closed or cancelled: the item is dropped.
  bool Push(T item, size_t weight_bytes) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return closed_ || items_.empty() || held_bytes_ + weight_bytes <= capacity_bytes_; });
    if (closed_) return false;
    held_bytes_ += weight_bytes;
    items_.emplace_back(std::move(item), weight_bytes);
    not_empty_.notify_one();
    return true;
  }

  // Waits for an item. Nothing when the queue is closed and empty, or cancelled.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    auto [item, weight] = std::move(items_.front());
    items_.pop_front();
    held_bytes_ -= weight;
    not_full_.notify_all();
    return std::move(item);
  }

  // As Pop, but gives up after `wait`: nothing, and `timed_out` is true.
  std::optional<T> PopWithin(std::chrono::milliseconds wait, bool& timed_out) {
    {
      std::unique_lock lock(mutex_);
      timed_out = !not_empty_.wait_for(lock, wait, [&] { return closed_ || !items_.empty(); });
      if (timed_out) return std::nullopt;
    }
    return Pop();  // one consumer: what was there still is
  }

  void Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    not_full_.notify_all();
    not_empty_.notify_all();
  }

  void Cancel() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    items_.clear();
    held_bytes_ = 0;
    not_full_.notify_all();
    not_empty_.notify_all();
  }

 private:
  const size_t capacity_bytes_;
  std::mutex mutex_;
  std::condition_variable not_full_, not_empty_;
  std::deque<std::pair<T, size_t>> items_;
  size_t held_bytes_ = 0;
  bool closed_ = false;
};

}  // namespace pulih
