#include "formats/postgres/copy_binary.h"

#include <random>

#include <catch2/catch.hpp>

namespace pulih {
namespace {

using Rows = std::vector<std::vector<std::optional<Bytes>>>;

struct Parsed {
  Rows rows;
  Status status;
};

// Feeds the stream in pieces of the sizes that `next` gives.
template <typename Next>
Parsed Parse(ByteView stream, size_t columns, const Next& next) {
  CopyParser parser(columns);
  Parsed parsed;
  while (!stream.empty() && parsed.status.ok()) {
    // A copy of exactly that size, so that a look beyond it is seen.
    const Bytes piece = ToBytes(stream.first(std::min<size_t>(stream.size(), next())));
    stream = stream.subspan(piece.size());
    parsed.status = parser.Feed(piece, [&](const CopyRow& row) {
      auto& kept = parsed.rows.emplace_back();
      for (const auto& column : row) kept.push_back(column ? std::optional<Bytes>(ToBytes(*column)) : std::nullopt);
      return OkStatus();
    });
  }
  if (parsed.status.ok()) parsed.status = parser.Finish();
  return parsed;
}
Parsed Parse(ByteView stream, size_t columns) {
  return Parse(stream, columns, [&] { return stream.size(); });
}

Bytes Encode(const Rows& rows) {
  Bytes out;
  AppendCopyHeader(out);
  for (const auto& row : rows) {
    CopyRow views;
    for (const auto& column : row) views.push_back(column ? std::optional<ByteView>(*column) : std::nullopt);
    REQUIRE(AppendCopyRow(views, out).ok());
  }
  AppendCopyTrailer(out);
  return out;
}

const Rows kRows = {{ToBytes("one"), std::nullopt},
                    {Bytes(), ToBytes("two")},
                    {std::nullopt, std::nullopt},
                    {Bytes(300, 7), Bytes(70, 9)}};

Bytes With(Bytes bytes, size_t at, std::initializer_list<int> values) {
  for (const int value : values) bytes[at++] = static_cast<uint8_t>(value);
  return bytes;
}

constexpr size_t kHeader = 19;

}  // namespace

TEST_CASE("a COPY stream has the bytes that PostgreSQL documents") {
  const Bytes stream = Encode({{ToBytes("ab"), std::nullopt}});
  const Bytes expected = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xff, '\r', '\n', 0,    0,    0,    0,    0,    0,   0,
                          0,   0,   0,   2,   0,   0,   0,    2,    'a',  'b',  0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  CHECK(stream == expected);
}

TEST_CASE("a COPY stream is parsed the same however it is cut") {
  const Bytes stream = Encode(kRows);
  CHECK(Parse(stream, 2).rows == kRows);
  for (size_t piece = 1; piece <= stream.size(); ++piece) {
    const Parsed parsed = Parse(stream, 2, [piece] { return piece; });
    REQUIRE(parsed.status.ok());
    REQUIRE(parsed.rows == kRows);
  }
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    const Parsed parsed = Parse(stream, 2, [&] { return 1 + random() % 40; });
    REQUIRE(parsed.status.ok());
    REQUIRE(parsed.rows == kRows);
  }
}

TEST_CASE("empty pieces and rows without columns are nothing special") {
  CopyParser parser(0);
  const Bytes stream = Encode({{}, {}});
  size_t rows = 0;
  const auto count = [&](const CopyRow&) {
    ++rows;
    return OkStatus();
  };
  for (const uint8_t byte : stream) {
    REQUIRE(parser.Feed({}, count).ok());
    REQUIRE(parser.Feed(ByteView(&byte, 1), count).ok());
    REQUIRE(parser.Feed({}, count).ok());
  }
  CHECK(parser.Finish().ok());
  CHECK(rows == 2);
}

TEST_CASE("a COPY stream cut short anywhere is corrupt") {
  const Bytes stream = Encode(kRows);
  for (size_t size = 0; size < stream.size(); ++size) {
    const Parsed parsed = Parse(ByteView(stream).first(size), 2);
    REQUIRE(parsed.status.code() == Code::corrupt);
    REQUIRE(parsed.rows.size() <= kRows.size());
  }
}

TEST_CASE("a flipped byte is refused or gives other values, never more") {
  const Bytes stream = Encode(kRows);
  for (size_t at = 0; at < stream.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes flipped = stream;
      flipped[at] = static_cast<uint8_t>(flipped[at] ^ 1 << bit);
      const Parsed whole = Parse(flipped, 2), pieces = Parse(flipped, 2, [] { return size_t{3}; });
      REQUIRE(whole.status.code() == pieces.status.code());
      REQUIRE(whole.rows == pieces.rows);
      REQUIRE((whole.status.ok() || whole.status.code() == Code::corrupt));
    }
  }
}

TEST_CASE("what no server sends is corrupt") {
  const Bytes stream = Encode(kRows);
  const auto code = [](const Bytes& bytes) { return Parse(bytes, 2).status.code(); };
  CHECK(Parse(stream, 3).status.code() == Code::corrupt);                             // another number of columns
  CHECK(code(With(stream, kHeader, {0xff, 0xfe})) == Code::corrupt);                  // -2 columns
  CHECK(code(With(stream, kHeader + 2, {0xff, 0xff, 0xff, 0xfe})) == Code::corrupt);  // a length of -2
  CHECK(code(With(stream, kHeader + 2, {0x7f, 0xff, 0xff, 0xff})) == Code::corrupt);  // above 1 GiB
  CHECK(code(With(stream, kHeader + 2, {0x3f, 0xff, 0xff, 0x00})) == Code::corrupt);  // below: never comes
  CHECK(code(With(stream, 11, {0, 1, 0, 0})) == Code::corrupt);                       // with OIDs
  CHECK(code(With(stream, 15, {0x7f, 0xff, 0xff, 0xff})) == Code::corrupt);           // an endless extension
  Bytes longer = stream;
  longer.push_back(0);
  CHECK(code(longer) == Code::corrupt);
  Bytes extended = With(stream, 15, {0, 0, 0, 2});
  extended.insert(extended.begin() + kHeader, {1, 2});
  CHECK(Parse(extended, 2).rows == kRows);
}

TEST_CASE("a failure of the one who takes rows comes back") {
  CopyParser parser(2);
  const Bytes stream = Encode(kRows);
  int rows = 0;
  const Status fed =
      parser.Feed(stream, [&](const CopyRow&) { return ++rows == 2 ? Status(Code::no_space, "full") : OkStatus(); });
  CHECK(fed.code() == Code::no_space);
  CHECK(rows == 2);
}

}  // namespace pulih
