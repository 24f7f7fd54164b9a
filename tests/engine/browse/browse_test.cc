// Looking around in snapshots: listing, finding, comparing, writing out, and which snapshot a person means.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/base/byte_writer.h"
#include "engine/browse/browse.h"
#include "engine/browse/content_hash.h"
#include "engine/browse/selector.h"
#include "engine/crypto/sha256.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

struct Scene {
  SmallRepository small;
  Reading reading;
  Snapshot before, after;

  Scene() {
    small.TakeTwoSnapshots();
    reading = small.Read(small.owner());
    REQUIRE(reading.list.snapshots.size() == 2);
    before = reading.list.snapshots[0];
    after = reading.list.snapshots[1];
  }
  ReadSession& session() { return *reading.session; }
  // Relative to the tree; whole where it lies elsewhere.
  std::string Short(const std::string& path) const {
    const std::string root = small.StoredRoot() + "/";
    return path.starts_with(root) ? path.substr(root.size()) : path;
  }
  std::vector<std::string> List(const Snapshot& snapshot, const std::string& path, bool recursive) {
    std::vector<std::string> paths;
    const Status status = ListTree(
        session(), snapshot, path, recursive,
        [&](const ListedEntry& listed) {
          paths.push_back(Short(listed.path));
          return true;
        },
        [](const MapGap&) { FAIL("a gap"); });
    INFO(status.ToString());
    CHECK(status.ok());
    return paths;
  }
  std::vector<std::string> Find(const FindQuery& query) {
    std::vector<std::string> paths;
    REQUIRE(FindEntries(
                session(), before, query,
                [&](const ListedEntry& listed) {
                  paths.push_back(Short(listed.path));
                  return true;
                },
                [](const MapGap&) { FAIL("a gap"); })
                .ok());
    return paths;
  }
  std::map<std::string, EntryChange> Diff(const std::string& path = "") {
    std::map<std::string, EntryChange> changes;
    REQUIRE(DiffSnapshots(session(), before, after, path, [&](const EntryChange& change) {
      changes[Short(change.path)] = change;
      return true;
    }).ok());
    return changes;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a folder is listed with what is in it, one level or all, in the order of the map") {
  Scene scene;
  const std::string root = scene.small.StoredRoot();
  CHECK(scene.List(scene.before, root, false) == Names{root, "baca.txt", "besar.bin", "daftar.csv", "dokumen", "hampa", "jarang", "pipa"});
  CHECK(scene.List(scene.before, root + "/dokumen", false) ==
        Names{"dokumen", "dokumen/2014", "dokumen/catatan\n.txt", "dokumen/dua-nama", "dokumen/nama-kedua", "dokumen/pintas", "dokumen/salinan.txt"});
  CHECK(scene.List(scene.before, root + "/dokumen/2014/kosong", true) == Names{"dokumen/2014/kosong"});
  CHECK(scene.List(scene.before, root + "/baca.txt", true) == Names{"baca.txt"});
  const Names all = scene.List(scene.before, root + "/dokumen", true);
  CHECK(all.size() == 14);
  CHECK(std::find(all.begin(), all.end(), "dokumen/2014/lelang-5.txt") != all.end());
  CHECK(scene.List(scene.before, "", false) == Names{root.substr(0, root.find('/'))});
  CHECK(scene.List(scene.before, "", true).size() == 21 + static_cast<size_t>(std::count(root.begin(), root.end(), '/')));
  CHECK(ListTree(scene.session(), scene.before, root + "/tiada", true, [](const ListedEntry&) { return true; }, [](const MapGap&) {}).code() ==
        Code::not_found);
  size_t seen = 0;
  CHECK(ListTree(scene.session(), scene.before, "", true, [&](const ListedEntry&) { return ++seen < 3; }, [](const MapGap&) {}).ok());
  CHECK(seen == 3);
}

TEST_CASE("entries are found by name, path, size, time, content and type") {
  Scene scene;
  FindQuery query;
  SECTION("name") {
    query.glob = "lelang-[0-2].txt";
    CHECK(scene.Find(query) == Names{"dokumen/2014/lelang-0.txt", "dokumen/2014/lelang-1.txt", "dokumen/2014/lelang-2.txt"});
  }
  SECTION("path") {
    query.glob = "/" + scene.small.Stored("dokumen/*.txt");
    CHECK(scene.Find(query) == Names{"dokumen/catatan\n.txt", "dokumen/salinan.txt"});
  }
  SECTION("size") {
    query.min_size = 9'000;
    query.max_size = 30'000;
    CHECK(scene.Find(query) == Names{"besar.bin", "daftar.csv"});
    query.max_size = 29'999;
    CHECK(scene.Find(query) == Names{"daftar.csv"});
  }
  SECTION("content") {
    query.sha256 = Sha256Of(SmallRepository::Noise(300, 100));
    CHECK(scene.Find(query) == Names{"dokumen/2014/lelang-0.txt", "dokumen/salinan.txt"});
  }
  SECTION("type") {
    query.type = FileType::symlink;
    CHECK(scene.Find(query) == Names{"dokumen/pintas"});
    query.type = FileType::fifo;
    CHECK(scene.Find(query) == Names{"pipa"});
  }
  SECTION("time") {
    constexpr int64_t kTime = 1'400'000'000'123'456'789;
    query.type = FileType::regular;
    query.newer_than_ns = kTime - 1;
    query.glob = "baca.txt";
    CHECK(scene.Find(query) == Names{"baca.txt"});
    query.newer_than_ns = kTime;
    CHECK(scene.Find(query).empty());
    query.newer_than_ns.reset();
    query.older_than_ns = kTime + 1;
    CHECK(scene.Find(query) == Names{"baca.txt"});
    query.older_than_ns = kTime;
    CHECK(scene.Find(query).empty());
  }
}

TEST_CASE("each version of an entry is found once, with the snapshots that hold it, in pieces of whatever size") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const auto catalog = NewTestCatalog();
  small.clock().Advance(60);
  SmallRepository::Write(small.In("baca.txt"), AsBytes("malam\n"), 1'500'000'000);
  small.BackUp(small.owner(), *catalog);
  Reading reading = small.Read(small.owner());
  const auto& snapshots = reading.list.snapshots;
  REQUIRE(snapshots.size() == 3);
  FindQuery query;
  if (GENERATE(true, false)) query.glob = "*.txt";

  // The slow twin: every snapshot, then sorted out.
  struct Version {
    size_t first = 0, last = 0;
    uint64_t count = 0;
    bool operator==(const Version&) const = default;
  };
  using Key = std::tuple<Bytes, int64_t, uint32_t, uint64_t, Digest>;
  const auto key_of = [](const ListedEntry& listed) {
    const FileEntry& e = listed.entry;
    return Key(KeyFromPath(listed.path), e.mtime_seconds, e.mtime_nanoseconds, e.content.size, e.content.digest);
  };
  std::map<Key, Version> expected;
  for (size_t i = 0; i < snapshots.size(); ++i) {
    REQUIRE(FindEntries(
                *reading.session, snapshots[i], query,
                [&](const ListedEntry& listed) {
                  const auto [at, is_new] = expected.emplace(key_of(listed), Version{i, i, 0});
                  at->second.last = i;
                  ++at->second.count;
                  return true;
                },
                [](const MapGap&) { FAIL("a gap"); })
                .ok());
  }
  REQUIRE(expected.size() > 5);

  const FindLimits limits = GENERATE(FindLimits{}, FindLimits{1, 8192}, FindLimits{4096, 1}, FindLimits{3, 4}, FindLimits{2, 2});
  std::map<Key, Version> found;
  std::vector<std::pair<Bytes, size_t>> order;
  REQUIRE(FindVersions(
              *reading.session, snapshots, query,
              [&](const FoundVersion& version) {
                CHECK(found.emplace(key_of(version.listed), Version{version.first, version.last, version.count}).second);
                order.emplace_back(KeyFromPath(version.listed.path), version.last);
                return true;
              },
              [](const MapGap&) { FAIL("a gap"); }, limits)
              .ok());
  CHECK(found == expected);
  CHECK(std::is_sorted(order.begin(), order.end()));

  size_t asked = 0;
  REQUIRE(FindVersions(*reading.session, snapshots, query, [&](const FoundVersion&) { return ++asked < 2; }, [](const MapGap&) {}, limits).ok());
  CHECK(asked == 2);
}

TEST_CASE("a comparison tells kinds of change and fields, and nothing that is the same") {
  Scene scene;
  const auto changes = scene.Diff();
  std::vector<std::string> paths;
  for (const auto& [path, change] : changes) paths.push_back(path);
  CHECK(paths == Names{"baca.txt", "besar.bin", "dokumen/2014", "dokumen/2014/lelang-2.txt", "dokumen/2014/lelang-4.txt", "dokumen/2014/lelang-baru.txt"});
  CHECK(changes.at("baca.txt").fields == Names{"content", "size", "mtime"});
  CHECK(changes.at("besar.bin").fields == Names{"content", "size", "mtime"});
  CHECK(changes.at("dokumen/2014").fields == Names{"mtime"});
  CHECK(changes.at("dokumen/2014/lelang-2.txt").kind == ChangeKind::removed);
  CHECK(changes.at("dokumen/2014/lelang-4.txt").kind == ChangeKind::removed);
  CHECK(changes.at("dokumen/2014/lelang-baru.txt").kind == ChangeKind::added);
  CHECK_FALSE(changes.at("dokumen/2014/lelang-baru.txt").before);
  CHECK(scene.Diff(scene.small.Stored("dokumen")).size() == 4);
  CHECK(scene.Diff(scene.small.Stored("besar.bin")).size() == 1);
}

TEST_CASE("each attribute that changes is named") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  REQUIRE(::chmod(small.In("daftar.csv").c_str(), 0600) == 0);
  REQUIRE(::unlink(small.In("dokumen/pintas").c_str()) == 0);
  REQUIRE(::symlink("../hampa", small.In("dokumen/pintas").c_str()) == 0);
  REQUIRE(::unlink(small.In("pipa").c_str()) == 0);
  small.Write(small.In("pipa"), AsBytes("kini berkas"));
  REQUIRE(::unlink(small.In("dokumen/nama-kedua").c_str()) == 0);
  small.BackUp(small.owner(), *catalog);
  const auto reading = small.Read(small.owner());
  std::map<std::string, std::vector<std::string>> fields;
  REQUIRE(DiffSnapshots(*reading.session, reading.list.snapshots[0], reading.list.snapshots[1], small.StoredRoot(), [&](const EntryChange& change) {
    fields[change.path.substr(small.StoredRoot().size() + (change.path == small.StoredRoot() ? 0 : 1))] = change.fields;
    return true;
  }).ok());
  CHECK(fields["daftar.csv"] == Names{"mode"});
  CHECK(fields["dokumen/pintas"] == Names{"mtime", "target"});
  REQUIRE_FALSE(fields["pipa"].empty());
  CHECK(fields["pipa"][0] == "type");
  CHECK(fields["dokumen/dua-nama"] == Names{"links"});
}

