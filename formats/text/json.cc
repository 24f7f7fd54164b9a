#include "formats/text/json.h"

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>

namespace pulih {
namespace {

namespace ondemand = simdjson::ondemand;

Status NotJson(simdjson::error_code error) {
  if (error == simdjson::MEMALLOC) return Status(Code::too_large, "read JSON: no memory for it");
  return Status(Code::corrupt, std::string("read JSON: ") + simdjson::error_message(error));
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// RFC 8259 §6. The reader hands over the token unread: reading it would round it.
bool IsNumber(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at > from;
  };
  const auto take = [&](std::string_view any_of) {
    const bool there = at < text.size() && any_of.find(text[at]) != std::string_view::npos;
    at += there ? 1 : 0;
    return there;
  };
  take("-");
  if (!take("0") && !digits()) return false;
  if (take(".") && !digits()) return false;
  if (take("eE")) {
    take("+-");
    if (!digits()) return false;
  }
  return at == text.size();
}

class TreeBuilder {
 public:
  Status Build(ondemand::value value, Json& out, size_t depth) {
    if (++nodes_ > kMaxJsonNodes) return Status(Code::too_large, "read JSON: more than 4194304 values in one");
    ondemand::json_type type;
    if (const auto error = value.type().get(type)) return NotJson(error);
    switch (type) {
      case ondemand::json_type::array: return BuildArray(value, out, depth + 1);
      case ondemand::json_type::object: return BuildObject(value, out, depth + 1);
      case ondemand::json_type::number: return BuildNumber(value, out);
      case ondemand::json_type::string: {
        std::string_view text;
        if (const auto error = value.get_string().get(text)) return NotJson(error);
        out = Json(std::string(text));
        return OkStatus();
      }
      case ondemand::json_type::boolean: {
        bool truth;
        if (const auto error = value.get_bool().get(truth)) return NotJson(error);
        out = Json(truth);
        return OkStatus();
      }
      case ondemand::json_type::null: break;
    }
    bool null = false;
    if (const auto error = value.is_null().get(null)) return NotJson(error);
    if (!null) return Status(Code::corrupt, "read JSON: a word that is not null");
    out = Json();
    return OkStatus();
  }
  uint64_t repeated_keys() const { return repeated_keys_; }

 private:
  static Status TooDeep(size_t depth) {
    if (depth <= kMaxJsonDepth) return OkStatus();
    return Status(Code::too_large, "read JSON: more than " + std::to_string(kMaxJsonDepth) + " levels deep");
  }

  static Status BuildNumber(ondemand::value value, Json& out) {
    std::string_view token = value.raw_json_token();
    while (!token.empty() && std::string_view(" \t\r\n").find(token.back()) != std::string_view::npos) token.remove_suffix(1);
    if (!IsNumber(token)) return Status(Code::corrupt, "read JSON: neither a number nor anything else");
    out = Json(JsonNumber{std::string(token)});
    return OkStatus();
  }

  Status BuildArray(ondemand::value value, Json& out, size_t depth) {
    PULIH_TRY(TooDeep(depth));
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return NotJson(error);
    Json::Array items;
    for (auto element : array) {
      ondemand::value item;
      if (const auto error = std::move(element).get(item)) return NotJson(error);
      PULIH_TRY(Build(item, items.emplace_back(), depth));
    }
    out = Json(std::move(items));
    return OkStatus();
  }

  Status BuildObject(ondemand::value value, Json& out, size_t depth) {
    PULIH_TRY(TooDeep(depth));
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return NotJson(error);
    Json::Object members;
    for (auto entry : object) {
      ondemand::field field;
      if (const auto error = std::move(entry).get(field)) return NotJson(error);
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return NotJson(error);
      members.push_back({std::string(key), Json()});
      PULIH_TRY(Build(field.value(), members.back().value, depth));
    }
    DropRepeated(members);
    out = Json(std::move(members));
    return OkStatus();
  }

  // Of members with one key the last is kept, in its own place.
  void DropRepeated(Json::Object& members) {
    std::vector<uint32_t> order(members.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      const int c = members[a].key.compare(members[b].key);
      return c != 0 ? c < 0 : a < b;
    });
    std::vector<bool> repeated;
    for (size_t i = 1; i < order.size(); ++i) {
      if (members[order[i]].key != members[order[i - 1]].key) continue;
      repeated.resize(members.size());
      repeated[order[i - 1]] = true;
      ++repeated_keys_;
    }
    if (repeated.empty()) return;
    Json::Object kept;
    for (size_t i = 0; i < members.size(); ++i) {
      if (!repeated[i]) kept.push_back(std::move(members[i]));
    }
    members = std::move(kept);
  }

  size_t nodes_ = 0;
  uint64_t repeated_keys_ = 0;
};

std::vector<const JsonMember*> SortedMembers(const Json::Object& object) {
  std::vector<const JsonMember*> sorted;
  sorted.reserve(object.size());
  for (const JsonMember& member : object) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(), [](const JsonMember* a, const JsonMember* b) { return a->key < b->key; });
  return sorted;
}

