#include "engine/link/blocks.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/base/checksum.h"

namespace pulih::link {
namespace {

constexpr size_t kMaxKeysOfPass = 24;  // of one record: titles of a hundred words

bool IsVowel(char c) {
  constexpr std::string_view kVowels = "aeiouAEIOU";
  return kVowels.find(c) != kVowels.npos;
}

std::vector<std::string> SizesOf(std::string_view text) {
  const auto range = ReadRange(text);
  if (!range || range->least <= 0) return {};
  const auto step = [](int64_t amount) { return static_cast<int>(std::floor(8 * std::log2(static_cast<double>(amount)))); };
  std::vector<std::string> sizes;
  // An interval of more than four doublings tells nothing.
  for (int at = step(range->least); at <= step(range->beyond - 1) && sizes.size() < 32; ++at) sizes.push_back(std::to_string(at));
  return sizes;
}

std::vector<std::string> KeysOf(const BlockPart& part, std::string_view text) {
  switch (part.by) {
    case BlockBy::whole: return {std::string(text)};
    case BlockBy::head: return {std::string(text.substr(0, 4))};
    case BlockBy::sound: return {SoundOf(text)};
    case BlockBy::month: return {std::string(text.substr(0, 7))};
    case BlockBy::size: return SizesOf(text);
    case BlockBy::token: break;
  }
  std::vector<std::string> words;
  for (const std::string_view word : WordsOf(text))
    if (word.size() >= 3) words.emplace_back(word);
  return words;
}

// Every choice of one key from each part, joined: "JKT\0" "2014-03\0".
std::vector<std::string> KeysOfPass(const BlockPass& pass, const Columns& columns, size_t record) {
  std::vector<std::string> keys{""};
  for (const BlockPart& part : pass) {
    const ValueId value = columns.Value(record, part.field);
    if (value == 0) return {};
    std::vector<std::string> longer;
    const std::vector<std::string> of_part = KeysOf(part, columns.Text(part.field, value));
    for (const std::string& before : keys)
      for (const std::string& key : of_part)
        if (longer.size() < kMaxKeysOfPass) longer.push_back(before + key + '\0');
    keys = std::move(longer);
  }
  return keys;
}

}  // namespace

std::string SoundOf(std::string_view text) {
  std::string sound;
  for (const char c : text.substr(0, text.find(' '))) {
    if (!sound.empty() && (IsVowel(c) || sound.back() == c)) continue;
    sound += c;
  }
  return sound;
}

Blocks::Blocks(const Scheme& scheme, const Columns& columns, const std::vector<Role>& roles, const Options& options) : roles_(roles) {
  std::vector<Member> members;
  Collect(scheme, columns, members);
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.block != b.block ? a.block < b.block : a.record < b.record; });
  members.erase(std::unique(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.block == b.block && a.record == b.record; }), members.end());
  Keep(members, columns.records(), options);
}

void Blocks::Collect(const Scheme& scheme, const Columns& columns, std::vector<Member>& members) const {
  for (size_t pass = 0; pass < scheme.passes.size(); ++pass)
    for (size_t record = 0; record < columns.records(); ++record) {
      if (roles_[record] == Role::training) continue;
      for (const std::string& key : KeysOfPass(scheme.passes[pass], columns, record)) {
        // The pass in front: equal texts of two fields are not one block. Two keys of one hash would only make a pair more to
        // look at.
        const uint64_t hash = Checksum64({reinterpret_cast<const uint8_t*>(key.data()), key.size()});
        members.push_back({(static_cast<uint64_t>(pass) << 58) | (hash >> 6), static_cast<uint32_t>(record)});
      }
    }
}

void Blocks::Keep(std::vector<Member>& members, size_t records, const Options& options) {
  std::vector<uint32_t> count(records + 1);
  for (size_t from = 0, to = 0; from < members.size(); from = to) {
    uint64_t keyless = 0;
    for (to = from; to < members.size() && members[to].block == members[from].block; ++to) keyless += roles_[members[to].record] == Role::keyless ? 1 : 0;
    const uint64_t size = to - from;
    if (size < 2 || keyless == 0) continue;
    ++counts_.blocks;
    if (size > options.largest) {
      ++counts_.left_out;
      counts_.records_left_out += size;
      continue;
    }
    counts_.pairs += keyless * (keyless - 1) / 2 + keyless * (size - keyless);
    for (size_t i = from; i < to; ++i) {
      members_.push_back(members[i].record);
      ++count[members[i].record];
    }
    block_end_.push_back(static_cast<uint32_t>(members_.size()));
  }
  record_end_.resize(records);
  uint32_t end = 0;
  for (size_t record = 0; record < records; ++record) {
    record_end_[record] = end;  // for now where it begins
    end += count[record];
  }
  of_record_.resize(members_.size());
  for (uint32_t block = 0, i = 0; block < block_end_.size(); ++block)
    for (; i < block_end_[block]; ++i) of_record_[record_end_[members_[i]]++] = block;
}

bool Blocks::IsFirstShared(uint32_t a, uint32_t b, uint32_t block) const {
  size_t i = a == 0 ? 0 : record_end_[a - 1], j = b == 0 ? 0 : record_end_[b - 1];
  while (of_record_[i] != of_record_[j]) of_record_[i] < of_record_[j] ? ++i : ++j;
  return of_record_[i] == block;
}

void Blocks::Pairs(const EachPair& each) const {
  for (uint32_t block = 0, from = 0; block < block_end_.size(); from = block_end_[block++])
    for (uint32_t i = from; i < block_end_[block]; ++i)
      for (uint32_t j = i + 1; j < block_end_[block]; ++j) {
        if (roles_[members_[i]] == Role::keyed && roles_[members_[j]] == Role::keyed) continue;
        if (IsFirstShared(members_[i], members_[j], block) && !each(members_[i], members_[j])) return;
      }
}

}  // namespace pulih::link