TEST_CASE("a file is written out whole, holes as zeros, and only a file") {
  Scene scene;
  for (const char* path : {"jarang", "besar.bin", "hampa", "dokumen/dua-nama"}) {
    const auto entry = LookUp(scene.session(), scene.before, scene.small.Stored(path));
    REQUIRE(entry.ok());
    Bytes bytes;
    REQUIRE(DumpFile(scene.session(), *entry, [&](ByteView piece) {
      Append(bytes, piece);
      return OkStatus();
    }).ok());
    CHECK(bytes == scene.small.expected().at(scene.before.id).at(scene.small.Stored(path)));
  }
  const auto sparse = LookUp(scene.session(), scene.before, scene.small.Stored("jarang"));
  CHECK(std::any_of(sparse->content.segments.begin(), sparse->content.segments.end(),
                    [](const Segment& segment) { return std::holds_alternative<Hole>(segment); }));
  const auto folder = LookUp(scene.session(), scene.before, scene.small.Stored("dokumen"));
  CHECK(DumpFile(scene.session(), *folder, [](ByteView) { return OkStatus(); }).code() == Code::invalid);
  const auto large = LookUp(scene.session(), scene.before, scene.small.Stored("besar.bin"));
  CHECK(DumpFile(scene.session(), *large, [](ByteView) { return Status(Code::no_space, "full"); }).code() == Code::no_space);
}

