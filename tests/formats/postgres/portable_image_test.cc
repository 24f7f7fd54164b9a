#include "formats/postgres/portable_image.h"

#include <catch2/catch.hpp>

#include "engine/base/endian.h"

namespace pulih {
namespace {

// 0 int4, 1 user's enumeration, 2 array of it, 3 composite (int4, array), 4 array of composites, 5 domain over that,
// 6 range of composites, 7 multirange of those, 8 array of int4.
const TypeList kTypes = {
    {PgTypeKind::base, "pg_catalog", "int4", pg_oid::kInt4, 0, {}},
    {PgTypeKind::enumeration, "public", "mood", 0, 0, {}},
    {PgTypeKind::array, "public", "_mood", 0, 1, {}},
    {PgTypeKind::composite, "public", "pair", 0, 0, {{"a", 0}, {"m", 2}}},
    {PgTypeKind::array, "public", "_pair", 0, 3, {}},
    {PgTypeKind::domain, "public", "pairs", 0, 4, {}},
    {PgTypeKind::range, "public", "span", 0, 3, {}},
    {PgTypeKind::multirange, "public", "spans", 0, 6, {}},
    {PgTypeKind::array, "pg_catalog", "_int4", 1007, 0, {}},
};
const std::vector<uint32_t> kOids = {pg_oid::kInt4, 20001, 20002, 20003, 20004, 20005, 20006, 20007, 1007};

Bytes Be(int64_t value) {
  Bytes bytes(4);
  StoreBe(bytes.data(), static_cast<uint32_t>(value));
  return bytes;
}
Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) Append(all, part);
  return all;
}
Bytes Sized(const Bytes& value) { return Join({Be(static_cast<int64_t>(value.size())), value}); }

// With the numbers of kOids when `local`, else with zeros.
Bytes Moods(bool local) {
  return Join({Be(1), Be(1), Be(local ? 20001 : 0), Be(3), Be(1), Sized(ToBytes("sad")), Be(-1), Sized(ToBytes("ok"))});
}
Bytes Pair(bool local) {
  return Join({Be(2), Be(local ? 23 : 0), Sized(Be(7)), Be(local ? 20002 : 0), Sized(Moods(local))});
}
Bytes Pairs(bool local) {
  return Join(
      {Be(2), Be(0), Be(local ? 20003 : 0), Be(1), Be(1), Be(2), Be(-4), Sized(Pair(local)), Sized(Pair(local))});
}
Bytes Span(bool local) { return Join({Bytes{0x02}, Sized(Pair(local)), Sized(Pair(local))}); }
Bytes HalfSpan(bool local) { return Join({Bytes{0x12}, Sized(Pair(local))}); }
Bytes Spans(bool local) { return Join({Be(2), Sized(Span(local)), Sized(HalfSpan(local))}); }

struct Case {
  TypeIndex type;
  Bytes local, portable;
};
const std::vector<Case> kCases = {
    {0, Be(5), Be(5)},
    {1, ToBytes("ok"), ToBytes("ok")},
    {2, Moods(true), Moods(false)},
    {2, Join({Be(0), Be(0), Be(20001)}), Join({Be(0), Be(0), Be(0)})},
    {3, Pair(true), Pair(false)},
    {4, Pairs(true), Pairs(false)},
    {5, Pairs(true), Pairs(false)},
    {6, Span(true), Span(false)},
    {6, HalfSpan(true), HalfSpan(false)},
    {6, Bytes{0x01}, Bytes{0x01}},
    {7, Spans(true), Spans(false)},
    {7, Be(0), Be(0)},
};

}  // namespace

TEST_CASE("the numbers of types are taken out at any depth, and put back") {
  for (const Case& example : kCases) {
    Bytes image = example.local;
    REQUIRE(MakePortable(kTypes, example.type, image).ok());
    CHECK(image == example.portable);
    REQUIRE(MakePortable(kTypes, example.type, image).ok());  // once more changes nothing
    CHECK(image == example.portable);
    REQUIRE(MakeLocal(kTypes, kOids, example.type, image).ok());
    CHECK(image == example.local);
  }
}

TEST_CASE("only types with numbers inside need to be looked at") {
  const std::vector<bool> expected = {false, false, true, true, true, true, true, true, true};
  for (TypeIndex type = 0; type < kTypes.size(); ++type) CHECK(HasTypeNumbers(kTypes, type) == expected[type]);
  CHECK(HasTypeNumbers(kTypes, 99));
}

