#include "engine/recover/extract_source.h"

#include "engine/tender/mapping.h"
#include "formats/spse/read_source.h"

namespace pulih {
namespace {

RangeFate FateOf(spse::SourceFate fate) {
  switch (fate) {
    case spse::SourceFate::read: return RangeFate::read;
    case spse::SourceFate::skipped: return RangeFate::skipped;
    case spse::SourceFate::damaged: break;
  }
  return RangeFate::damaged;
}

class ClaimMaker : public spse::SourceSink {
 public:
  ClaimMaker(uint32_t file, ExtractSink& sink) : file_(file), sink_(sink) {}

  Status Head(const spse::SourceHead& head) override {
    head_ = head;
    return OkStatus();
  }
  Status Record(const spse::SourceRecord& record) override {
    for (tender::TenderClaim& claim : tender::ClaimsOf(tender::BuiltInMapping(), record, head_)) {
      ++claims_;
      claim.file = file_;
      claim.grade = static_cast<uint8_t>(record.cut ? Grade::d : Grade::b);
      PULIH_TRY(sink_.Tender(claim));
    }
    return OkStatus();
  }
  Status Range(const spse::SourceRange& range) override {
    return sink_.Range({{file_, range.offset, range.length}, FateOf(range.fate), range.what});
  }
  Status Remark(const std::string& text) override { return sink_.Remark(text); }
  bool is_empty() const { return claims_ == 0; }

 private:
  uint64_t claims_ = 0;
  const uint32_t file_;
  ExtractSink& sink_;
  spse::SourceHead head_;
};

class SourceExtractor : public Extractor {
 public:
  Status LearnSchema(const std::vector<UnitFile>&, Schema&) override { return OkStatus(); }
  Status Extract(const std::vector<UnitFile>& files, const Schema&, ExtractSink& sink) override {
    for (uint32_t i = 0; i < files.size(); ++i) {
      ClaimMaker maker(i, sink);
      PULIH_TRY(spse::ReadSource(files[i].bytes, files[i].name, {}, maker));
      if (maker.is_empty()) PULIH_TRY(sink.Remark("nothing in it is of a list, page or feed that is known here"));
    }
    return OkStatus();
  }
};

}  // namespace

std::unique_ptr<Extractor> MakeSourceExtractor() { return std::make_unique<SourceExtractor>(); }

}  // namespace pulih
