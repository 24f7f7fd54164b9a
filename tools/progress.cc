#include "tools/progress.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "engine/os/clock.h"
#include "tools/escape.h"
#include "tools/render.h"
#include "tools/signals.h"
#include "tools/terminal.h"

namespace pulih {
namespace {

constexpr double kSecondsBetweenDrawings = 1.0 / 5;
constexpr size_t kNarrowest = 20;
constexpr double kSecondsBeforeEstimate = 2;  // a rate of the first moments says nothing

bool IsTerminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

std::string ClockText(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds);
  char text[48];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%llu:%02u:%02u", static_cast<unsigned long long>(whole / 3600),
                  static_cast<unsigned>(whole % 3600 / 60), static_cast<unsigned>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%u:%02u", static_cast<unsigned>(whole / 60), static_cast<unsigned>(whole % 60));
  }
  return text;
}

}  // namespace

std::string ProgressText(const Progress& progress, double seconds, uint64_t bytes, size_t columns) {
  std::string line(progress.phase);
  // On a narrow terminal what comes last is left out.
  const auto add = [&](const std::string& part) {
    if (DisplayWidth(line) + 2 + DisplayWidth(part) <= columns) line += "  " + part;
  };
  if (progress.bytes_total > 0) {
    add(std::to_string(100 * std::min(progress.bytes_done, progress.bytes_total) / progress.bytes_total) + "%");
  }
  if (progress.files_done > 0) {
    add(CountText(progress.files_done) + (progress.files_total > 0 ? " of " + CountText(progress.files_total) : ""));
  }
  if (progress.bytes_done > 0) {
    add(SizeText(progress.bytes_done) + (progress.bytes_total > 0 ? " of " + SizeText(progress.bytes_total) : ""));
  }
  if (seconds >= 1 && bytes > 0) {
    const double rate = static_cast<double>(bytes) / seconds;
    add(SizeText(static_cast<uint64_t>(rate)) + "/s");
    if (progress.bytes_total > progress.bytes_done && seconds >= kSecondsBeforeEstimate) {
      add(ClockText(static_cast<double>(progress.bytes_total - progress.bytes_done) / rate) + " left");
    }
  }
  const size_t width = DisplayWidth(line);
  if (!progress.current.empty() && columns > width + kNarrowest) {
    add(CutFront(EscapeName(progress.current), columns - width - 2));
  }
  return line;
}

ProgressLine::ProgressLine(const GlobalOptions& global)
    : draws_(!global.no_progress && !global.quiet && IsTerminal()), began_seconds_(MonotonicSeconds()) {
  phase_began_seconds_ = began_seconds_;
}

void ProgressLine::Report(const Progress& progress) {
  if (!draws_) return;
  const double now = MonotonicSeconds();
  if (progress.phase != phase_) {
    phase_ = std::string(progress.phase);
    phase_began_seconds_ = now;
    phase_began_bytes_ = progress.bytes_done;
  }
  if (now - last_drawn_seconds_ < kSecondsBetweenDrawings) return;
  last_drawn_seconds_ = now;
  // One column stays free: a full line would wrap on some terminals.
  const uint64_t bytes = progress.bytes_done - std::min(phase_began_bytes_, progress.bytes_done);
  const std::string text = ProgressText(progress, now - phase_began_seconds_, bytes, TerminalColumns(STDERR_FILENO) - 1);
  std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

bool ProgressLine::ShouldStop() {
  if (!StopRequested()) return false;
  if (!told_stopping_ && draws_) {
    Clear();
    std::fputs("pulih: stopping at the next safe place; once more to end at once\n", stderr);
  }
  told_stopping_ = true;
  return true;
}

void ProgressLine::Clear() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

}  // namespace pulih
