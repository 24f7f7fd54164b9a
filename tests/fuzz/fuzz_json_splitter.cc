// JSON files cut into values: pieces of any size give the same values, and each lies where it says.
#include "formats/text/json_splitter.h"

#include "tests/fuzz/identity.h"

namespace pulih {
namespace {

class Collected : public JsonPieceSink {
 public:
  explicit Collected(std::string_view all) : all_(all) {}
  Status Piece(const JsonPiece& piece) override {
    if (piece.place != JsonPiece::Place::frame && all_.substr(piece.offset, piece.text.size()) != piece.text) std::abort();
    text.append(std::to_string(piece.offset)).append(" ").append(std::to_string(piece.line)).append(piece.text).append("\n");
    return OkStatus();
  }
  std::string text;

 private:
  std::string_view all_;
};

template <typename Splitter, typename... Arguments>
bool Split(std::string_view text, size_t piece, std::string& out, Arguments... arguments) {
  Collected sink(text);
  Splitter splitter(sink, arguments...);
  bool ok = true;
  for (size_t at = 0; ok && at < text.size(); at += piece) ok = splitter.Feed(text.substr(at, piece)).ok();
  ok = ok && splitter.Finish().ok();
  out = std::move(sink.text);
  return ok;
}

}  // namespace
}  // namespace pulih

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const std::string_view text = AsText({data, size});
  const std::vector<std::string> cut = {"releases"};
  std::string whole, in_pieces;
  const bool accepted = Split<JsonSplitter>(text, size + 1, whole, cut);
  if (Split<JsonSplitter>(text, 3, in_pieces, cut) != accepted || in_pieces != whole) std::abort();
  if (accepted) ++accepted_inputs;
  if (!Split<LineSplitter>(text, size + 1, whole) || !Split<LineSplitter>(text, 3, in_pieces) || in_pieces != whole) std::abort();
  return 0;
}
