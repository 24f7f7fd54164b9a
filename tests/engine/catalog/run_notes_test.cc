#include "engine/catalog/run_notes.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <utility>

#include "engine/base/endian.h"

namespace pulih {
namespace {

ObjectId Numbered(uint32_t n) {
  ObjectId id;
  id.bytes.fill(0x5a);
  StoreLe(id.bytes.data() + 20, n);
  return id;
}

std::unique_ptr<Catalog> EmptyCatalog() {
  auto catalog = Catalog::Open(NewMemoryKv());
  REQUIRE(catalog.ok());
  return std::move(catalog).value();
}

}  // namespace

TEST_CASE("a run's notes are the same whether they stand in memory or in the catalog") {
  const uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const size_t held : {size_t{1}, size_t{1000}, RunNotes::kDefaultHeldBytes}) {
    const auto catalog = EmptyCatalog();
    auto notes = RunNotes::Start(*catalog, held);
    REQUIRE(notes.ok());
    std::map<std::pair<uint8_t, uint32_t>, Bytes> twin;
    for (int i = 0; i < 3000; ++i) {
      const auto topic = static_cast<uint8_t>(random() % 3);
      const uint32_t n = random() % 700;
      if (random() % 3 == 0) {
        const auto found = (*notes)->Find(topic, Numbered(n));
        REQUIRE(found.ok());
        const auto expected = twin.find({topic, n});
        REQUIRE(found->has_value() == (expected != twin.end()));
        if (*found) REQUIRE(**found == expected->second);
        continue;
      }
      const Bytes value(random() % 5, static_cast<uint8_t>(i));
      const auto is_new = (*notes)->Add(topic, Numbered(n), value);
      REQUIRE(is_new.ok());
      REQUIRE(*is_new == twin.emplace(std::pair(topic, n), value).second);
    }
  }
}

TEST_CASE("notes of a run that is over, or was killed, are forgotten") {
  const auto catalog = EmptyCatalog();
  {
    auto notes = RunNotes::Start(*catalog, /*held_bytes=*/1);
    REQUIRE(notes.ok());
    REQUIRE((*notes)->Add(1, Numbered(1)).ok());
    REQUIRE(catalog->FindNote({1, Numbered(1)})->has_value());
  }
  CHECK_FALSE(catalog->FindNote({1, Numbered(1)})->has_value());

  REQUIRE(catalog->WriteNotes({{ObjectNote{1, Numbered(2)}, Bytes()}}).ok());  // as a killed run leaves it
  auto notes = RunNotes::Start(*catalog);
  REQUIRE(notes.ok());
  CHECK(*(*notes)->Add(1, Numbered(2)));
}

}  // namespace pulih
