#include "formats/repo/key_list.h"

#include <limits>
#include <string>
#include <tuple>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "key list";
constexpr uint32_t kKeyListVersion = 1;
constexpr size_t kListHeadSize = 4 + 2;
constexpr size_t kKeyHeadSize = 2 + 2 + 2;

bool IsKnownType(uint16_t type) {
  return type >= static_cast<uint16_t>(KeyType::domain_id) && type <= static_cast<uint16_t>(KeyType::certificate);
}

bool HasGenerations(KeyType type) { return type == KeyType::content_public || type == KeyType::content_secret; }

// Strictly ascending order leaves one way to write a list and no key twice.
bool Follows(const TypedKey& key, const TypedKey& before) {
  return std::tie(before.type, before.index) < std::tie(key.type, key.index);
}

}  // namespace

Bytes EncodeKeyList(const std::vector<TypedKey>& keys) {
  PULIH_CHECK(keys.size() <= std::numeric_limits<uint16_t>::max());
  size_t size = kListHeadSize;
  for (const TypedKey& key : keys) size += kKeyHeadSize + key.bytes.size();

  // Reserved in one piece: a buffer that grows would leave copies of keys behind that nobody wipes.
  ByteWriter out;
  out.bytes().reserve(size);
  out.Le32(kKeyListVersion);
  out.Le16(static_cast<uint16_t>(keys.size()));
  for (size_t i = 0; i < keys.size(); ++i) {
    const TypedKey& key = keys[i];
    PULIH_CHECK(IsKnownType(static_cast<uint16_t>(key.type)) && (key.index == 0 || HasGenerations(key.type)));
    PULIH_CHECK(i == 0 || Follows(key, keys[i - 1]));
    PULIH_CHECK(key.bytes.size() <= std::numeric_limits<uint16_t>::max());
    out.Le16(static_cast<uint16_t>(key.type));
    out.Le16(key.index);
    out.Le16(static_cast<uint16_t>(key.bytes.size()));
    out.Raw(key.bytes);
  }
  return std::move(out).Take();
}

Result<std::vector<TypedKey>> DecodeKeyList(ByteView bytes) {
  ByteReader in(bytes);
  const uint32_t version = in.Le32();
  const uint16_t count = in.Le16();
  if (in.failed()) return CorruptIn(kWhat, "it is cut short");
  PULIH_TRY(CheckVersion(kWhat, version, kKeyListVersion));
  if (count > in.remaining() / kKeyHeadSize) return CorruptIn(kWhat, "it names more keys than it can hold");

  std::vector<TypedKey> keys;
  keys.reserve(count);
  for (uint16_t i = 0; i < count; ++i) {
    const uint16_t type = in.Le16();
    TypedKey key;
    key.type = static_cast<KeyType>(type);
    key.index = in.Le16();
    key.bytes = in.Raw(in.Le16());
    if (in.failed()) return CorruptIn(kWhat, "it is cut short");
    if (!IsKnownType(type)) {
      return Status(Code::unsupported, "decode key list: key type " + std::to_string(type) + " is not known to this program");
    }
    if (key.index != 0 && !HasGenerations(key.type)) return CorruptIn(kWhat, "a key has a generation that may have none");
    if (!keys.empty() && !Follows(key, keys.back())) return CorruptIn(kWhat, "its keys are not in order");
    keys.push_back(key);
  }
  if (!in.Finish()) return CorruptIn(kWhat, "bytes are left over");
  return keys;
}

}  // namespace pulih
