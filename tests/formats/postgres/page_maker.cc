#include "tests/formats/postgres/page_maker.h"

#include <bit>
#include <sstream>
#include <tuple>
#include <utility>

#include "engine/base/endian.h"
#include "formats/postgres/heap_page.h"
#include "formats/postgres/heap_tuple.h"

namespace pulih {
namespace {

using Values = std::map<std::string, std::string>;

void AlignTo(Bytes& bytes, size_t begin, size_t alignment) { bytes.resize(begin + AlignUp(bytes.size() - begin, alignment)); }

void AppendInt16Array(Bytes& to, const std::string& text) {
  std::istringstream in(text);
  std::vector<int16_t> numbers;
  for (int number = 0; in >> number;) numbers.push_back(static_cast<int16_t>(number));
  Bytes value(20 + 2 * numbers.size());
  StoreLe<uint32_t>(value.data(), 1);
  StoreLe<uint32_t>(value.data() + 8, 21);
  StoreLe<uint32_t>(value.data() + 12, static_cast<uint32_t>(numbers.size()));
  for (size_t i = 0; i < numbers.size(); ++i) StoreLe<int16_t>(value.data() + 20 + 2 * i, numbers[i]);
  const size_t at = to.size();
  to.resize(at + 4);
  StoreLe<uint32_t>(to.data() + at, static_cast<uint32_t>(value.size() + 4) << 2);
  Append(to, value);
}

void AppendValue(Bytes& to, const CatalogField& field, const std::string& text) {
  if (field.length == 64) {
    Bytes name = ToBytes(text);
    name.resize(64);
    return Append(to, name);
  }
  if (field.length == -1) return AppendInt16Array(to, text);
  const size_t at = to.size();
  to.resize(at + static_cast<size_t>(field.length));
  const bool is_letter = field.length == 1 && !text.empty() && (text[0] < '0' || text[0] > '9');
  const auto number = static_cast<uint64_t>(is_letter ? text[0] : text.empty() ? 0 : std::stoll(text));
  for (size_t i = 0; i < static_cast<size_t>(field.length); ++i) to[at + i] = static_cast<uint8_t>(number >> (8 * i));
}

class DatabaseMaker {
 public:
  explicit DatabaseMaker(PgMajor major) : major_(major) {}

  void Row(uint32_t catalog, Values values, const TupleMeta& meta = {}) {
    const CatalogLayout layout = BuiltinLayout(catalog, major_);
    if (layout.fields.empty()) return;
    if (catalog == catalog_oid::kAttribute && layout.Find("attcacheoff") != CatalogLayout::npos) values["attcacheoff"] = "-1";
    rows_[catalog].push_back(CatalogTuple(layout, values, meta));
  }

  void Class(const std::string& oid, const std::string& name, const std::string& schema, const std::string& filenode,
             const std::string& kind, int columns, Values more = {}, const TupleMeta& meta = {}) {
    more.insert({{"oid", oid}, {"relname", name}, {"relnamespace", schema}, {"relfilenode", filenode}, {"relkind", kind},
                 {"relowner", "10"}, {"relnatts", std::to_string(columns)}, {"relpersistence", "p"}, {"relam", kind == "i" ? "403" : "0"}});
    Row(catalog_oid::kClass, more, meta);
  }

  void Type(const std::string& oid, const std::string& name, const std::string& schema, const std::string& length,
            const std::string& kind, Values more = {}) {
    more.insert({{"oid", oid}, {"typname", name}, {"typnamespace", schema}, {"typlen", length}, {"typtype", kind}, {"typisdefined", "1"},
                 {"typalign", length == "8" ? "d" : "i"}, {"typstorage", length == "-1" ? "x" : "p"}, {"typowner", "10"}, {"typdelim", ","}});
    Row(catalog_oid::kType, more);
  }

  void Column(const std::string& relation, int number, const std::string& name, const std::string& type,
              const std::string& length, bool not_null, const std::string& modifier = "-1", bool dropped = false) {
    Row(catalog_oid::kAttribute,
        {{"attrelid", relation}, {"attname", name}, {"atttypid", type}, {"attlen", length}, {"attnum", std::to_string(number)},
         {"atttypmod", modifier}, {"attalign", "i"}, {"attstorage", length == "-1" ? "x" : "p"}, {"attnotnull", not_null ? "1" : "0"},
         {"attisdropped", dropped ? "1" : "0"}, {"attislocal", "1"}});
  }

