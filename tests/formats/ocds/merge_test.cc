#include "formats/ocds/merge.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <catch2/catch.hpp>

namespace pulih::ocds {
namespace {

Json Parsed(std::string_view text) {
  Result<Json> json = ReadJson(text);
  INFO(json.status().ToString());
  REQUIRE(json.ok());
  return std::move(*json);
}

Json ParsedFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Parsed(std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
}

std::string Compiled(std::string_view releases, const MergeRules& rules = MergeRules::Ocds11(), MergeWarnings* warnings = nullptr) {
  Result<Json> merged = CompiledRelease(*Parsed(releases).array(), rules, warnings);
  INFO(merged.status().ToString());
  REQUIRE(merged.ok());
  return JsonText(*merged);
}

std::string Versioned(std::string_view releases) {
  Result<Json> merged = VersionedRelease(*Parsed(releases).array(), MergeRules::Ocds11());
  REQUIRE(merged.ok());
  return JsonText(*merged);
}

// Where the fixtures of the OCDS reference implementation lie; they are not ours to ship.
std::filesystem::path FixtureFolder() {
  if (const char* folder = std::getenv("PULIH_OCDS_FIXTURES")) return folder;
#ifdef PULIH_OCDS_FIXTURES
  return PULIH_OCDS_FIXTURES;
#else
  return {};
#endif
}

constexpr std::string_view kHead1 = R"({"ocid":"o","id":"1","date":"2014-01-01","tag":["tender"])";
constexpr std::string_view kHead2 = R"({"ocid":"o","id":"2","date":"2014-02-01","tag":["tender"])";
constexpr std::string_view kCompiledHead = R"({"ocid":"o","id":"o-2014-02-01","date":"2014-02-01","tag":["compiled"])";

std::string Two(std::string_view first, std::string_view second) {
  return "[" + std::string(kHead1) + "," + std::string(first) + "}," + std::string(kHead2) + "," + std::string(second) + "}]";
}
std::string Merged(std::string_view rest) { return std::string(kCompiledHead) + (rest.empty() ? "" : ",") + std::string(rest) + "}"; }

}  // namespace

TEST_CASE("the fixtures of the OCDS merge reference give what they should, by the schema and by the table") {
  const std::filesystem::path folder = FixtureFolder();
  if (folder.empty() || !std::filesystem::is_directory(folder)) {
    WARN("skipped: PULIH_OCDS_FIXTURES names no folder with the merge fixtures");
    return;
  }
  Result<MergeRules> by_schema = MergeRules::FromSchema(ParsedFile(folder / "release-schema-1__1__4.json"));
  REQUIRE(by_schema.ok());
  size_t checked = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder / "1.1")) {
    const std::string stem = file.path().stem().string();
    if (stem.ends_with("-compiled") || stem.ends_with("-versioned")) continue;
    INFO(stem);
    const Json releases = ParsedFile(file.path());
    for (const MergeRules& rules : {*by_schema, MergeRules::Ocds11()}) {
      Result<Json> compiled = CompiledRelease(*releases.array(), rules), versioned = VersionedRelease(*releases.array(), rules);
      REQUIRE(compiled.ok());
      REQUIRE(versioned.ok());
      const Json want_compiled = ParsedFile(folder / "1.1" / (stem + "-compiled.json")), want_versioned = ParsedFile(folder / "1.1" / (stem + "-versioned.json"));
      INFO(JsonText(*compiled) << "\n" << JsonText(want_compiled));
      CHECK(*compiled == want_compiled);
      INFO(JsonText(*versioned) << "\n" << JsonText(want_versioned));
      CHECK(*versioned == want_versioned);
      checked += 2;
    }
  }
  CHECK(checked >= 17 * 4);
}

TEST_CASE("a merged release holds each value as the last release has it") {
  CHECK(Compiled(Two(R"("tender":{"title":"Jalan","value":{"amount":1.10}})", R"("tender":{"title":"Jalan raya"})")) ==
        Merged(R"("tender":{"title":"Jalan raya","value":{"amount":1.10}})"));
  // Given in another order they still count by date.
  const std::string backwards = "[" + std::string(kHead2) + R"(,"language":"id"},)" + std::string(kHead1) + R"(,"language":"en"}])";
  CHECK(Compiled(backwards) == Merged(R"("language":"id")"));
}

TEST_CASE("null removes a value, and what was removed can come back") {
  CHECK(Compiled(Two(R"("language":"id")", R"("language":null)")) == Merged(""));
  CHECK(Compiled(Two(R"("tender":{"title":"a"})", R"("tender":null)")) == Merged(""));
  CHECK(Compiled(Two(R"("tender":null)", R"("tender":{"title":"a"})")) == Merged(R"("tender":{"title":"a"})"));
  CHECK(Versioned(Two(R"("language":"id")", R"("language":null)")) ==
        R"({"ocid":"o","language":[{"releaseID":"1","releaseDate":"2014-01-01","releaseTag":["tender"],"value":"id"},)"
        R"({"releaseID":"2","releaseDate":"2014-02-01","releaseTag":["tender"],"value":null}]})");
}

