// JSON that may be cut or damaged, taken apart without repairing it: what parses whole is handed over, what does not is
// told as damage, and nothing is closed that was left open.
//
//   WalkJson        items of a text: elements of an array at the top, of the arrays asked for ("releases", "data") in
//                   objects at the top, or objects one behind the other (JSON Lines). Behind damage the next item is
//                   looked for that parses and that the sink knows as one of its own.
//   JsonMembers, JsonElements   the parts of a value that was found sound, with their places
//
// The whole text is in memory (mapped); json_splitter.h is for streams. Pure, one thread per walk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "formats/text/json.h"

namespace pulih {

inline constexpr size_t kMaxJsonItem = 64u << 20;

struct JsonItem {
  std::string_view text;    // of the whole text
  const Json& value;
  uint64_t offset = 0;
  std::string_view member;  // "releases"; empty: of an array at the top, or at the top itself
};

class JsonItemSink {
 public:
  virtual ~JsonItemSink() = default;
  virtual Status Item(const JsonItem& item) = 0;
  // Behind damage: is this one of the items, and not a part of one that is broken?
  virtual bool IsItem(const Json& value) const = 0;
  // `cut`: the text ends inside.
  virtual Status Damage(uint64_t offset, uint64_t length, bool cut) = 0;
};

// A failure is the sink's own.
Status WalkJson(std::string_view text, const std::vector<std::string>& members_to_cut, JsonItemSink& sink);

// A value inside a text.
struct JsonSlice {
  std::string key;        // of a member
  std::string_view text;  // the value as written
  bool is_string() const { return !text.empty() && text.front() == '"'; }
  bool is_object() const { return !text.empty() && text.front() == '{'; }
  bool is_array() const { return !text.empty() && text.front() == '['; }
  bool is_null() const { return text == "null"; }
};
// Of text that JsonReader has read. Another gives no slices, or some.
std::vector<JsonSlice> JsonMembers(std::string_view object);
std::vector<JsonSlice> JsonElements(std::string_view array);
// A string without its quotes and escapes; of anything else the text as written.
std::string JsonRaw(std::string_view value);

// Behind the value that begins at `at`; npos when none ends before the text does, or it is nested deeper than a reader
// takes. Brackets and strings are looked at, no more.
size_t JsonValueEnd(std::string_view text, size_t at);

// The member `key` of the object that `text` begins with, as far as it can be followed; an empty view when not found.
std::string_view PeekJsonMember(std::string_view text, std::string_view key);

}  // namespace pulih
