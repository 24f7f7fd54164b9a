#include "engine/tender/mapping.h"

#include <algorithm>
#include <optional>

#include "engine/tender/moment.h"
#include "engine/tender/money.h"
#include "engine/tender/names.h"

namespace pulih::tender {
namespace {

using spse::SourceField;
using spse::SourceHead;
using spse::SourceRecord;

// The heads of spreadsheets are written as people like.
bool IsField(const MappingLine& line, const SourceField& field) {
  if (line.field == field.name) return true;
  return line.source == "table" && Fold(field.name) == line.field;
}

void ReadAmount(std::string_view raw, MoneyForm form, TenderField& out) {
  const auto money = ReadMoney(raw, form);
  if (!money) return;
  out.value = money->value;
  out.high = money->high;
  if (!money->high.empty()) out.precision = Precision::interval;
}

void ReadDay(const std::optional<Moment>& moment, TenderField& out) {
  if (!moment) return;
  out.value = moment->value;
  if (!moment->has_time) out.precision = Precision::day;
}

std::string FlagOf(std::string_view raw) {
  const std::string folded = Fold(raw);
  if (folded == "1" || folded == "TRUE" || folded == "YA" || folded == "Y" || folded == "T" || folded == "PEMENANG" || folded == "ACTIVE" || raw == "*" || raw == "star.gif" || raw == "check-green.gif") return "1";
  if (folded == "0" || folded == "FALSE" || folded == "TIDAK" || folded == "N" || folded == "F" || raw == "-") return "0";
  return {};
}

std::string YearOf(std::string_view raw) {
  for (size_t at = raw.size(); at >= 4; --at) {
    const std::string_view four = raw.substr(at - 4, 4);
    if (!std::all_of(four.begin(), four.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    return four >= "1990" && four <= "2099" ? std::string(four) : std::string();
  }
  return {};
}

TenderField Read(const MappingLine& line, const SourceField& field) {
  TenderField out;
  out.field = line.means;
  out.raw = field.raw;
  switch (line.reading) {
    case Reading::key: break;
    case Reading::text: out.value = Tidy(field.raw); break;
    case Reading::capitals:
    case Reading::vendor_name:
      out.value = Tidy(field.raw);
      out.precision = Precision::folded;
      break;
    case Reading::code: out.value = Tidy(field.raw); break;
    case Reading::money_full: ReadAmount(field.raw, MoneyForm::full, out); break;
    case Reading::money_rounded: ReadAmount(field.raw, MoneyForm::rounded, out); break;
    case Reading::money_machine: ReadAmount(field.raw, MoneyForm::machine, out); break;
    case Reading::money_millions: ReadAmount(field.raw, MoneyForm::millions, out); break;
    case Reading::moment: ReadDay(ReadMoment(field.raw), out); break;
    case Reading::period_start:
    case Reading::period_end: {
      const auto period = ReadPeriod(field.raw);
      if (period) ReadDay(line.reading == Reading::period_start ? period->first : period->second, out);
      break;
    }
    case Reading::npwp: out.value = NpwpDigits(field.raw).value_or(std::string()); break;
    case Reading::flag: out.value = FlagOf(field.raw); break;
    case Reading::year: out.value = YearOf(field.raw); break;
    case Reading::before_dash: {
      const size_t dash = field.raw.rfind(" - ");
      out.value = Tidy(std::string_view(field.raw).substr(0, dash));
      break;
    }
  }
  // A text that a machine writes for "none".
  if (out.value == "-" || out.value == "null") out.value.clear();
  return out;
}

const TenderField* FieldOf(const TenderClaim& claim, Field field) {
  for (const TenderField& one : claim.fields)
    if (one.field == field && !one.value.empty()) return &one;
  return nullptr;
}

std::string KeyOf(const TenderClaim& claim, const std::string& npwp) {
  const auto vendor = NpwpKey(npwp);
  switch (claim.entity) {
    case Entity::tender:
    case Entity::contract: return claim.tender;
    case Entity::vendor: return vendor.value_or(std::string());
    case Entity::bid: return claim.tender.empty() || !vendor ? std::string() : claim.tender + "/" + *vendor;
    case Entity::step: {
      const TenderField* step = FieldOf(claim, Field::step_name);
      return claim.tender.empty() || step == nullptr ? std::string() : claim.tender + "/" + Fold(step->value);
    }
    case Entity::unit: {
      const TenderField* unit = FieldOf(claim, Field::unit_id);
      return unit ? unit->value : std::string();
    }
  }
  return {};
}

// What several entities share: the tender that the record is of, and the vendor's number.
struct Shared {
  std::string tender, npwp;
};
Shared SharedOf(std::span<const MappingLine> mapping, const SourceRecord& record) {
  Shared shared;
  if (!record.tender.empty()) shared.tender = TenderCode(record.tender).value_or(std::string());
  for (const MappingLine& line : mapping) {
    if (line.source != record.source) continue;
    for (const SourceField& field : record.fields) {
      if (!IsField(line, field)) continue;
      if (line.reading == Reading::key && shared.tender.empty()) shared.tender = TenderCode(field.raw).value_or(std::string());
      if (line.reading == Reading::npwp && shared.npwp.empty()) shared.npwp = NpwpDigits(field.raw).value_or(std::string());
    }
  }
  return shared;
}

// Who put it out. Pages, lists and mails of one LPSE are its own word however they were saved: the end of a tender's
// number says whose.
std::string PublisherOf(const SourceRecord& record, const SourceHead& head, const std::string& code) {
  if (record.source.starts_with("lkpp.")) return "LKPP";
  if ((record.source.starts_with("spse") || record.source.starts_with("mail.")) && code.size() > 3) return LpseOf(code);
  if (record.source.starts_with("ocds.") && head.publisher.empty()) {
    const std::string* ocid = record.Find("/ocid");
    // "ocds-afzrfb-s-2016-…": the prefix is registered to one publisher.
    if (ocid != nullptr && ocid->starts_with("ocds-")) return ocid->substr(0, ocid->find('-', 5));
  }
  return Tidy(head.publisher);
}

}  // namespace

std::vector<TenderClaim> ClaimsOf(std::span<const MappingLine> mapping, const SourceRecord& record, const SourceHead& head) {
  const Shared shared = SharedOf(mapping, record);
  std::vector<TenderClaim> claims;
  for (const Entity entity : kEntities) {
    TenderClaim claim;
    claim.entity = entity;
    bool is_told = false;
    for (const MappingLine& line : mapping) {
      if (line.source != record.source || line.entity != entity) continue;
      for (const SourceField& field : record.fields) {
        if (!IsField(line, field)) continue;
        is_told = true;
        if (line.reading == Reading::key || field.raw.size() > kMaxTextLength || Tidy(field.raw).empty()) continue;
        if (std::none_of(claim.fields.begin(), claim.fields.end(), [&](const TenderField& f) { return f.field == line.means; }))
          claim.fields.push_back(Read(line, field));
      }
    }
    if (!is_told) continue;
    claim.tender = shared.tender;
    claim.key = KeyOf(claim, shared.npwp);
    if (claim.key.size() > kMaxKeyLength) claim.key.clear();
    // Nothing but a number is a claim of a tender (that it exists), and of nothing else: "no contract yet" is no contract.
    const bool has_value = std::any_of(claim.fields.begin(), claim.fields.end(), [](const TenderField& f) { return !f.value.empty(); });
    if (!has_value && (entity != Entity::tender || claim.key.empty())) continue;
    claim.source = record.source;
    claim.publisher = PublisherOf(record, head, shared.tender);
    claim.captured = CaptureTime(head.captured);
    claim.offset = record.offset;
    claim.length = record.length;
    claim.path = record.path;
    claims.push_back(std::move(claim));
  }
  return claims;
}

}  // namespace pulih::tender
