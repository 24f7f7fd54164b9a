// Links without keys on people that never were: found without labels, in any order of the records, never against keys, one to
// one; and on FEBRL's sets where they lie beside the project.
#include "engine/link/link.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

namespace pulih::link {
namespace {

Scheme OfferScheme() {
  return {{{"title", Comparator::tokens, true}, {"unit", Comparator::name, true}, {"estimate", Comparator::amount, true}, {"day", Comparator::day, false}},
          {{{0, BlockBy::token}, {3, BlockBy::month}}, {{2, BlockBy::size}, {1, BlockBy::whole}}, {{0, BlockBy::token}, {2, BlockBy::size}}}};
}

std::string Words(std::mt19937& random, size_t count) {
  constexpr const char* kParts[] = {"ka", "ri", "tu", "mo", "le", "sa", "ben", "dar", "pi", "gu", "nan", "tor"};
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    for (int part = 0; part < 3; ++part) text += kParts[random() % std::size(kParts)];
  }
  return text;
}

// `things` tenders as two sources tell of them: the second rounds, misspells, and forgets.
struct World {
  std::vector<Record> records;
  std::set<std::pair<std::string, std::string>> same;
};
World MakeWorld(size_t things, uint32_t seed, bool has_keys) {
  std::mt19937 random(seed);
  World world;
  std::vector<std::string> units;
  for (int i = 0; i < 12; ++i) units.push_back("dinas " + Words(random, 1));
  for (size_t i = 0; i < things; ++i) {
    const uint64_t estimate = 100'000'000 + random() % 900'000'000;
    char day[16];
    std::snprintf(day, sizeof day, "2014-%02u-%02u", static_cast<unsigned>(1 + random() % 12), static_cast<unsigned>(1 + random() % 28));
    Record first{"a" + std::to_string(i), "site", has_keys ? std::to_string(1000 + i) : std::string(), {Words(random, 4), units[random() % units.size()], std::to_string(estimate), day}};
    Record second{"b" + std::to_string(i), "list", "", first.values};
    second.values[2] = std::to_string(estimate / 1'000'000 * 1'000'000) + " " + std::to_string(estimate / 1'000'000 * 1'000'000 + 1'000'000);
    if (random() % 5 == 0) second.values[0] = second.values[0].substr(0, second.values[0].rfind(' '));
    if (random() % 5 == 0) second.values[1].pop_back();
    if (random() % 4 == 0) second.values[3].clear();
    world.same.insert({first.id, second.id});
    world.records.push_back(std::move(first));
    world.records.push_back(std::move(second));
  }
  return world;
}

std::string Shown(const std::vector<Record>& records, const std::vector<Link>& links) {
  std::ostringstream out;
  for (const Link& link : links) out << records[link.a].id << ' ' << records[link.b].id << ' ' << std::hexfloat << link.weight << ' ' << link.probability << ' ' << link.rival << ' ' << link.pattern << '\n';
  return out.str();
}

double F1(const World& world, const std::vector<Link>& links) {
  size_t right = 0;
  for (const Link& link : links) right += world.same.count({world.records[link.a].id, world.records[link.b].id});
  return 2.0 * static_cast<double>(right) / static_cast<double>(links.size() + world.same.size());
}

TEST_CASE("without labels the weights settle, and nearly every pair is found and no other") {
  const bool has_keys = GENERATE(false, true);
  const World world = MakeWorld(1500, 3, has_keys);
  const auto linked = FindLinks(OfferScheme(), world.records, {.across_sources_only = true});
  REQUIRE(linked.ok());
  CHECK(linked->model.converged);
  CHECK(F1(world, linked->links) > 0.97);
  CHECK(F1(world, OneToOne(world.records, linked->links)) > 0.98);
  // What the world was made with: a fifth of titles and units were changed, estimates always rounded.
  const Model& model = linked->model;
  CHECK(model.share == Approx(1.0 / 1500).epsilon(0.1));
  CHECK(model.fields[0].m[1] == Approx(0.8).margin(0.05));
  CHECK(model.fields[1].m[1] == Approx(0.8).margin(0.05));
  CHECK(model.fields[2].m[2] > 0.9);
  CHECK(model.fields[3].m[1] > 0.95);
  CHECK(model.fields[1].u[1] == Approx(1.0 / 12).epsilon(0.5));
  for (const FieldModel& field : model.fields) {
    CHECK(std::abs(field.m[1] + field.m[2] + field.m[3] + field.m[4] - 1) < 1e-9);
    CHECK(std::abs(field.u[1] + field.u[2] + field.u[3] + field.u[4] - 1) < 1e-9);
  }
}

TEST_CASE("probabilities mean what they say") {
  const World world = MakeWorld(1500, 5, false);
  const auto linked = FindLinks(OfferScheme(), world.records, {.least_probability = 0.02, .across_sources_only = true});
  REQUIRE(linked.ok());
  double expected = 0, right = 0;
  for (const Link& link : linked->links) {
    expected += link.probability;
    right += static_cast<double>(world.same.count({world.records[link.a].id, world.records[link.b].id}));
  }
  CHECK(expected == Approx(right).epsilon(0.03));
}

TEST_CASE("the order of the records does not matter, to the last bit") {
  World world = MakeWorld(300, 9, true);
  const auto first = FindLinks(OfferScheme(), world.records, {.least_probability = 0.01});
  REQUIRE(first.ok());
  const std::string shown = Shown(world.records, OneToOne(world.records, first->links));
  CHECK(shown.size() > 1000);
  std::mt19937 random(1);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(world.records.begin(), world.records.end(), random);
    const auto again = FindLinks(OfferScheme(), world.records, {.least_probability = 0.01});
    REQUIRE(again.ok());
    CHECK(Shown(world.records, OneToOne(world.records, again->links)) == shown);
    CHECK(again->compared == first->compared);
  }
}

