#include "engine/recover/tender_rows.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "engine/recover/shown_rows.h"
#include "engine/recover/tender_store.h"
#include "engine/tender/moment.h"
#include "engine/tender/money.h"
#include "engine/tender/names.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;
using tender::TenderClaim;
using tender::TenderField;

enum class Column : uint8_t { text, code, money, moment, flag, word, npwp, vendor_name };

struct RowField {
  std::string_view table, column;
  Entity entity;
  Field field;
  Column kind;
  std::string_view words;  // Column::word: the table whose second column says the code in words
};

// What columns mean. Keys of things are made by the class below.
constexpr RowField kRowFields[] = {
    {"lelang_seleksi", "pkt_id", Entity::tender, Field::package, Column::code, {}},
    {"lelang_seleksi", "lls_versi_lelang", Entity::tender, Field::version, Column::code, {}},
    {"lelang_seleksi", "mtd_pemilihan", Entity::tender, Field::method, Column::word, "metode_pemilihan"},
    {"lelang_seleksi", "lls_tgl_setuju", Entity::tender, Field::approved, Column::moment, {}},
    {"lelang_seleksi", "lls_diulang_karena", Entity::tender, Field::repeat_reason, Column::text, {}},
    {"lelang_seleksi", "lls_ditutup_karena", Entity::tender, Field::close_reason, Column::text, {}},
    {"paket", "pkt_nama", Entity::tender, Field::name, Column::text, {}},
    {"paket", "pkt_pagu", Entity::tender, Field::budget, Column::money, {}},
    {"paket", "pkt_hps", Entity::tender, Field::estimate, Column::money, {}},
    {"paket", "kgr_id", Entity::tender, Field::category, Column::word, "kategori"},
    {"paket", "stk_id", Entity::tender, Field::unit_id, Column::code, {}},
    {"paket", "stk_id", Entity::tender, Field::unit_name, Column::word, "satuan_kerja"},
    {"paket", "rup_id", Entity::tender, Field::plan, Column::code, {}},
    {"paket", "pkt_tgl_buat", Entity::tender, Field::created, Column::moment, {}},
    {"jadwal", "thp_id", Entity::step, Field::step_name, Column::word, "tahap"},
    {"jadwal", "dtj_tglawal", Entity::step, Field::start, Column::moment, {}},
    {"jadwal", "dtj_tglakhir", Entity::step, Field::end, Column::moment, {}},
    {"jadwal", "dtj_keterangan", Entity::step, Field::change, Column::text, {}},
    {"rekanan", "rkn_id", Entity::vendor, Field::vendor_id, Column::code, {}},
    {"rekanan", "rkn_nama", Entity::vendor, Field::vendor_name, Column::vendor_name, {}},
    {"rekanan", "rkn_npwp", Entity::vendor, Field::npwp, Column::npwp, {}},
    {"rekanan", "rkn_alamat", Entity::vendor, Field::address, Column::text, {}},
    {"peserta", "psr_id", Entity::bid, Field::bid_id, Column::code, {}},
    {"peserta", "rkn_id", Entity::bid, Field::vendor_id, Column::code, {}},
    {"peserta", "psr_harga", Entity::bid, Field::price, Column::money, {}},
    {"peserta", "psr_harga_terkoreksi", Entity::bid, Field::corrected_price, Column::money, {}},
    {"peserta", "is_pemenang", Entity::bid, Field::is_winner, Column::flag, {}},
    {"peserta", "is_pemenang_verif", Entity::bid, Field::is_verified_winner, Column::flag, {}},
    {"peserta", "psr_alasan", Entity::bid, Field::reason, Column::text, {}},
    {"kontrak", "kontrak_no", Entity::contract, Field::contract_number, Column::code, {}},
    {"kontrak", "kontrak_nilai", Entity::contract, Field::contract_value, Column::money, {}},
    {"kontrak", "kontrak_tanggal", Entity::contract, Field::contract_date, Column::moment, {}},
    {"kontrak", "kontrak_mulai", Entity::contract, Field::contract_start, Column::moment, {}},
    {"kontrak", "kontrak_akhir", Entity::contract, Field::contract_end, Column::moment, {}},
    {"satuan_kerja", "stk_id", Entity::unit, Field::unit_id, Column::code, {}},
    {"satuan_kerja", "stk_nama", Entity::unit, Field::unit_name, Column::text, {}},
    {"satuan_kerja", "stk_kode", Entity::unit, Field::unit_code, Column::code, {}},
};

