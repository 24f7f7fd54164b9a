#include "engine/recover/claim_sources.h"

#include "formats/postgres/value_text.h"

namespace pulih {
namespace {

// The same moment in one spelling, so that texts compare as moments do. A time without a zone counts as UTC: it is then
// some hours wrong, which matters only between copies of one day.
std::string InUtc(const std::string& captured) {
  static const TypeList kTimestamptz{{PgTypeKind::base, "pg_catalog", "timestamptz", pg_oid::kTimestamptz, 0, {}}};
  const Result<Bytes> image = ValueImage(kTimestamptz, 0, captured);
  if (!image.ok()) return captured;
  const Result<std::string> text = ValueText(kTimestamptz, 0, *image);
  return text.ok() ? *text : captured;
}

}  // namespace

Result<ClaimSources> ClaimSources::Read(EvidenceRegister& evidence) {
  ClaimSources sources;
  PULIH_TRY_ASSIGN(const std::vector<Evidence> list, evidence.List());
  for (const Evidence& one : list) {
    sources.sources_[one.number] = {one.id.hex(), InUtc(one.captured), one.source_class};
    sources.evidence_[one.number] = one;
  }
  return sources;
}

const ClaimSource& ClaimSources::Find(uint32_t unit) const {
  static const ClaimSource kNone;
  const auto found = sources_.find(unit);
  return found == sources_.end() ? kNone : found->second;
}

const Evidence* ClaimSources::evidence(uint32_t unit) const {
  const auto found = evidence_.find(unit);
  return found == evidence_.end() ? nullptr : &found->second;
}

}  // namespace pulih
