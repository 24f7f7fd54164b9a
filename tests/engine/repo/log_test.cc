// The order in which a run makes things visible (I2), and the event log: it chains, runs of one writer are put in
// order, a manifest that a killed run left without an entry is adopted.
#include <algorithm>

#include "engine/crypto/sha256.h"
#include "engine/repo/event_log.h"
#include "tests/support/hook_store.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

LeafFields KeyEvent(SmallRepository& small, std::string note) {
  LeafFields fields;
  fields.type = "key";
  fields.repository = small.owner().repository;
  fields.time_ns = small.clock().now_ns;
  fields.note = std::move(note);
  return fields;
}

Result<ReadLogEntry> EntryAt(SmallRepository& small, uint64_t n) {
  const Keyring owner = small.owner();
  return ReadEntry(small.store(), owner.repository, owner.writer->id, owner.writer->sign.public_key, n);
}

std::string LogName(SmallRepository& small, uint64_t n) { return "log/" + small.owner().writer->id.hex() + "/" + std::to_string(n); }

// RFC 6962 §2.1 as it is written there: the slow twin of the frontier.
Digest TreeHash(const std::vector<Bytes>& leaves) {
  static constexpr uint8_t kLeaf[] = {0}, kNode[] = {1};
  if (leaves.empty()) return Sha256Of(ByteView{});
  if (leaves.size() == 1) return Sha256Of({kLeaf, leaves[0]});
  size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  const std::vector<Bytes> before(leaves.begin(), leaves.begin() + static_cast<ptrdiff_t>(left));
  const std::vector<Bytes> after(leaves.begin() + static_cast<ptrdiff_t>(left), leaves.end());
  return Sha256Of({kNode, TreeHash(before).view(), TreeHash(after).view()});
}

}  // namespace

TEST_CASE("a snapshot becomes visible only after all that it reaches (I2)") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  for (int run = 0; run < 2; ++run) {
    HookStore store(small.store());
    const auto report = small.BackUp(small.owner(), *catalog, {}, &store);
    REQUIRE(store.puts.size() > 3);
    const auto manifest = std::find_if(store.puts.begin(), store.puts.end(), [](const std::string& n) { return n.starts_with("snapshots/"); });
    REQUIRE(manifest != store.puts.end());
    CHECK(*manifest == "snapshots/" + report.snapshot->hex());
    CHECK(std::all_of(store.puts.begin(), manifest, [](const std::string& n) { return n.starts_with("packs/"); }));
    REQUIRE(store.puts.end() - manifest == 2);
    CHECK(*(manifest + 1) == LogName(small, static_cast<uint64_t>(run)));
    // Every byte that the run wrote is accounted for (I8).
    CHECK(report.bytes_added == store.bytes_put);
    small.Write(small.In("dokumen/2014/lelang-2.txt"), SmallRepository::Noise(700, 5));
  }
}

TEST_CASE("log entries chain, and each checkpoint is the root of all leaves until then") {
  SmallRepository small;
  const Keyring owner = small.owner();
  std::vector<Bytes> leaves;
  for (uint64_t n = 0; n < 9; ++n) {
    const auto appended = AppendEvent(small.store(), *owner.writer, KeyEvent(small, "peristiwa " + std::to_string(n)));
    REQUIRE(appended.ok());
    CHECK(appended->leaf.sequence == n);
    const auto entry = EntryAt(small, n);
    REQUIRE(entry.ok());
    CHECK(entry->leaf.note == "peristiwa " + std::to_string(n));
    CHECK(entry->frontier.Root() == appended->frontier.Root());
    leaves.push_back(EncodeLeaf(entry->leaf));
    CHECK(entry->frontier.size() == n + 1);
    CHECK(entry->frontier.Root() == TreeHash(leaves));
  }
  CHECK(LogSizes(small.store())->at(owner.writer->id) == 9);
  CHECK_FALSE(EntryAt(small, 9).ok());
  // An entry is valid at its own place and in its own log only.
  small.store().Plant(LogName(small, 9), *GetWhole(small.store(), LogName(small, 8), UINT32_MAX));
  CHECK(EntryAt(small, 9).status().code() == Code::corrupt);
}

