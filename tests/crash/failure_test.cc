// Every operation of a repository's life fails once, for want of space and by a bad disk. The person is told, what was
// there is whole, and the same work done again succeeds.
#include <catch2/catch.hpp>
#include <iostream>
#include <optional>

#include "tests/crash/life.h"

namespace pulih {
namespace {

constexpr std::string_view kNoSpace = "no space left on device", kBadDisk = "input/output error";

class Failures {
 public:
  Failures(Code code, std::string_view words) : code_(code), words_(words) {}

  void Try(const Stage& stage) {
    for (uint64_t n = 0; n < stage.operations; ++n) {
      INFO(NameOf(stage.phase) << ": operation " << n << " fails: " << words_);
      Scene scene = stage.start.Copy();
      scene.fs->FailOnce(n, Status(code_, std::string(words_)));
      const Outcome outcome = Run(stage.phase, scene, stage.tree);
      REQUIRE(scene.fs->operations() > n);
      CheckTold(outcome);
      CheckAfter(stage, scene);
      ++points;
    }
  }

  uint64_t points = 0;

 private:
  // One of the two, and it names what failed and why.
  void CheckTold(const Outcome& outcome) const {
    std::string told = outcome.status.ok() ? "" : outcome.status.message();
    for (const std::string& warning : outcome.warnings) told += warning;
    INFO("told: " << told);
    CHECK(told.find(words_) != std::string::npos);
    CHECK(told.find('/') != std::string::npos);
    if (!outcome.status.ok()) CHECK(outcome.status.code() == code_);
  }

  void CheckAfter(const Stage& stage, Scene& scene) {
    if (stage.phase == Phase::init) return CheckAfterInit(scene, stage.tree, 1);
    std::optional<Keyring> opened;  // anew where keys were being changed
    if (stage.phase == Phase::keys) {
      CheckPassphrases(scene);
      opened = OpenOwner(*scene.fs).value();
    }
    const Keyring& owner = opened ? *opened : *scene.owner;
    CheckWhole(scene, owner, stage.tree, stage.phase == Phase::keys);
    if (stage.phase == Phase::keys) {
      const Outcome again = Run(Phase::keys, scene, stage.tree, 1);
      INFO("the same again: " << again.status.ToString());
      REQUIRE(again.status.ok());
      CheckPassphrases(scene);
      return CheckGoesOn(scene, OpenOwner(*scene.fs).value(), stage.phase, stage.tree, 2);
    }
    CheckGoesOn(scene, owner, stage.phase, stage.tree, 1);
  }

  const Code code_;
  const std::string_view words_;
};

TEST_CASE("an operation that finds no space is told, harms nothing and can be done again") {
  Failures failures(Code::no_space, kNoSpace);
  LiveThrough(Temporaries::nameless_where_possible, [&](const Stage& stage) { failures.Try(stage); });
  std::cout << failures.points << " operations found no space\n";
}

TEST_CASE("an operation that a bad disk fails is told, harms nothing and can be done again") {
  Failures failures(Code::io, kBadDisk);
  LiveThrough(Temporaries::nameless_where_possible, [&](const Stage& stage) { failures.Try(stage); });
  std::cout << failures.points << " operations failed\n";
}

}  // namespace
}  // namespace pulih
