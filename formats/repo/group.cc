#include "formats/repo/group.h"

#include "engine/base/check.h"
#include "engine/base/endian.h"
#include "engine/base/ids.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "group";
constexpr size_t kFieldSize = 4;

void AppendLe32(Bytes& to, uint32_t value) {
  const size_t at = to.size();
  to.resize(at + kFieldSize);
  StoreLe<uint32_t>(to.data() + at, value);
}

}  // namespace

void AppendGroupTable(Bytes& plain, const std::vector<uint32_t>& lengths) {
  PULIH_CHECK(!lengths.empty() && lengths.size() <= kMaxGroupMembers);
  uint64_t members_end = 0;
  for (const uint32_t length : lengths) {
    PULIH_CHECK(length > 0);
    members_end += length;
  }
  PULIH_CHECK(members_end == plain.size());

  plain.reserve(plain.size() + (lengths.size() + 1) * kFieldSize);
  for (const uint32_t length : lengths) AppendLe32(plain, length);
  AppendLe32(plain, static_cast<uint32_t>(lengths.size()));
  PULIH_CHECK(plain.size() <= kMaxObjectSize);
}

Result<GroupView> ParseGroup(ByteView plain) {
  if (plain.size() > kMaxObjectSize) return CorruptIn(kWhat, "it is larger than an object may be");
  if (plain.size() < kFieldSize) return CorruptIn(kWhat, "it is too short for a member count");
  const uint32_t count = LoadLe<uint32_t>(plain.data() + plain.size() - kFieldSize);
  if (count == 0 || count > kMaxGroupMembers) return CorruptIn(kWhat, "its number of members is out of bounds");
  const size_t table_size = (size_t{count} + 1) * kFieldSize;
  if (table_size > plain.size()) return CorruptIn(kWhat, "its member table does not fit");

  const size_t members_end = plain.size() - table_size;
  GroupView group;
  group.members.reserve(count);
  size_t at = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t length = LoadLe<uint32_t>(plain.data() + members_end + i * kFieldSize);
    if (length == 0 || length > members_end - at) return CorruptIn(kWhat, "a member is empty or reaches beyond the others' end");
    group.members.push_back(plain.subspan(at, length));
    at += length;
  }
  if (at != members_end) return CorruptIn(kWhat, "its members do not fill it");
  return group;
}

}  // namespace pulih
