// A sink that keeps what it is told, and what every reader of sources must hold to, whatever its bytes: places lie inside
// of them, ranges cover them, and what is told of a part of them is what is told of the whole.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "formats/spse/read_source.h"
#include "formats/text/encoding.h"

namespace pulih::spse {

struct SourceNotes : SourceSink {
  std::vector<SourceHead> heads;
  std::vector<SourceRecord> records;
  std::vector<SourceRange> ranges;
  std::vector<std::string> remarks;

  Status Head(const SourceHead& head) override { return heads.push_back(head), OkStatus(); }
  Status Record(const SourceRecord& record) override { return records.push_back(record), OkStatus(); }
  Status Range(const SourceRange& range) override { return ranges.push_back(range), OkStatus(); }
  Status Remark(const std::string& text) override { return remarks.push_back(text), OkStatus(); }

  size_t Count(std::string_view source) const {
    return static_cast<size_t>(std::count_if(records.begin(), records.end(), [&](const SourceRecord& record) { return record.source == source; }));
  }
  uint64_t Damaged() const {
    uint64_t bytes = 0;
    for (const SourceRange& range : ranges) bytes += range.fate == SourceFate::damaged ? range.length : 0;
    return bytes;
  }
};

inline SourceNotes Notes(std::string_view bytes, std::string_view name = "x", const SourceLimits& limits = {}) {
  SourceNotes notes;
  REQUIRE(ReadSource(AsBytes(bytes), name, limits, notes).ok());
  return notes;
}

inline std::string Raw(const SourceRecord& record, std::string_view field) {
  const std::string* raw = record.Find(field);
  return raw == nullptr ? "(none)" : *raw;
}

// Places lie inside, and the ranges cover every byte.
inline void CheckPlaces(const SourceNotes& notes, size_t size) {
  for (const SourceRecord& record : notes.records) {
    if (record.offset > size || record.length > size - record.offset) FAIL(record.path << ": outside");
    const auto is_text = [](const SourceField& field) { return IsUtf8(field.name) && IsUtf8(field.raw); };
    if (!IsUtf8(record.path) || !std::all_of(record.fields.begin(), record.fields.end(), is_text)) FAIL(record.path << ": no UTF-8");
  }
  std::vector<bool> covered(size);
  for (const SourceRange& range : notes.ranges) {
    if (range.offset > size || range.length > size - range.offset) FAIL(range.what << ": outside");
    std::fill_n(covered.begin() + static_cast<ptrdiff_t>(range.offset), range.length, true);
  }
  if (std::find(covered.begin(), covered.end(), false) != covered.end()) FAIL("bytes without a range");
}

// What the record of a damaged copy says is what the whole one says: fields may be missing, none is another.
inline void CheckNotInvented(const SourceNotes& part, const SourceNotes& whole) {
  for (const SourceRecord& record : part.records) {
    const auto same = [&](const SourceRecord& other) {
      return other.source == record.source && std::all_of(record.fields.begin(), record.fields.end(), [&](const SourceField& field) {
               return field.name[0] == '@' || std::any_of(other.fields.begin(), other.fields.end(), [&](const SourceField& f) { return f.name == field.name && f.raw == field.raw; });
             });
    };
    if (std::any_of(whole.records.begin(), whole.records.end(), same)) continue;
    std::string told;
    for (const SourceField& field : record.fields) told += field.name + "=" + field.raw + "; ";
    FAIL("invented: " << record.source << " " << record.path << ": " << told);
  }
}

// Cuts the bytes at each place, and changes each byte.
inline void SweepDamage(const std::string& bytes, std::string_view name = "x", bool prefixes_agree = true) {
  const SourceNotes whole = Notes(bytes, name);
  REQUIRE_FALSE(whole.records.empty());
  CheckPlaces(whole, bytes.size());
  for (size_t size = 0; size < bytes.size(); ++size) {
    INFO("cut at " << size);
    const SourceNotes part = Notes(bytes.substr(0, size), name);
    CheckPlaces(part, size);
    if (prefixes_agree) CheckNotInvented(part, whole);
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    INFO("changed at " << at);
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (at % 3 == 0 ? 0xFF : at % 3 == 1 ? 0x01 : 0x20));
    CheckPlaces(Notes(changed, name), bytes.size());
  }
}

// A hole of zeros at each place.
inline void SweepHoles(const std::string& bytes, size_t length, size_t step) {
  const SourceNotes whole = Notes(bytes);
  for (size_t at = 0; at + length <= bytes.size(); at += step) {
    INFO("hole at " << at);
    std::string holed = bytes;
    std::fill_n(holed.begin() + static_cast<ptrdiff_t>(at), length, '\0');
    const SourceNotes part = Notes(holed);
    CheckPlaces(part, bytes.size());
    CheckNotInvented(part, whole);
  }
}

// Real data beside the project; empty, with a warning that counts as a skip, where they are not.
inline std::string SharedFile(const std::string& name) {
  std::filesystem::path folder;
  if (const char* told = std::getenv("PULIH_SHARED_DATA")) folder = told;
#ifdef PULIH_SHARED_DATA
  if (folder.empty()) folder = PULIH_SHARED_DATA;
#endif
  std::ifstream file(folder / name, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open()) WARN("skipped: " << name << " is not there");
  return bytes;
}

}  // namespace pulih::spse