constexpr std::string_view kWordTables[] = {"kategori", "metode_pemilihan", "tahap", "satuan_kerja"};
constexpr std::string_view kWordColumns[] = {"kgr_nama", "mtd_nama", "thp_nama", "stk_nama"};

class Maker {
 public:
  Maker(OrderedKv& kv, const ClaimSources& sources, Schema schema, ProgressListener& progress)
      : rows_(kv, sources, std::move(schema), "joining", progress), writer_(kv, TenderWriter::Kind::derived) {}

  Result<uint64_t> Make() {
    for (size_t i = 0; i < std::size(kWordTables); ++i) PULIH_TRY(ReadWords(kWordTables[i], kWordColumns[i]));
    PULIH_TRY(Scan("lelang_seleksi", [this](const ShownRow& row) {
      const std::string *code = row.Find("lls_id"), *package = row.Find("pkt_id");
      if (code == nullptr) return OkStatus();
      if (package != nullptr) tenders_[*package].push_back(*code);
      ++hosts_[tender::LpseOf(*code)];
      return Tell("lelang_seleksi", row, *code, *code);
    }));
    for (const auto& [publisher, count] : hosts_)
      if (own_.empty() || count > hosts_[own_]) own_ = publisher;
    PULIH_TRY(Scan("rekanan", [this](const ShownRow& row) {
      const std::string *id = row.Find("rkn_id"), *npwp = row.Find("rkn_npwp"), *name = row.Find("rkn_nama");
      if (id == nullptr) return OkStatus();
      Vendor vendor;
      if (npwp != nullptr)
        if (const auto digits = tender::NpwpDigits(*npwp)) vendor.key = tender::NpwpKey(*digits).value_or(std::string()), vendor.npwp = *digits;
      if (name != nullptr) vendor.name = *name;
      vendors_[*id] = vendor;
      return Tell("rekanan", row, {}, vendor.key);
    }));
    PULIH_TRY(Scan("paket", [this](const ShownRow& row) -> Status {
      const std::string* package = row.Find("pkt_id");
      const auto at = package == nullptr ? tenders_.end() : tenders_.find(*package);
      if (at == tenders_.end()) return OkStatus();
      for (const std::string& code : at->second) PULIH_TRY(Tell("paket", row, code, code));
      return OkStatus();
    }));
    PULIH_TRY(Scan("jadwal", [this](const ShownRow& row) {
      const std::string *code = row.Find("lls_id"), *step = row.Find("thp_id");
      if (code == nullptr || step == nullptr) return OkStatus();
      const std::string* name = Word("tahap", *step);
      return Tell("jadwal", row, *code, *code + "/" + (name != nullptr ? tender::Fold(*name) : *step));
    }));
    PULIH_TRY(Scan("peserta", [this](const ShownRow& row) {
      const std::string *code = row.Find("lls_id"), *vendor = row.Find("rkn_id");
      if (code == nullptr || vendor == nullptr) return OkStatus();
      const auto at = vendors_.find(*vendor);
      const bool has_key = at != vendors_.end() && !at->second.key.empty();
      return Tell("peserta", row, *code, has_key ? *code + "/" + at->second.key : std::string(), at == vendors_.end() ? nullptr : &at->second);
    }));
    PULIH_TRY(Scan("kontrak", [this](const ShownRow& row) {
      const std::string* code = row.Find("lls_id");
      return code == nullptr ? OkStatus() : Tell("kontrak", row, *code, *code);
    }));
    PULIH_TRY(Scan("satuan_kerja", [this](const ShownRow& row) {
      const std::string* id = row.Find("stk_id");
      return id == nullptr ? OkStatus() : Tell("satuan_kerja", row, {}, *id);
    }));
    PULIH_TRY(writer_.Commit());
    return made_;
  }

 private:
  struct Vendor {
    std::string key, npwp, name;
  };

  Status Scan(std::string_view table, const std::function<Status(const ShownRow&)>& each) { return rows_.Scan(table, each); }

