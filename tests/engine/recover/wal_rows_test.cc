// Whether a tuple of the log can be a table's, told from its bytes, beside the same told from the texts of its values.
#include "engine/recover/wal_rows.h"

#include <iterator>
#include <random>

#include <catch2/catch.hpp>

#include "engine/recover/row_fit.h"
#include "formats/postgres/ddl.h"
#include "tests/support/heap_builder.h"

namespace pulih {
namespace {

class NoToast : public ToastSource {
 public:
  void Chunks(const ToastPointer&, std::vector<ToastChunk>&) const override {}
};

constexpr const char* kTypes[] = {
    "boolean",     "smallint",         "integer",          "bigint",       "date",           "timestamp",  "timestamp(3)", "timestamptz",
    "numeric",     "numeric(6,2)",     "numeric(4,0)",     "numeric(3,3)", "numeric(12,4)",  "text",       "varchar(6)",   "varchar",
    "char(4)",     "json",             "double precision", "uuid",         "bytea",          "name"};

// Mostly what could be a value of many of these types.
Bytes RandomValue(std::mt19937_64& random) {
  constexpr size_t kSizes[] = {1, 2, 4, 4, 6, 8, 8, 8, 16, 3, 64};
  Bytes value(kSizes[random() % std::size(kSizes)]);
  switch (random() % 4) {
    case 0:
      for (uint8_t& byte : value) byte = static_cast<uint8_t>(random());
      break;
    case 1:
      for (uint8_t& byte : value) byte = static_cast<uint8_t>("0123456789ab{}"[random() % 14]);
      break;
    case 2: {  // a number in a few low bytes
      const uint64_t number = random() >> (random() % 64);
      for (size_t i = 0; i < value.size() && i < 8; ++i) value[i] = static_cast<uint8_t>(number >> (8 * i));
      break;
    }
    default: {  // a numeric in its short form
      const auto head = static_cast<uint16_t>(0x8000u | random() % 2 << 13 | random() % 5 << 7 | (random() % 4 == 3 ? 0x7fu : random() % 3));
      value.assign({static_cast<uint8_t>(head), static_cast<uint8_t>(head >> 8)});
      for (uint64_t n = random() % 4; n > 0; --n) {
        const auto digit = static_cast<uint16_t>(random() % 3 == 0 ? random() % 100 * 100 : random() % 10000);
        value.insert(value.end(), {static_cast<uint8_t>(digit), static_cast<uint8_t>(digit >> 8)});
      }
    }
  }
  return value;
}

bool FitsByText(const TableForm& form, WalRowReader& reader, ByteView tuple, const ToastSource& toast) {
  std::vector<DecodedField> row;
  if (!reader.Decode(tuple, toast, row) || row.size() != form.listed()) return false;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i].state == DecodedField::State::null && !form.FieldFits(i, std::nullopt)) return false;
    if (row[i].state == DecodedField::State::value && !form.FieldFits(i, row[i].text)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("what fits a column by its bytes is what fits it by its text") {
  const auto seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  const NoToast toast;
  for (const char* type : kTypes) {
    const Schema schema = ReadDdl("CREATE TABLE t (a integer PRIMARY KEY, b " + std::string(type) + ");");
    REQUIRE(schema.tables.size() == 1);
    const TableForm form(schema, 0, {});
    WalRowReader reader(schema, 0);
    const ColumnForm column = ShapeOf(schema.tables[0]).columns[1];
    size_t fitting = 0;
    for (int i = 0; i < 20000; ++i) {
      Bytes value = RandomValue(random);
      if (column.length > 0) value.resize(static_cast<size_t>(column.length));
      TupleBuilder tuple;
      tuple.Int(int32_t{i});
      if (column.length > 0) tuple.Fixed(value, column.alignment);
      else tuple.Varlena(value);
      const Bytes bytes = tuple.Build();
      INFO(type);
      const bool fits = reader.Fits(bytes, toast);
      REQUIRE(fits == FitsByText(form, reader, bytes, toast));
      fitting += fits ? 1 : 0;
    }
    INFO(type << ": " << fitting << " of 20000 fit");
    CHECK(fitting > 50);
  }
}

TEST_CASE("a NULL fits where it may be, and its key tells nothing") {
  const NoToast toast;
  const Schema schema = ReadDdl("CREATE TABLE t (a integer, b integer NOT NULL);");
  WalRowReader reader(schema, 0);
  TupleBuilder first, second, both;
  const Bytes with_null = first.Null().Int(int32_t{7}).Build(), whole = both.Int(int32_t{7}).Int(int32_t{8}).Build();
  REQUIRE(reader.Fits(with_null, toast));
  CHECK_FALSE(reader.KeyHash({0}, toast));
  CHECK(reader.KeyHash({1}, toast));
  CHECK_FALSE(reader.Fits(second.Int(int32_t{7}).Null().Build(), toast));
  REQUIRE(reader.Fits(whole, toast));
  const auto seven = reader.KeyHash({0}, toast), eight = reader.KeyHash({1}, toast);
  CHECK(seven != eight);
}

}  // namespace pulih
