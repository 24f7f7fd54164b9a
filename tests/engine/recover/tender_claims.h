// Claims about things of the procurement domain by hand, for tests of what is made of them.
#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/recover/tender_store.h"
#include "tests/engine/recover/recovered_rows.h"

namespace pulih {

inline tender::TenderField Exact(tender::Field field, std::string value) { return {field, value, value, {}, tender::Precision::exact}; }
inline tender::TenderField Day(tender::Field field, std::string value) { return {field, value, value, {}, tender::Precision::day}; }
inline tender::TenderField Between(tender::Field field, std::string least, std::string beyond) {
  return {field, least, least, std::move(beyond), tender::Precision::interval};
}

inline tender::TenderClaim ThingOf(tender::Entity entity, const std::string& key, const std::string& tender, const std::string& publisher,
                                   std::vector<tender::TenderField> fields, const std::string& source = "spse4.dt") {
  tender::TenderClaim claim;
  claim.entity = entity;
  claim.key = key;
  claim.tender = tender;
  claim.publisher = publisher;
  claim.fields = std::move(fields);
  claim.source = source;
  claim.path = "row 3";
  claim.offset = 40;
  return claim;
}

inline void Tell(SmallCase& small, uint32_t unit, const std::vector<tender::TenderClaim>& told) {
  TenderWriter writer(small.of->kv());
  for (const tender::TenderClaim& claim : told) REQUIRE(writer.Add(unit, claim).ok());
  REQUIRE(writer.Commit().ok());
}

}  // namespace pulih
