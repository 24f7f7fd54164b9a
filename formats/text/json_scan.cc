#include "formats/text/json_scan.h"

#include <algorithm>
#include <optional>

#include "formats/text/encoding.h"

namespace pulih {
namespace {

constexpr size_t npos = std::string_view::npos;

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

size_t SkipBlanks(std::string_view text, size_t at) {
  while (at < text.size() && IsBlank(text[at])) ++at;
  return at;
}

// Behind the closing quote. No string holds a raw control character: a hole of zeros ends the search at once.
size_t StringEnd(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') return at + 1;
    if (c == '\\') ++at;
    if (static_cast<uint8_t>(c) < 0x20) return npos;
  }
  return npos;
}

size_t ScalarEnd(std::string_view text, size_t at) {
  const size_t begin = at;
  const auto goes_on = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E'; };
  while (at < text.size() && goes_on(text[at])) ++at;
  return at == begin ? npos : at;
}

void AppendEscape(std::string_view text, size_t& at, uint32_t& high, std::string& out) {
  const auto hex4 = [&](size_t from) {
    uint32_t value = 0;
    for (size_t i = from; i < from + 4 && i < text.size(); ++i) {
      const char c = text[i];
      value = value * 16 + static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
  };
  const char c = text[at];
  if (c == 'u') {
    const uint32_t unit = hex4(at + 1) & 0xFFFF;
    at += 4;
    if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
    } else if (unit >= 0xDC00 && unit < 0xE000) {
      AppendUtf8(high == 0 ? 0xFFFD : 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00), out);
      high = 0;
    } else {
      AppendUtf8(unit, out);
    }
    return;
  }
  constexpr std::string_view kLetters = "bfnrt", kMeant = "\b\f\n\r\t";
  const size_t letter = kLetters.find(c);
  out.push_back(letter == npos ? c : kMeant[letter]);
}

class Walk {
 public:
  Walk(std::string_view text, const std::vector<std::string>& members, JsonItemSink& sink) : text_(text), members_(members), sink_(sink) {
    // Enough for any honest file; what makes us read everything again and again is given up.
    search_left_ = 16ull * text.size() + (64u << 20);
  }

  Status Run() {
    for (;;) {
      at_ = SkipBlanks(text_, at_);
      if (at_ == text_.size()) return OkStatus();
      const char c = text_[at_];
      if (c == '[') {
        ++at_;
        PULIH_TRY(Items({}));
      } else if (c == '{') {
        PULIH_TRY(Frame());
      } else if (was_damaged_ && (c == ']' || c == '}' || c == ',')) {
        ++at_;
      } else {
        PULIH_TRY(GoOnBehind(at_));
      }
    }
  }

 private:
  Status Items(std::string_view member) {
    member_ = member;
    for (;;) {
      at_ = SkipBlanks(text_, at_);
      if (at_ == text_.size()) return was_damaged_ ? OkStatus() : sink_.Damage(at_, 0, true);
      if (text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (text_[at_] == ']') {
        ++at_;
        return OkStatus();
      }
      const size_t end = JsonValueEnd(text_, at_);
      const std::optional<Json> value = Read(at_, end);
      if (!value) {
        PULIH_TRY(Resync(at_));
        continue;
      }
      PULIH_TRY(Tell(at_, end, *value));
    }
  }

  // An object at the top: an item itself, unless it holds arrays of them.
  Status Frame() {
    const size_t begin = at_++;
    bool holds_items = false;
    for (;;) {
      at_ = SkipBlanks(text_, at_);
      if (at_ == text_.size()) return Broken(begin, holds_items);
      if (text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (text_[at_] == '}') {
        ++at_;
        break;
      }
      const size_t key_end = text_[at_] == '"' ? StringEnd(text_, at_) : npos;
      if (key_end == npos) return Broken(begin, holds_items);
      const std::string_view key = text_.substr(at_ + 1, key_end - at_ - 2);
      size_t value = SkipBlanks(text_, key_end);
      if (value == text_.size() || text_[value] != ':') return Broken(begin, holds_items);
      value = SkipBlanks(text_, value + 1);
      if (value < text_.size() && text_[value] == '[' && std::find(members_.begin(), members_.end(), key) != members_.end()) {
        holds_items = true;
        at_ = value + 1;
        PULIH_TRY(Items(key));
        if (was_damaged_ && at_ == text_.size()) return OkStatus();
        continue;
      }
      const size_t value_end = JsonValueEnd(text_, value);
      if (value_end == npos) return Broken(begin, holds_items);
      at_ = value_end;
    }
    if (holds_items) return OkStatus();
    member_ = {};
    const std::optional<Json> read = Read(begin, at_);
    return read ? Tell(begin, at_, *read) : GoOnBehind(begin);
  }

  Status Broken(size_t begin, bool holds_items) { return GoOnBehind(holds_items ? at_ : begin); }

  // What follows an item found behind damage are items too, whatever they were in.
  Status GoOnBehind(size_t from) {
    PULIH_TRY(Resync(from));
    return Items({});
  }

  std::optional<Json> Read(size_t begin, size_t end) {
    if (end == npos || end - begin > kMaxJsonItem) return std::nullopt;
    Result<Json> read = reader_.Read(text_.substr(begin, end - begin));
    if (!read.ok()) return std::nullopt;
    return std::move(read).value();
  }

  Status Tell(size_t begin, size_t end, const Json& value) {
    at_ = end;
    return sink_.Item({text_.substr(begin, end - begin), value, begin, member_});
  }

  // Something is wrong at `from`. The next item is told and stood behind, or the rest is damage.
  Status Resync(size_t from) {
    was_damaged_ = true;
    for (size_t at = from + 1; at < text_.size() && search_left_ > 0; ++at) {
      const char c = text_[at];
      if ((c != '{' && c != '[') || !MayBegin(at)) continue;
      const size_t end = JsonValueEnd(text_, at);
      const uint64_t work = (end == npos ? std::min(text_.size() - at, kMaxJsonItem) : end - at);
      search_left_ -= std::min<uint64_t>(search_left_, work);
      const std::optional<Json> value = Read(at, end);
      if (!value || !sink_.IsItem(*value)) continue;
      PULIH_TRY(sink_.Damage(from, at - from, false));
      return Tell(at, end, *value);
    }
    at_ = text_.size();
    return sink_.Damage(from, text_.size() - from, true);
  }

  // Where an item may begin: behind a comma, a bracket, a line end, or something that no text has.
  bool MayBegin(size_t at) const {
    while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '\t')) --at;
    if (at == 0) return true;
    const char before = text_[at - 1];
    return before == ',' || before == '[' || static_cast<uint8_t>(before) < 0x20 || static_cast<uint8_t>(before) >= 0x80;
  }

