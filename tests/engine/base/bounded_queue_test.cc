// What happens between threads here is decided by the queue itself, never by time: a test that waits would
// hang for good if the queue were wrong.
#include "engine/base/bounded_queue.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace pulih {
namespace {

TEST_CASE("queue: items come out in the order in which they went in") {
  BoundedQueue<int> queue(100);
  for (int i = 0; i < 10; ++i) REQUIRE(queue.Push(i, 10));
  for (int i = 0; i < 10; ++i) CHECK(queue.Pop() == i);
}

TEST_CASE("queue: closing lets what is left be drained and nothing more in") {
  BoundedQueue<int> queue(100);
  REQUIRE(queue.Push(1, 1));
  REQUIRE(queue.Push(2, 1));
  queue.Close();
  CHECK_FALSE(queue.Push(3, 1));
  CHECK(queue.Pop() == 1);
  CHECK(queue.Pop() == 2);
  CHECK(queue.Pop() == std::nullopt);
  CHECK(queue.Pop() == std::nullopt);
}

TEST_CASE("queue: who waits for a while gets an item, the end, or is told that the time is over") {
  BoundedQueue<int> queue(100);
  bool timed_out = false;
  CHECK_FALSE(queue.PopWithin(std::chrono::milliseconds(1), timed_out).has_value());
  CHECK(timed_out);
  REQUIRE(queue.Push(1, 1));
  CHECK(queue.PopWithin(std::chrono::milliseconds(0), timed_out) == 1);
  CHECK_FALSE(timed_out);
  queue.Close();
  CHECK_FALSE(queue.PopWithin(std::chrono::milliseconds(1), timed_out).has_value());
  CHECK_FALSE(timed_out);
}

TEST_CASE("queue: cancelling drops what is left") {
  BoundedQueue<std::shared_ptr<int>> queue(100);
  const auto item = std::make_shared<int>(1);
  REQUIRE(queue.Push(item, 1));
  queue.Cancel();
  CHECK(item.use_count() == 1);
  CHECK(queue.Pop() == std::nullopt);
  CHECK_FALSE(queue.Push(item, 1));
}

TEST_CASE("queue: an item heavier than the capacity goes in when the queue is empty") {
  BoundedQueue<int> queue(10);
  REQUIRE(queue.Push(1, 1000));
  CHECK(queue.Pop() == 1);
  REQUIRE(queue.Push(2, 1000));
  CHECK(queue.Pop() == 2);
}

TEST_CASE("queue: a full queue makes producers wait and never holds more than its capacity") {
  constexpr size_t kCapacity = 64, kItems = 2000;
  BoundedQueue<size_t> queue(kCapacity);
  std::atomic<size_t> held = 0, most = 0;
  std::thread producer([&] {
    for (size_t i = 0; i < kItems; ++i) {
      const size_t weight = 1 + i % 16;
      if (!queue.Push(weight, weight)) std::abort();
      const size_t now = held += weight;
      most = std::max<size_t>(most, now);
    }
    queue.Close();
  });
  size_t received = 0;
  while (const auto weight = queue.Pop()) {
    // Taken off after the pop, so the count runs ahead by one item at most on either side.
    held -= *weight;
    ++received;
  }
  producer.join();
  CHECK(received == kItems);
  CHECK(most <= kCapacity + 2 * 16);
}

TEST_CASE("queue: many producers and consumers lose nothing and take nothing twice") {
  constexpr int kThreads = 3, kEach = 500;
  BoundedQueue<std::unique_ptr<int>> queue(40);
  std::vector<std::vector<int>> taken(kThreads);
  std::vector<std::thread> producers, consumers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&queue, t] {
      for (int i = 0; i < kEach; ++i) {
        if (!queue.Push(std::make_unique<int>(t * kEach + i), 7)) std::abort();
      }
    });
    consumers.emplace_back([&queue, &mine = taken[static_cast<size_t>(t)]] {
      while (const auto item = queue.Pop()) mine.push_back(**item);
    });
  }
  for (std::thread& producer : producers) producer.join();
  queue.Close();
  for (std::thread& consumer : consumers) consumer.join();

  std::vector<int> all;
  for (const auto& some : taken) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  std::vector<int> expected(kThreads * kEach);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(all == expected);
}

TEST_CASE("queue: closing and cancelling wake whoever waits") {
  const bool cancel = GENERATE(false, true);
  BoundedQueue<int> full(1), empty(1);
  REQUIRE(full.Push(1, 1));
  std::atomic<int> woken = 0;
  std::thread producer([&] {
    if (!full.Push(2, 1)) ++woken;
  });
  std::thread consumer([&] {
    if (!empty.Pop()) ++woken;
  });
  for (BoundedQueue<int>* queue : {&full, &empty}) cancel ? queue->Cancel() : queue->Close();
  producer.join();
  consumer.join();
  CHECK(woken == 2);
  CHECK(full.Pop() == (cancel ? std::nullopt : std::optional<int>(1)));
}

}  // namespace
}  // namespace pulih