TEST_CASE("of two runs of one writer at once, the loser takes the next place in the log") {
  SmallRepository small;
  const Keyring owner = small.owner();
  REQUIRE(AppendEvent(small.store(), *owner.writer, KeyEvent(small, "pertama")).ok());
  HookStore store(small.store());
  int quicker = 0;
  store.before_put = [&](const std::string& name, ByteView) {
    if (name.starts_with("log/") && quicker < 3) {
      const auto other = AppendEvent(small.store(), *owner.writer, KeyEvent(small, "lebih cepat " + std::to_string(quicker++)));
      REQUIRE(other.ok());
    }
    return OkStatus();
  };
  const auto appended = AppendEvent(store, *owner.writer, KeyEvent(small, "kalah"));
  REQUIRE(appended.ok());
  CHECK(appended->leaf.sequence == 4);
  std::vector<Bytes> leaves;
  for (uint64_t n = 0; n < 5; ++n) {
    const auto entry = EntryAt(small, n);
    REQUIRE(entry.ok());
    leaves.push_back(EncodeLeaf(entry->leaf));
    CHECK(entry->frontier.Root() == TreeHash(leaves));
  }
  CHECK(EntryAt(small, 4)->leaf.note == "kalah");
}

TEST_CASE("two backups of one writer that end at once are both in the log, in order") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  HookStore store(small.store());
  bool is_first = true;
  store.before_put = [&](const std::string& name, ByteView) {
    if (name.starts_with("log/") && std::exchange(is_first, false)) {
      const auto other_catalog = NewTestCatalog();
      small.Write(small.In("sementara"), AsBytes("lain"));
      small.BackUp(small.owner(), *other_catalog);
      REQUIRE(::unlink(small.In("sementara").c_str()) == 0);
    }
    return OkStatus();
  };
  small.BackUp(small.owner(), *catalog, {}, &store);
  CHECK(LogSizes(small.store())->begin()->second >= 3);
  // The next run leaves nothing outside the log and nothing in it that is not there.
  small.BackUp(small.owner(), *catalog);
  const Examination found = small.Examine();
  INFO(found.Text());
  CHECK_FALSE(found.is_found());
  CHECK(found.report.snapshots == 4);
  CHECK(found.report.notes.empty());
  CHECK(found.read.wrong.empty());
  std::vector<SnapshotId> logged;
  for (uint64_t n = 0; n < LogSizes(small.store())->begin()->second; ++n) logged.push_back(EntryAt(small, n)->leaf.snapshot);
  std::sort(logged.begin(), logged.end());
  logged.erase(std::unique(logged.begin(), logged.end()), logged.end());
  CHECK(logged.size() == 4);
}

TEST_CASE("a manifest without a log entry is a snapshot, and the next commit adopts it") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  HookStore store(small.store());
  store.before_put = [](const std::string& name, ByteView) {
    return name.starts_with("log/") ? Status(Code::io, "the server went away") : OkStatus();
  };
  const auto unlogged = small.BackUp(small.owner(), *catalog, {}, &store);
  CHECK(unlogged.snapshot);
  CHECK(unlogged.warnings.size() == 1);
  CHECK(LogSizes(small.store())->begin()->second == 1);
  const Examination between = small.Examine();
  CHECK_FALSE(between.is_found());
  CHECK(between.report.snapshots == 2);
  CHECK(between.report.notes.size() == 1);

  const auto next = small.BackUp(small.owner(), *catalog);
  CHECK(next.warnings.empty());
  CHECK(LogSizes(small.store())->begin()->second == 3);
  CHECK(EntryAt(small, 1)->leaf.snapshot == *unlogged.snapshot);
  CHECK(EntryAt(small, 2)->leaf.snapshot == *next.snapshot);
  const Examination after = small.Examine();
  INFO(after.Text());
  CHECK_FALSE(after.is_found());
  CHECK(after.report.notes.empty());
  CHECK(after.report.log_entries == 3);
}

TEST_CASE("snapshots of one writer name the one before them and never go back in time") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  small.clock().Advance(-30 * 24 * 3600);  // somebody set the clock back
  small.BackUp(small.owner(), *catalog);
  small.BackUp(small.owner(), *catalog);
  const auto reading = small.Read(small.owner());
  REQUIRE(reading.list.snapshots.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    const ManifestPublic& meta = reading.list.snapshots[i].meta;
    CHECK(meta.sequence == i);
    if (i == 0) {
      CHECK(meta.previous.is_zero());
    } else {
      CHECK(meta.previous.bytes == reading.list.snapshots[i - 1].id.bytes);
      CHECK(meta.time_ns > reading.list.snapshots[i - 1].meta.time_ns);
    }
  }
}

}  // namespace pulih
