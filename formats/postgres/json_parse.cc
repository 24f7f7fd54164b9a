// JSON as PostgreSQL takes it (RFC 8259, one value). json keeps its text; jsonb has a form of its own: object keys by
// length and then by bytes, of equal keys the last, one blank behind ":" and ",", numbers as numeric writes them, and
// strings with no more escapes than they need. Encoding UTF-8 is assumed where "\u" has to become a character.
#include <algorithm>
#include <numeric>
#include <vector>

#include "formats/postgres/numeric.h"
#include "formats/postgres/value_parse.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

constexpr unsigned kMaxDepth = 1000;
constexpr uint8_t kJsonbVersion = 1;

struct JsonNode {
  enum class Kind : uint8_t { plain, string, array, object };
  Kind kind = Kind::plain;
  std::string text;               // plain: what is written; string: without its escapes
  std::vector<std::string> keys;  // object: of each of `items`
  std::vector<JsonNode> items;
};

void AppendUtf8(uint32_t c, std::string& out) {
  const auto tail = [&out, c](int shift) { out.push_back(static_cast<char>(0x80 | ((c >> shift) & 0x3F))); };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    tail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

class JsonReader {
 public:
  // `decode`: strings lose their escapes, which must then mean characters, and numbers get numeric's form. Without it
  // the text is only looked through, and the node that comes back is empty.
  JsonReader(std::string_view text, bool decode) : text_(text), decode_(decode) {}

  Result<JsonNode> Read() {
    JsonNode node;
    PULIH_TRY(Value(node, 0));
    Blanks();
    if (at_ != text_.size()) return Bad("something follows its end");
    return node;
  }

 private:
  Status Bad(std::string_view why) const {
    return InvalidText(decode_ ? "jsonb" : "json", text_, std::string(why) + " (at byte " + std::to_string(at_) + ")");
  }
  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Skip(char c) {
    if (Next() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  void Blanks() {
    while (Next() == ' ' || Next() == '\t' || Next() == '\n' || Next() == '\r') ++at_;
  }

  Status Value(JsonNode& node, unsigned depth) {
    if (depth > kMaxDepth) return Bad("nests too deep");
    Blanks();
    switch (Next()) {
      case '{': return Object(node, depth);
      case '[': return Array(node, depth);
      case '"': node.kind = JsonNode::Kind::string; return String(node.text);
      default: break;
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      node.text = word;
      return OkStatus();
    }
    return Number(node.text);
  }

  // An item of an array or an object.
  Status Item(JsonNode& node, unsigned depth) {
    if (decode_) return Value(node.items.emplace_back(), depth + 1);
    JsonNode unused;
    return Value(unused, depth + 1);
  }

  Status Array(JsonNode& node, unsigned depth) {
    node.kind = JsonNode::Kind::array;
    Skip('[');
    Blanks();
    if (Skip(']')) return OkStatus();
    do {
      PULIH_TRY(Item(node, depth));
      Blanks();
    } while (Skip(','));
    return Skip(']') ? OkStatus() : Bad("an array has no end");
  }

  Status Object(JsonNode& node, unsigned depth) {
    node.kind = JsonNode::Kind::object;
    Skip('{');
    Blanks();
    if (Skip('}')) return OkStatus();
    do {
      Blanks();
      if (Next() != '"') return Bad("a key is missing");
      std::string key;
      PULIH_TRY(String(key));
      if (decode_) node.keys.push_back(std::move(key));
      Blanks();
      if (!Skip(':')) return Bad("a key without value");
      PULIH_TRY(Item(node, depth));
      Blanks();
    } while (Skip(','));
    return Skip('}') ? OkStatus() : Bad("an object has no end");
  }

  Status Number(std::string& out) {
    const size_t from = at_;
    Skip('-');
    if (!Skip('0')) PULIH_TRY(Digits());
    if (Skip('.')) PULIH_TRY(Digits());
    if (Skip('e') || Skip('E')) {
      if (!Skip('+')) Skip('-');
      PULIH_TRY(Digits());
    }
    const std::string_view written = text_.substr(from, at_ - from);
    if (!decode_) return OkStatus();
    PULIH_TRY_ASSIGN(const Bytes image, NumericImage(written));
    PULIH_TRY_ASSIGN(const NumericView number, NumericView::Read(image));
    AppendNumeric(number, out);
    return OkStatus();
  }

  Status Digits() {
    if (!IsDigit(Next())) return Bad("not JSON");
    while (IsDigit(Next())) ++at_;
    return OkStatus();
  }

  Status String(std::string& out) {
    Skip('"');
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return OkStatus();
      if (static_cast<unsigned char>(c) < 0x20) return Bad("a control character in a string");
      if (c == '\\') {
        PULIH_TRY(Escape(out));
      } else if (decode_) {
        out.push_back(c);
      }
    }
    return Bad("a string has no end");
  }

  Status Escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    const char name = Next();
    ++at_;
    if (name == 'u') return UnicodeEscape(out);
    const size_t which = kNames.find(name);
    if (which == std::string_view::npos) return Bad("an unknown escape");
    if (decode_) out.push_back(kMeanings[which]);
    return OkStatus();
  }

  Status UnicodeEscape(std::string& out) {
    uint32_t c = 0;
    PULIH_TRY(FourDigits(c));
    if (!decode_) return OkStatus();
    if (c == 0) return Bad("\\u0000 is no character of a text");
    if (c >= 0xDC00 && c < 0xE000) return Bad("half a surrogate pair");
    if (c >= 0xD800 && c < 0xDC00) {
      uint32_t low = 0;
      if (!Skip('\\') || !Skip('u')) return Bad("half a surrogate pair");
      PULIH_TRY(FourDigits(low));
      if (low < 0xDC00 || low >= 0xE000) return Bad("half a surrogate pair");
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(c, out);
    return OkStatus();
  }

  Status FourDigits(uint32_t& value) {
    for (int i = 0; i < 4; ++i) {
      const int digit = HexValue(Next());
      if (digit < 0) return Bad("an unknown escape");
      value = 16 * value + static_cast<uint32_t>(digit);
      ++at_;
    }
    return OkStatus();
  }

  std::string_view text_;
  bool decode_;
  size_t at_ = 0;
};

void AppendString(std::string_view text, std::string& out) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt", kHex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    if (const size_t which = kShort.find(c); which != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(kNames[which]);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[c & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// The places of an object's entries, in jsonb's order and without those that a later one replaces.
std::vector<size_t> OrderedEntries(const std::vector<std::string>& keys) {
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&keys](size_t a, size_t b) {
    return keys[a].size() != keys[b].size() ? keys[a].size() < keys[b].size() : keys[a] < keys[b];
  });
  std::vector<size_t> kept;
  for (const size_t at : order) {
    if (!kept.empty() && keys[kept.back()] == keys[at]) kept.pop_back();
    kept.push_back(at);
  }
  return kept;
}

