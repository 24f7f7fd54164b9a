// A dump with a hole and a second copy with some of its rows, from the files to the claims that are kept.
#include <algorithm>
#include <fstream>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "engine/recover/choose.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/extractors.h"
#include "engine/recover/ingest.h"
#include "engine/recover/run.h"
#include "tests/engine/recover/recovered_rows.h"
#include "tests/formats/archive/deflated.h"

namespace pulih {
namespace {

constexpr std::string_view kHead =
    "--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\nCREATE TABLE public.paket (\n    id integer NOT NULL,\n    nama text,\n"
    "    hps numeric(18,2),\n    status smallint,\n    catatan text,\n    waktu timestamp without time zone\n);\n\nCOPY public.paket (id, nama, hps, status, catatan, waktu) FROM stdin;\n";
constexpr std::string_view kTail = "\\.\n\n\nALTER TABLE ONLY public.paket\n    ADD CONSTRAINT paket_pkey PRIMARY KEY (id);\n\n--\n-- PostgreSQL database dump complete\n--\n\n";

std::string Script(const std::vector<std::string>& rows) {
  std::string text(kHead);
  for (const std::string& row : rows) text += row + "\n";
  return text + std::string(kTail);
}

std::vector<std::string> Rows(size_t count) {
  std::mt19937_64 random(11);
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  static const std::vector<std::string> kWhat = {"Pengadaan", "Rehabilitasi", "Pemeliharaan", "Belanja", "Renovasi"},
                                        kOf = {"gedung", "jalan", "irigasi", "komputer", "pasar", "obat"}, kWhere = {"Contoh", "Fiktif", "Rekaan", "Makmur", "Sentosa"},
                                        kNote = {"\\N", "dengan\\ttab", "garis \\\\ miring", "dua\\nbaris", "ulang"};
  std::vector<std::string> rows;
  for (size_t i = 0; i < count; ++i) {
    const std::string seconds = std::to_string(10 + below(50));
    rows.push_back(std::to_string(1000000 + 3 * i + below(3)) + "\t" + kWhat[below(5)] + " " + kOf[below(6)] + " Desa " + kWhere[below(5)] + " " + kWhere[below(5)] + " paket " +
                   std::to_string(below(99)) + "\t" + std::to_string(50000 + below(900000)) + "000.00\t" + std::to_string(below(6)) + "\t" + kNote[below(5)] + "\t2014-0" +
                   std::to_string(1 + i * 9 / count) + "-" + std::to_string(10 + below(18)) + " 1" + std::to_string(below(7)) + ":" + seconds + ":" + std::to_string(10 + below(50)));
  }
  return rows;
}

struct World {
  World() { REQUIRE(InitialiseCrypto()); }
  TemporaryDirectory folder;
  std::unique_ptr<FileSystem> files = NewPosixFileSystem();
  std::unique_ptr<RandomSource> random = NewSeededRandom(7);
  SystemClock clock;

  std::string Write(const std::string& name, std::string_view content) {
    const std::string path = (folder / name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::unique_ptr<Case> Open(const std::string& name) {
    auto made = Case::Create(folder / name, {*files, *random, clock, "budi@lpse"});
    REQUIRE(made.ok());
    return std::move(*made);
  }
};

RunReport RunOver(Case& of, unsigned jobs = 1) {
  RunOptions options;
  options.jobs = jobs;
  options.extractor = ChooseExtractor;
  SilentProgress progress;
  auto report = RunRecovery(of, options, progress);
  REQUIRE(report.ok());
  return std::move(*report);
}

// Every claim, but for its unit's number.
std::multiset<std::string> Claims(Case& of, bool derived) {
  std::multiset<std::string> lines;
  ClaimStore store(of.kv());
  const auto add = [&](const StoredClaim& stored) {
    if (IsDerived(stored.number) != derived) return;
    std::string line(1, static_cast<char>(stored.claim.grade));
    for (const ClaimedField& field : stored.claim.fields) line += "\t" + (field.state == ClaimedField::State::null ? "\\N" : field.text + (field.unknown.empty() && !field.cut ? "" : "?"));
    lines.insert(line + "\t" + stored.claim.path);
  };
  REQUIRE(store.ScanRows("public.paket", [](auto&) {}, [&](ByteView, std::vector<StoredClaim>& claims) -> Result<bool> {
    for (const StoredClaim& claim : claims) add(claim);
    return true;
  }).ok());
  REQUIRE(store.ScanUnkeyed("public.paket", [&](StoredClaim& claim) -> Result<bool> {
    add(claim);
    return true;
  }).ok());
  return lines;
}

struct Solved {
  size_t exact = 0, false_rows = 0, by_eye = 0;
};
Solved Count(const std::multiset<std::string>& claims, const std::vector<std::string>& rows) {
  // COPY text with its escapes undone, as claims have it.
  std::set<std::string> truth;
  for (const std::string& row : rows) {
    std::string plain;
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i] != '\\' || row[i + 1] == 'N') plain += row[i];
      else ++i, plain += row[i] == 't' ? '\t' : row[i] == 'n' ? '\n' : row[i];
    }
    truth.insert(plain);
  }
  Solved counted;
  for (const std::string& claim : claims) {
    if (claim[0] != 'E') ++counted.by_eye;
    else if (truth.contains(claim.substr(2, claim.rfind('\t') - 2))) ++counted.exact;
    else ++counted.false_rows;
  }
  return counted;
}

}  // namespace

