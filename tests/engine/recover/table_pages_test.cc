#include "engine/recover/table_pages.h"

#include <map>
#include <random>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/support/heap_sim.h"

namespace pulih {
namespace {

// What was claimed, against what there ever was.
class Judge : public ExtractSink {
 public:
  explicit Judge(const HeapSim& sim) : sim_(sim) {}
  Status Row(const RowClaim& claim) override {
    std::string text;
    bool whole = true;
    for (const ClaimedField& field : claim.fields) {
      if (!text.empty()) text += "|";
      text += field.text;
      whole = whole && field.state == ClaimedField::State::value;
    }
    if (!whole) {
      ++partial;
      return OkStatus();
    }
    const bool is_true = sim_.history().count(text) != 0;
    ++(claim.grade == Grade::d ? (is_true ? doubtful : doubtful_false) : (is_true ? proven : proven_false));
    if (claim.standing == Standing::live && is_true) live[std::stoll(text)].insert(text);
    if (!is_true && claim.grade != Grade::d)
      FAIL_CHECK("false row " << text << " " << claim.path << " grade " << static_cast<char>(claim.grade));
    return OkStatus();
  }
  Status Range(const RangeNote& note) override {
    REQUIRE(note.range.length > 0);
    return OkStatus();
  }
  Status Remark(const std::string&) override { return OkStatus(); }
  Status Key(const RowClaim& claim) override {
    REQUIRE(claim.table == "public.paket");
    REQUIRE(claim.bytes.size() == 1);
    for (size_t i = 1; i < claim.fields.size(); ++i) REQUIRE(claim.fields[i].state == ClaimedField::State::missing);
    (claim.standing == Standing::live ? lost_keys : doubted_keys).insert(std::stoll(claim.fields[0].text));
    return OkStatus();
  }

  // Rows that are as they were at the end.
  size_t Exact() const {
    size_t exact = 0;
    for (const auto& [id, row] : sim_.live()) {
      const auto found = live.find(id);
      exact += found != live.end() && found->second.count(row.Text()) != 0 ? 1 : 0;
    }
    return exact;
  }

  size_t proven = 0, proven_false = 0, doubtful = 0, doubtful_false = 0, partial = 0;
  std::map<int64_t, std::set<std::string>> live;
  std::set<int64_t> lost_keys, doubted_keys;  // of indexes

