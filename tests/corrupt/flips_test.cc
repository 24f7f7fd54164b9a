// Every byte of a repository, flipped one at a time: verify finds it, and what is read back is right or said to be
// damaged. In the normal run the bytes of frames are taken by a stride, all others one by one.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "formats/repo/pack.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

bool IsNightly() {
  const char* nightly = std::getenv("PULIH_NIGHTLY");
  return nightly != nullptr && *nightly != '\0' && *nightly != '0';
}

// Which bit: all eight come up. (Chosen so that no key slot asks for much memory.)
uint8_t MaskAt(size_t offset) { return static_cast<uint8_t>(1u << (offset % 8)); }

struct Flip {
  std::string blob;
  size_t offset = 0;
  bool is_data = false;  // of a frame or the fill
};

// All bytes of small blobs and of a pack's head, directory and tail; of its frames and fill every `stride`th.
std::vector<Flip> FlipsOf(const std::map<std::string, Bytes>& blobs, size_t stride) {
  std::vector<Flip> flips;
  for (const auto& [name, bytes] : blobs) {
    size_t frames_begin = bytes.size(), frames_end = bytes.size();
    if (PackNameOf(name)) {
      const auto tail = DecodePackTail(ByteView(bytes).last(kPackTailSize), bytes.size());
      REQUIRE(tail.ok());
      frames_begin = *PackHeadSize(ByteView(bytes).first(kPackHeadFixedSize));
      frames_end = tail->directory_offset;
    }
    for (size_t at = 0; at < bytes.size();) {
      const bool is_data = at >= frames_begin && at < frames_end;
      flips.push_back({name, at, is_data});
      at += is_data ? stride : 1;
    }
  }
  return flips;
}

// Examines the repository once per flip, by as many threads as there are processors, each with a store of its own.
std::vector<std::string> MissedFlips(SmallRepository& small, const std::vector<Flip>& flips) {
  std::vector<std::string> missed;
  std::mutex mutex;
  std::atomic<size_t> next = 0, damaged = 0;
  const auto work = [&] {
    MemoryStore store;
    CopyBlobs(small.store(), store);
    for (size_t i = next++; i < flips.size(); i = next++) {
      const auto& [name, offset, is_data] = flips[i];
      const Bytes good = *GetWhole(store, name, UINT32_MAX);
      Bytes bad = good;
      bad[offset] ^= MaskAt(offset);
      store.Plant(name, std::move(bad));
      // Reading back takes as long as all the rest, and any other flip is mostly refused before it matters.
      const bool read_back = IsNightly() || is_data || i % 16 == 0;
      const Examination found = Examine(store, small.owner(), small.environment(), small.expected(), {read_back, true, nullptr});
      store.Plant(name, good);
      damaged += found.read.damaged;
      if (found.is_found() && found.read.wrong.empty()) continue;
      std::lock_guard lock(mutex);
      missed.push_back(name + " at " + std::to_string(offset) + " of " + std::to_string(good.size()) + ": " + found.Text());
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1u, 8u); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  CHECK(damaged > 0);
  return missed;
}

void Report(const std::vector<std::string>& missed) {
  for (size_t i = 0; i < std::min<size_t>(missed.size(), 5); ++i) UNSCOPED_INFO(missed[i]);
  CHECK(missed.size() == 0);
}

}  // namespace

TEST_CASE("verify finds every flipped byte, and nothing wrong is read back as good") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Examination before = small.Examine();
  INFO(before.Text());
  REQUIRE_FALSE(before.is_found());
  REQUIRE(before.read.wrong.empty());
  REQUIRE(before.read.damaged == 0);
  const auto flips = FlipsOf(BlobsOf(small.store()), IsNightly() ? 1 : 127);
  INFO(flips.size() << " flips");
  CHECK(flips.size() > 3000);
  Report(MissedFlips(small, flips));
}

TEST_CASE("a flipped byte of what a rotation wrote is found") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const auto repository = small.Open(small.owner());
  REQUIRE(RotateContentKey(*repository, {"kopi susu", kLeastCost}).ok());
  std::map<std::string, Bytes> blobs;
  for (auto& [name, bytes] : BlobsOf(small.store())) {
    if (name.starts_with("wraps/") || name.starts_with("config/") || (name.starts_with("keys/") && IsNightly())) blobs[name] = bytes;
  }
  REQUIRE(blobs.contains("wraps/1"));
  REQUIRE(blobs.contains("config/1"));
  auto flips = FlipsOf(blobs, 1);
  if (!IsNightly()) std::erase_if(flips, [](const Flip& flip) { return flip.blob == "config/0" && flip.offset % 8 != 0; });
  flips.push_back({NamesOf(small.store(), "packs/").front(), 300, true});  // in its first frame: so that something is damaged and read
  Report(MissedFlips(small, flips));
}

TEST_CASE("a flipped byte is found also where a catalog knows the pack from before") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  std::vector<std::string> missed;
  size_t tried = 0;
  for (const auto& [name, bytes] : BlobsOf(small.store(), "packs/")) {
    for (size_t offset = tried % 7; offset < bytes.size(); offset += IsNightly() ? 1 : 353, ++tried) {
      const auto catalog = NewTestCatalog();
      small.Read(small.owner(), catalog.get());
      Bytes bad = bytes;
      bad[offset] ^= MaskAt(offset);
      small.store().Plant(name, std::move(bad));
      const Examination found = small.Examine(nullptr, catalog.get());
      small.store().Plant(name, bytes);
      if (!found.is_found() || !found.read.wrong.empty()) missed.push_back(name + " at " + std::to_string(offset) + ": " + found.Text());
    }
  }
  CHECK(tried > 100);
  Report(missed);
}

TEST_CASE("a key slot with a flipped byte opens nothing and says so") {
  SmallRepository small;
  const auto slots = BlobsOf(small.store(), "keys/");
  REQUIRE(slots.size() == 2);
  std::vector<std::string> opened;
  const size_t stride = IsNightly() ? 1 : 5;
  for (const auto& [name, bytes] : slots) {
    for (const auto& [other, unused] : slots) {
      if (other != name) REQUIRE(small.store().Remove(other).ok());
    }
    const bool by_passphrase = OpenByPassphrase(small.store(), kTestPassphrase).ok();
    const std::string typed = by_passphrase ? std::string(kTestPassphrase) : small.recovery_text();
    REQUIRE(OpenByPassphrase(small.store(), typed).ok());
    for (size_t offset = 0; offset < bytes.size(); offset += offset < 128 ? 1 : stride) {
      Bytes bad = bytes;
      bad[offset] ^= MaskAt(offset);
      small.store().Plant(name, std::move(bad));
      const Status status = OpenByPassphrase(small.store(), typed).status();
      const bool is_clear = !status.ok() && !status.message().empty() && status.code() != Code::io;
      if (!is_clear) opened.push_back(name + " at " + std::to_string(offset) + ": " + status.ToString());
    }
    for (const auto& [other, whole] : slots) small.store().Plant(other, whole);
  }
  Report(opened);
}

}  // namespace pulih