  void Constraint(const std::string& oid, const std::string& name, const std::string& kind, const std::string& table,
                  const std::string& columns, const std::string& to = "0", const std::string& to_columns = "") {
    Values values = {{"oid", oid}, {"conname", name}, {"connamespace", "2200"}, {"contype", kind}, {"conrelid", table},
                     {"conislocal", "1"}, {"confrelid", to}, {"conkey", columns}};
    if (!to_columns.empty()) values["confkey"] = to_columns;
    Row(catalog_oid::kConstraint, values);
  }

  SpecimenDatabase Finish() && {
    SpecimenDatabase out;
    const std::string version = MajorText(major_) + "\n";
    out.files.emplace_back("PG_VERSION", ToBytes(version));
    for (auto& [catalog, tuples] : rows_) out.files.emplace_back(std::to_string(catalog), MakeRelation(tuples));
    out.files.emplace_back("1259_fsm", Bytes(kPageSize));
    return out;
  }

 private:
  PgMajor major_;
  std::map<uint32_t, std::vector<Bytes>> rows_;
};

}  // namespace

PageMaker::PageMaker(size_t special) : page_(kPageSize) {
  StoreLe<uint16_t>(page_.data() + 12, kPageHeaderSize);
  StoreLe<uint16_t>(page_.data() + 14, static_cast<uint16_t>(kPageSize - special));
  StoreLe<uint16_t>(page_.data() + 16, static_cast<uint16_t>(kPageSize - special));
  StoreLe<uint16_t>(page_.data() + 18, kPageSize | kPageLayoutVersion);
}

bool PageMaker::Add(ByteView tuple, unsigned state) {
  const size_t lower = LoadLe<uint16_t>(page_.data() + 12), upper = LoadLe<uint16_t>(page_.data() + 14);
  const size_t size = AlignUp(tuple.size(), kMaxAlign);
  if (lower + kItemIdSize + size > upper) return false;
  const size_t at = upper - size;
  std::copy(tuple.begin(), tuple.end(), page_.begin() + static_cast<std::ptrdiff_t>(at));
  StoreLe<uint32_t>(page_.data() + lower, static_cast<uint32_t>(at | state << 15 | tuple.size() << 17));
  StoreLe<uint16_t>(page_.data() + 12, static_cast<uint16_t>(lower + kItemIdSize));
  StoreLe<uint16_t>(page_.data() + 14, static_cast<uint16_t>(at));
  return true;
}

Bytes MakeRelation(const std::vector<Bytes>& tuples) {
  Bytes out;
  PageMaker page;
  for (const Bytes& tuple : tuples) {
    if (page.Add(tuple)) continue;
    Append(out, page.bytes());
    page = PageMaker();
    page.Add(tuple);
  }
  Append(out, page.bytes());
  return out;
}

Bytes CatalogTuple(const CatalogLayout& layout, const Values& values, const TupleMeta& meta) {
  std::vector<bool> nulls;
  bool has_null = false;
  for (const CatalogField& field : layout.fields) {
    nulls.push_back(field.nullable && values.count(field.name) == 0);
    has_null = has_null || nulls.back();
  }
  const size_t hoff = ComputedHoff(nulls.size(), has_null, layout.has_oid);
  Bytes tuple(hoff);
  TupleHeader header;
  header.xmin = meta.xmin;
  header.xmax = meta.xmax;
  header.ctid = {meta.block, meta.item};
  header.infomask2 = static_cast<uint16_t>(nulls.size());
  header.infomask = static_cast<uint16_t>(meta.infomask | (has_null ? tuple_bits::kHasNull : 0) | (layout.has_oid ? tuple_bits::kHasOid : 0));
  header.hoff = static_cast<uint8_t>(hoff);
  WriteTupleHeader(header, tuple.data());
  for (size_t i = 0; has_null && i < nulls.size(); ++i)
    if (!nulls[i]) tuple[kTupleHeaderSize + i / 8] |= static_cast<uint8_t>(1u << (i % 8));
  if (layout.has_oid) StoreLe<uint32_t>(tuple.data() + hoff - 4, static_cast<uint32_t>(std::stoul(values.at("oid"))));
  bool varies = false;
  for (size_t i = 0; i < nulls.size(); ++i) {
    if (nulls[i]) continue;
    const CatalogField& field = layout.fields[i];
    const auto value = values.find(field.name);
    AlignTo(tuple, hoff, CatalogAlignment(field.align));
    AppendValue(tuple, field, value == values.end() ? std::string() : value->second);
    varies = varies || field.length < 0;
  }
  if (varies) tuple[20] |= tuple_bits::kHasVarWidth;
  return tuple;
}

std::vector<CatalogFile> SpecimenDatabase::Views() const {
  std::vector<CatalogFile> views;
  for (const auto& [name, bytes] : files) views.push_back({name, bytes});
  return views;
}

SpecimenDatabase MakeDatabase(PgMajor major) {
  using namespace catalog_oid;
  DatabaseMaker make(major);
  TupleMeta gone;
  gone.xmax = 900;
  gone.infomask = 0x0100 | 0x0400;  // deleted by who committed

  for (const auto& [oid, name] : {std::pair{"11", "pg_catalog"}, {"99", "pg_toast"}, {"2200", "public"}, {"16385", "arsip"}})
    make.Row(kNamespace, {{"oid", oid}, {"nspname", name}, {"nspowner", "10"}});

  make.Type("23", "int4", "11", "4", "b", {{"typarray", "1007"}});
  make.Type("25", "text", "11", "-1", "b", {{"typarray", "1009"}});
  make.Type("1007", "_int4", "11", "-1", "b", {{"typelem", "23"}, {"typcategory", "A"}});
  make.Type("1700", "numeric", "11", "-1", "b");
  make.Type("16390", "tahap", "2200", "4", "e", {{"typarray", "16389"}});
  make.Type("16389", "_tahap", "2200", "-1", "b", {{"typelem", "16390"}, {"typcategory", "A"}});
  make.Type("16391", "rupiah", "2200", "-1", "d", {{"typbasetype", "1700"}, {"typtypmod", "1310726"}});
  make.Type("16401", "paket", "2200", "-1", "c", {{"typrelid", "16400"}});
  make.Type("16411", "berkas", "16385", "-1", "c", {{"typrelid", "16410"}});
  int number = 16392;
  for (const char* label : {"tutup", "buka", "batal"}) {
    // Sorted by a number of its own from 9.1 on: "buka" before "tutup".
    const float place = label[0] == 'b' && label[1] == 'u' ? 0.5f : static_cast<float>(number - 16391);
    make.Row(kEnum, {{"oid", std::to_string(number++)}, {"enumtypid", "16390"}, {"enumlabel", label},
                     {"enumsortorder", std::to_string(std::bit_cast<uint32_t>(place))}});
  }

  make.Class("1259", "pg_class", "11", "0", "r", 30);
  make.Class("16400", "paket_lama", "2200", "16400", "r", 5, {{"reltoastrelid", "16403"}}, gone);
  make.Class("16400", "paket", "2200", "16500", "r", 5, {{"reltoastrelid", "16403"}});
  make.Class("16403", "pg_toast_16400", "99", "16501", "t", 3);
  make.Class("16405", "paket_pkey", "2200", "16502", "i", 1);
  make.Class("16410", "berkas", "16385", "16410", "r", 2);
  make.Class("16412", "berkas_pkey", "16385", "16412", "i", 2);
  make.Class("16420", "terhapus", "2200", "16420", "r", 1, {}, gone);
  make.Class("16430", "lihat", "2200", "0", "v", 1);

  make.Column("16400", 1, "id", "23", "4", true);
  make.Column("16400", 2, "nama", "25", "-1", true);
  make.Column("16400", 3, "........pg.dropped.3........", "0", "-1", false, "-1", true);
  make.Column("16400", 4, "tahap", "16390", "4", false);
  make.Column("16400", 5, "pagu", "16391", "-1", false);
  make.Column("16400", -1, "ctid", "27", "6", true);
  make.Column("16410", 1, "id", "23", "4", true);
  make.Column("16410", 2, "urut", "1007", "-1", true);

  make.Constraint("16406", "paket_pkey", "p", "16400", "1");
  make.Constraint("16413", "berkas_pkey", "p", "16410", "1 2");
  make.Constraint("16414", "berkas_id_fkey", "f", "16410", "1", "16400", "1");
  for (const auto& [index, table, keys] : {std::tuple{"16405", "16400", "1"}, {"16412", "16410", "1 2"}})
    make.Row(kIndex, {{"indexrelid", index}, {"indrelid", table}, {"indnatts", std::string(keys) == "1" ? "1" : "2"},
                      {"indnkeyatts", std::string(keys) == "1" ? "1" : "2"}, {"indisunique", "1"}, {"indisprimary", "1"},
                      {"indisvalid", "1"}, {"indkey", keys}, {"indcollation", "0"}, {"indclass", "0"}, {"indoption", "0"}});
  return std::move(make).Finish();
}

}  // namespace pulih
