#include "engine/verify/verify.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "engine/base/endian.h"
#include "engine/os/clock.h"
#include "engine/repo/event_log.h"
#include "engine/repo/key_store.h"
#include "engine/repo/sessions.h"
#include "engine/store/attempts.h"
#include "engine/verify/pack_check.h"
#include "engine/verify/reachability.h"

namespace pulih {
namespace {

struct PackBlob {
  std::string name;
  uint64_t size = 0;
};

// One verification on its way; its steps are called in order by Verify().
class VerifyRun {
 public:
  VerifyRun(ReadSession& session, const VerifyOptions& options, VerifyReport& report, ProgressListener& progress)
      : session_(session), repository_(session.repository()), options_(options), report_(report), progress_(progress) {}

  void Add(std::string what, std::string object, std::string why) {
    report_.damage.push_back({std::move(what), std::move(object), std::move(why), {}, 0, {}});
  }

  // Config and certificates were checked by opening; what was refused then is told now. Slots are looked at.
  Status CheckSmallBlobs() {
    for (const std::string& refused : repository_.certificates().refused()) Add("certificate", refused, "it is refused");
    for (const std::string& foreign : repository_.certificates().foreign()) report_.notes.push_back(foreign);
    for (const std::string& note : repository_.notes()) {
      if (note.compare(0, 8, "refused ") != 0) report_.notes.push_back(note);
    }
    PULIH_TRY_ASSIGN(const auto slots, ListKeySlots(repository_.store()));
    for (const SlotInfo& slot : slots) {
      if (!slot.problem.ok()) Add("key slot", "keys/" + slot.id, slot.problem.message());
    }
    PULIH_TRY(repository_.store().List("wraps/", [&](const BlobInfo& blob) -> Status {
      const auto wraps = ReadWraps(repository_.store(), blob.name, repository_.keyring());
      if (!wraps.ok()) Add("wraps", blob.name, wraps.status().message());
      return OkStatus();
    }));
    if (!slots.empty()) report_.not_checked.push_back("key slots: whether they open (only their passphrases tell)");
    return OkStatus();
  }

  Status CheckSnapshots() {
    PULIH_TRY_ASSIGN(SnapshotList list, ListSnapshots(repository_));
    snapshots_ = std::move(list.snapshots);
    report_.snapshots = snapshots_.size();
    for (const RefusedSnapshot& refused : list.refused) {
      if (refused.why.code() == Code::denied) {
        report_.notes.push_back(refused.blob_name + ": " + refused.why.message());
      } else {
        Add("snapshot", refused.blob_name, refused.why.message());
      }
    }
    return OkStatus();
  }

  // Every entry of every writer's log by itself and in its chain; every snapshot that a log names must be there.
  Status CheckLogs() {
    PULIH_TRY_ASSIGN(const auto logs, LogNumbers(repository_.store()));
    std::map<SnapshotId, bool> logged;
    for (const Snapshot& snapshot : snapshots_) logged[snapshot.id] = false;
    for (const auto& [writer, numbers] : logs) {
      const CertifiedWriter* certified = repository_.certificates().Find(writer);
      if (certified == nullptr) {
        report_.notes.push_back("log/" + writer.hex() + ": its writer has no certificate of this repository");
        continue;
      }
      PULIH_TRY(CheckLog(writer, certified->certificate.sign_key, numbers, logged));
    }
    for (const auto& [id, is_logged] : logged) {
      if (!is_logged) report_.notes.push_back("snapshot " + id.hex().substr(0, 8) + ": not in its writer's log yet; the next run adds it");
    }
    return OkStatus();
  }

  Status CheckPacks() {
    PULIH_TRY(repository_.store().List("packs/", [&](const BlobInfo& blob) -> Status {
      if (PackNameOf(blob.name)) {
        packs_.push_back({blob.name, blob.size});
      } else {
        Add("pack", blob.name, "not the name of a pack");
      }
      return OkStatus();
    }));
    std::sort(packs_.begin(), packs_.end(), ByName);
    report_.packs = packs_.size();
    for (const RefusedPack& refused : session_.index().refused()) damaged_packs_[refused.blob_name].why = refused.why.message();
    ChooseSample();
    return ReadPacks();
  }

