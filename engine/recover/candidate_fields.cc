#include "engine/recover/candidate_fields.h"

#include "engine/tender/money.h"
#include "engine/tender/names.h"

namespace pulih {
namespace {

using link::BlockBy;
using link::Comparator;
using tender::Entity;
using tender::Field;

void Add(LinkPlan& plan, Field field, Comparator comparator, bool by_frequency = true) {
  plan.scheme.fields.push_back({std::string(tender::FieldName(field)), comparator, by_frequency});
  plan.fields.push_back({field, false, field == Field::vendor_name || field == Field::contract_vendor});
}

LinkPlan TenderPlan() {
  LinkPlan plan;
  Add(plan, Field::name, Comparator::tokens);                // 0
  Add(plan, Field::unit_name, Comparator::tokens);           // 1
  Add(plan, Field::agency_name, Comparator::tokens);         // 2
  Add(plan, Field::budget_year, Comparator::exact);          // 3
  Add(plan, Field::estimate, Comparator::amount);            // 4
  Add(plan, Field::budget, Comparator::amount);              // 5
  Add(plan, Field::created, Comparator::day, false);         // 6
  Add(plan, Field::plan, Comparator::exact);                 // 7
  Add(plan, Field::package, Comparator::exact);              // 8
  plan.scheme.passes = {{{0, BlockBy::whole}}, {{0, BlockBy::token}}, {{0, BlockBy::token}, {4, BlockBy::size}}, {{0, BlockBy::token}, {5, BlockBy::size}}, {{0, BlockBy::token}, {1, BlockBy::whole}},
                        {{0, BlockBy::token}, {6, BlockBy::month}}, {{4, BlockBy::whole}}, {{5, BlockBy::whole}}, {{7, BlockBy::whole}}, {{8, BlockBy::whole}}};
  return plan;
}

LinkPlan VendorPlan() {
  LinkPlan plan;
  Add(plan, Field::vendor_name, Comparator::name);           // 0
  Add(plan, Field::npwp, Comparator::code);                  // 1
  Add(plan, Field::address, Comparator::tokens);             // 2
  Add(plan, Field::vendor_id, Comparator::exact);            // 3
  plan.scheme.passes = {{{0, BlockBy::whole}}, {{0, BlockBy::sound}}, {{0, BlockBy::token}}, {{1, BlockBy::whole}}, {{1, BlockBy::head}, {0, BlockBy::head}}, {{2, BlockBy::whole}}, {{3, BlockBy::whole}}};
  return plan;
}

LinkPlan BidPlan() {
  LinkPlan plan;
  plan.scheme.fields.push_back({"tender", Comparator::exact, true});  // 0
  plan.fields.push_back({Field::name, true, false});
  Add(plan, Field::vendor_name, Comparator::name);           // 1
  Add(plan, Field::price, Comparator::amount);               // 2
  Add(plan, Field::npwp, Comparator::code);                  // 3
  Add(plan, Field::vendor_id, Comparator::exact);            // 4
  plan.scheme.passes = {{{0, BlockBy::whole}}};
  return plan;
}

LinkPlan UnitPlan() {
  LinkPlan plan;
  Add(plan, Field::unit_name, Comparator::tokens);           // 0
  Add(plan, Field::unit_code, Comparator::code);             // 1
  plan.scheme.passes = {{{0, BlockBy::whole}}, {{0, BlockBy::token}}, {{1, BlockBy::whole}}};
  return plan;
}

}  // namespace

LinkPlan PlanOf(Entity entity) {
  switch (entity) {
    case Entity::tender: return TenderPlan();
    case Entity::vendor: return VendorPlan();
    case Entity::bid: return BidPlan();
    case Entity::unit: return UnitPlan();
    case Entity::step:
    case Entity::contract: break;
  }
  return {};
}

std::string ComparedText(const LinkedField& field, Comparator comparator, const tender::TenderField& value) {
  // Offices and branches of one vendor are told apart behind the ninth digit.
  if (field.field == Field::npwp) return value.value.substr(0, 9);
  switch (comparator) {
    case Comparator::name:
    case Comparator::tokens: return field.is_vendor ? tender::FoldVendor(value.value) : tender::Fold(value.value);
    case Comparator::amount: {
      const auto least = tender::Sen(value.value);
      if (!least) return {};
      if (value.precision != tender::Precision::interval) return std::to_string(*least);
      const auto beyond = tender::Sen(value.high);
      return beyond ? std::to_string(*least) + " " + std::to_string(*beyond) : std::string();
    }
    case Comparator::day: return value.value.substr(0, 10);
    case Comparator::exact:
    case Comparator::code: break;
  }
  return value.value;
}

}  // namespace pulih
