#include "tests/formats/text/specimens.h"

#include <iterator>

#include "formats/text/csv.h"
#include "formats/text/json.h"

namespace pulih {
namespace {

using Random = std::mt19937_64;

std::string Word(Random& random) {
  static constexpr const char* kWords[] = {"", "a", "Jembatan", "two words", "\"quoted\"", "x,y;z", "line\nend", "é日", "\\", "null", "12"};
  return kWords[random() % std::size(kWords)];
}

Json RandomJson(Random& random, int depth) {
  switch (random() % (depth > 3 ? 5 : 7)) {
    case 0: return Json();
    case 1: return Json(random() % 2 == 0);
    case 2: return Json(JsonNumber{std::to_string(static_cast<int64_t>(random() % 2000) - 1000)});
    case 3: return Json(JsonNumber{"1" + std::to_string(random()) + ".50e+1"});
    case 4: return Json(Word(random));
    case 5: {
      Json::Array items;
      for (size_t n = random() % 4; n > 0; --n) items.push_back(RandomJson(random, depth + 1));
      return Json(std::move(items));
    }
    default: break;
  }
  Json::Object members;
  for (size_t n = random() % 4; n > 0; --n) members.push_back({Word(random) + std::to_string(n), RandomJson(random, depth + 1)});
  return Json(std::move(members));
}

Json RandomRelease(Random& random, size_t number) {
  Json::Object release{{"ocid", "ocds-x-1"}, {"id", std::to_string(number)}, {"date", "2014-0" + std::to_string(1 + random() % 9)}, {"tag", Json(Json::Array{Json("tender")})}};
  Json::Array awards;
  for (size_t n = random() % 3; n > 0; --n) {
    Json::Object award{{"title", Word(random)}, {"value", RandomJson(random, 3)}};
    if (random() % 4 != 0) award.push_back({"id", Json(JsonNumber{std::to_string(random() % 3)})});
    awards.push_back(Json(std::move(award)));
  }
  release.push_back({"awards", Json(std::move(awards))});
  release.push_back({"parties", Json(Json::Array{Json(Json::Object{{"id", "p"}, {"additionalIdentifiers", RandomJson(random, 2)}})})});
  release.push_back({"tender", RandomJson(random, 1)});
  return Json(std::move(release));
}

}  // namespace

Bytes CsvSpecimen(Random& random) {
  std::string text;
  const size_t columns = 1 + random() % 4;
  for (size_t rows = 1 + random() % 6; rows > 0; --rows) {
    std::vector<std::string> words;
    for (size_t i = 0; i < columns; ++i) words.push_back(Word(random));
    CsvFields fields(words.begin(), words.end());
    if (random() % 3 == 0) fields[random() % columns] = std::nullopt;
    CsvWriter().AppendRow(fields, text);
  }
  return ToBytes(text);
}

Bytes JsonSpecimen(Random& random) { return ToBytes(JsonText(RandomJson(random, 0))); }

Bytes JsonFileSpecimen(Random& random) {
  std::string text;
  const size_t values = 1 + random() % 4;
  const size_t kind = random() % 3;
  text = kind == 0 ? "[" : kind == 1 ? R"({"uri":"x","releases":[)" : "";
  for (size_t i = 0; i < values; ++i) {
    if (i > 0) text += kind == 2 ? "\n" : ", ";
    WriteJson(Json(Json::Object{{"a", RandomJson(random, 1)}}), text);
  }
  return ToBytes(text + (kind == 0 ? "]" : kind == 1 ? R"(],"b":1})" : ""));
}

Bytes OcdsReleasesSpecimen(Random& random) {
  Json::Array releases;
  for (size_t n = 1 + random() % 3; n > 0; --n) releases.push_back(RandomRelease(random, n));
  return ToBytes(JsonText(Json(std::move(releases))));
}

}  // namespace pulih
