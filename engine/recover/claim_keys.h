// How claim_store.h lays out its keys: for the store itself (claim_store.cc) and for what fills it (unit_claims.cc). Private to
// them. Pure.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/base/endian.h"
#include "engine/crypto/sha256.h"
#include "engine/recover/claim_store.h"
#include "formats/postgres/key_image.h"

namespace pulih::claim_keys {

inline constexpr size_t kTailSize = 4 + 8;  // unit and number

inline Bytes Start(char family) { return Bytes{static_cast<uint8_t>(family)}; }

template <typename Integer>
void PutBig(Bytes& key, Integer value) {
  const size_t at = key.size();
  key.resize(at + sizeof value);
  StoreBe(key.data() + at, value);
}

inline Bytes UnitKey(char family, uint32_t unit, uint64_t number) {
  Bytes key = Start(family);
  PutBig(key, unit);
  PutBig(key, number);
  return key;
}
inline Bytes UnitPrefix(char family, uint32_t unit) {
  Bytes key = Start(family);
  PutBig(key, unit);
  return key;
}

// A name is hostile: a zero byte in it would end it early.
Status CheckTableName(std::string_view table);

inline void AppendTablePrefix(std::string_view table, char part, Bytes& key, char family = 'C') {
  key.push_back(static_cast<uint8_t>(family));
  Append(key, AsBytes(table));
  key.push_back(0);
  key.push_back(static_cast<uint8_t>(part));
}
inline Bytes TablePrefix(std::string_view table, char part, char family = 'C') {
  Bytes key;
  AppendTablePrefix(table, part, key, family);
  return key;
}

struct Tail {
  uint32_t unit;
  uint64_t number;
};
inline Tail TailOf(ByteView key) {
  const ByteView tail = key.last(kTailSize);
  return {LoadBe<uint32_t>(tail.data()), LoadBe<uint64_t>(tail.data() + 4)};
}

// Values that ValueImage does not know (of a type of an extension) are told apart by their text.
inline void AppendTextKey(std::string_view text, Bytes& key) {
  for (const char c : text) {
    key.push_back(static_cast<uint8_t>(c));
    if (c == '\0') key.push_back(0xff);
  }
  key.push_back(0);
  key.push_back(1);
}

template <typename Field>
Bytes WholeRowKey(const std::vector<Field>& fields) {
  Bytes text;
  for (const Field& field : fields) {
    text.push_back(field.state == ClaimedField::State::null ? 0 : 1);
    AppendTextKey(field.text, text);
  }
  return ToBytes(Sha256Of(text).view());
}

inline bool IsKnown(ClaimedField::State state) {
  return state == ClaimedField::State::value || state == ClaimedField::State::null;
}

KeyColumns KeyColumnsOf(const Schema& schema, std::string_view table_name);

// False when a column of the key is not wholly known. `fields`: of a claim, or of a view of one.
template <typename Field>
bool AppendClaimKey(const Schema& schema, const KeyColumns& columns, const std::vector<Field>& fields, Bytes& key) {
  if (columns.places.empty()) {
    if (!std::all_of(fields.begin(), fields.end(), [](const Field& field) { return IsKnown(field.state); })) return false;
    Append(key, WholeRowKey(fields));
    return true;
  }
  const size_t before = key.size();
  for (size_t i = 0; i < columns.places.size(); ++i) {
    const size_t place = columns.places[i];
    if (place >= fields.size() || fields[place].state != ClaimedField::State::value) {
      key.resize(before);
      return false;
    }
    const std::string_view text = fields[place].text;
    if (!AppendKeyOfText(schema.types, columns.types[i], text, key).ok()) AppendTextKey(text, key);
  }
  return true;
}

}  // namespace pulih::claim_keys
