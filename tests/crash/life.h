// LiveThrough leads a repository through all phases undisturbed, and lets a test look at each phase beforehand: with
// the scene that it starts from, the tree as it then is, and how many operations the phase takes.
#pragma once

#include <functional>

#include "tests/crash/scene.h"

namespace pulih {

struct Stage {
  Phase phase;
  const Scene& start;
  const SourceTree& tree;
  uint64_t operations;
};
void LiveThrough(Temporaries temporaries, const std::function<void(const Stage&)>& each);

// A die that falls the same way for the same words: which points a normal run takes, and what becomes of a catalog.
uint64_t Cast(std::initializer_list<uint64_t> words);

}  // namespace pulih