  const std::string_view text_;
  const std::vector<std::string>& members_;
  JsonItemSink& sink_;
  JsonReader reader_;
  size_t at_ = 0;
  std::string_view member_;
  bool was_damaged_ = false;
  uint64_t search_left_ = 0;
};

}  // namespace

size_t JsonValueEnd(std::string_view text, size_t at) {
  size_t depth = 0;
  const size_t most = std::min(text.size(), at + kMaxJsonItem);
  while (at < most) {
    const char c = text[at];
    if (c == '"') {
      at = StringEnd(text, at);
      if (at == npos) return npos;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return npos;
      ++at;
      continue;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return npos;
      --depth;
      ++at;
    } else if (IsBlank(c) || ((c == ',' || c == ':') && depth > 0)) {
      ++at;
      continue;
    } else {
      at = ScalarEnd(text, at);
      if (at == npos) return npos;
    }
    if (depth == 0) return at;
  }
  return npos;
}

std::vector<JsonSlice> JsonMembers(std::string_view object) {
  std::vector<JsonSlice> members;
  if (object.empty() || object[0] != '{') return members;
  for (size_t at = 1;;) {
    at = SkipBlanks(object, at);
    if (at < object.size() && object[at] == ',') at = SkipBlanks(object, at + 1);
    if (at >= object.size() || object[at] != '"') return members;
    const size_t key_end = StringEnd(object, at);
    if (key_end == npos) return members;
    const size_t value = SkipBlanks(object, SkipBlanks(object, key_end) + 1);
    const size_t end = value < object.size() ? JsonValueEnd(object, value) : npos;
    if (end == npos) return members;
    members.push_back({JsonRaw(object.substr(at, key_end - at)), object.substr(value, end - value)});
    at = end;
  }
}

std::vector<JsonSlice> JsonElements(std::string_view array) {
  std::vector<JsonSlice> elements;
  if (array.empty() || array[0] != '[') return elements;
  for (size_t at = 1;;) {
    at = SkipBlanks(array, at);
    if (at < array.size() && array[at] == ',') at = SkipBlanks(array, at + 1);
    if (at >= array.size() || array[at] == ']') return elements;
    const size_t end = JsonValueEnd(array, at);
    if (end == npos) return elements;
    elements.push_back({{}, array.substr(at, end - at)});
    at = end;
  }
}

std::string JsonRaw(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string out;
  out.reserve(value.size());
  uint32_t high = 0;
  for (size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '\\' || at + 1 == value.size()) {
      out.push_back(value[at]);
    } else {
      AppendEscape(value, ++at, high, out);
    }
  }
  return out;
}

std::string_view PeekJsonMember(std::string_view text, std::string_view key) {
  size_t at = SkipBlanks(text, 0);
  if (at == text.size() || text[at] != '{') return {};
  for (++at;;) {
    at = SkipBlanks(text, at);
    if (at < text.size() && text[at] == ',') at = SkipBlanks(text, at + 1);
    const size_t key_end = at < text.size() && text[at] == '"' ? StringEnd(text, at) : npos;
    if (key_end == npos) return {};
    const size_t value = SkipBlanks(text, SkipBlanks(text, key_end) + 1);
    const size_t end = value < text.size() ? JsonValueEnd(text, value) : npos;
    if (end == npos) return {};
    if (text.substr(at + 1, key_end - at - 2) == key) return text.substr(value, end - value);
    at = end;
  }
}

Status WalkJson(std::string_view text, const std::vector<std::string>& members_to_cut, JsonItemSink& sink) {
  return Walk(text, members_to_cut, sink).Run();
}

}  // namespace pulih
