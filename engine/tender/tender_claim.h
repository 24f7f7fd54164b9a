// A TenderClaim says of one thing of the procurement domain what one source tells: this tender had this name, this step
// began then. Sources that are no database make them directly (mapping.h); rows of the database are read as such when
// claims are fused (engine/recover/tender_rows.h). Raw texts are never thrown away.
//
// Claims about one thing have one key. A thing without a key of its own (a bidder without NPWP, a unit by its name only)
// has an empty key: it is evidence for a person, and nothing is fused with it.
//
// Values, UTF-8. Source: reference model of the domain (docs/rebuild.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pulih::tender {

// Numbers stand in cases and are never reused.
enum class Entity : uint8_t {
  tender = 1,      // key: kode lelang, "3295127"; the package's name, budget and estimate are told of the tender
  step = 2,        // key: kode lelang "/" thp_id, or "/" and the folded name of the step where its number is not known
  vendor = 3,      // key: first nine digits of its NPWP
  bid = 4,         // key: kode lelang "/" key of the vendor
  contract = 5,    // key: kode lelang
  unit = 6,        // key: stk_id ("207127") where it is told
};
inline constexpr Entity kEntities[] = {Entity::tender, Entity::step, Entity::vendor, Entity::bid, Entity::contract, Entity::unit};
std::string_view EntityName(Entity entity);  // "tender", "step", …
std::string_view EntityLabel(Entity entity, bool indonesian);  // for people, of many: "tenders", "lelang"
bool IsKnownEntity(uint8_t number);

enum class Field : uint8_t {
  // tender
  name = 1, package = 2, version = 3, status = 4, stage = 5, budget = 6, estimate = 7, unit_id = 8, unit_name = 9,
  agency_name = 10, category = 11, method = 12, evaluation = 13, location = 14, plan = 15, budget_year = 16,
  created = 17, approved = 18, announced = 19, repeat_reason = 20, close_reason = 21, procurement_unit = 22, documents = 23,
  // step
  step_name = 40, start = 41, end = 42, change = 43,
  // vendor and unit
  vendor_name = 60, npwp = 61, vendor_id = 62, address = 63, unit_code = 64,
  // bid
  bid_id = 80, registered = 81, price = 82, corrected_price = 83, is_winner = 84, is_verified_winner = 85, reason = 86,
  // contract
  contract_number = 100, contract_value = 101, contract_date = 102, contract_start = 103, contract_end = 104,
  contract_vendor = 105,
};
std::string_view FieldName(Field field);           // "name", "estimate": in JSON and CSV
std::string_view FieldLabel(Field field, bool indonesian);  // for people

bool IsKnownField(uint8_t number);

// How two values of a field are weighed against each other.
enum class FieldNature : uint8_t {
  immutable,  // any difference is a fault of a source or a wrong join
  slow,       // changes seldom: an exact value beats an interval that it lies in
  state,      // the newest capture of a class counts, the others are history
};
FieldNature NatureOf(Field field);

enum class Precision : uint8_t {
  exact = 1,
  interval = 2,   // rounded where it stood: the true value is at least `value` and below `high`
  folded = 3,     // letter case or punctuation was lost: equal after folding is agreement, the exact one is shown
  day = 4,        // a date of which the time of day was not told
};

// Longer ones are not of this domain: a thing whose key would be longer has none, a longer text is left out.
inline constexpr size_t kMaxKeyLength = 512, kMaxTextLength = 1u << 20;

struct TenderField {
  Field field = Field::name;
  std::string raw;        // as it stood, never changed
  // Normal form: money "2361400000.00", moments "2014-03-04 11:00:00" (local time), days "2014-03-04", flags 0 or 1,
  // NPWP as digits, codes as they are, texts with blanks collapsed. Empty: nothing could be made of `raw`.
  std::string value;
  std::string high;       // of an interval: the first value beyond it
  Precision precision = Precision::exact;
  bool operator==(const TenderField&) const = default;
};

struct TenderClaim {
  Entity entity = Entity::tender;
  std::string key;
  std::string tender;         // kode lelang that it belongs to, where known
  std::vector<TenderField> fields;
  std::string source;         // SourceRecord::source, or "row of public.paket"
  std::string publisher;      // captures of one publisher count once
  std::string captured;       // ISO 8601 in UTC; empty: that of its evidence
  uint8_t grade = 'B';        // Grade of engine/recover/claim.h
  uint64_t offset = 0, length = 0;  // where it stood, in file `file` of its unit
  uint32_t file = 0;
  std::string path;           // "member 12 » http://… » row 3"
  bool operator==(const TenderClaim&) const = default;
};

}  // namespace pulih::tender
