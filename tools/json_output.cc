#include "tools/json_output.h"

#include <cmath>
#include <cstdio>

#include "tools/escape.h"

namespace pulih {
namespace {

std::string Escape(std::string_view text) {
  const std::string utf8 = ToUtf8(text);
  std::string out;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", byte);
      out += code;
    } else {
      out += c;
    }
  }
  return out;
}

std::string Quote(std::string_view text) { return '"' + Escape(text) + '"'; }

std::string OnOneLine(std::string_view json) {
  std::string one_line = ToUtf8(json);
  for (char& c : one_line) c = c == '\n' || c == '\r' ? ' ' : c;
  return one_line;
}

}  // namespace

void JsonWriter::NewLine() {
  out_.Write("\n");
  for (const Level& level : levels_) {
    if (level.on_lines) out_.Write("  ");
  }
}

// A comma where one is due, and a new line where this level has them.
void JsonWriter::Separate() {
  started_ = true;
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) out_.Write(level.on_lines ? "," : ", ");
  level.empty = false;
  if (level.on_lines) NewLine();
}

void JsonWriter::Begin(char bracket) {
  Separate();
  out_.Write(std::string_view(&bracket, 1));
  const bool list_in_outermost_object = levels_.size() == 1 && levels_[0].bracket == '{' && levels_[0].on_lines && bracket == '[';
  levels_.push_back({bracket, levels_.empty() || list_in_outermost_object});
}

void JsonWriter::BeginLine() {
  Begin('{');
  levels_.back().on_lines = false;
}

void JsonWriter::End(char bracket) {
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.on_lines && !level.empty) NewLine();
  out_.Write(std::string_view(&bracket, 1));
  if (levels_.empty()) out_.Write("\n");
}

void JsonWriter::Key(std::string_view name) {
  Separate();
  out_.Write(Quote(name) + ": ");
  after_key_ = true;
}

void JsonWriter::Raw(std::string_view text) {
  Separate();
  out_.Write(text);
}

void JsonWriter::Text(std::string_view text) { Raw(Quote(text)); }

void JsonWriter::Verbatim(std::string_view json) { Raw(OnOneLine(json)); }

void JsonWriter::BeginPieces(bool is_text) {
  pieces_are_text_ = is_text;
  Raw(is_text ? "\"" : "");
}

void JsonWriter::Piece(std::string_view piece) { out_.Write(pieces_are_text_ ? Escape(piece) : OnOneLine(piece)); }

void JsonWriter::Real(double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", std::isfinite(number) ? number : 0.0);
  Raw(text);
}

void JsonWriter::Field(std::string_view name, const std::vector<std::string>& texts) {
  Key(name);
  BeginArray();
  for (const std::string& text : texts) Text(text);
  EndArray();
}

void JsonWriter::PathField(std::string_view name, std::string_view path) {
  bool lossless = true;
  Field(name, std::string_view(ToUtf8(path, &lossless)));
  if (!lossless) Field(std::string(name) + "_b64", std::string_view(Base64(path)));
}

void JsonWriter::Close() {
  if (after_key_) Null();
  while (!levels_.empty()) End(levels_.back().bracket == '{' ? '}' : ']');
}

std::string Base64(std::string_view bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = (bits << 8) | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += k <= n ? kDigits[(bits >> (18 - 6 * k)) & 63] : '=';
  }
  return out;
}

}  // namespace pulih