void AppendJsonb(const JsonNode& node, std::string& out) {
  switch (node.kind) {
    case JsonNode::Kind::plain: out += node.text; return;
    case JsonNode::Kind::string: AppendString(node.text, out); return;
    case JsonNode::Kind::array: {
      out.push_back('[');
      for (size_t i = 0; i < node.items.size(); ++i) {
        if (i != 0) out += ", ";
        AppendJsonb(node.items[i], out);
      }
      out.push_back(']');
      return;
    }
    case JsonNode::Kind::object: break;
  }
  out.push_back('{');
  bool first = true;
  for (const size_t at : OrderedEntries(node.keys)) {
    if (!first) out += ", ";
    first = false;
    AppendString(node.keys[at], out);
    out += ": ";
    AppendJsonb(node.items[at], out);
  }
  out.push_back('}');
}

}  // namespace

Result<Bytes> JsonImage(std::string_view text) {
  if (const auto sound = JsonReader(text, false).Read(); !sound.ok()) return sound.status();
  return ToBytes(text);
}

Result<Bytes> JsonbImage(std::string_view text) {
  PULIH_TRY_ASSIGN(const JsonNode node, JsonReader(text, true).Read());
  std::string form;
  AppendJsonb(node, form);
  Bytes image = {kJsonbVersion};
  Append(image, AsBytes(form));
  return image;
}

}  // namespace pulih
