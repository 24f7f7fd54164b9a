#include "engine/base/crc32c.h"

#include <array>

#include "engine/base/endian.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace pulih {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1EDC6F41, bits reversed

using Tables = std::array<std::array<uint32_t, 256>, 8>;

// Table k: what a byte does to the state when k more bytes follow it.
constexpr Tables MakeTables() {
  Tables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
    tables[0][i] = value;
  }
  for (size_t k = 1; k < tables.size(); ++k)
    for (uint32_t i = 0; i < 256; ++i) tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
  return tables;
}
constexpr Tables kTables = MakeTables();

}  // namespace

uint32_t StepCrc32cByTables(uint32_t state, ByteView bytes) {
  size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    const uint32_t low = LoadLe<uint32_t>(bytes.data() + at) ^ state, high = LoadLe<uint32_t>(bytes.data() + at + 4);
    state = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^ kTables[4][low >> 24] ^
            kTables[3][high & 0xff] ^ kTables[2][(high >> 8) & 0xff] ^ kTables[1][(high >> 16) & 0xff] ^ kTables[0][high >> 24];
  }
  for (; at < bytes.size(); ++at) state = kTables[0][(state ^ bytes[at]) & 0xff] ^ (state >> 8);
  return state;
}

#if defined(__x86_64__)

bool HasCrc32cInstruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t StepCrc32cByInstruction(uint32_t state, ByteView bytes) {
  size_t at = 0;
  uint64_t wide = state;
  for (; bytes.size() - at >= 8; at += 8) wide = _mm_crc32_u64(wide, LoadLe<uint64_t>(bytes.data() + at));
  state = static_cast<uint32_t>(wide);
  for (; at < bytes.size(); ++at) state = _mm_crc32_u8(state, bytes[at]);
  return state;
}

#else

bool HasCrc32cInstruction() { return false; }
uint32_t StepCrc32cByInstruction(uint32_t state, ByteView bytes) { return StepCrc32cByTables(state, bytes); }

#endif

void Crc32c::Update(ByteView bytes) {
  static const bool by_instruction = HasCrc32cInstruction();
  state_ = by_instruction ? StepCrc32cByInstruction(state_, bytes) : StepCrc32cByTables(state_, bytes);
}

}  // namespace pulih
