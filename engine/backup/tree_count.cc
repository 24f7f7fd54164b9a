#include "engine/backup/tree_count.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace pulih {
namespace {

// Next to the listings of the backup itself: larger folders are sorted through a file.
constexpr size_t kSpillBytes = 4u << 20;

}  // namespace

class TreeCount::Counter final : public TreeVisitor {
 public:
  Counter(Totals& totals, const std::atomic<bool>& stop) : totals_(totals), stop_(stop) {}

  bool NeedsXattrs(const SourceEntry&) override { return false; }
  Status Visit(const SourceEntry& entry, SourceOpener&) override {
    if (stop_.load(std::memory_order_relaxed)) return Status(Code::interrupted, "counting: asked to stop");
    if (entry.meta.type != FileType::regular) return OkStatus();
    ++totals_.files;
    totals_.bytes += entry.size;
    return OkStatus();
  }
  Status LeaveDirectory(const SourceEntry&, bool) override { return OkStatus(); }
  // The backup meets the same and tells it.
  Status Problem(std::string_view, SourceProblemKind, const Status&) override { return OkStatus(); }
  Status Excluded(std::string_view) override { return OkStatus(); }

 private:
  Totals& totals_;
  const std::atomic<bool>& stop_;
};

TreeCount::TreeCount(TreeOptions options, std::string working_directory) : options_(std::move(options)) {
  options_.read_xattrs = false;
  options_.listing_spill_bytes = std::min(options_.listing_spill_bytes, kSpillBytes);
  try {
    thread_ = std::thread([this, from = std::move(working_directory)] { Walk(from); });
  } catch (const std::system_error&) {
    // No thread to be had: then there are no totals.
  }
}

TreeCount::~TreeCount() {
  stop_.store(true, std::memory_order_relaxed);
  Wait();
}

void TreeCount::Wait() {
  if (thread_.joinable()) thread_.join();
}

void TreeCount::Walk(const std::string& working_directory) {
  try {
    Counter counter(totals_, stop_);
    const Status walked = TreeSource(options_).Walk(working_directory, counter);
    if (walked.ok()) is_whole_.store(true, std::memory_order_release);
  } catch (const std::exception&) {
    // Out of memory, say: it must not end the backup.
  }
}

std::optional<TreeCount::Totals> TreeCount::totals() const {
  return is_whole_.load(std::memory_order_acquire) ? std::optional(totals_) : std::nullopt;
}

}  // namespace pulih
