// What verify says of repositories whose bytes are sound and whose statements are not, of what is no damage at all,
// and by keys that see less.
#include <algorithm>

#include "engine/browse/browse.h"
#include "engine/repo/pack_builder.h"
#include "engine/repo/pack_reader.h"
#include "formats/repo/node.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

// Writes every tree pack anew by its own writer, frames as they are, with links that `lie` may change. Returns how
// many packs were so replaced.
size_t RewriteTreePacks(SmallRepository& small, const std::function<void(PackEntry&)>& lie) {
  const Keyring owner = small.owner();
  const auto repository = small.Open(small.owner());
  const auto random = NewSeededRandom(17);
  size_t rewritten = 0;
  for (const auto& [name, bytes] : BlobsOf(small.store(), "packs/")) {
    const auto head = ReadPackHead(small.store(), name, owner.domain);
    REQUIRE(head.ok());
    if (head->kind != PackFileKind::tree) continue;
    const auto contents = ReadPackContents(small.store(), name, bytes.size(), owner, repository->certificates());
    REQUIRE(contents.ok());
    auto builder = PackBuilder::Start(small.store(), owner, head->wraps.at(0), PackFileKind::tree, *random);
    REQUIRE(builder.ok());
    for (PackEntry entry : contents->entries) {
      const ByteView frame = ByteView(bytes).subspan(entry.offset, entry.sealed_size);
      lie(entry);
      REQUIRE((*builder)->Add(frame, entry, {}).ok());
    }
    REQUIRE((*builder)->Finish().ok());
    REQUIRE(small.store().Remove(name).ok());
    ++rewritten;
  }
  return rewritten;
}

bool Mentions(const VerifyReport& report, std::string_view words) {
  return std::any_of(report.damage.begin(), report.damage.end(), [&](const Damage& d) { return d.why.find(words) != std::string::npos; });
}

VerifyReport VerifyWith(SmallRepository& small, const Keyring& keys, VerifyOptions options = {}) {
  const auto reading = small.Read(keys.Clone());
  SilentProgress silent;
  auto report = Verify(*reading.session, options, silent);
  REQUIRE(report.ok());
  return std::move(report).value();
}

}  // namespace

TEST_CASE("a directory that lies about the links of a node is found") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  size_t lies = 0;
  SECTION("as they are, they are true") {
    CHECK(RewriteTreePacks(small, [](PackEntry&) {}) == 2);
    const Examination found = small.Examine();
    INFO(found.Text());
    CHECK_FALSE(found.is_found());
    return;
  }
  SECTION("one left out") {
    RewriteTreePacks(small, [&](PackEntry& entry) {
      if (!entry.links.empty()) entry.links.pop_back(), ++lies;
    });
  }
  SECTION("all left out of one node") {
    RewriteTreePacks(small, [&](PackEntry& entry) {
      if (!entry.links.empty() && lies++ == 0) entry.links.clear();
    });
  }
  SECTION("one added") {
    RewriteTreePacks(small, [&](PackEntry& entry) { entry.links.push_back(entry.id), ++lies; });
  }
  SECTION("one changed") {
    RewriteTreePacks(small, [&](PackEntry& entry) {
      if (!entry.links.empty()) entry.links[0].bytes[5] ^= 1, ++lies;
    });
  }
  SECTION("in another order") {
    RewriteTreePacks(small, [&](PackEntry& entry) {
      if (entry.links.size() > 1) std::swap(entry.links[0], entry.links[1]), ++lies;
    });
  }
  REQUIRE(lies > 0);
  const Examination found = small.Examine();
  INFO(found.Text());
  CHECK(Mentions(found.report, "other links"));
  for (const Damage& damage : found.report.damage) CHECK(damage.what == "pack");  // no object is lost
  CHECK(found.read.damaged == 0);
  CHECK(found.read.wrong.empty());
}

