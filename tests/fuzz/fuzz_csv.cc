// CSV: pieces of any size give the same rows, and rows that are written are read back the same.
#include "formats/text/csv.h"

#include "tests/fuzz/identity.h"

namespace pulih {
namespace {

// The rows as CSV writes them: for comparing.
class Rewrite : public CsvSink {
 public:
  explicit Rewrite(const Dialect& dialect) : writer_(dialect) {}
  Status CsvRow(const CsvFields& fields, uint64_t) override {
    writer_.AppendRow(fields, text);
    return OkStatus();
  }
  std::string text;

 private:
  CsvWriter writer_;
};

bool Rewritten(std::string_view text, const Dialect& dialect, size_t piece, std::string& out) {
  Rewrite sink(dialect);
  CsvParser parser(dialect, sink);
  bool ok = true;
  for (size_t at = 0; ok && at < text.size(); at += piece) ok = parser.Feed(text.substr(at, piece)).ok();
  ok = ok && parser.Finish().ok();
  out = std::move(sink.text);
  return ok;
}

}  // namespace
}  // namespace pulih

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const std::string_view text = AsText({data, size});
  const Dialect dialect = DetectDialect(text);
  std::string whole, in_pieces, again;
  const bool accepted = Rewritten(text, dialect, size + 1, whole);
  if (Rewritten(text, dialect, 3, in_pieces) != accepted || in_pieces != whole) std::abort();
  if (!accepted) return 0;
  ++accepted_inputs;
  if (!Rewritten(whole, dialect, size + 1, again) || again != whole) std::abort();
  return 0;
}
