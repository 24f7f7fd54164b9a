#include "engine/records/spse_tables.h"

#include <algorithm>
#include <map>

#include "engine/records/row_key_text.h"
#include "formats/postgres/key_image.h"
#include "formats/postgres/value_text.h"

namespace pulih {
namespace {

constexpr size_t kKeptBytes = 2u << 20;   // of each lookup; a million bidders come from some ten thousand vendors
constexpr size_t kKeptOverhead = 128;     // of an entry, beside its texts

struct ColumnSpec {
  const char* name;
  bool is_needed = true;
};
constexpr bool kMayLack = false;
struct TableSpec {
  const char* name;
  bool is_looked_up;  // by its first column, which must be its key
  std::vector<ColumnSpec> columns;
};

// By SpseTableId; columns by the places of the header.
const std::array<TableSpec, kSpseTables>& Specs() {
  static const std::array<TableSpec, kSpseTables> kSpecs = {{
      {"lelang_seleksi", false, {{"lls_id"}, {"pkt_id"}, {"lls_status"}, {"mtd_pemilihan"}, {"lls_dibuat_tanggal"}, {"lls_ditutup_karena", kMayLack},
                                 {"lls_diulang_karena", kMayLack}, {"auditupdate", kMayLack}}},
      {"paket", true, {{"pkt_id"}, {"pkt_nama"}, {"pkt_pagu"}, {"pkt_hps"}, {"kgr_id", kMayLack}, {"stk_id"}, {"rup_id", kMayLack}, {"auditupdate", kMayLack}}},
      {"satuan_kerja", true, {{"stk_id"}, {"stk_nama"}}},
      {"metode_pemilihan", true, {{"mtd_id"}, {"mtd_nama"}}},
      {"jadwal", false, {{"lls_id"}, {"dtj_id"}, {"thp_id"}, {"dtj_tglawal"}, {"dtj_tglakhir"}, {"auditupdate", kMayLack}}},
      {"tahap", true, {{"thp_id"}, {"thp_nama"}, {"akt_jenis"}}},
      {"peserta", false, {{"lls_id"}, {"psr_id"}, {"rkn_id"}, {"psr_tanggal", kMayLack}, {"psr_harga"}, {"psr_harga_terkoreksi", kMayLack}, {"is_pemenang"},
                          {"auditupdate", kMayLack}}},
      {"rekanan", true, {{"rkn_id"}, {"rkn_nama"}, {"rkn_npwp", kMayLack}, {"rkn_alamat", kMayLack}}},
      {"kontrak", false, {{"lls_id"}, {"kontrak_id"}, {"kontrak_no", kMayLack}, {"rkn_id"}, {"kontrak_nilai"}, {"kontrak_tanggal", kMayLack},
                          {"kontrak_mulai", kMayLack}, {"kontrak_akhir", kMayLack}, {"auditupdate", kMayLack}}},
      {"sppbj", false, {{"lls_id"}, {"sppbj_tgl_buat", kMayLack}, {"auditupdate", kMayLack}}},
  }};
  return kSpecs;
}

std::vector<std::optional<uint32_t>> PlacesOf(const TableDescriptor& table, const TableSpec& spec) {
  std::vector<std::optional<uint32_t>> places;
  for (const ColumnSpec& wanted : spec.columns) places.push_back(ColumnNamed(table, wanted.name));
  return places;
}

// What a table has not that it needs, as a list of words; and in `lacking` what it could do without.
void CheckColumns(const TableDescriptor& table, const TableSpec& spec, const std::vector<std::optional<uint32_t>>& places,
                  std::vector<std::string>& missing, std::vector<std::string>& lacking) {
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i]) continue;
    (spec.columns[i].is_needed ? missing : lacking).push_back(std::string(spec.name) + "." + spec.columns[i].name);
  }
  if (spec.is_looked_up && places[0] && table.key != std::vector<uint32_t>{*places[0]}) {
    missing.push_back(std::string("a primary key of ") + spec.name + " on " + spec.columns[0].name + " alone");
  }
}

