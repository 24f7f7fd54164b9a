// How a long operation tells what it is doing, and how it is asked to stop. The engine prints nothing: tools draw
// a line from this, or nothing at all.
//
// Called from the operation's own thread, often: an implementation that draws limits itself.
#pragma once

#include <cstdint>
#include <string_view>

namespace pulih {

struct Progress {
  std::string_view phase;          // "reading", "storing", "checking packs", …
  uint64_t files_done = 0, files_total = 0;   // totals are 0 while unknown
  uint64_t bytes_done = 0, bytes_total = 0;
  std::string_view current;        // path or object, may be empty; any bytes
};

class ProgressListener {
 public:
  virtual ~ProgressListener() = default;
  virtual void Report(const Progress& progress) = 0;
  // True once the person asked to stop. The operation ends as soon as it is safe, with `interrupted`.
  virtual bool ShouldStop() = 0;
  // True where totals are worth counting ahead of the work: somebody sees them.
  virtual bool WantsTotals() const { return false; }
};

// Draws nothing and never stops.
class SilentProgress final : public ProgressListener {
 public:
  void Report(const Progress&) override {}
  bool ShouldStop() override { return false; }
};

}  // namespace pulih