TEST_CASE("the one number of an array of plain elements is changed in the beginning of its image") {
  CHECK(HasNumberInHeadOnly(kTypes, 2));
  CHECK_FALSE(HasNumberInHeadOnly(kTypes, 4));  // of composites
  CHECK_FALSE(HasNumberInHeadOnly(kTypes, 0));
  const Bytes local = Moods(true), portable = Moods(false);
  for (size_t size = 0; size < local.size(); ++size) {
    Bytes beginning(local.begin(), local.begin() + static_cast<ptrdiff_t>(size));
    const Status made = MakeHeadPortable(kTypes, 2, beginning);
    CHECK(made.ok() == (size >= kNumberInHeadEnds));
    if (made.ok()) CHECK(std::equal(beginning.begin(), beginning.end(), portable.begin()));
    if (made.ok()) CHECK(MakeHeadLocal(kTypes, kOids, 2, beginning).ok());
    if (made.ok()) CHECK(std::equal(beginning.begin(), beginning.end(), local.begin()));
  }
}

TEST_CASE("an image cut short or with bytes behind it is corrupt") {
  for (const Case& example : kCases) {
    if (example.type < 2) continue;
    for (size_t size = 0; size < example.local.size(); ++size) {
      Bytes image = example.local;
      image.resize(size);
      REQUIRE(MakePortable(kTypes, example.type, image).code() == Code::corrupt);
    }
    Bytes longer = example.local;
    longer.push_back(0);
    CHECK(MakePortable(kTypes, example.type, longer).code() == Code::corrupt);
  }
}

TEST_CASE("a flipped bit in an image gives a status and keeps the size") {
  for (const Case& example : kCases) {
    for (size_t at = 0; at < example.local.size() * 8; ++at) {
      Bytes image = example.local;
      image[at / 8] = static_cast<uint8_t>(image[at / 8] ^ 1 << at % 8);
      const Status made = MakePortable(kTypes, example.type, image);
      REQUIRE((made.ok() || made.code() == Code::corrupt));
      REQUIRE(image.size() == example.local.size());
    }
  }
}

TEST_CASE("a type number that is not the type's own is corrupt where it is known") {
  Bytes image = Join({Be(1), Be(0), Be(pg_oid::kText), Be(1), Be(1), Sized(Be(5))});
  CHECK(MakePortable(kTypes, 8, image).code() == Code::corrupt);
}

TEST_CASE("lengths at their edges are refused without being believed") {
  const auto code = [](TypeIndex type, Bytes image) { return MakePortable(kTypes, type, image).code(); };
  const Bytes huge = Be(0x7fffffff);
  CHECK(code(8, Join({Be(7), Be(0), Be(23)})) == Code::corrupt);
  CHECK(code(8, Join({Be(-1), Be(0), Be(23)})) == Code::corrupt);
  CHECK(code(8, Join({Be(1), Be(2), Be(23), Be(1), Be(1), Be(-1)})) == Code::corrupt);
  CHECK(code(8, Join({Be(1), Be(0), Be(23), huge, Be(1)})) == Code::corrupt);
  CHECK(code(8, Join({Be(6), Be(0), Be(23), huge, Be(1), huge, Be(1), huge, Be(1), huge, Be(1), huge, Be(1), huge,
                      Be(1)})) == Code::corrupt);
  CHECK(code(8, Join({Be(1), Be(0), Be(23), Be(1), Be(1), huge})) == Code::corrupt);
  CHECK(code(8, Join({Be(1), Be(0), Be(23), Be(1), Be(1), Be(-2)})) == Code::corrupt);
  CHECK(code(3, Join({Be(3), Be(0), Be(-1), Be(0), Be(-1), Be(0), Be(-1)})) == Code::corrupt);
  CHECK(code(6, Join({Bytes{0x02}, Be(-1), Be(-1)})) == Code::corrupt);
  CHECK(code(7, huge) == Code::corrupt);
}

TEST_CASE("types nested too deeply, or that are not in the list, are corrupt") {
  TypeList deep = {{PgTypeKind::base, "pg_catalog", "int4", pg_oid::kInt4, 0, {}}};
  for (TypeIndex i = 0; i < 1000; ++i) deep.push_back({PgTypeKind::domain, "public", "d", 0, i, {}});
  Bytes image = Be(1);
  CHECK(MakePortable(deep, 30, image).ok());
  CHECK(MakePortable(deep, 1000, image).code() == Code::corrupt);
  CHECK(MakePortable(deep, 5000, image).code() == Code::corrupt);
}

}  // namespace pulih
