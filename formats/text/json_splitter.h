// Cuts JSON of any length into values that fit into memory, without reading them: JsonReader does that, and finds what
// is no JSON. Two ways to cut:
//   JsonSplitter   values one after another; an array at the top gives its elements. Of objects at the top, members of
//                  the names asked for ("releases") that are arrays give their elements too, and the object itself
//                  comes behind them with these arrays empty.
//   LineSplitter   JSON Lines: each line that is not blank, whatever it holds. A broken line breaks no other.
//
// Pure; memory is bounded by kMaxJsonText.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"

namespace pulih {

struct JsonPiece {
  enum class Place : uint8_t {
    top,      // a value of its own
    element,  // of an array at the top
    member,   // of an array in an object at the top
    frame,    // that object, the arrays empty
  };
  std::string_view text;     // lasts for the call
  uint64_t offset = 0;       // in all that was fed, of its first byte; a frame: of the object's
  uint64_t line = 1;         // where it begins
  Place place = Place::top;
  std::string_view member;   // Place::member: the member's name, as it is written
};

class JsonPieceSink {
 public:
  virtual ~JsonPieceSink() = default;
  // A failure ends the cutting.
  virtual Status Piece(const JsonPiece& piece) = 0;
};

class JsonSplitter {
 public:
  JsonSplitter(JsonPieceSink& sink, std::vector<std::string> members_to_cut = {}) : sink_(sink), members_to_cut_(std::move(members_to_cut)) {}
  Status Feed(std::string_view bytes);
  // `corrupt` when something is still open.
  Status Finish();

 private:
  // What is being looked at, outside of a piece.
  enum class Scope : uint8_t { top, array, frame, member };
  enum class Expect : uint8_t { value_or_end, value, comma_or_end };

  Status Outside(char c);
  Status Inside(char c);
  Status InFrame(char c);
  Status BeginPiece(char c);
  Status EndPiece();
  Status CloseArray(char c);
  Status EndFrame();
  Status NotJson(std::string_view why) const;
  bool IsCut(std::string_view key) const;

  JsonPieceSink& sink_;
  std::vector<std::string> members_to_cut_;
  Scope scope_ = Scope::top;
  Expect expect_ = Expect::value_or_end;
  uint64_t offset_ = 0, line_ = 1;
  // The piece that is open.
  bool in_piece_ = false, in_string_ = false, escaped_ = false, scalar_ = false;
  size_t depth_ = 0;
  std::string piece_;
  uint64_t piece_offset_ = 0, piece_line_ = 0;
  // The object at the top whose members are looked at.
  std::string frame_, member_;
  uint64_t frame_offset_ = 0, frame_line_ = 0;
  size_t frame_depth_ = 0, key_from_ = 0, key_size_ = 0;
  bool after_colon_ = false;
};

class LineSplitter {
 public:
  explicit LineSplitter(JsonPieceSink& sink) : sink_(sink) {}
  Status Feed(std::string_view bytes);
  Status Finish();

 private:
  Status EndLine();

  JsonPieceSink& sink_;
  std::string line_text_;
  uint64_t offset_ = 0, line_offset_ = 0, line_ = 1;
};

}  // namespace pulih
