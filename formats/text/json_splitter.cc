#include "formats/text/json_splitter.h"

#include <algorithm>

#include "formats/text/json.h"

namespace pulih {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

Status TooLarge(uint64_t line) {
  return Status(Code::too_large, "read JSON: line " + std::to_string(line) + ": more than 256 MiB in one value");
}

}  // namespace

Status JsonSplitter::NotJson(std::string_view why) const {
  return Status(Code::corrupt, "read JSON: line " + std::to_string(line_) + ": " + std::string(why));
}

bool JsonSplitter::IsCut(std::string_view key) const {
  return std::find(members_to_cut_.begin(), members_to_cut_.end(), key) != members_to_cut_.end();
}

Status JsonSplitter::Feed(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    if (in_piece_ && in_string_ && !escaped_) {
      // Most of JSON is text: taken in runs.
      size_t end = at;
      while (end < bytes.size() && bytes[end] != '"' && bytes[end] != '\\' && bytes[end] != '\n') ++end;
      if (end > at) {
        piece_.append(bytes, at, end - at);
        if (piece_.size() > kMaxJsonText) return TooLarge(piece_line_);
        offset_ += end - at;
        at = end;
        continue;
      }
    }
    const char c = bytes[at++];
    PULIH_TRY(in_piece_ ? Inside(c) : scope_ == Scope::frame ? InFrame(c) : Outside(c));
    ++offset_;
    if (c == '\n') ++line_;
  }
  return OkStatus();
}

// Between values: blanks, commas, and what opens and closes the arrays that are cut.
Status JsonSplitter::Outside(char c) {
  if (IsBlank(c)) return OkStatus();
  if (scope_ == Scope::top) {
    if (c == '[') {
      scope_ = Scope::array;
      expect_ = Expect::value_or_end;
      return OkStatus();
    }
    if (c != '{' || members_to_cut_.empty()) return BeginPiece(c);
    scope_ = Scope::frame;
    frame_ = "{";
    frame_depth_ = 1;
    frame_offset_ = offset_;
    frame_line_ = line_;
    after_colon_ = false;
    key_from_ = key_size_ = 0;  // a key of an object before lies nowhere in this one
    return OkStatus();
  }
  if (expect_ == Expect::comma_or_end) {
    if (c == ']') return CloseArray(c);
    if (c != ',') return NotJson("a comma is missing between the elements of an array");
    expect_ = Expect::value;
    return OkStatus();
  }
  if (c == ']' && expect_ == Expect::value_or_end) return CloseArray(c);
  return BeginPiece(c);
}

Status JsonSplitter::CloseArray(char c) {
  if (scope_ == Scope::array) {
    scope_ = Scope::top;
    return OkStatus();
  }
  scope_ = Scope::frame;
  frame_.push_back(c);
  after_colon_ = false;
  return OkStatus();
}

Status JsonSplitter::BeginPiece(char c) {
  in_piece_ = true;
  in_string_ = escaped_ = false;
  piece_.clear();
  piece_offset_ = offset_;
  piece_line_ = line_;
  depth_ = 0;
  scalar_ = c != '{' && c != '[' && c != '"';
  if (scalar_ && (c == '}' || c == ']' || c == ',' || c == ':')) return NotJson("a value is missing");
  return Inside(c);
}

Status JsonSplitter::Inside(char c) {
  if (scalar_ && (IsBlank(c) || c == ',' || c == ']' || c == '}' || c == '[' || c == '{')) {
    PULIH_TRY(EndPiece());
    return Outside(c);
  }
  piece_.push_back(c);
  if (piece_.size() > kMaxJsonText) return TooLarge(piece_line_);
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      if (depth_ == 0) return EndPiece();
    }
    return OkStatus();
  }
  if (c == '"' && !scalar_) {
    in_string_ = true;
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if (c == '}' || c == ']') {
    if (--depth_ == 0) return EndPiece();
  }
  return OkStatus();
}

Status JsonSplitter::EndPiece() {
  in_piece_ = scalar_ = false;
  expect_ = Expect::comma_or_end;
  const auto place = scope_ == Scope::top ? JsonPiece::Place::top : scope_ == Scope::array ? JsonPiece::Place::element : JsonPiece::Place::member;
  return sink_.Piece({piece_, piece_offset_, piece_line_, place, scope_ == Scope::member ? std::string_view(member_) : std::string_view()});
}

// Copies an object at the top, and stops where a member that is to be cut begins its array.
Status JsonSplitter::InFrame(char c) {
  if (!in_string_ && frame_depth_ == 1 && after_colon_ && c == '[') {
    const std::string_view key = std::string_view(frame_).substr(key_from_, key_size_);
    if (IsCut(key)) {
      member_ = key;
      frame_.push_back(c);
      scope_ = Scope::member;
      expect_ = Expect::value_or_end;
      return OkStatus();
    }
  }
  frame_.push_back(c);
  if (frame_.size() > kMaxJsonText) return TooLarge(frame_line_);
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      if (frame_depth_ == 1 && !after_colon_) key_size_ = frame_.size() - 1 - key_from_;
    }
    return OkStatus();
  }
  if (IsBlank(c)) return OkStatus();
  if (c == '"') {
    in_string_ = true;
    if (frame_depth_ == 1 && !after_colon_) key_from_ = frame_.size();
  } else if (c == '{' || c == '[') {
    ++frame_depth_;
  } else if (c == '}' || c == ']') {
    if (--frame_depth_ == 0) return EndFrame();
  }
  if (frame_depth_ == 1 && c == ':') after_colon_ = true;
  if (frame_depth_ == 1 && c == ',') {
    after_colon_ = false;
    key_from_ = key_size_ = 0;
  }
  return OkStatus();
}

Status JsonSplitter::EndFrame() {
  scope_ = Scope::top;
  return sink_.Piece({frame_, frame_offset_, frame_line_, JsonPiece::Place::frame, {}});
}

Status JsonSplitter::Finish() {
  if (in_piece_ && scalar_ && scope_ == Scope::top) return EndPiece();
  if (in_piece_ || scope_ != Scope::top) return NotJson("the text ends inside a value");
  return OkStatus();
}

Status LineSplitter::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    line_text_.append(bytes.substr(0, end));
    if (line_text_.size() > kMaxJsonText) return TooLarge(line_);
    offset_ += end;
    if (end == bytes.size()) return OkStatus();
    PULIH_TRY(EndLine());
    line_offset_ = ++offset_;
    ++line_;
    bytes.remove_prefix(end + 1);
  }
  return OkStatus();
}

Status LineSplitter::EndLine() {
  std::string_view text = line_text_;
  uint64_t offset = line_offset_;
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1), ++offset;
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  Status taken = text.empty() ? OkStatus() : sink_.Piece({text, offset, line_, JsonPiece::Place::top, {}});
  line_text_.clear();
  return taken;
}

Status LineSplitter::Finish() { return EndLine(); }

}  // namespace pulih
