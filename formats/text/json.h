// A JSON value as a tree that keeps what was written: numbers as their digits (no rounding: 123456789012345678.90 stays
// that), members in their order. And JSON text from it, always the same for the same tree.
//
// Hostile text gives a Status: at most kMaxJsonDepth deep, kMaxJsonText long, kMaxJsonNodes values. Larger documents
// are cut into their elements first (json_splitter.h).
// Values. The one place that includes simdjson is json.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/result.h"

namespace pulih {

inline constexpr size_t kMaxJsonDepth = 64;
inline constexpr size_t kMaxJsonText = 256u << 20;
inline constexpr size_t kMaxJsonNodes = 4u << 20;

struct JsonMember;
struct JsonNumber {
  std::string digits;  // as they stood
  bool operator==(const JsonNumber&) const = default;
};

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;

  // Defined below, where a member is complete.
  Json();  // null
  Json(bool value);          // NOLINT(google-explicit-constructor)
  Json(JsonNumber value);    // NOLINT(google-explicit-constructor)
  Json(std::string value);   // NOLINT(google-explicit-constructor)
  Json(const char* value);   // NOLINT(google-explicit-constructor)
  Json(Array value);         // NOLINT(google-explicit-constructor)
  Json(Object value);        // NOLINT(google-explicit-constructor)
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const JsonNumber* number() const { return std::get_if<JsonNumber>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  Array* array() { return std::get_if<Array>(&value_); }
  Object* object() { return std::get_if<Object>(&value_); }

  // A member's value; nullptr when there is none, or this is no object.
  const Json* Find(std::string_view key) const;
  // Find through objects: Path({"tender", "value", "amount"}).
  const Json* Path(std::initializer_list<std::string_view> keys) const;

 private:
  std::variant<std::monostate, bool, JsonNumber, std::string, Array, Object> value_;
};

struct JsonMember {
  std::string key;
  Json value;
};

inline Json::Json() = default;
inline Json::Json(bool value) : value_(value) {}
inline Json::Json(JsonNumber value) : value_(std::move(value)) {}
inline Json::Json(std::string value) : value_(std::move(value)) {}
inline Json::Json(const char* value) : value_(std::string(value)) {}
inline Json::Json(Array value) : value_(std::move(value)) {}
inline Json::Json(Object value) : value_(std::move(value)) {}
inline Json::Json(const Json& other) = default;
inline Json::Json(Json&& other) noexcept = default;
inline Json& Json::operator=(const Json& other) = default;
inline Json& Json::operator=(Json&& other) noexcept = default;
inline Json::~Json() = default;

// Equal as JSON is: the order of members does not count; numbers are equal when their digits are.
bool operator==(const Json& a, const Json& b);

// Reads one text after another with the same buffers.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;
  // `text` is one value with nothing but blanks around it. `corrupt` when it is not JSON, too_large beyond the limits.
  Result<Json> Read(std::string_view text);
  // Of the last text: keys that stood twice in one object; the last one counts.
  uint64_t repeated_keys() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};
Result<Json> ReadJson(std::string_view text);

// Appends JSON text without blanks; characters stand for themselves except those that must be escaped.
void WriteJson(const Json& value, std::string& out);
std::string JsonText(const Json& value);
// Whether `text` is a number as JSON writes it: not NaN, no leading zeros, digits on both sides of a point.
bool IsJsonNumber(std::string_view text);

void WriteJsonString(std::string_view text, std::string& out);

}  // namespace pulih
