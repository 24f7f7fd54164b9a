#include "engine/tender/tender_claim.h"

#include <array>

namespace pulih::tender {
namespace {

struct FieldWords {
  Field field;
  std::string_view name, english, indonesian;
  FieldNature nature;
};

using enum FieldNature;
constexpr FieldWords kFields[] = {
    {Field::name, "name", "name", "nama paket", slow},
    {Field::package, "package", "package number", "kode paket", immutable},
    {Field::version, "version", "version", "versi lelang", immutable},
    {Field::status, "status", "status", "status", state},
    {Field::stage, "stage", "stage", "tahap", state},
    {Field::budget, "budget", "budget (pagu)", "pagu", slow},
    {Field::estimate, "estimate", "own estimate (HPS)", "HPS", slow},
    {Field::unit_id, "unit_id", "number of the buying unit", "kode satuan kerja", slow},
    {Field::unit_name, "unit", "buying unit", "satuan kerja", slow},
    {Field::agency_name, "agency", "agency", "instansi", slow},
    {Field::category, "category", "category", "kategori", slow},
    {Field::method, "method", "method", "metode pemilihan", slow},
    {Field::evaluation, "evaluation", "evaluation", "metode evaluasi", slow},
    {Field::location, "location", "place of work", "lokasi pekerjaan", slow},
    {Field::plan, "plan", "plan number (RUP)", "kode RUP", slow},
    {Field::budget_year, "budget_year", "budget year", "tahun anggaran", slow},
    {Field::created, "created", "created", "tanggal dibuat", immutable},
    {Field::approved, "approved", "approved", "tanggal disetujui", slow},
    {Field::announced, "announced", "announced", "tanggal pengumuman", slow},
    {Field::repeat_reason, "repeat_reason", "why it was repeated", "alasan diulang", state},
    {Field::close_reason, "close_reason", "why it was closed", "alasan ditutup", state},
    {Field::procurement_unit, "procurement_unit", "procurement unit", "unit layanan pengadaan", slow},
    {Field::documents, "documents", "documents and evaluation", "metode dokumen dan evaluasi", slow},
    {Field::step_name, "step", "step", "tahap", slow},
    {Field::start, "start", "begins", "mulai", state},
    {Field::end, "end", "ends", "sampai", state},
    {Field::change, "change", "reason of the change", "alasan perubahan", state},
    {Field::vendor_name, "vendor", "vendor", "nama penyedia", slow},
    {Field::npwp, "npwp", "tax number (NPWP)", "NPWP", slow},
    {Field::vendor_id, "vendor_id", "number of the vendor", "kode penyedia", slow},
    {Field::address, "address", "address", "alamat", slow},
    {Field::unit_code, "unit_code", "code of the unit", "kode unit", slow},
    {Field::bid_id, "bid_id", "number of the bidder", "kode peserta", immutable},
    {Field::registered, "registered", "registered", "tanggal daftar", slow},
    {Field::price, "price", "price", "harga penawaran", slow},
    {Field::corrected_price, "corrected_price", "corrected price", "harga terkoreksi", slow},
    {Field::is_winner, "is_winner", "winner", "pemenang", state},
    {Field::is_verified_winner, "is_verified_winner", "verified winner", "pemenang terverifikasi", state},
    {Field::reason, "reason", "reason", "alasan", state},
    {Field::contract_number, "contract_number", "contract number", "nomor kontrak", slow},
    {Field::contract_value, "contract_value", "contract value", "nilai kontrak", slow},
    {Field::contract_date, "contract_date", "contract date", "tanggal kontrak", slow},
    {Field::contract_start, "contract_start", "contract begins", "mulai kontrak", slow},
    {Field::contract_end, "contract_end", "contract ends", "akhir kontrak", slow},
    {Field::contract_vendor, "contract_vendor", "contract holder", "pemegang kontrak", slow},
};

const FieldWords* WordsOf(Field field) {
  for (const FieldWords& words : kFields)
    if (words.field == field) return &words;
  return nullptr;
}

}  // namespace

std::string_view EntityName(Entity entity) {
  switch (entity) {
    case Entity::tender: return "tender";
    case Entity::step: return "step";
    case Entity::vendor: return "vendor";
    case Entity::bid: return "bid";
    case Entity::contract: return "contract";
    case Entity::unit: return "unit";
  }
  return "unknown";
}

std::string_view EntityLabel(Entity entity, bool indonesian) {
  switch (entity) {
    case Entity::tender: return indonesian ? "lelang" : "tenders";
    case Entity::step: return indonesian ? "tahap" : "steps";
    case Entity::vendor: return indonesian ? "penyedia" : "vendors";
    case Entity::bid: return indonesian ? "peserta" : "bidders";
    case Entity::contract: return indonesian ? "kontrak" : "contracts";
    case Entity::unit: return indonesian ? "satuan kerja" : "units";
  }
  return {};
}

std::string_view FieldName(Field field) {
  const FieldWords* words = WordsOf(field);
  return words ? words->name : "unknown";
}

std::string_view FieldLabel(Field field, bool indonesian) {
  const FieldWords* words = WordsOf(field);
  if (words == nullptr) return "unknown";
  return indonesian ? words->indonesian : words->english;
}

FieldNature NatureOf(Field field) {
  const FieldWords* words = WordsOf(field);
  return words ? words->nature : FieldNature::slow;
}

bool IsKnownEntity(uint8_t number) { return number >= static_cast<uint8_t>(Entity::tender) && number <= static_cast<uint8_t>(Entity::unit); }
bool IsKnownField(uint8_t number) { return WordsOf(static_cast<Field>(number)) != nullptr; }

}  // namespace pulih::tender