  Status CheckReachability() {
    const bool by_content = repository_.keyring().can_read();
    if (!by_content && repository_.keyring().structure_secret.empty()) {
      report_.not_checked.push_back("whether snapshots are whole: the key at hand opens neither contents nor structure");
      ReportPacks({}, {});
      return OkStatus();
    }
    PULIH_TRY_ASSIGN(const ReachabilityResult reached, by_content ? FindLostObjects(session_, snapshots_, progress_)
                                                                  : FindLostByLinks(session_, snapshots_, progress_));
    report_.objects = reached.objects;
    // Objects that another copy saved are told as well: whose safety hangs by one thread less.
    LostObjects suffering = reached.lost;
    for (const auto& [blob, pack] : damaged_packs_) {
      for (const DamagedObject& object : pack.objects) suffering.emplace(object.id, object.why);
    }
    std::map<ObjectId, Damage> uses;
    if (by_content && !suffering.empty()) {
      PULIH_TRY_ASSIGN(uses, FindUses(session_, snapshots_, suffering));
    }
    if (!by_content) report_.not_checked.push_back("contents: the key at hand opens none; links were followed instead");
    ReportPacks(reached.lost, uses);
    for (const auto& [id, why] : reached.lost) {
      const auto use = uses.find(id);
      report_.damage.push_back(use != uses.end() ? use->second : Damage{"object", id.hex(), why, {}, 0, {}});
    }
    return OkStatus();
  }

 private:
  Status CheckLog(const WriterId& writer, const PublicKey& key, const std::set<uint64_t>& numbers, std::map<SnapshotId, bool>& logged) {
    // Each entry carries the hashes that the next one is added to: so the whole log is one chain.
    std::optional<MerkleFrontier> before = MerkleFrontier();
    const CertifiedWriter& certified = *repository_.certificates().Find(writer);
    uint64_t next = 0;
    for (const uint64_t n : numbers) {
      if (n > next) {
        Add("log entry", "log/" + writer.hex() + "/" + std::to_string(next), "it is missing, and later ones are there");
        before.reset();
      }
      next = n + 1;
      if (progress_.ShouldStop()) return Status(Code::interrupted, "verifying: asked to stop");
      auto entry = ReadEntry(repository_.store(), repository_.config().repository, writer, key, n);
      ++report_.log_entries;
      if (!entry.ok()) {
        Add("log entry", "log/" + writer.hex() + "/" + std::to_string(n), entry.status().message());
        before.reset();
        continue;
      }
      if (before) {
        before->AppendLeaf(entry->leaf_bytes);
        if (before->hashes() != entry->frontier.hashes()) {
          Add("log entry", "log/" + writer.hex() + "/" + std::to_string(n), "it does not continue the entries before it");
        }
      }
      before = entry->frontier;
      if (certified.revoked_after && n >= *certified.revoked_after) {
        report_.notes.push_back("log/" + writer.hex() + "/" + std::to_string(n) + ": written after its writer was revoked");
        continue;
      }
      if (entry->leaf.type != "snapshot") continue;
      const auto it = logged.find(entry->leaf.snapshot);
      if (it == logged.end()) {
        Add("snapshot", "snapshots/" + entry->leaf.snapshot.hex(), "its writer's log names it, and it is not there or not sound");
      } else {
        it->second = true;
      }
    }
    return OkStatus();
  }

  static bool ByName(const PackBlob& a, const PackBlob& b) { return a.name < b.name; }

  void ChooseSample() {
    if (options_.read_data || !options_.sample_percent) {
      if (!options_.read_data) to_read_.clear();
      else to_read_ = packs_;
      return;
    }
    uint64_t seed = options_.sample_seed.value_or(0);
    if (!options_.sample_seed) {
      const auto drawn = repository_.environment().random.Array<4>();
      seed = LoadLe<uint32_t>(drawn.data());
    }
    report_.sample_seed = seed;
    // Packs are drawn without replacement, by a seeded shuffle: the same seed draws the same packs.
    to_read_ = packs_;
    const auto random = NewSeededRandom(seed);
    for (size_t i = to_read_.size(); i > 1; --i) {
      const auto bytes = random->Array<8>();
      std::swap(to_read_[i - 1], to_read_[LoadLe<uint64_t>(bytes.data()) % i]);
    }
    const double wanted = static_cast<double>(packs_.size()) * *options_.sample_percent / 100.0;
    to_read_.resize(std::min(to_read_.size(), static_cast<size_t>(wanted + 0.999999)));
    // Further attempts of a pack come with it: what is damaged in one may be whole in the other.
    std::set<std::string> drawn;
    for (const PackBlob& pack : to_read_) drawn.insert(AttemptBase(pack.name));
    to_read_ = packs_;
    std::erase_if(to_read_, [&](const PackBlob& pack) { return !drawn.contains(AttemptBase(pack.name)); });
  }

