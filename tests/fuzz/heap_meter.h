// Measures what a piece of code asks of the heap: operator new and delete of the whole program are replaced
// (heap_meter.cc). With it the replay asserts that no input makes a decoder take memory out of proportion.
#pragma once

#include <cstddef>

namespace pulih {

// Bytes that are allocated now, by operator new.
size_t HeapNow();
// The most that were allocated at once since the last call of ResetHeapPeak.
size_t HeapPeak();
void ResetHeapPeak();

}  // namespace pulih
