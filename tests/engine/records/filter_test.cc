#include "engine/records/filter.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/records/filter_tree.h"
#include "engine/records/regex.h"
#include "formats/postgres/value_text.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

PgType Base(const char* name, uint32_t oid) {
  PgType type;
  type.schema = "pg_catalog";
  type.name = name;
  type.oid = oid;
  return type;
}

TableDescriptor PaketTable() {
  TableDescriptor table;
  table.database = "epns";
  table.schema = "public";
  table.name = "paket";
  table.types = {Base("int8", pg_oid::kInt8),           Base("text", pg_oid::kText),  Base("numeric", pg_oid::kNumeric),
                 Base("timestamp", pg_oid::kTimestamp), Base("bool", pg_oid::kBool),  Base("bpchar", pg_oid::kBpchar),
                 Base("int4", pg_oid::kInt4),           Base("bytea", pg_oid::kBytea)};
  PgType array = Base("_int4", 1007);
  array.kind = PgTypeKind::array;
  array.element = 6;
  PgType status;
  status.kind = PgTypeKind::enumeration;
  status.schema = "public";
  status.name = "status";
  table.types.push_back(array);
  table.types.push_back(status);
  const std::pair<const char*, TypeIndex> columns[] = {{"pkt_id", 0}, {"pkt_nama", 1}, {"pkt_hps", 2}, {"dibuat", 3},
                                                       {"aktif", 4},  {"kode", 5},     {"Kode", 5},    {"tahap", 8},
                                                       {"status", 9}, {"isi", 7}};
  for (const auto& [name, type] : columns) {
    ColumnDescriptor column;
    column.name = name;
    column.type = type;
    column.type_text = table.types[type].name;
    table.columns.push_back(column);
  }
  table.key = {0};
  return table;
}

// int4[]: one dimension, no NULL.
Bytes IntArray(std::initializer_list<uint8_t> values) {
  Bytes image = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, static_cast<uint8_t>(values.size()), 0, 0, 0, 1};
  for (const uint8_t value : values) Append(image, Bytes{0, 0, 0, 4, 0, 0, 0, value});
  return image;
}

struct Cell {
  Cell(const char* words) : text(words) {}  // NOLINT(google-explicit-constructor)
  Cell(std::nullptr_t) {}                   // NOLINT(google-explicit-constructor)
  const char* text = nullptr;
};

StoredRow RowOf(const TableDescriptor& table, const std::vector<Cell>& cells) {
  std::vector<Bytes> images(cells.size());
  RowColumns columns;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].text == nullptr) {
      columns.emplace_back();
      continue;
    }
    if (table.types[table.columns[i].type].kind == PgTypeKind::array) {
      images[i] = IntArray({1, 2});
    } else {
      Result<Bytes> image = ValueImage(table.types, table.columns[i].type, cells[i].text);
      INFO(image.status().message());
      REQUIRE(image.ok());
      images[i] = *image;
    }
    columns.emplace_back(ByteView(images[i]));
  }
  Bytes encoded;
  EncodeRow(columns, encoded);
  Result<StoredRow> row = ReadStoredRow(AsBytes("key"), encoded);
  REQUIRE(row.ok());
  return std::move(row).value();
}

struct Scene {
  SmallRepository repository;
  Reading reading = repository.Read(repository.owner());
  TableReader table{*reading.session, ListedTable{PaketTable(), {}, 0}};
  StoredRow jembatan = RowOf(table.descriptor(), {"29900127", "Pembangunan Jembatan Kali Ké", "1500000.50",
                                                  "2014-03-01 10:30:00", "true", "ab", "x", "", "gagal", "\\x00ff"});
  StoredRow kosong =
      RowOf(table.descriptor(), {"1", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr});

  bool Fits(const std::string& text, const StoredRow& row) {
    Result<Filter> filter = Filter::Parse(text, table.descriptor());
    INFO(text << ": " << filter.status().message());
    REQUIRE(filter.ok());
    const Result<bool> fits = filter->Matches(table, row);
    REQUIRE(fits.ok());
    return *fits;
  }
  std::string Refusal(const std::string& text) {
    Result<Filter> filter = Filter::Parse(text, table.descriptor());
    INFO(text);
    REQUIRE_FALSE(filter.ok());
    return filter.status().message();
  }
};

}  // namespace