bool EqualObjects(const Json::Object& a, const Json::Object& b) {
  if (a.size() != b.size()) return false;
  const auto of_a = SortedMembers(a), of_b = SortedMembers(b);
  return std::equal(of_a.begin(), of_a.end(), of_b.begin(),
                    [](const JsonMember* x, const JsonMember* y) { return x->key == y->key && x->value == y->value; });
}

}  // namespace


const Json* Json::Find(std::string_view key) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  for (const JsonMember& member : *members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

const Json* Json::Path(std::initializer_list<std::string_view> keys) const {
  const Json* at = this;
  for (const std::string_view key : keys) {
    at = at->Find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool operator==(const Json& a, const Json& b) {
  if (a.object() != nullptr && b.object() != nullptr) return EqualObjects(*a.object(), *b.object());
  if (a.array() != nullptr && b.array() != nullptr) return *a.array() == *b.array();
  if (a.string() != nullptr && b.string() != nullptr) return *a.string() == *b.string();
  if (a.number() != nullptr && b.number() != nullptr) return *a.number() == *b.number();
  if (a.boolean() != nullptr && b.boolean() != nullptr) return *a.boolean() == *b.boolean();
  return a.is_null() && b.is_null();
}

struct JsonReader::Parts {
  ondemand::parser parser{kMaxJsonText + 2};
  std::string buffer;
  uint64_t repeated_keys = 0;
};

JsonReader::JsonReader() : parts_(std::make_unique<Parts>()) {}
JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;

uint64_t JsonReader::repeated_keys() const { return parts_->repeated_keys; }

Result<Json> JsonReader::Read(std::string_view text) {
  if (text.size() > kMaxJsonText) return Status(Code::too_large, "read JSON: more than 256 MiB in one value");
  // As the only element of an array every value is read in the same way; a scalar at the root would not be. The reader
  // also wants room behind the text.
  std::string& buffer = parts_->buffer;
  buffer.clear();
  buffer.reserve(text.size() + 2 + simdjson::SIMDJSON_PADDING);
  buffer.append("[").append(text).append("]");
  ondemand::document document;
  if (const auto error = parts_->parser.iterate(buffer.data(), buffer.size(), buffer.capacity()).get(document)) return NotJson(error);
  ondemand::array wrapper;
  if (const auto error = document.get_array().get(wrapper)) return NotJson(error);
  TreeBuilder builder;
  Json tree;
  size_t values = 0;
  for (auto element : wrapper) {
    ondemand::value value;
    if (const auto error = std::move(element).get(value)) return NotJson(error);
    if (++values > 1) break;
    PULIH_TRY(builder.Build(value, tree, 0));
  }
  const char* behind = nullptr;
  const bool at_end = document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS;
  if (values != 1 || !at_end) return Status(Code::corrupt, "read JSON: not one value");
  parts_->repeated_keys = builder.repeated_keys();
  return tree;
}

Result<Json> ReadJson(std::string_view text) { return JsonReader().Read(text); }

void WriteJsonString(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<uint8_t>(c) >= 0x20) {
      out.push_back(c);
    } else if (const size_t at = std::string_view("\b\f\n\r\t").find(c); at != std::string_view::npos) {
      out.push_back('\\');
      out.push_back("bfnrt"[at]);
    } else {
      out.append("\\u00").push_back(kHex[static_cast<uint8_t>(c) >> 4]);
      out.push_back(kHex[c & 15]);
    }
  }
  out.push_back('"');
}

void WriteJson(const Json& value, std::string& out) {
  if (const auto* items = value.array()) {
    out.push_back('[');
    for (const Json& item : *items) {
      if (&item != &items->front()) out.push_back(',');
      WriteJson(item, out);
    }
    out.push_back(']');
  } else if (const auto* members = value.object()) {
    out.push_back('{');
    for (const JsonMember& member : *members) {
      if (&member != &members->front()) out.push_back(',');
      WriteJsonString(member.key, out);
      out.push_back(':');
      WriteJson(member.value, out);
    }
    out.push_back('}');
  } else if (const auto* text = value.string()) {
    WriteJsonString(*text, out);
  } else if (const auto* number = value.number()) {
    out.append(number->digits);
  } else if (const auto* truth = value.boolean()) {
    out.append(*truth ? "true" : "false");
  } else {
    out.append("null");
  }
}

std::string JsonText(const Json& value) {
  std::string out;
  WriteJson(value, out);
  return out;
}

bool IsJsonNumber(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  const bool has_leading_zero = at + 1 < text.size() && text[at] == '0' && text[at + 1] >= '0' && text[at + 1] <= '9';
  if (digits() == 0 || has_leading_zero) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace pulih