TEST_CASE("links are true for every kind of map: long segment lists and attributes") {
  SmallRepository small;
  small.MakeTree();
  // Some 300 chunks: their list is a map of its own, with several nodes.
  small.Write(small.In("panjang.bin"), SmallRepository::Noise(1'200'000, 23));
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  const auto reading = small.Read(small.owner());
  const auto entry = LookUp(*reading.session, reading.list.snapshots[0], small.Stored("panjang.bin"));
  REQUIRE(entry.ok());
  REQUIRE_FALSE(entry->content.segment_map.is_zero());
  const Examination found = small.Examine();
  INFO(found.Text());
  CHECK_FALSE(found.is_found());
  CHECK(found.read.wrong.empty());

  size_t lies = 0;
  RewriteTreePacks(small, [&](PackEntry& one) {
    const auto plain = reading.session->reader().Read(one.id, ObjectKind::node);
    REQUIRE(plain.ok());
    const auto node = DecodeNode(*plain);
    REQUIRE(node.ok());
    if (node->level == 0 && DecodeSegment(node->entries.at(0).value).ok() && node->entries.at(0).key.size() == 8) one.links.pop_back(), ++lies;
  });
  REQUIRE(lies > 0);
  CHECK(Mentions(small.Examine().report, "other links"));
}

TEST_CASE("by the structure key alone, links are followed and what is lost is found") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Keyring maintainer = small.Export(Role::maintain), auditor = small.Export(Role::audit);
  VerifyOptions all;
  all.read_data = true;
  const auto sound = VerifyWith(small, maintainer, all);
  CHECK(sound.ok());
  CHECK(sound.objects > 20);
  CHECK(sound.frames_opened == 0);
  CHECK_FALSE(sound.not_checked.empty());
  CHECK(VerifyWith(small, auditor, all).ok());
  CHECK(sound.objects == VerifyWith(small, small.owner(), all).objects);

  REQUIRE(small.store().Remove(NamesOf(small.store(), "packs/").front()).ok());
  CHECK_FALSE(VerifyWith(small, maintainer).ok());
  CHECK_FALSE(VerifyWith(small, small.owner()).ok());
}

TEST_CASE("a flipped byte of a frame is found by any key, since its digest stands in the directory or the name") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const auto [name, bytes] = *BlobsOf(small.store(), "packs/").begin();
  Bytes bad = bytes;
  bad[400] ^= 1;
  small.store().Plant(name, bad);
  VerifyOptions all;
  all.read_data = true;
  for (const Role role : {Role::restore, Role::backup, Role::maintain, Role::audit}) {
    INFO(RoleName(role));
    CHECK_FALSE(VerifyWith(small, small.Export(role), all).ok());
  }
}

TEST_CASE("a sample repeats by its seed, and says what was not looked at") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  VerifyOptions options;
  options.sample_percent = 30;
  options.sample_seed = 4;
  const auto one = VerifyWith(small, small.owner(), options), two = VerifyWith(small, small.owner(), options);
  CHECK(one.level == "sample");
  CHECK(one.packs_read > 0);
  CHECK(one.packs_read < one.packs);
  CHECK(one.packs_read == two.packs_read);
  CHECK(one.bytes_read == two.bytes_read);
  CHECK(*one.sample_seed == 4);
  CHECK_FALSE(one.not_checked.empty());
  options.sample_seed.reset();
  CHECK(VerifyWith(small, small.owner(), options).sample_seed);
  options.sample_percent = 100;
  CHECK(VerifyWith(small, small.owner(), options).packs_read == one.packs);
  for (const double percent : {0.0, -1.0, 100.5}) {
    options.sample_percent = percent;
    const auto reading = small.Read(small.owner());
    SilentProgress silent;
    CHECK(Verify(*reading.session, options, silent).status().code() == Code::invalid);
  }
}

TEST_CASE("packs that no snapshot uses are no damage") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  // A run that was killed before its manifest: its packs are there.
  MemoryStore elsewhere;
  CopyBlobs(small.store(), elsewhere);
  small.Write(small.In("belum-selesai.bin"), SmallRepository::Noise(9'000, 31));
  const auto catalog = NewTestCatalog();
  const auto report = small.BackUp(small.owner(), *catalog, {}, &elsewhere);
  small.expected().erase(*report.snapshot);
  for (auto& [name, bytes] : BlobsOf(elsewhere, "packs/")) small.store().Plant(name, bytes);
  const Examination found = small.Examine();
  INFO(found.Text());
  CHECK_FALSE(found.is_found());
  CHECK(found.read.snapshots_missing == 0);
}

TEST_CASE("verify opens nothing for writing (I6)") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const auto before = BlobsOf(small.store());
  small.Examine();
  CHECK(BlobsOf(small.store()) == before);
  CHECK(small.Examine(nullptr, nullptr, /*read_data=*/false).report.level == "structure");
}

}  // namespace pulih