TEST_CASE("a filter compares by the column's type") {
  Scene scene;
  const std::pair<const char*, bool> cases[] = {
      {"pkt_id=29900127", true},
      {"pkt_id = 029900127", true},
      {"pkt_id<>29900127", false},
      {"pkt_id > 9", true},  // as text it would be less
      {"pkt_hps = 1500000.5", true},
      {"pkt_hps > 1e6 and pkt_hps<1500000.51", true},
      {"pkt_hps <= 1500000.49", false},
      {"dibuat >= 2014-03-01", true},
      {"dibuat < '2014-03-01 10:30:00.000001'", true},
      {"dibuat between 2014-01-01 and 2014-12-31", true},
      {"dibuat not between 2014-01-01 and 2014-12-31", false},
      {"aktif = true", true},
      {"aktif = t AND NOT aktif = f", true},
      {"pkt_nama >= Pem and pkt_nama < Pen", true},
      {"pkt_nama = 'Pembangunan Jembatan Kali Ké'", true},
      {"pkt_nama = 'Pembangunan Jembatan'", false},
      {"pkt_nama > 'Pembangunan Jembatan'", true},
      {"kode = 'ab   '", true},  // character(n) does not mind blanks
      {"kode in (zz, ab)", true},
      {"kode not in (zz, ab)", false},
      {"\"Kode\" = x", true},
      {"Pkt_Nama is not null", true},
      {"pkt_nama is null", false},
      {"pkt_nama~*jembatan", true},
      {"pkt_nama ~ jembatan", false},
      {"pkt_nama !~ jembatan", true},
      {"pkt_nama !~* 'JEMB(AT|ET)AN'", false},
      {"pkt_nama ~ 'Ké$'", true},
      {"pkt_nama ~* 'KÉ$'", true},
      {"pkt_nama ~ '^Pemb.*K.$'", true},
      {"pkt_id ~ ^299", true},
      {"status = gagal", true},
      {"status in ('selesai', 'gagal')", true},
      {"tahap = '{1,2}'", true},
      {"tahap != '{1,3}'", true},
      {"isi = '\\x00ff'", true},
      {"pkt_id=1 or pkt_id=29900127 and aktif=true", true},
      {"(pkt_id=1 or pkt_id=29900127) and aktif=false", false},
      {"not (pkt_id=1 or aktif=false)", true},
      {"not not pkt_id=29900127", true},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(scene.Fits(text, scene.jembatan) == expected);
  }
}

TEST_CASE("a comparison with null is unknown, and so is its opposite") {
  Scene scene;
  for (const char* text :
       {"pkt_nama = x", "pkt_nama != x", "not pkt_nama = x", "pkt_nama ~ x", "pkt_nama !~ x", "pkt_hps in (1, 2)",
        "pkt_hps not in (1)", "pkt_hps between 1 and 2", "not pkt_hps between 1 and 2", "pkt_id = 1 and pkt_nama = x",
        "pkt_id = 2 or pkt_nama = x", "not (pkt_id = 1 and pkt_nama = x)", "not (pkt_id = 2 or pkt_nama = x)"}) {
    INFO(text);
    CHECK_FALSE(scene.Fits(text, scene.kosong));
  }
  for (const char* text : {"pkt_nama is null", "not pkt_nama is not null", "pkt_id = 1 or pkt_nama = x",
                           "not (pkt_id = 2 and pkt_nama = x)"}) {
    INFO(text);
    CHECK(scene.Fits(text, scene.kosong));
  }
}

TEST_CASE("a filter that is not understood says where and why") {
  Scene scene;
  const std::pair<const char*, const char*> cases[] = {
      {"", "filter: at character 1: it ends where a column is expected"},
      {"pkt_id", "filter: at character 7: it ends where a comparison is expected"},
      {"pkt_id =", "filter: at character 9: it ends where a value is expected"},
      {"pkt_id = 1 2", "filter: at character 12: here stands '2' where 'and', 'or' or the end is expected"},
      {"nama = 1", "filter: at character 1: the table has no column nama"},
      {"KODE = 1", "filter: at character 1: several columns differ from this only in case: \"KODE\""},
      {"\"PKT_ID\" = 1", "filter: at character 1: the table has no column \"PKT_ID\""},
      {"pkt_id = null", "filter: at character 10: nothing is equal to null; write 'is null'"},
      {"pkt_nama = 'x", "filter: at character 12: the quote is not closed"},
      {"pkt_nama = \"x\"",
       "filter: at character 12: double quotes are for names of columns; a value takes single ones"},
      {"pkt_nama ! x", "filter: at character 10: '!' stands only in !=, !~ and !~*"},
      {"pkt_nama = é and x", "filter: at character 19: it ends where a comparison is expected"},
      {"(pkt_id = 1", "filter: at character 12: it ends where ')' is expected"},
      {"pkt_id in ()", "filter: at character 12: here stands ')' where a value is expected"},
      {"pkt_id in (1", "filter: at character 13: it ends where ')' is expected"},
      {"pkt_id is 5", "filter: at character 11: here stands '5' where 'null' is expected"},
      {"pkt_id between 1", "filter: at character 17: it ends where 'and' is expected"},
      {"pkt_id not 1", "filter: at character 12: here stands '1' where 'in' or 'between' is expected"},
      {"isi ~ x", "filter: at character 1: a regular expression is for text, and isi holds bytes"},
      {"tahap < '{1}'",
       "filter: at character 1: tahap is of type _int4, whose order this program does not know; = and != it can "
       "compare"},
      {"status < gagal",
       "filter: at character 1: status is of type status, whose order this program does not know; = and != it can "
       "compare"},
  };
  for (const auto& [text, message] : cases) {
    INFO(text);
    CHECK(scene.Refusal(text) == message);
  }
  CHECK(scene.Refusal("aktif = true and pkt_id = abc").find("filter: at character 27: pkt_id is of type int8: ") == 0);
  CHECK(scene.Refusal("pkt_nama ~ '('").find("filter: at character 12: regular expression: ") == 0);
}