TEST_CASE("behind a hole rows are solved with one in twenty of another copy, none of them wrong, in any order of evidence") {
  World world;
  const std::vector<std::string> rows = Rows(12000);
  DeflateWay way;
  way.wrap = DeflateWrap::gzip;
  Bytes damaged = Deflated(AsBytes(Script(rows)), way);
  const size_t hole = damaged.size() / 4 / 4096 * 4096;
  std::fill_n(damaged.begin() + static_cast<ptrdiff_t>(hole), 4096, uint8_t{0});
  std::vector<std::string> some;
  for (size_t i = 0; i < rows.size(); i += 20) some.push_back(rows[i]);
  const std::string a = world.Write("a.sql.gz", AsText(damaged)), b = world.Write("b.sql", Script(some));
  SilentProgress progress;

  const auto first = world.Open("first");
  REQUIRE(AddEvidence(*first, {a}, {}, progress).ok());
  REQUIRE(RunOver(*first).solved == 0);
  const auto extracted = Claims(*first, false);
  REQUIRE(Claims(*first, true).empty());
  // More evidence turns up.
  REQUIRE(AddEvidence(*first, {b}, {}, progress).ok());
  REQUIRE(RunOver(*first).solved > 0);
  const auto solved = Claims(*first, true);
  const Solved counted = Count(solved, rows);
  INFO("exact " << counted.exact << " by eye " << counted.by_eye);
  CHECK(counted.false_rows == 0);
  CHECK(counted.exact > 5000);
  // What was extracted is as it was.
  const auto now = Claims(*first, false);
  REQUIRE(std::includes(now.begin(), now.end(), extracted.begin(), extracted.end()));
  // Nothing changed: nothing is done again, and nothing is lost.
  REQUIRE(RunOver(*first).solved == 0);
  REQUIRE(Claims(*first, true) == solved);

  const auto second = world.Open("second");
  REQUIRE(AddEvidence(*second, {b, a}, {}, progress).ok());
  RunOver(*second, 4);
  REQUIRE(Claims(*second, true) == solved);
}

TEST_CASE("a second copy of another day makes no false row") {
  World world;
  std::vector<std::string> rows = Rows(12000);
  DeflateWay way;
  way.wrap = DeflateWrap::gzip;
  Bytes damaged = Deflated(AsBytes(Script(rows)), way);
  const size_t hole = damaged.size() / 4 / 4096 * 4096;
  std::fill_n(damaged.begin() + static_cast<ptrdiff_t>(hole), 4096, uint8_t{0});
  // A status went up by one in every third row, and nothing else tells so.
  std::vector<std::string> older = rows;
  for (size_t i = 0; i < older.size(); i += 3) {
    size_t at = 0;
    for (int tab = 0; tab < 3; ++tab) at = older[i].find('\t', at) + 1;
    older[i][at] = static_cast<char>('0' + (older[i][at] - '0' + 5) % 6);
  }
  std::vector<std::string> some;
  for (size_t i = 0; i < older.size(); i += 10) some.push_back(older[i]);
  SilentProgress progress;
  const auto of = world.Open("case");
  REQUIRE(AddEvidence(*of, {world.Write("a.sql.gz", AsText(damaged)), world.Write("b.sql", Script(some))}, {}, progress).ok());
  RunOver(*of);
  const Solved counted = Count(Claims(*of, true), rows);
  CHECK(counted.false_rows == 0);
  CHECK(counted.exact + counted.by_eye > 1000);
}

TEST_CASE("derived claims are taken back alone, and with their unit") {
  SmallCase small;
  const uint32_t unit = small.Add("a.sql");
  small.Claim(unit, {Paket("1", "satu")});
  UnitClaims derived(small.of->kv(), small.schema, unit, UnitClaims::Kind::derived);
  REQUIRE(derived.AddRow(Paket("1", "satu", Grade::e)).ok());
  REQUIRE(derived.AddRow(Paket("2", "dua", Grade::e)).ok());
  REQUIRE(derived.Commit().ok());
  ClaimStore store(small.of->kv());
  const auto count = [&] {
    size_t claims = 0;
    REQUIRE(store.ScanRows("public.paket", [](auto&) {}, [&](ByteView, std::vector<StoredClaim>& of_row) -> Result<bool> {
      claims += of_row.size();
      return true;
    }).ok());
    return claims;
  };
  REQUIRE(count() == 3);
  REQUIRE(store.RemoveDerived(unit).ok());
  REQUIRE(count() == 1);
  REQUIRE(derived.AddRow(Paket("3", "tiga", Grade::e)).ok());
  REQUIRE(derived.Commit().ok());
  REQUIRE(store.RemoveUnit(unit).ok());
  REQUIRE(count() == 0);
}

}  // namespace pulih
