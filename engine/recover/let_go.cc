#include "engine/recover/let_go.h"

#include <sys/mman.h>

namespace pulih {

void LetGo(ByteView mapped) {
  constexpr uintptr_t kPage = 4096;
  const auto begin = (reinterpret_cast<uintptr_t>(mapped.data()) + kPage - 1) / kPage * kPage;
  const auto end = (reinterpret_cast<uintptr_t>(mapped.data()) + mapped.size()) / kPage * kPage;
  // Where it is refused nothing is lost but room.
  if (begin < end) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace pulih