TEST_CASE("objects in arrays belong together by id, and never by their place") {
  CHECK(Compiled(Two(R"("awards":[{"id":"a","title":"1"},{"id":"b","title":"2"}])", R"("awards":[{"id":"b","title":"3"}])")) ==
        Merged(R"("awards":[{"id":"a","title":"1"},{"id":"b","title":"3"}])"));
  // An id that looks like a place in the array takes nothing away from the object there.
  CHECK(Compiled(Two(R"("awards":[{"title":"nameless"}])", R"("awards":[{"id":0,"title":"named"}])")) ==
        Merged(R"("awards":[{"title":"nameless"},{"id":0,"title":"named"}])"));
  // A number and a text are not the same id.
  CHECK(Compiled(Two(R"("awards":[{"id":1}])", R"("awards":[{"id":"1"}])")) == Merged(R"("awards":[{"id":1},{"id":"1"}])"));
}

TEST_CASE("of an id that stands twice in one release the last is kept, with a warning") {
  MergeWarnings warnings;
  CHECK(Compiled(Two(R"("awards":[{"id":"a","title":"1","status":"x"},{"id":"a","title":"2"}])", R"("language":"id")"), MergeRules::Ocds11(), &warnings) ==
        Merged(R"("awards":[{"id":"a","title":"2"}],"language":"id")"));
  CHECK(warnings.count == 1);
}

TEST_CASE("lists that the standard merges whole are replaced, also by an empty one") {
  CHECK(Compiled(Two(R"("parties":[{"id":"p","additionalIdentifiers":[{"id":"1"}]}])", R"("parties":[{"id":"p","additionalIdentifiers":[]}])")) ==
        Merged(R"("parties":[{"id":"p","additionalIdentifiers":[]}])"));
  const std::string suppliers = Two(R"("awards":[{"id":"a","suppliers":[{"id":"1"}]}])", R"("awards":[{"id":"a","suppliers":[{"id":"2"}]}])");
  CHECK(Compiled(suppliers) == Merged(R"("awards":[{"id":"a","suppliers":[{"id":"1"},{"id":"2"}]}])"));
  CHECK(Compiled(suppliers, MergeRules::Ocds10()) == Merged(R"("awards":[{"id":"a","suppliers":[{"id":"2"}]}])"));
}

TEST_CASE("a schema says what is omitted and what is replaced, in the words of 1.0 and of 1.1") {
  const Json schema = Parsed(R"({"properties":{
      "id":{"type":"string","omitWhenMerged":true},"date":{"omitWhenMerged":true},"tag":{"omitWhenMerged":true},
      "old":{"type":"array","items":{"type":"string"},"mergeStrategy":"ocdsOmit"},
      "list":{"type":"array","wholeListMerge":false,"items":{"$ref":"#/definitions/Item"}},
      "whole":{"type":"array","mergeStrategy":"ocdsVersion","items":{"$ref":"#/definitions/Item"}},
      "nameless":{"type":"array","items":{"type":"object","properties":{"x":{}}}},
      "object":{"$ref":"#/definitions/Item","wholeListMerge":true}},
      "definitions":{"Item":{"type":"object","properties":{"id":{"type":"string"},"x":{"type":"string"}}}}})");
  Result<MergeRules> rules = MergeRules::FromSchema(schema);
  REQUIRE(rules.ok());
  CHECK(Compiled(Two(R"("old":["a"],"list":[{"id":"1"}],"whole":[{"id":"1"}],"nameless":[{"x":"1"}],"object":{"x":"1"})",
                     R"("old":["b"],"list":[{"id":"2"}],"whole":[{"id":"2"}],"nameless":[{"x":"2"}],"object":{"id":"2"})"), *rules) ==
        Merged(R"("list":[{"id":"1"},{"id":"2"}],"whole":[{"id":"2"}],"nameless":[{"x":"2"}],"object":{"id":"2"})"));
}

TEST_CASE("a schema that refers to itself or to nothing is refused") {
  for (const char* text : {R"({"properties":{"a":{"$ref":"#/properties/a"}}})", R"({"properties":{"a":{"$ref":"#/nowhere"}}})",
                           R"({"properties":{"a":{"$ref":"#/definitions/A"}},"definitions":{"A":{"properties":{"b":{"$ref":"#/definitions/A"}}}}})",
                           R"({"properties":{"a":{"$ref":"http://localhost/x"}}})"}) {
    CHECK(MergeRules::FromSchema(Parsed(text)).status().code() == Code::invalid);
  }
}

TEST_CASE("releases that do not belong together are refused") {
  for (const char* text : {"[]", "[1]", R"([{"ocid":"o"}])", R"([{"date":"2014"}])", R"([{"ocid":"o","date":"1"},{"ocid":"p","date":"1"}])"}) {
    const Json releases = Parsed(text);
    CHECK(CompiledRelease(*releases.array(), MergeRules::Ocds11()).status().code() == Code::invalid);
    CHECK(VersionedRelease(*releases.array(), MergeRules::Ocds11()).status().code() == Code::invalid);
  }
}

TEST_CASE("a value whose kind changes gives way to the newer one") {
  MergeWarnings warnings;
  CHECK(Compiled(Two(R"("tender":"a")", R"("tender":{"title":"b"})"), MergeRules::Ocds11(), &warnings) == Merged(R"("tender":{"title":"b"})"));
  CHECK(Compiled(Two(R"("awards":["a"])", R"("awards":[{"id":"b"}])"), MergeRules::Ocds11(), &warnings) == Merged(R"("awards":[{"id":"b"}])"));
  CHECK(warnings.count == 2);
}

}  // namespace pulih::ocds
