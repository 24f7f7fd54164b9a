#include "tests/crash/life.h"

#include <catch2/catch.hpp>
#include <optional>

namespace pulih {

void LiveThrough(Temporaries temporaries, const std::function<void(const Stage&)>& each) {
  SourceTree tree;
  Scene scene(temporaries);
  std::optional<Keyring> owner;
  for (const Phase phase : kPhases) {
    if (phase == Phase::second || phase == Phase::third) tree.MakeNext();
    Scene undisturbed = scene.Copy();
    const Outcome outcome = Run(phase, undisturbed, tree);
    INFO(NameOf(phase) << ", undisturbed: " << outcome.status.ToString());
    REQUIRE(outcome.status.ok());
    REQUIRE(outcome.warnings.empty());
    each({phase, scene, tree, undisturbed.fs->operations()});
    scene = std::move(undisturbed);
    if (phase == Phase::init || phase == Phase::keys) {
      auto opened = OpenOwner(*scene.fs);
      REQUIRE(opened.ok());
      owner = std::move(opened).value();
      scene.owner = &*owner;
    }
  }
}

// splitmix64, word by word
uint64_t Cast(std::initializer_list<uint64_t> words) {
  uint64_t state = 20141231;
  for (const uint64_t word : words) {
    state += word + 0x9e3779b97f4a7c15;
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
    state ^= state >> 31;
  }
  return state;
}

}  // namespace pulih
