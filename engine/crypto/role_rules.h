// What each role holds, as a table (design §4): Keyring::For gives by it, encoding and decoding check by it.
// So "opens nothing" is not a habit of the code that exports a `backup` file but a property of every such
// file that can be read (I7). Internal to engine/crypto.
#pragma once

#include <cstdint>

#include "engine/base/result.h"
#include "formats/repo/certificate.h"

namespace pulih {

struct Keyring;

enum class Holding : uint8_t { never, may, must };

struct RoleRule {
  Holding root, content, structure, names /* K_id and K_cut */, writer;
};

constexpr RoleRule RuleOf(Role role) {
  using enum Holding;
  switch (role) {
    case Role::owner: return {may, must, must, must, may};  // a slot may leave out the root or the writer
    case Role::restore: return {never, must, must, must, may};
    case Role::backup: return {never, never, never, must, must};
    case Role::maintain: return {never, never, must, never, must};
    case Role::audit: return {never, never, may, never, never};
  }
  return {never, never, never, never, never};
}

// corrupt, naming the key, when `keyring` lacks one that its role must hold or holds one that it must not.
Status CheckHoldings(const Keyring& keyring);

}  // namespace pulih
