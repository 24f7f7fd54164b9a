#include "tests/fuzz/heap_meter.h"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

// Single-threaded, like the replay.
size_t now = 0, peak = 0;

void* AllocateOrNull(size_t size) noexcept {
  void* p = std::malloc(size);
  now += malloc_usable_size(p);
  if (now > peak) peak = now;
  return p;
}

void* Allocate(size_t size) {
  void* p = AllocateOrNull(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

void Release(void* p) noexcept {
  if (p != nullptr) now -= malloc_usable_size(p);
  std::free(p);
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
// The nothrow forms too: a library's new (std::nothrow) must not meet our delete.
void* operator new(size_t size, const std::nothrow_t&) noexcept { return AllocateOrNull(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return AllocateOrNull(size); }
void operator delete(void* p) noexcept { Release(p); }
void operator delete[](void* p) noexcept { Release(p); }
void operator delete(void* p, size_t) noexcept { Release(p); }
void operator delete[](void* p, size_t) noexcept { Release(p); }

namespace pulih {

size_t HeapNow() { return now; }
size_t HeapPeak() { return peak; }
void ResetHeapPeak() { peak = now; }

}  // namespace pulih
