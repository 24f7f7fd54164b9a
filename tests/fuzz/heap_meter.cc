#include "tests/fuzz/heap_meter.h"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

// Single-threaded, like the replay.
size_t now = 0, peak = 0;

void* Allocate(size_t size) {
  void* p = std::malloc(size);
  if (p == nullptr) throw std::bad_alloc();
  now += malloc_usable_size(p);
  if (now > peak) peak = now;
  return p;
}

void Release(void* p) noexcept {
  if (p != nullptr) now -= malloc_usable_size(p);
  std::free(p);
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* p) noexcept { Release(p); }
void operator delete[](void* p) noexcept { Release(p); }
void operator delete(void* p, size_t) noexcept { Release(p); }
void operator delete[](void* p, size_t) noexcept { Release(p); }

namespace pulih {

size_t HeapNow() { return now; }
size_t HeapPeak() { return peak; }
void ResetHeapPeak() { peak = now; }

}  // namespace pulih
