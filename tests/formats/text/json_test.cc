#include "formats/text/json.h"

#include <random>

#include <catch2/catch.hpp>

#include "formats/text/json_splitter.h"

namespace pulih {
namespace {

std::string Again(std::string_view text) {
  const Result<Json> json = ReadJson(text);
  INFO(text << ": " << json.status().ToString());
  REQUIRE(json.ok());
  return JsonText(*json);
}

struct Pieces : JsonPieceSink {
  Status Piece(const JsonPiece& piece) override {
    offsets.push_back(piece.offset);
    texts.emplace_back(piece.text);
    list.push_back(std::to_string(piece.offset) + "/" + std::to_string(piece.line) + " " + std::string(piece.member) + ":" + std::string(piece.text));
    return OkStatus();
  }
  std::vector<std::string> list, texts;
  std::vector<uint64_t> offsets;
};

template <typename Splitter, typename... Arguments>
Status SplitInto(Pieces& pieces, std::string_view text, size_t piece, Arguments... arguments) {
  Splitter splitter(pieces, arguments...);
  for (size_t at = 0; at < text.size(); at += piece) PULIH_TRY(splitter.Feed(text.substr(at, piece)));
  return splitter.Finish();
}

std::vector<std::string> Split(std::string_view text, std::vector<std::string> cut = {}) {
  Pieces whole;
  const Status split = SplitInto<JsonSplitter>(whole, text, text.size() + 1, cut);
  INFO(split.ToString());
  REQUIRE(split.ok());
  for (size_t i = 0; cut.empty() && i < whole.texts.size(); ++i) CHECK(text.substr(whole.offsets[i], whole.texts[i].size()) == whole.texts[i]);
  for (size_t piece = 1; piece < 5; ++piece) {
    Pieces again;
    REQUIRE(SplitInto<JsonSplitter>(again, text, piece, cut).ok());
    REQUIRE(again.list == whole.list);
  }
  return whole.list;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("JSON keeps numbers as they stand and members in their order") {
  for (const char* text : {"123456789012345678.90", "-0", "1e400", "1E-9", "99999999999999999999999999", "null", "true", "false", "\"\"", "[]", "{}",
                           R"({"z":1.10,"a":[1,2.0,"x",null,{"b":false}]})", R"(["\"\\\b\f\n\r\t\u0001","é日"])"}) {
    CHECK(Again(text) == text);
  }
  CHECK(Again(" { \"a\" : [ 1 , 2 ] } \n") == R"({"a":[1,2]})");
  CHECK(Again(R"("\u00e9\/\ud83d\ude00")") == "\"é/\xF0\x9F\x98\x80\"");
}

TEST_CASE("of a key that stands twice the last value counts, and it is noted") {
  JsonReader reader;
  const Result<Json> json = reader.Read(R"({"a":1,"b":2,"a":3,"c":{"x":1,"x":1}})");
  REQUIRE(json.ok());
  CHECK(JsonText(*json) == R"({"b":2,"a":3,"c":{"x":1}})");
  CHECK(reader.repeated_keys() == 2);
  REQUIRE(reader.Read("{}").ok());
  CHECK(reader.repeated_keys() == 0);
}

TEST_CASE("what is no JSON is corrupt, never a value") {
  for (const char* text : {"", " ", "nul", "nulll", "tru", "01", "1.", ".5", "+1", "1e", "-", "1 2", "1,2", "[1", "[1 2]", "[1,]", "[,1]", "{", "{\"a\"}", "{\"a\":}",
                           "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "\"", "\"\n\"", "\"\\x\"", "\"\\ud800\"", "\"\xFF\"", "[1}", "{\"a\":1]", "]", "}", "[[]", "{}{}", "[]]", "][",
                           "1],[2", "'a'", "NaN", "\"a\"x", "{\"a\":1 \"b\":2}", "[1}]", "{1:2}", "truefalse", "[true false]", "123abc", "0x10"}) {
    INFO(text);
    CHECK(ReadJson(text).status().code() == Code::corrupt);
  }
}

TEST_CASE("JSON may be 64 levels deep, and no deeper") {
  CHECK(ReadJson(std::string(64, '[') + std::string(64, ']')).ok());
  CHECK(ReadJson(std::string(65, '[') + std::string(65, ']')).status().code() == Code::too_large);
  CHECK_FALSE(ReadJson(std::string(100000, '[')).ok());
  std::string nested;
  for (int i = 0; i < 65; ++i) nested += "{\"a\":";
  CHECK(ReadJson(nested + "1" + std::string(65, '}')).status().code() == Code::too_large);
}

TEST_CASE("JSON values are equal whatever the order of members") {
  CHECK(*ReadJson(R"({"a":1,"b":[2,{"c":3,"d":4}]})") == *ReadJson(R"({"b":[2,{"d":4,"c":3}],"a":1})"));
  CHECK_FALSE(*ReadJson("[1,2]") == *ReadJson("[2,1]"));
  CHECK_FALSE(*ReadJson(R"({"a":1})") == *ReadJson(R"({"a":1,"b":2})"));
  CHECK_FALSE(*ReadJson("1") == *ReadJson("\"1\""));
}

TEST_CASE("mutated JSON is refused or read, and what was read is written the same again") {
  std::mt19937 random(8);
  const std::string seed = R"({"ocid":"o-1","n":-1.5e3,"tender":{"items":[{"id":"1","q":2},null,true,"\u00e9\n"],"x":{}},"e":[]})";
  JsonReader reader;
  int accepted = 0;
  for (int run = 0; run < 20000; ++run) {
    std::string text = seed;
    for (size_t n = 1 + random() % 3; n > 0; --n) {
      const size_t at = random() % text.size();
      constexpr std::string_view kMarks = "{}[]\",:\\0e-. \n\x80u";
      if (random() % 3 == 0) text.erase(at, 1 + random() % 5);
      else if (random() % 2 == 0) text[at] = kMarks[random() % kMarks.size()];
      else text.insert(at, 1, kMarks[random() % kMarks.size()]);
      if (text.empty()) text = "0";
    }
    const Result<Json> json = reader.Read(text);
    if (!json.ok()) continue;
    ++accepted;
    const std::string written = JsonText(*json);
    const Result<Json> again = reader.Read(written);
    if (!again.ok() || JsonText(*again) != written) FAIL(text);
  }
  CHECK(accepted > 500);
}

TEST_CASE("a splitter cuts values one after another, and the elements of an array") {
  CHECK(Split("{\"a\":1}\n {\"b\":[2]}") == List{"0/1 :{\"a\":1}", "9/2 :{\"b\":[2]}"});
  CHECK(Split("[1, \"a]\\\"\", {\"x\":[]},[2],null]") == List{"1/1 :1", "4/1 :\"a]\\\"\"", "12/1 :{\"x\":[]}", "21/1 :[2]", "25/1 :null"});
  CHECK(Split("[]").empty());
  CHECK(Split(" ").empty());
  CHECK(Split("12") == List{"0/1 :12"});
  CHECK(Split("[\n1,\n2]") == List{"2/2 :1", "5/3 :2"});
}

TEST_CASE("a splitter cuts the members that it is asked for, and hands over the rest behind them") {
  const std::string text = R"({"uri":"x","releases":[{"a":1},{"releases":[7]}],"n":{"releases":[1,2]},"records": [3] ,"releasesx":[4]})";
  CHECK(Split(text, {"releases", "records"}) ==
        List{"23/1 releases:{\"a\":1}", "31/1 releases:{\"releases\":[7]}", "84/1 records:3",
             R"(0/1 :{"uri":"x","releases":[],"n":{"releases":[1,2]},"records": [] ,"releasesx":[4]})"});
  CHECK(Split(R"({"releases":"no array","a":[1]})", {"releases"}) == List{R"(0/1 :{"releases":"no array","a":[1]})"});
}

TEST_CASE("a splitter refuses what is open or has no commas") {
  for (const char* text : {"[1", "{\"a\":1", "[1 2]", "[\"a\"\"b\"]", "\"open", "[1,,2]", "[,", "}", "]", "{\"releases\":[1"}) {
    INFO(text);
    Pieces pieces;
    CHECK(SplitInto<JsonSplitter>(pieces, text, 3, List{"releases"}).code() == Code::corrupt);
  }
}

TEST_CASE("lines are cut by their ends alone") {
  Pieces pieces;
  REQUIRE(SplitInto<LineSplitter>(pieces, "{\"a\":\n\n  {\"b\":1} \r\nx", 3).ok());
  CHECK(pieces.list == List{"0/1 :{\"a\":", "9/3 :{\"b\":1}", "19/4 :x"});
}

TEST_CASE("a number is told from what only looks like one") {
  for (const char* number : {"0", "-0", "1", "-12.50", "1e5", "1E+20", "123456789012345678901234567890.123", "0.001"}) CHECK(IsJsonNumber(number));
  for (const char* other : {"", "-", "01", "1.", ".5", "1e", "1e+", "NaN", "Infinity", "1-2", "+1", "1 ", "0x1", "1.2.3"}) CHECK_FALSE(IsJsonNumber(other));
}

}  // namespace pulih
