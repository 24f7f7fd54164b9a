// SecretBytes holds key material in locked memory that is left out of core files and wiped when it goes
// away (sodium_malloc, MADV_DONTDUMP). It moves and does not copy; a copy is made by name, with Clone().
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/base/bytes.h"

namespace pulih {

class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(size_t size);           // zeros
  static SecretBytes CopyOf(ByteView bytes);   // the caller wipes its own copy
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  SecretBytes Clone() const;
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const uint8_t* data() const { return data_; }
  uint8_t* data() { return data_; }
  ByteView view() const { return {data_, size_}; }
  MutableByteView mutable_view() { return {data_, size_}; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// Overwrites in a way that the compiler does not remove.
void WipeMemory(MutableByteView bytes);
// In constant time for equal lengths.
bool EqualSecrets(ByteView a, ByteView b);

}  // namespace pulih
