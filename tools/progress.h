// The progress line: what is being done, how far it is, how fast, how long it will take. It stands on stderr where
// that is a terminal, is drawn at most five times a second, and is gone when the work is done. Without a
// terminal, with --no-progress or --quiet it draws nothing and only carries the wish to stop (signals.h).
//
// Used by one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "engine/progress.h"
#include "tools/context.h"

namespace pulih {

class ProgressLine final : public ProgressListener {
 public:
  explicit ProgressLine(const GlobalOptions& global);
  ~ProgressLine() override { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Report(const Progress& progress) override;
  bool ShouldStop() override;
  bool WantsTotals() const override { return draws_; }
  void Clear();

 private:
  const bool draws_;
  bool drawn_ = false;
  bool told_stopping_ = false;
  double began_seconds_ = 0, phase_began_seconds_ = 0, last_drawn_seconds_ = -1;
  std::string phase_;
  uint64_t phase_began_bytes_ = 0;
};

// The line's text for a terminal so wide; `seconds` and `bytes` are those of the present phase. Pure.
std::string ProgressText(const Progress& progress, double seconds, uint64_t bytes, size_t columns);

}  // namespace pulih