Result<SpseDatabase> TakeDatabase(ReadSession& session, std::map<std::string, ListedTable> tables, const TableDescriptor& of) {
  SpseDatabase found{of.database, of.schema, {}, {}};
  std::vector<std::string> missing;
  for (const TableSpec& spec : Specs()) {
    const auto at = tables.find(spec.name);
    if (at == tables.end()) {
      missing.push_back(std::string("table ") + spec.name);
      continue;
    }
    std::vector<std::optional<uint32_t>> places = PlacesOf(at->second.descriptor, spec);
    CheckColumns(at->second.descriptor, spec, places, missing, found.lacking);
    found.tables.emplace_back(TableReader(session, std::move(at->second)), std::move(places));
  }
  if (missing.empty()) return found;
  std::string words;
  for (const std::string& one : missing) words += (words.empty() ? "" : ", ") + one;
  return Status(Code::not_found, "reading tenders: " + DatabaseRootName(of.database) + of.schema + ": the snapshot lacks " + words,
                "tenders are made from the tables of SPSE 3.x and 4.x, captured together");
}

}  // namespace

Result<std::string> SpseTable::Text(const StoredRow& row, size_t place) const {
  if (!places_[place]) return std::string();
  const uint32_t column = *places_[place];
  const auto too_long = [&] {
    return Status(Code::corrupt, "column " + reader_.descriptor().columns[column].name + " is longer than " + std::to_string(kMaxSpseText) + " bytes");
  };
  // Looked at before it is fetched.
  if (const auto* moved = std::get_if<MovedColumn>(&row.columns[column]); moved != nullptr && moved->length > kMaxSpseText) return too_long();
  auto text = ColumnText(reader_, row, column);
  if (!text.ok()) return text.status().code() == Code::too_large ? too_long() : text.status();
  if (*text && (*text)->size() > kMaxSpseText) return too_long();
  return std::move(*text).value_or(std::string());
}

Result<SpseTexts> SpseTable::Texts(const StoredRow& row) const {
  SpseTexts texts(places_.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    PULIH_TRY_ASSIGN(texts[i], Text(row, i));
  }
  return texts;
}

Result<Bytes> SpseTable::OrderedKey(std::string_view text, size_t place) const {
  const TableDescriptor& table = reader_.descriptor();
  const TypeIndex type = table.columns[*places_[place]].type;
  PULIH_TRY_ASSIGN(const Bytes image, ValueImage(table.types, type, text));
  Bytes key;
  PULIH_TRY(AppendKeyImage(table.types, type, image, key));
  return key;
}

Result<std::vector<SpseDatabase>> FindSpseDatabases(ReadSession& session, const Snapshot& snapshot) {
  PULIH_TRY_ASSIGN(std::vector<ListedTable> listed, ListTables(session, snapshot));
  const std::string tender_table = Specs().front().name;
  std::map<std::pair<std::string, std::string>, std::map<std::string, ListedTable>> by_schema;
  for (ListedTable& table : listed) {
    auto& tables = by_schema[{table.descriptor.database, table.descriptor.schema}];
    std::string name = table.descriptor.name;
    tables.emplace(std::move(name), std::move(table));
  }
  std::vector<SpseDatabase> found;
  for (auto& [place, tables] : by_schema) {
    const auto tenders = tables.find(tender_table);
    if (tenders == tables.end()) continue;
    const TableDescriptor of = tenders->second.descriptor;
    PULIH_TRY_ASSIGN(SpseDatabase database, TakeDatabase(session, std::move(tables), of));
    found.push_back(std::move(database));
  }
  if (found.empty()) {
    const std::string where = "reading tenders: snapshot " + snapshot.id.hex().substr(0, 8);
    return Status(Code::not_found, where + ": it has no table " + tender_table + ", so no SPSE database", "`pulih records tables` lists what it has");
  }
  return found;
}

Result<const SpseTexts*> SpseLookup::Find(const std::string& id) {
  const auto met = kept_.find(id);
  if (met != kept_.end()) return met->second ? &*met->second : nullptr;
  std::optional<SpseTexts> texts;
  // What cannot be a value of the key is the key of no row.
  if (const auto key = table_.reader().KeyOf(JoinKeyWords({id})); key.ok()) {
    PULIH_TRY_ASSIGN(const std::optional<StoredRow> row, table_.reader().Get(*key));
    if (row) {
      auto read = table_.Texts(*row);
      if (!read.ok()) return Status(read.status()).Within(table_.name() + " " + id);
      texts = std::move(read).value();
    }
  }
  size_t bytes = kKeptOverhead + id.size();
  if (texts) {
    for (const std::string& text : *texts) bytes += sizeof text + text.size();
  }
  if (kept_bytes_ + bytes > kKeptBytes) {
    kept_.clear();
    kept_bytes_ = 0;
  }
  kept_bytes_ += bytes;
  const auto& kept = kept_.emplace(id, std::move(texts)).first->second;
  return kept ? &*kept : nullptr;
}

}  // namespace pulih
