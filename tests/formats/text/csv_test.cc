#include "formats/text/csv.h"

#include <random>

#include <catch2/catch.hpp>

namespace pulih {
namespace {

using Row = std::vector<std::optional<std::string>>;

class Rows : public CsvSink {
 public:
  Status CsvRow(const CsvFields& fields, uint64_t line) override {
    Row row;
    for (const auto& field : fields) row.push_back(field ? std::optional<std::string>(*field) : std::nullopt);
    rows.push_back(std::move(row));
    lines.push_back(line);
    return OkStatus();
  }
  std::vector<Row> rows;
  std::vector<uint64_t> lines;
};

Status ParseInto(Rows& rows, std::string_view text, size_t piece, const Dialect& dialect = {}) {
  CsvParser parser(dialect, rows);
  for (size_t at = 0; at < text.size(); at += piece) PULIH_TRY(parser.Feed(text.substr(at, piece)));
  return parser.Finish();
}

std::vector<Row> Parsed(std::string_view text, const Dialect& dialect = {}) {
  Rows whole;
  REQUIRE(ParseInto(whole, text, text.size() + 1, dialect).ok());
  for (size_t piece = 1; piece < 4; ++piece) {
    Rows again;
    REQUIRE(ParseInto(again, text, piece, dialect).ok());
    REQUIRE(again.rows == whole.rows);
    REQUIRE(again.lines == whole.lines);
  }
  return whole.rows;
}

const std::nullopt_t kNull = std::nullopt;

}  // namespace

TEST_CASE("CSV rows come out as RFC 4180 has them") {
  CHECK(Parsed("a,b\n1,2\n") == std::vector<Row>{{"a", "b"}, {"1", "2"}});
  CHECK(Parsed("a,b\r\n1,2") == std::vector<Row>{{"a", "b"}, {"1", "2"}});
  CHECK(Parsed("a,b\r1,2\r") == std::vector<Row>{{"a", "b"}, {"1", "2"}});
  CHECK(Parsed("\"a,\"\"b\"\"\",\"x\r\ny\"\n") == std::vector<Row>{{"a,\"b\"", "x\r\ny"}});
  CHECK(Parsed("").empty());
  CHECK(Parsed("a;b,c\n", {';', '"'}) == std::vector<Row>{{"a", "b,c"}});
}

TEST_CASE("nothing between delimiters is NULL, and two quotes are the empty text") {
  CHECK(Parsed(",\"\",x\n") == std::vector<Row>{{kNull, "", "x"}});
  CHECK(Parsed("x,\n") == std::vector<Row>{{"x", kNull}});
  CHECK(Parsed("x,") == std::vector<Row>{{"x", kNull}});
  CHECK(Parsed("\"\"") == std::vector<Row>{{""}});
  CHECK(Parsed("x\n\ny\n") == std::vector<Row>{{"x"}, {kNull}, {"y"}});
}

TEST_CASE("sloppy quotes are taken as they are meant") {
  CHECK(Parsed("5\" pipe,\"a\"b,\"c\" \n") == std::vector<Row>{{"5\" pipe", "ab", "c "}});
}

TEST_CASE("rows are counted from the line where they begin") {
  Rows rows;
  REQUIRE(ParseInto(rows, "a\n\"b\nc\"\r\nd\re", 100).ok());
  CHECK(rows.lines == std::vector<uint64_t>{1, 2, 4, 5});
}

TEST_CASE("a quote that is never closed is told with its line, and never taken for a field") {
  Rows rows;
  const Status parsed = ParseInto(rows, "a,b\n1,\"open\n2,3\n", 5);
  CHECK(parsed.code() == Code::corrupt);
  CHECK(parsed.message() == "read CSV: line 2: a quote is never closed");
  CHECK(rows.rows.size() == 1);
}

TEST_CASE("a field, a row and the number of fields are bounded") {
  Rows rows;
  CHECK(ParseInto(rows, std::string(kMaxCsvColumns, ','), 4096).code() == Code::too_large);
  CHECK(ParseInto(rows, std::string(kMaxCsvColumns - 1, ','), 4096).ok());
  CHECK(ParseInto(rows, "\"" + std::string(kMaxCsvField + 1, 'x'), 1 << 20).code() == Code::too_large);
}

TEST_CASE("the delimiter is the one that cuts the lines evenly") {
  CHECK(DetectDialect("a;b;c\n1,5;2;3\n2,5;3;4\n").delimiter == ';');
  CHECK(DetectDialect("a\tb\n1, 2, 3\tx\n").delimiter == '\t');
  CHECK(DetectDialect("a|b\n1|2\n").delimiter == '|');
  CHECK(DetectDialect("a,b\n\"x;y;z\",2\n").delimiter == ',');
  CHECK(DetectDialect("kode\n1\n2\n").delimiter == ',');
  CHECK(DetectDialect("a,b,c").delimiter == ',');
  CHECK(DetectDialect("").delimiter == ',');
  CHECK(DetectDialect("a;b\n1;2\n1;\"an open quo").delimiter == ';');
}

TEST_CASE("what CsvWriter writes is read back the same, whatever the texts") {
  std::mt19937 random(3);
  constexpr std::string_view kParts[] = {"a", ",", "\"", "\n", "\r", ";", " ", "é", "\t", "'", "\xEF\xBB\xBF"};
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const CsvWriter writer({delimiter, '"'});
    for (int run = 0; run < 300; ++run) {
      std::vector<Row> rows;
      std::string text;
      const size_t columns = 1 + random() % 4;
      for (int r = 0; r < 5; ++r) {
        Row& row = rows.emplace_back();
        CsvFields fields;
        for (size_t i = 0; i < columns; ++i) {
          if (random() % 5 == 0) {
            row.push_back(kNull);
            continue;
          }
          std::string field;
          for (size_t n = random() % 4; n > 0; --n) field += kParts[random() % std::size(kParts)];
          row.push_back(field);
        }
        for (const auto& field : row) fields.push_back(field ? std::optional<std::string_view>(*field) : kNull);
        writer.AppendRow(fields, text);
      }
      Rows read;
      REQUIRE(ParseInto(read, text, 1 + random() % 50, {delimiter, '"'}).ok());
      REQUIRE(read.rows == rows);
    }
  }
}

TEST_CASE("CsvWriter quotes only where it must") {
  std::string text;
  CsvWriter().AppendRow({"Jalan lingkar", "a,b", "say \"x\"", "", kNull, "two\nlines", "5;6"}, text);
  CHECK(text == "Jalan lingkar,\"a,b\",\"say \"\"x\"\"\",\"\",,\"two\nlines\",5;6\n");
}

}  // namespace pulih
