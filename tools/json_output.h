// JsonWriter writes one JSON document to stdout as it becomes known, so that a listing of a million files takes no
// memory. The outermost object stands on several lines, and so do arrays directly in it; everything deeper, and
// each element of a list, takes one line.
//
// Text need not be UTF-8: what is not becomes U+FFFD, and Path() then adds the bytes in base64.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/output.h"

namespace pulih {

class JsonWriter {
 public:
  explicit JsonWriter(Output& out) : out_(out) {}

  // Each of these stands as an element of the array, or after Key() as a field's value.
  void BeginObject() { Begin('{'); }
  void EndObject() { End('}'); }
  void BeginArray() { Begin('['); }
  void EndArray() { End(']'); }
  // An object that is a document of its own, on one line: for commands whose answer is JSON lines. EndObject ends it.
  void BeginLine();
  void Key(std::string_view name);
  void Text(std::string_view text);
  void Number(uint64_t number) { Raw(std::to_string(number)); }
  void Signed(int64_t number) { Raw(std::to_string(number)); }
  void Real(double number);  // three decimals
  void Bool(bool value) { Raw(value ? "true" : "false"); }
  void Null() { Raw("null"); }
  // A value that is JSON already: a number of any length, a document from a database. Line ends in it become blanks.
  void Verbatim(std::string_view json);
  // A text, or a value that is JSON already, piece by piece: Begin, any number of Piece, End.
  void BeginPieces(bool is_text);
  void Piece(std::string_view piece);
  void EndPieces() { out_.Write(pieces_are_text_ ? "\"" : ""); }

  void Field(std::string_view name, std::string_view text) { Key(name), Text(text); }
  void Field(std::string_view name, const char* text) { Key(name), Text(text); }
  void Field(std::string_view name, bool value) { Key(name), Bool(value); }
  void Field(std::string_view name, double value) { Key(name), Real(value); }
  void Field(std::string_view name, std::integral auto number) {
    Key(name);
    if (number < 0) {
      Signed(static_cast<int64_t>(number));
    } else {
      Number(static_cast<uint64_t>(number));
    }
  }
  void NullField(std::string_view name) { Key(name), Null(); }
  void Field(std::string_view name, const std::vector<std::string>& texts);
  // "path": the name with U+FFFD, and "path_b64" where that loses bytes.
  void PathField(std::string_view name, std::string_view path);

  // True once anything of the document was written.
  bool started() const { return started_; }
  // Ends whatever is open: an operation failed in the middle of a list, and the document stays one document.
  void Close();

 private:
  void Begin(char bracket);
  void End(char bracket);
  void Raw(std::string_view text);
  void Separate();
  struct Level {
    char bracket;
    bool on_lines;
    bool empty = true;
  };
  void NewLine();

  Output& out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
  bool started_ = false;
  bool pieces_are_text_ = false;
};

std::string Base64(std::string_view bytes);

}  // namespace pulih