TEST_CASE("two records with keys are never a link, and a pair is given once") {
  World world = MakeWorld(200, 13, true);
  std::mt19937 random(2);
  for (Record& record : world.records)
    if (record.key.empty() && random() % 2 == 0) record.key = "9" + record.id;  // another key for the same thing
  const auto linked = FindLinks(OfferScheme(), world.records, {.least_probability = 0});
  REQUIRE(linked.ok());
  std::set<std::pair<size_t, size_t>> seen;
  for (const Link& link : linked->links) {
    CHECK((world.records[link.a].key.empty() || world.records[link.b].key.empty()));
    CHECK(world.records[link.a].id < world.records[link.b].id);
    CHECK(seen.insert({link.a, link.b}).second);
  }
  CHECK(linked->links.size() == linked->compared);
}

TEST_CASE("what is for training is linked to nothing, and teaches what one thing told twice looks like") {
  World world = MakeWorld(40, 31, true);
  std::mt19937 random(3);
  const auto few = FindLinks(OfferScheme(), world.records, {.least_probability = 0.01, .only_to_keys = true});
  REQUIRE(few.ok());
  // Units are told another way each time: that can only be learnt from pairs that are known.
  for (int i = 0; i < 300; ++i)
    for (const char* witness : {"p", "q"}) world.records.push_back({"z" + std::to_string(i) + witness, witness, "z" + std::to_string(i), {Words(random, 4), "unit " + std::string(witness) + Words(random, 2), std::to_string(100'000'000 + random() % 900'000'000), ""}, true});
  const auto taught = FindLinks(OfferScheme(), world.records, {.least_probability = 0.01, .only_to_keys = true});
  REQUIRE(taught.ok());
  for (const Link& link : taught->links) {
    CHECK_FALSE((world.records[link.a].for_training || world.records[link.b].for_training));
    CHECK(world.records[link.a].key.empty() != world.records[link.b].key.empty());
  }
  CHECK(taught->compared == few->compared);
  CHECK(taught->model.fields[1].m[1] < few->model.fields[1].m[1] / 2);
}

