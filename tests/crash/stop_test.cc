// The machine stops at operation n of a repository's life, for every n: as a killed process, and as power cuts that
// leave different things of what was not durable. Nothing that was committed is lost, and work goes on from there.
#include <catch2/catch.hpp>
#include <iostream>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "tests/crash/life.h"

namespace pulih {
namespace {

constexpr uint64_t kWanted = 1920;  // stops of a normal run, and as many torn writes as come with them; the nightly takes all

// With named temporaries a stop leaves more behind: what was being written stands there, whole or torn.
constexpr Temporaries kTemporaries = Temporaries::named;

// What a stop leaves: the process is gone and the machine lives, or one of the states that a power cut may leave.
constexpr uint64_t kDeath = 0, kFirstCut = 1, kCuts = 6, kLeft = kFirstCut + kCuts;

std::unique_ptr<SimFs> LeftOf(const SimFs& stopped, uint64_t left) {
  return left == kDeath ? stopped.AfterProcessDeath() : stopped.AfterPowerCut(left - kFirstCut);
}

class Stops {
 public:
  explicit Stops(uint64_t one_in) : one_in_(one_in) {}

  void Try(const Stage& stage) {
    seen_.clear();
    for (uint64_t n = 0; n < stage.operations; ++n) {
      for (const bool tear : {false, true}) StopAt(stage, n, tear);
    }
  }

  uint64_t points = 0, alike = 0, torn = 0;

 private:
  bool IsTaken(const Stage& stage, uint64_t n, bool tear, uint64_t left) const {
    return Cast({static_cast<uint64_t>(stage.phase), n, tear ? 1u : 0u, left}) % 1000 < one_in_;
  }

  Scene Stopped(const Stage& stage, uint64_t n, bool tear) const {
    Scene stopped = stage.start.Copy();
    tear ? stopped.fs->TearAppendAt(n) : stopped.fs->StopAt(n);
    const Outcome outcome = Run(stage.phase, stopped, stage.tree);
    REQUIRE(stopped.fs->stopped());
    // Success is told only together with what is missing.
    CHECK((!outcome.status.ok() || !outcome.warnings.empty()));
    return stopped;
  }

  void StopAt(const Stage& stage, uint64_t n, bool tear) {
    std::vector<uint64_t> taken;
    for (uint64_t left = 0; left < kLeft; ++left) {
      if (IsTaken(stage, n, tear, left)) taken.push_back(left);
    }
    if (taken.empty()) return;
    const Scene stopped = Stopped(stage, n, tear);
    // An operation that is no append tears like it stops: that is no other point.
    if (tear && Written(stopped) == Written(Stopped(stage, n, false))) return;
    for (const uint64_t left : taken) {
      INFO(NameOf(stage.phase) << ": stopped at operation " << n << (tear ? ", torn" : "") << ", "
                               << (left == kDeath ? "process death" : "power cut " + std::to_string(left - kFirstCut)));
      Look(stage, stopped, n, tear, left);
    }
  }

  static uint64_t Written(const Scene& scene) { return scene.fs->AfterPowerCut(1)->DurableDigest(); }

  void Look(const Stage& stage, const Scene& stopped, uint64_t n, bool tear, uint64_t left) {
    const uint64_t die = Cast({n, left, tear ? 1u : 0u});
    const CatalogFate fate = die % 3 == 0 ? CatalogFate::lost : CatalogFate::as_left;
    Scene after = stopped.With(LeftOf(*stopped.fs, left), fate);
    ++points;
    if (tear) ++torn;
    if (left != kDeath) {
      const auto state = std::tuple(after.fs->DurableDigest(), after.told.snapshots.size(), fate);
      if (!seen_.insert(state).second) {
        ++alike;
        return;
      }
    }
    if (stage.phase == Phase::init) return CheckAfterInit(after, stage.tree, 1 + n % 7);
    std::optional<Keyring> opened;  // anew where keys were being changed
    if (stage.phase == Phase::keys) {
      CheckPassphrases(after);
      opened = OpenOwner(*after.fs).value();
    }
    const Keyring& owner = opened ? *opened : *after.owner;
    CheckWhole(after, owner, stage.tree);
    CheckGoesOn(after, owner, stage.phase, stage.tree, 1);
  }

  const uint64_t one_in_;  // of 1000
  std::set<std::tuple<uint64_t, size_t, CatalogFate>> seen_;
};

TEST_CASE("the tree of these tests has a file of several chunks") {
  LiveThrough(Temporaries::named, [](const Stage& stage) {
    if (stage.phase != Phase::second) return;
    Scene scene = stage.start.Copy();
    INFO("if this fails since keys or the chunker changed: another kLargeSeed in source_tree.cc will do");
    CHECK(SegmentsOfLargeFile(scene, stage.tree) >= 2);
  });
}

TEST_CASE("a machine that stops at any operation loses nothing that was committed (I2, I3)") {
  uint64_t all = 0, share = 1000;
  if (!IsNightly()) {
    LiveThrough(kTemporaries, [&](const Stage& stage) { all += stage.operations * kLeft; });
    share = std::min<uint64_t>(1000, kWanted * 1000 / all + 1);
  }
  Stops stops(share);
  LiveThrough(kTemporaries, [&](const Stage& stage) { stops.Try(stage); });
  std::cout << "stopped and looked at " << stops.points << " points (" << stops.torn << " torn writes, " << stops.alike
            << " left a state that was looked at already)\n";
  CHECK(stops.points >= 2000);
}

}  // namespace
}  // namespace pulih