 private:
  const HeapSim& sim_;
};

PageCounts Read(const Bytes& heap, const Bytes& index, Judge& judge) {
  static const Schema schema = HeapSim::MakeSchema();
  const SchemaTable& table = schema.tables.front();
  const RowDecoder decoder(schema, table, 1500, false);
  TableEvidence evidence;
  evidence.table = "public.paket";
  evidence.heap = {{heap, 0, 0}};
  evidence.names = {"base/1/1"};
  if (!index.empty()) evidence.witnesses.emplace_back(table, table.indexes.front(), std::vector<RelationSegment>{{index, 0, 0}});
  PageCounts counts;
  REQUIRE(TablePages(decoder, std::move(evidence), judge).Run(counts).ok());
  return counts;
}

// PULIH_NIGHTLY=1 leaves nothing out; the sanitizers make these slow.
uint64_t Rounds(uint64_t usual, uint64_t nightly) { return std::getenv("PULIH_NIGHTLY") != nullptr ? nightly : usual; }

Bytes Joined(const std::vector<Bytes>& pages) {
  Bytes all;
  for (const Bytes& page : pages) Append(all, page);
  return all;
}

HeapSim Lived(uint64_t seed) {
  HeapSim sim(seed);
  sim.Insert(600);
  for (int day = 0; day < 3; ++day) sim.Work(60, 6, 10);
  return sim;
}

TEST_CASE("every live row of a whole heap is claimed, proven by checksums, else by its index") {
  const HeapSim sim = Lived(1);
  SECTION("checksums") {
    Judge judge(sim);
    Read(Joined(sim.Pages(true)), {}, judge);
    CHECK(judge.Exact() == sim.live().size());
    CHECK(judge.doubtful == 0);
  }
  SECTION("an index") {
    Judge judge(sim);
    const PageCounts counts = Read(Joined(sim.Pages(false)), sim.Index(), judge);
    CHECK(judge.Exact() == sim.live().size());
    CHECK(judge.proven >= judge.doubtful * 3);
    CHECK(counts.without_tuple == 0);
  }
  SECTION("nothing") {
    Judge judge(sim);
    Read(Joined(sim.Pages(false)), {}, judge);
    CHECK(judge.Exact() == sim.live().size());
    CHECK(judge.proven == 0);
  }
}

TEST_CASE("the index lists what the heap lost") {
  HeapSim sim(3);
  sim.Insert(300);
  Bytes heap = Joined(sim.Pages(false));
  Judge judge(sim);
  std::fill(heap.begin() + kPageSize, heap.begin() + 2 * kPageSize, uint8_t{0});
  const PageCounts counts = Read(heap, sim.Index(), judge);
  CHECK(counts.without_tuple == 300 - judge.Exact());
  CHECK(counts.without_tuple > 20);
  CHECK(judge.doubted_keys.empty());
  std::set<int64_t> missing;
  for (const auto& [id, row] : sim.live())
    if (judge.live.find(id) == judge.live.end()) missing.insert(id);
  CHECK(judge.lost_keys == missing);
}

TEST_CASE("keys that an index alone has are those of rows that are lost; a sound page speaks for itself") {
  size_t told = 0, gone = 0;
  for (uint64_t seed = 1; seed <= Rounds(4, 100); ++seed) {
    const HeapSim sim = Lived(seed);
    Bytes heap = Joined(sim.Pages(false));
    {
      // Nothing is lost: no key, though the index has entries of rows that were deleted.
      Judge judge(sim);
      Read(heap, sim.Index(), judge);
      CHECK(judge.lost_keys.empty());
      CHECK(judge.doubted_keys.empty());
    }
    {
      // A page, and half of one.
      std::mt19937_64 random(seed);
      const size_t pages = heap.size() / kPageSize;
      const auto begin_of = [&](size_t page) { return heap.begin() + static_cast<std::ptrdiff_t>(page * kPageSize); };
      const size_t lost = random() % pages, half = random() % pages;
      std::fill(begin_of(lost), begin_of(lost) + kPageSize, uint8_t{0});
      std::fill(begin_of(half), begin_of(half) + kPageSize / 2, uint8_t{0});
      Judge judge(sim);
      Read(heap, sim.Index(), judge);
      for (const auto* keys : {&judge.lost_keys, &judge.doubted_keys}) {
        for (const int64_t key : *keys) {
          if (judge.live.count(key) != 0) continue;  // another version of it is there: no gap of the case
          ++told;
          gone += sim.live().count(key) == 0 ? 1 : 0;
        }
      }
      // And none is left out.
      for (const auto& [id, row] : sim.live())
        CHECK((judge.live.count(id) != 0 || judge.lost_keys.count(id) != 0 || judge.doubted_keys.count(id) != 0));
    }
  }
  CAPTURE(told, gone);
  CHECK(gone * 50 <= told);
}

TEST_CASE("torn pages give no false row above D, wherever they are torn") {
  size_t proven = 0, doubtful_false = 0;
  const uint64_t rounds = Rounds(16, 60);
  for (uint64_t seed = 1; seed <= rounds; ++seed) {
    HeapSim sim(seed);
    sim.Insert(200);
    sim.Work(static_cast<int>(seed % 7) * 5, 3, 5);
    const std::vector<Bytes> old = sim.Pages(false);
    sim.Work(30, 4, 5);
    std::vector<Bytes> now = sim.Pages(false);
    std::mt19937_64 random(seed);
    for (size_t i = 0; i < old.size(); ++i) {
      const size_t at = (random() % 15 + 1) * 512;
      const bool head_is_older = random() % 2 == 0;
      const auto cut = static_cast<std::ptrdiff_t>(at);
      if (head_is_older) {
        std::copy(old[i].begin(), old[i].begin() + cut, now[i].begin());
      } else {
        std::copy(old[i].begin() + cut, old[i].end(), now[i].begin() + cut);
      }
    }
    Judge judge(sim);
    Read(Joined(now), sim.Index(), judge);
    CHECK(judge.proven_false == 0);
    proven += judge.proven;
    doubtful_false += judge.doubtful_false;
  }
  CHECK(proven > 100 * rounds);
  WARN(proven << " proven, " << doubtful_false << " false among the doubtful");
}

// On pages with checksums one flipped bit makes all of the page doubtful.
TEST_CASE("flipped bits never make a proven false row where there are checksums") {
  for (uint64_t seed = 1; seed <= Rounds(3, 30); ++seed) {
    const HeapSim sim = Lived(seed);
    Bytes heap = Joined(sim.Pages(true));
    std::mt19937_64 random(seed);
    for (int i = 0; i < 8; ++i) heap[random() % heap.size()] ^= static_cast<uint8_t>(1u << (random() % 8));
    Judge judge(sim);
    Read(heap, sim.Index(), judge);
    CHECK(judge.proven_false == 0);
    CHECK(judge.Exact() + 16 >= sim.live().size());
  }
}

TEST_CASE("holes, random headers, shuffled and shifted blocks cost what stood there, and give no false row") {
  for (uint64_t seed = 1; seed <= Rounds(8, 40); ++seed) {
    const HeapSim sim = Lived(seed);
    Bytes heap = Joined(sim.Pages(false));
    std::mt19937_64 random(seed);
    const auto pages = heap.size() / kPageSize;
    size_t lost = 0;
    switch (seed % 4) {
      case 0:  // holes
        for (int i = 0; i < 3; ++i) {
          const size_t at = random() % (heap.size() / 512) * 512,
                       size = std::min<size_t>(heap.size() - at, random() % 2 == 0 ? 512 : 4096);
          std::fill(heap.begin() + static_cast<std::ptrdiff_t>(at),
                    heap.begin() + static_cast<std::ptrdiff_t>(at + size),
                    random() % 2 == 0 ? uint8_t{0} : uint8_t{0xff});
          lost += size / 80 + 2;
        }
        break;
      case 1:  // headers
        for (int i = 0; i < 4; ++i) {
          const size_t at = random() % pages * kPageSize;
          for (size_t k = 0; k < kPageHeaderSize; ++k) heap[at + k] = static_cast<uint8_t>(random());
        }
        break;
      case 2:  // halves of pages change places
        for (int i = 0; i < 6; ++i) {
          const auto a = static_cast<std::ptrdiff_t>(random() % (2 * pages) * 4096),
                     b = static_cast<std::ptrdiff_t>(random() % (2 * pages) * 4096);
          std::swap_ranges(heap.begin() + a, heap.begin() + a + 4096, heap.begin() + b);
        }
        lost = 24;
        break;
      default:  // all is shifted
        heap.insert(heap.begin(), 512 * (random() % 15 + 1), uint8_t{0});
        lost = 2;
    }
    Judge judge(sim);
    Read(heap, sim.Index(), judge);
    CHECK(judge.proven_false == 0);
    CHECK(judge.Exact() + lost >= sim.live().size());
  }
}

TEST_CASE("sectors that are lost or put in between cost the pages that they cut, and no others") {
  for (uint64_t seed = 1; seed <= Rounds(4, 20); ++seed) {
    const HeapSim sim = Lived(seed);
    Bytes heap = Joined(sim.Pages(false));
    std::mt19937_64 random(seed);
    const auto at = heap.begin() + static_cast<std::ptrdiff_t>(random() % (heap.size() / 512) * 512);
    if (seed % 2 == 0) {
      heap.erase(at,
                 at + std::min<std::ptrdiff_t>(512 * static_cast<std::ptrdiff_t>(random() % 8 + 1), heap.end() - at));
    } else {
      heap.insert(at, 512 * (random() % 8 + 1), uint8_t{0x5a});
    }
    Judge judge(sim);
    Read(heap, sim.Index(), judge);
    CHECK(judge.proven_false == 0);
    CHECK(judge.Exact() + 160 >= sim.live().size());
  }
}

TEST_CASE("every flipped byte of a page is read to its end") {
  HeapSim sim(5);
  sim.Insert(60);
  sim.Work(20, 2, 0);
  const Bytes page = sim.Pages(false)[0];
  for (size_t at = 0; at < page.size(); at += Rounds(29, 1)) {
    Bytes flipped = page;
    flipped[at] ^= 0x41;
    Judge judge(sim);
    Read(flipped, {}, judge);
    CHECK(judge.proven == 0);
  }
}

}  // namespace
}  // namespace pulih