TEST_CASE("what is too deep or too long for a filter is refused, and long chains are not deep") {
  Scene scene;
  const std::string deep(100'000 / 4, '(');
  CHECK(scene.Refusal(deep).find("too many parentheses") != std::string::npos);
  std::string nots;
  for (int i = 0; i < 10'000; ++i) nots += "not ";
  CHECK(scene.Refusal(nots + "pkt_id=1").find("too many parentheses") != std::string::npos);
  CHECK(scene.Refusal(std::string(kMaxFilterText + 1, ' ')).find("too") == std::string::npos);
  CHECK(Filter::Parse(std::string(kMaxFilterText + 1, ' '), scene.table.descriptor()).status().code() ==
        Code::too_large);
  std::string chain = "pkt_id=29900127";
  while (chain.size() < kMaxFilterText - 20) chain += " or pkt_id=2";
  CHECK(scene.Fits(chain, scene.jembatan));
  CHECK(scene.Fits(std::string(90, '(') + "pkt_id=29900127" + std::string(90, ')'), scene.jembatan));
}

TEST_CASE("a filter that pins the key down says to which row") {
  Scene scene;
  const auto words = [&](const char* text) { return Filter::Parse(text, scene.table.descriptor()).value().KeyWords(); };
  CHECK(words("pkt_id=5") == std::vector<std::string>{"5"});
  CHECK(words("aktif=true and (pkt_id=5 and kode=x)") == std::vector<std::string>{"5"});
  CHECK_FALSE(words("pkt_id=5 or aktif=true"));
  CHECK_FALSE(words("not pkt_id=5"));
  CHECK_FALSE(words("pkt_id>=5"));
  CHECK_FALSE(words("kode=x"));
  TableDescriptor two = PaketTable();
  two.key = {1, 0};
  CHECK(Filter::Parse("pkt_id=5 and pkt_nama='a,b'", two).value().KeyWords() == std::vector<std::string>{"a,b", "5"});
  CHECK_FALSE(Filter::Parse("pkt_id=5", two).value().KeyWords());
  two.key = {5};
  CHECK_FALSE(Filter::Parse("kode=x", two).value().KeyWords());  // keys of character(n) are not equal where values are
}

TEST_CASE("text in another encoding is compared as UTF-8") {
  Scene scene;
  TableDescriptor latin = PaketTable();
  latin.encoding = "LATIN1";
  const TableReader table(*scene.reading.session, ListedTable{latin, {}, 0});
  StoredRow row = RowOf(latin, {"1", "K\xe9", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr});
  for (const char* text : {"pkt_nama = 'Ké'", "pkt_nama ~ 'K.$'", "pkt_nama ~* KÉ", "pkt_nama < 'Kê'"}) {
    INFO(text);
    Result<Filter> filter = Filter::Parse(text, latin);
    REQUIRE(filter.ok());
    CHECK(filter->Matches(table, row).value());
  }
}

TEST_CASE("a regular expression takes linear time, whatever it is, and never the stack") {
  // The textbook's bad case for one that goes back; and one that would recurse a million deep.
  const Result<Regex> nested = Regex::Compile("^(a+)+$", false);
  REQUIRE(nested.ok());
  const std::string long_text(4 << 20, 'a');
  CHECK(nested->FoundIn(long_text));
  CHECK_FALSE(nested->FoundIn(long_text + "b"));
  CHECK(Regex::Compile("(x{1000}){1000}", false).status().code() == Code::invalid);
  CHECK(Regex::Compile(std::string(50'000, '('), false).status().code() == Code::invalid);
  CHECK(Regex::Compile("a.b", false).value().FoundIn("a\nb"));
  CHECK_FALSE(Regex::Compile("^b", false).value().FoundIn("a\nb"));
}

}  // namespace pulih