  Status ReadWords(std::string_view table, std::string_view name) {
    const SchemaTable* known = rows_.Known(table);
    if (known == nullptr || KeyFields(*known).size() != 1) return OkStatus();
    const std::string key = ClaimColumns(*known)[KeyFields(*known).front()]->name;
    return Scan(table, [&](const ShownRow& row) {
      const std::string *code = row.Find(key), *word = row.Find(name);
      if (code != nullptr && word != nullptr) words_[std::string(table)][*code] = *word;
      return OkStatus();
    });
  }
  const std::string* Word(std::string_view table, const std::string& code) const {
    const auto of = words_.find(std::string(table));
    if (of == words_.end()) return nullptr;
    const auto at = of->second.find(code);
    return at == of->second.end() ? nullptr : &at->second;
  }

  std::optional<TenderField> Read(const RowField& column, const std::string& text) const {
    TenderField field;
    field.field = column.field;
    field.raw = text;
    switch (column.kind) {
      case Column::text:
      case Column::code:
      case Column::flag: field.value = tender::Tidy(text); break;
      case Column::vendor_name:
        field.value = tender::Tidy(text);
        break;
      case Column::money: {
        // 0 stands for "none" there.
        const auto money = tender::ReadMoney(text, tender::MoneyForm::machine);
        if (!money) return std::nullopt;
        field.value = money->value;
        break;
      }
      case Column::moment: {
        const auto moment = tender::ReadMoment(text);
        if (!moment) return std::nullopt;
        field.value = moment->value;
        break;
      }
      case Column::npwp: {
        const auto digits = tender::NpwpDigits(text);
        if (!digits) return std::nullopt;
        field.value = *digits;
        break;
      }
      case Column::word: {
        const std::string* word = Word(column.words, text);
        if (word == nullptr) return std::nullopt;
        field.value = tender::Tidy(*word);
        break;
      }
    }
    return field.value.empty() ? std::nullopt : std::optional(std::move(field));
  }

  Status Tell(std::string_view table, const ShownRow& row, const std::string& code, const std::string& key, const Vendor* vendor = nullptr) {
    TenderClaim claim;
    Grade worst = Grade::a;
    bool is_first = true;
    for (const RowField& column : kRowFields) {
      if (column.table != table) continue;
      claim.entity = column.entity;
      Grade grade = Grade::d;
      const std::string* text = row.Find(column.column, &grade);
      if (text == nullptr) continue;
      auto field = Read(column, *text);
      if (!field) continue;
      claim.fields.push_back(std::move(*field));
      if (is_first || RankOf(grade) > RankOf(worst)) worst = grade;
      is_first = false;
    }
    if (claim.fields.empty()) return OkStatus();
    if (vendor != nullptr) {
      if (!vendor->npwp.empty()) claim.fields.push_back({Field::npwp, vendor->npwp, vendor->npwp, {}, tender::Precision::exact});
      if (!vendor->name.empty()) claim.fields.push_back({Field::vendor_name, vendor->name, tender::Tidy(vendor->name), {}, tender::Precision::exact});
    }
    claim.key = key;
    claim.tender = code;
    claim.source = "row of public." + std::string(table);
    // A vendor or a unit has a number of its own home; the row is still of the LPSE that has the database.
    claim.publisher = code.empty() ? own_ : tender::LpseOf(code);
    claim.grade = static_cast<uint8_t>(worst);
    const StoredClaim& best = row.best();
    if (!best.claim.bytes.empty()) {
      claim.file = best.claim.bytes.front().file;
      claim.offset = best.claim.bytes.front().offset;
      claim.length = best.claim.bytes.front().length;
    }
    claim.path = best.claim.path;
    ++made_;
    return writer_.Add(best.unit, claim);
  }

  ShownRows rows_;
  TenderWriter writer_;
  std::unordered_map<std::string, std::unordered_map<std::string, std::string>> words_;
  std::unordered_map<std::string, Vendor> vendors_;                     // by rkn_id
  std::unordered_map<std::string, std::vector<std::string>> tenders_;   // by pkt_id
  std::map<std::string, uint64_t> hosts_;  // tenders by the LPSE that their number names
  std::string own_;                        // of which there are the most
  uint64_t made_ = 0;
};

}  // namespace

Result<uint64_t> MakeRowTenders(OrderedKv& kv, const ClaimSources& sources, ProgressListener& progress) {
  TenderStore store(kv);
  for (const auto& [number, evidence] : sources.all()) PULIH_TRY(store.RemoveDerived(number));
  PULIH_TRY_ASSIGN(std::optional<Schema> schema, ClaimStore(kv).ReadSchema());
  if (!schema) return uint64_t{0};
  return Maker(kv, sources, std::move(*schema), progress).Make();
}

}  // namespace pulih