TEST_CASE("one to one: of two records of a source that want one thing the better one has it, and tells of its rival") {
  const std::vector<Record> records{{"t1", "", "1201901", {}}, {"t2", "", "1202901", {}}, {"x1", "list", "", {}}, {"x2", "list", "", {}}, {"y1", "mail", "", {}}};
  const std::vector<Link> links{{0, 2, 20, 0.99, 0, 0}, {0, 3, 18, 0.95, 0, 0}, {1, 2, 12, 0.7, 0, 0}, {1, 3, 11, 0.6, 0, 0}, {0, 4, 10, 0.55, 0, 0}};
  const std::vector<Link> kept = OneToOne(records, links);
  REQUIRE(kept.size() == 3);
  CHECK((kept[0].a == 0 && kept[0].b == 2 && kept[0].rival == 0.95));
  CHECK(kept[0].probability == Approx(99.0 / (1 + 99 + 19)));
  CHECK((kept[1].a == 1 && kept[1].b == 3 && kept[1].rival == 0));
  CHECK((kept[2].a == 0 && kept[2].b == 4));  // another source may have one, too
}

TEST_CASE("a group never holds two keys, nor two records of one source when that is asked for") {
  std::mt19937 random(21);
  for (int round = 0; round < 200; ++round) {
    std::vector<Record> records;
    for (int i = 0; i < 20; ++i) records.push_back({std::to_string(i), std::string(1, static_cast<char>('p' + random() % 4)), random() % 3 == 0 ? std::string(1, static_cast<char>('A' + random() % 4)) : std::string(), {}});
    std::vector<Link> links;
    for (int i = 0; i < 40; ++i) {
      const size_t a = random() % 20, b = random() % 20;
      if (a != b) links.push_back({std::min(a, b), std::max(a, b), 1, 0.9, 0, 0});
    }
    const bool one_of_a_source = round % 2 == 0;
    const std::vector<size_t> groups = Groups(records, links, one_of_a_source);
    std::map<size_t, std::set<std::string>> keys, sources;
    std::map<size_t, size_t> sizes;
    for (size_t i = 0; i < records.size(); ++i) {
      ++sizes[groups[i]];
      if (!records[i].key.empty()) keys[groups[i]].insert(records[i].key);
      sources[groups[i]].insert(records[i].source);
    }
    for (const auto& [group, held] : keys) CHECK(held.size() <= 1);
    if (one_of_a_source)
      for (const auto& [group, held] : sources) CHECK(held.size() == sizes[group]);
  }
}

TEST_CASE("schemes and records beyond the limits, and ids that are there twice, are refused") {
  CHECK(FindLinks({}, {}, {}).status().code() == Code::invalid);
  Scheme scheme = OfferScheme();
  scheme.passes.push_back({{9, BlockBy::whole}});
  CHECK(FindLinks(scheme, {}, {}).status().code() == Code::invalid);
  CHECK(FindLinks(OfferScheme(), {{"a", "", "", {}}, {"a", "", "", {}}}, {}).status().code() == Code::invalid);
  CHECK(FindLinks(OfferScheme(), {}, {})->links.empty());
  CHECK(FindLinks(OfferScheme(), {{"a", "", "", {}}, {"b", "", "", {"x"}}}, {})->links.empty());
}

TEST_CASE("a block of everybody is left out and told of, and stopping stops") {
  World world = MakeWorld(600, 17, false);
  for (Record& record : world.records) record.values[0] += " pengadaan";
  const auto linked = FindLinks(OfferScheme(), world.records, {.blocks = {.largest = 50}});
  REQUIRE(linked.ok());
  CHECK(linked->blocks.left_out > 0);
  CHECK(F1(world, linked->links) > 0.95);
  CHECK(FindLinks(OfferScheme(), MakeWorld(4000, 18, false).records, {.should_stop = [] { return true; }}).status().code() == Code::interrupted);
}

