// A group carries several small files end to end, the plaintext of an object of kind `group`:
//   the members' bytes | count × le32 length | le32 count
// Offsets of extents count from the start. Its ObjectId is HMAC(K_id, kind ‖ SHA-256 over (le32 length ‖
// SHA-256 of the member) of each): small files are hashed once, and one member is checked without the rest.
// A carrier only: files are known by their FileId, never by their group.
//
// Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint32_t kMaxGroupMembers = 8192;

// `members_end` bytes of members, then the table.
void AppendGroupTable(Bytes& plain, const std::vector<uint32_t>& lengths);

struct GroupView {
  std::vector<ByteView> members;  // borrow from the plaintext
};
// Members are not empty, at most kMaxGroupMembers, and fill the space before the table exactly.
Result<GroupView> ParseGroup(ByteView plain);

}  // namespace pulih