  // Those of the sample whole, of the others tail and directory.
  Status ReadPacks() {
    const bool open_frames = repository_.keyring().can_read();
    if (!to_read_.empty() && !open_frames) report_.not_checked.push_back("frames: opened by none of the keys at hand; their digests were compared");
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    uint64_t bytes_total = 0, packs_checked = 0;
    for (const PackBlob& pack : to_read_) bytes_total += pack.size;
    std::vector<PackVerdict> bad;
    std::set<std::string> sound;  // packs of which some attempt is whole
    const auto work = [&] {
      for (size_t i = next++; i < packs_.size(); i = next++) {
        const PackBlob& pack = packs_[i];
        const bool whole = std::binary_search(to_read_.begin(), to_read_.end(), pack, ByName);
        PackVerdict verdict = whole ? CheckWholePack(session_, pack.name, pack.size, open_frames)
                                    : CheckPackDirectory(session_, pack.name, pack.size);
        std::lock_guard lock(mutex);
        if (whole) ++report_.packs_read;
        ++packs_checked;
        report_.bytes_read += verdict.bytes_read;
        report_.frames_opened += verdict.frames_opened;
        progress_.Report({"checking packs", packs_checked, packs_.size(), report_.bytes_read, bytes_total, verdict.blob_name});
        if (progress_.ShouldStop()) next = packs_.size();
        if (verdict.pack.ok() && verdict.objects.empty()) {
          sound.insert(AttemptBase(verdict.blob_name));
        } else {
          bad.push_back(std::move(verdict));
        }
      }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < std::max(1u, options_.threads); ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (progress_.ShouldStop()) return Status(Code::interrupted, "verifying: asked to stop");
    for (PackVerdict& verdict : bad) {
      const bool is_saved = sound.contains(AttemptBase(verdict.blob_name));
      PULIH_TRY(Condemn(std::move(verdict), is_saved));
    }
    return OkStatus();
  }

  // What does not hold is no longer leaned on: the next backup stores it again, and reachability tells who suffers.
  // (A reader turns to another attempt of the pack by itself.)
  Status Condemn(PackVerdict verdict, bool is_saved) {
    DamagedPack& damaged = damaged_packs_[verdict.blob_name];
    if (!verdict.pack.ok()) damaged.why = verdict.pack.message();
    damaged.objects = std::move(verdict.objects);
    if (is_saved) return OkStatus();
    PULIH_TRY_ASSIGN(const auto pack, session_.index().catalog().FindPack(*PackNameOf(verdict.blob_name)));
    if (!pack) return OkStatus();
    std::vector<ObjectId> ids;
    for (const DamagedObject& object : damaged.objects) ids.push_back(object.id);
    return session_.index().MarkDamaged(*pack, ids);
  }

  // A damaged pack is damage whatever it held. It names who leans on it, also where another copy saves them.
  void ReportPacks(const LostObjects& lost, const std::map<ObjectId, Damage>& uses) {
    for (const auto& [blob, pack] : damaged_packs_) {
      Damage damage{"pack", blob, pack.why, {}, 0, {}};
      std::set<std::string> paths, snapshots;
      size_t saved = 0;
      for (const DamagedObject& object : pack.objects) {
        if (!lost.contains(object.id)) ++saved;
        const auto use = uses.find(object.id);
        if (use == uses.end()) continue;
        paths.insert(use->second.paths.begin(), use->second.paths.end());
        snapshots.insert(use->second.snapshots.begin(), use->second.snapshots.end());
      }
      if (!pack.objects.empty()) {
        damage.why += (damage.why.empty() ? "" : "; ") + std::to_string(pack.objects.size()) + " of its objects damaged, " +
                      std::to_string(pack.objects.size() - saved) + " of them lost (no other pack in use has them whole)";
      }
      damage.paths_count = paths.size();
      damage.paths.assign(paths.begin(), paths.end());
      damage.snapshots.assign(snapshots.begin(), snapshots.end());
      report_.damage.push_back(std::move(damage));
    }
  }

  struct DamagedPack {
    std::string why;
    std::vector<DamagedObject> objects;
  };
  ReadSession& session_;
  const Repository& repository_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  ProgressListener& progress_;
  std::vector<Snapshot> snapshots_;
  std::vector<PackBlob> packs_, to_read_;
  std::map<std::string, DamagedPack> damaged_packs_;
};

}  // namespace

Result<VerifyReport> Verify(ReadSession& session, const VerifyOptions& options, ProgressListener& progress) {
  const double began = MonotonicSeconds();
  VerifyReport report;
  report.level = options.read_data ? "data" : options.sample_percent ? "sample" : "structure";
  if (options.sample_percent && (*options.sample_percent <= 0 || *options.sample_percent > 100)) {
    return Status(Code::invalid, "verifying: a sample is more than 0% and at most 100%");
  }
  VerifyRun run(session, options, report, progress);
  PULIH_TRY(run.CheckSmallBlobs());
  PULIH_TRY(run.CheckSnapshots());
  PULIH_TRY(run.CheckLogs());
  PULIH_TRY(run.CheckPacks());
  PULIH_TRY(run.CheckReachability());
  if (report.level == "structure") report.not_checked.push_back("the data in packs: pass --read-data or --sample");
  if (report.level == "sample") report.not_checked.push_back("the data in packs outside the sample");
  report.seconds = MonotonicSeconds() - began;
  return report;
}

}  // namespace pulih
