// CRC-32C (Castagnoli), as PostgreSQL keeps it: by the processor's instruction where there is one (SSE 4.2), else eight
// bytes at a time by tables. It notices accidents; it is no protection against anybody.
//
// Thread-safe. Tested against the bit by bit definition: tests/engine/base/crc32c_test.cc.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"

namespace pulih {

class Crc32c {
 public:
  void Update(ByteView bytes);
  uint32_t Finish() const { return state_ ^ 0xffffffff; }

 private:
  uint32_t state_ = 0xffffffff;
};

// The two ways that Update chooses from; `state` goes on from call to call. Public for the test.
bool HasCrc32cInstruction();
uint32_t StepCrc32cByTables(uint32_t state, ByteView bytes);
uint32_t StepCrc32cByInstruction(uint32_t state, ByteView bytes);  // only where there is one

}  // namespace pulih
