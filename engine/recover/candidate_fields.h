// By what things of each kind are compared when no key joins them. A table; another field is a line more.
#pragma once

#include <string>
#include <vector>

#include "engine/link/scheme.h"
#include "engine/tender/tender_claim.h"

namespace pulih {

struct LinkedField {
  tender::Field field = tender::Field::name;
  bool is_tender = false;   // no field: the tender that it is of
  bool is_vendor = false;   // folded without forms of companies
};

struct LinkPlan {
  link::Scheme scheme;
  std::vector<LinkedField> fields;  // of the scheme's fields, in their order
};

// Empty for kinds of things that are not linked (a step is nothing without its tender; a contract goes with its own).
LinkPlan PlanOf(tender::Entity entity);

// A value as the scheme's comparator reads it; empty when it cannot be.
std::string ComparedText(const LinkedField& field, link::Comparator comparator, const tender::TenderField& value);

}  // namespace pulih
