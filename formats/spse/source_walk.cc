#include "formats/spse/source_walk.h"

#include <algorithm>

#include "formats/web/head_fields.h"

namespace pulih::spse {
namespace {

std::string HostOf(std::string_view url) {
  const size_t begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  url.remove_prefix(begin + 3);
  return web::LowerCase(url.substr(0, url.find_first_of("/:?#")));
}

// Tells what is in a member as what it is in the container.
class MemberSink : public SourceSink {
 public:
  MemberSink(const SourceWalk::Member& member, SourceSink& outer) : member_(member), outer_(outer) {}

  Status Head(const SourceHead& head) override {
    SourceHead placed = head;
    if (placed.url.empty()) placed.url = member_.origin.url;
    if (placed.captured.empty()) placed.captured = member_.origin.captured;
    if (placed.publisher.empty()) placed.publisher = HostOf(placed.url);
    return outer_.Head(placed);
  }
  Status Record(const SourceRecord& record) override {
    SourceRecord placed = record;
    placed.offset = member_.offset;
    placed.length = member_.length;
    placed.path = member_.path + (record.path.empty() ? "" : " » " + record.path);
    has_records = true;
    return outer_.Record(placed);
  }
  Status Range(const SourceRange& range) override {
    if (range.fate == SourceFate::damaged) damaged += range.length;
    if (range.fate == SourceFate::read || what.empty()) what = range.what;
    return OkStatus();
  }
  Status Remark(const std::string& text) override { return outer_.Remark(member_.path + ": " + text); }

  bool has_records = false;
  uint64_t damaged = 0;
  std::string what;

 private:
  const SourceWalk::Member& member_;
  SourceSink& outer_;
};

}  // namespace

uint64_t SourceWalk::room() const { return std::min(limits_.max_member, limits_.max_unpacked - std::min(unpacked_, limits_.max_unpacked)); }

Status SourceWalk::Lost(const Member& member, const std::string& why, SourceSink& sink) {
  PULIH_TRY(sink.Range({member.offset, member.length, SourceFate::damaged, why}));
  return sink.Remark(member.path + ": " + why);
}

Status SourceWalk::Enter(ByteView bytes, const Member& member, uint32_t depth, SourceSink& sink) {
  const char* refused = nullptr;
  if (depth >= limits_.max_depth) refused = "nested deeper than is read";
  if (++members_ > limits_.max_members) refused = "more members than are read";
  if (bytes.size() > room()) refused = "larger than is read";
  if (refused != nullptr) {
    PULIH_TRY(sink.Range({member.offset, member.length, SourceFate::skipped, refused}));
    return sink.Remark(member.path + ": " + refused);
  }
  unpacked_ += bytes.size();
  MemberSink inner(member, sink);
  PULIH_TRY(Source(bytes, member.origin, depth + 1, inner));
  const SourceFate fate = inner.has_records ? SourceFate::read : inner.damaged > 0 ? SourceFate::damaged : SourceFate::skipped;
  PULIH_TRY(sink.Range({member.offset, member.length, fate, inner.what.empty() ? member.path : inner.what}));
  if (inner.damaged > 0 && inner.has_records) {
    PULIH_TRY(sink.Remark(member.path + ": " + std::to_string(inner.damaged) + " of its " + std::to_string(bytes.size()) + " bytes are damaged"));
  }
  return member.cut ? sink.Remark(member.path + ": only its beginning could be unpacked") : OkStatus();
}

}  // namespace pulih::spse