TEST_CASE("few records do not mislead: what is not alike is no candidate") {
  const std::vector<Record> records{{"t1", "", "1201901", {"jalan desa contoh", "dinas karya", "100000000", "2014-03-04"}},
                                    {"t2", "", "1202901", {"gedung sekolah", "dinas didik", "250000000", "2014-04-04"}},
                                    {"x", "list", "", {"kendaraan operasional", "sekretariat", "900000000", "2014-09-09"}},
                                    {"y", "list", "", {"gedung sekolah", "dinas didik", "249500000 250500000", ""}}};
  const auto linked = FindLinks(OfferScheme(), records, {.least_probability = 0.2});
  REQUIRE(linked.ok());
  REQUIRE(linked->links.size() == 1);
  CHECK((linked->links[0].a == 1 && linked->links[0].b == 3));
}

// --- FEBRL: people made by a program of others, with duplicates that it misspelt -------------------------------------------

World ReadFebrl(const std::string& path) {
  World world;
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  std::map<std::string, std::vector<std::string>> people;
  while (std::getline(in, line)) {
    Record record;
    std::stringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) {
      const size_t from = cell.find_first_not_of(" \r"), to = cell.find_last_not_of(" \r");
      cell = from == cell.npos ? std::string() : cell.substr(from, to - from + 1);
      if (record.id.empty()) record.id = cell;
      else record.values.push_back(cell);
    }
    people[record.id.substr(0, record.id.find('-', 4))].push_back(record.id);
    world.records.push_back(std::move(record));
  }
  for (auto& [person, ids] : people) {
    std::sort(ids.begin(), ids.end());
    for (size_t i = 0; i < ids.size(); ++i)
      for (size_t j = i + 1; j < ids.size(); ++j) world.same.insert({ids[i], ids[j]});
  }
  return world;
}

Scheme PersonScheme(bool with_number) {
  Scheme scheme{{{"given_name", Comparator::name, true}, {"surname", Comparator::name, true}, {"street_number", Comparator::code, true}, {"address_1", Comparator::name, true},
                 {"address_2", Comparator::name, true}, {"suburb", Comparator::name, true}, {"postcode", Comparator::code, true}, {"state", Comparator::exact, true}, {"date_of_birth", Comparator::code, true}},
                {{{1, BlockBy::sound}}, {{0, BlockBy::sound}, {6, BlockBy::whole}}, {{8, BlockBy::whole}}, {{5, BlockBy::sound}, {2, BlockBy::whole}}, {{3, BlockBy::head}, {6, BlockBy::whole}}, {{8, BlockBy::head}, {6, BlockBy::whole}}}};
  if (!with_number) return scheme;
  scheme.fields.push_back({"soc_sec_id", Comparator::code, true});
  scheme.passes.push_back({{9, BlockBy::whole}});
  return scheme;
}

TEST_CASE("FEBRL's sets: F1 above 0.99 without a label, and without the social security number, too") {
  for (const char* file : {"dataset1.csv", "dataset3.csv"}) {
    const std::string path = std::string(PULIH_SHARED_DATA) + "/recovery/linkage/febrl/" + file;
    if (!std::filesystem::exists(path)) {
      WARN("skipped: " << path << " is not there");
      return;
    }
    const World world = ReadFebrl(path);
    REQUIRE(world.same.size() == (std::string_view(file) == "dataset1.csv" ? 500 : 6538));
    for (const bool with_number : {true, false}) {
      const auto linked = FindLinks(PersonScheme(with_number), world.records, {});
      REQUIRE(linked.ok());
      const double f1 = F1(world, linked->links);
      INFO(file << (with_number ? " with" : " without") << " the number: F1 " << f1);
      CHECK(linked->model.converged);
      CHECK(f1 >= (with_number ? 0.998 : 0.994));
    }
  }
}

}  // namespace
}  // namespace pulih::link
