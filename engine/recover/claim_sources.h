// The evidence of a case by number, as choosing (choose.h) and telling (explain, report) need it. Values.
#pragma once

#include <map>

#include "engine/recover/choose.h"
#include "engine/recover/evidence.h"

namespace pulih {

class ClaimSources {
 public:
  static Result<ClaimSources> Read(EvidenceRegister& evidence);

  SourceOf source_of() const {
    return [this](uint32_t unit) -> const ClaimSource& { return Find(unit); };
  }
  // Of a number that the register does not have: one without time and class.
  const ClaimSource& Find(uint32_t unit) const;
  const Evidence* evidence(uint32_t unit) const;
  const std::map<uint32_t, Evidence>& all() const { return evidence_; }

 private:
  std::map<uint32_t, Evidence> evidence_;
  std::map<uint32_t, ClaimSource> sources_;
};

}  // namespace pulih