TEST_CASE("a content that is written out and is not what its entry says is corrupt") {
  Scene scene;
  const std::string path = GENERATE("jarang", "besar.bin");
  auto entry = LookUp(scene.session(), scene.before, scene.small.Stored(path));
  REQUIRE(entry.ok());
  SECTION("another digest") { entry->content.digest.bytes[5] ^= 1; }
  SECTION("good extents in the wrong order") {
    auto segments = SegmentsOf(scene.session().reader(), entry->content);
    REQUIRE((segments.ok() && segments->size() > 1));
    std::swap(segments->front(), segments->back());
    entry->content.segment_map = {};
    entry->content.segments = std::move(segments).value();
  }
  CHECK(DumpFile(scene.session(), *entry, [](ByteView) { return OkStatus(); }).code() == Code::corrupt);
}

TEST_CASE("both kinds of digest are taken over segments as docs/format.md says") {
  const std::vector<Segment> segments = {Extent{{}, 0, 3}, Extent{{}, 7, 2}, Hole{70'000}, Extent{{}, 0, 4}, Hole{5}};
  Content content;
  Bytes whole = ToBytes(AsBytes("abcde"));
  whole.resize(5 + 70'000);
  Append(whole, AsBytes("fghi"));
  whole.resize(whole.size() + 5);
  ByteWriter sparse;
  sparse.Le64(0);
  sparse.Le64(5);
  sparse.Raw(AsBytes("abcde"));
  sparse.Le64(70'005);
  sparse.Le64(4);
  sparse.Raw(AsBytes("fghi"));
  sparse.Le64(whole.size());
  content.size = whole.size();
  const bool is_sparse = GENERATE(false, true);
  content.digest_kind = is_sparse ? DigestKind::sparse_sha256 : DigestKind::sha256;
  content.digest = Sha256Of(is_sparse ? sparse.view() : ByteView(whole));
  ContentHash hash(content, segments);
  for (const char* piece : {"abc", "de", "", "fghi", ""}) hash.Add(AsBytes(piece));
  CHECK(hash.Check().ok());
}

TEST_CASE("an extent that lies outside its object is corrupt") {
  const Bytes plain(100, 1);
  CHECK(PieceOf(plain, {{}, 10, 90})->size() == 90);
  CHECK(PieceOf(plain, {{}, 100, 0}).ok());
  CHECK(PieceOf(plain, {{}, 10, 91}).status().code() == Code::corrupt);
  CHECK(PieceOf(plain, {{}, UINT32_MAX, UINT32_MAX}).status().code() == Code::corrupt);
}

TEST_CASE("a repository is counted") {
  Scene scene;
  const auto stats = CountRepository(scene.session());
  REQUIRE(stats.ok());
  uint64_t bytes = 0;
  for (const auto& [name, blob] : BlobsOf(scene.small.store())) bytes += blob.size();
  CHECK(stats->repository_bytes == bytes);
  CHECK(stats->snapshots == 2);
  CHECK(stats->writers == 1);
  CHECK(stats->packs == NamesOf(scene.small.store(), "packs/").size());
  CHECK(stats->objects == stats->chunks + stats->groups + stats->nodes);
  CHECK(stats->chunks > 5);
  CHECK(stats->groups > 1);
  CHECK(stats->nodes > 3);
}

TEST_CASE("snapshots are chosen by latest, by date and by id") {
  Scene scene;
  const auto& all = scene.reading.list.snapshots;
  const auto choose = [&](std::string_view words, const SnapshotFilter& filter = {}) { return SelectSnapshot(all, words, filter, 0); };
  CHECK(choose("latest")->id == scene.after.id);
  CHECK(choose("latest~0")->id == scene.after.id);
  CHECK(choose("latest~1")->id == scene.before.id);
  CHECK(choose("latest~2").status().code() == Code::not_found);
  CHECK(choose(scene.before.id.hex())->id == scene.before.id);
  CHECK(choose(scene.before.id.hex().substr(0, 8))->id == scene.before.id);
  CHECK(choose(scene.before.id.hex().substr(0, 7)).status().code() == Code::invalid);
  CHECK(choose("2033-05-18T03:33:20")->id == scene.before.id);  // an hour lies between the two
  CHECK(choose("2033-05-18")->id == scene.after.id);
  CHECK(choose("2033-05-17").status().code() == Code::not_found);
  SnapshotFilter filter;
  filter.host = "arsip";
  CHECK(choose("latest", filter)->id == scene.after.id);
  filter.host = "lain";
  CHECK(choose("latest", filter).status().code() == Code::not_found);
  CHECK(choose("kemarin").status().code() == Code::invalid);
  CHECK(choose("latest", filter).status().message() == "finding a snapshot: host lain: no snapshot is of that");
  CHECK(choose("latest~2").status().message() == "finding a snapshot: latest~2: there are 2 snapshots");
  CHECK(SelectSnapshot({}, "latest", {}, 0).status().message() == "finding a snapshot: the repository has none yet");
  CHECK(SelectSnapshots(all, {})->size() == 2);
  CHECK(SelectSnapshots(all, filter).status().code() == Code::not_found);
}

}  // namespace pulih
