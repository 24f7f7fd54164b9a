#include "engine/repo/snapshots.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/crypto/sha256.h"
#include "engine/repo/event_log.h"
#include "engine/store/attempts.h"

namespace pulih {
namespace {

std::string ManifestName(const SnapshotId& id) { return "snapshots/" + id.hex(); }

// SHA-256(salt ‖ the part without its salt) commits the public part to what is sealed.
Digest PartDigest(ByteView encoded_part) { return Sha256Of(encoded_part); }

template <typename Part>
Result<Part> OpenPart(const SecretBytes& secret, ByteView sealed, const Digest& expected, Result<Part> (*decode)(ByteView)) {
  PULIH_TRY_ASSIGN(const SecretBytes plain, OpenSealed(secret, sealed));
  if (PartDigest(plain.view()) != expected) return Status(Code::corrupt, "reading a manifest: a part is not the one it was signed with");
  return decode(plain.view());
}

Result<Snapshot> ReadManifest(const Repository& repository, const SnapshotId& id, ByteView blob) {
  if (Sha256Of(blob).bytes != id.bytes) return Status(Code::corrupt, "its bytes do not give its name");
  PULIH_TRY_ASSIGN(const ManifestView view, ParseManifest(blob));
  PULIH_TRY_ASSIGN(ManifestPublic meta, DecodeManifestPublic(view.public_part));
  const Keyring& keys = repository.keyring();
  if (meta.domain != keys.domain) return Status(Code::corrupt, "it belongs to another domain");
  const CertifiedWriter* writer = repository.certificates().Find(meta.writer);
  if (writer == nullptr) return Status(Code::corrupt, "its writer " + meta.writer.hex() + " has no certificate of this repository");
  if (!VerifySignature(writer->certificate.sign_key, view.signed_bytes, view.signature)) {
    return Status(Code::corrupt, "it is not signed by its writer");
  }
  // A maintainer sees the names of objects: signing a snapshot of them it could present what it likes as the latest.
  const Role role = writer->certificate.role;
  if (role == Role::maintain || role == Role::audit) {
    return Status(Code::corrupt, "its writer's role, " + std::string(RoleName(role)) + ", may not write snapshots");
  }
  if (writer->revoked_after && meta.sequence >= *writer->revoked_after) {
    return Status(Code::denied, "its writer " + meta.writer.hex() + " was revoked before it was written");
  }
  Snapshot snapshot;
  snapshot.id = id;
  snapshot.meta = meta;
  if (!keys.structure_secret.empty()) {
    PULIH_TRY_ASSIGN(snapshot.structure,
                     OpenPart(keys.structure_secret, view.structure_sealed, meta.structure_digest, DecodeManifestStructure));
  }
  for (auto it = keys.content_secrets.rbegin(); it != keys.content_secrets.rend() && !snapshot.content; ++it) {
    auto content = OpenPart(it->second, view.content_sealed, meta.content_digest, DecodeManifestContent);
    if (content.ok()) snapshot.content = std::move(content).value();
  }
  return snapshot;
}

bool CommittedBefore(const Snapshot& a, const Snapshot& b) {
  return std::tie(a.meta.time_ns, a.meta.sequence, a.id) < std::tie(b.meta.time_ns, b.meta.sequence, b.id);
}

// Where this writer stands: its newest manifest, and those that a run that died left without a log entry.
struct WriterHistory {
  std::optional<Snapshot> newest;
  std::vector<Snapshot> unlogged;
  uint64_t log_size = 0;
};

// Which snapshots the own log names from entry `first` on. An entry that cannot be read names none.
std::set<SnapshotId> LoggedFrom(const Repository& repository, uint64_t first, uint64_t log_size) {
  const WriterKeys& writer = *repository.keyring().writer;
  std::set<SnapshotId> logged;
  for (uint64_t n = first; n < log_size; ++n) {
    const auto entry = ReadEntry(repository.store(), repository.config().repository, writer.id, writer.sign.public_key, n);
    if (entry.ok() && entry->leaf.type == "snapshot") logged.insert(entry->leaf.snapshot);
  }
  return logged;
}

// That the place which a manifest hoped for is taken does not say by whom: another run or a key event may have come
// first. So the newest manifests are looked up in the log; older ones were, by the runs since.
Result<WriterHistory> HistoryOf(const Repository& repository) {
  constexpr size_t kLookedUp = 8;
  const WriterId& writer = repository.keyring().writer->id;
  WriterHistory history;
  PULIH_TRY_ASSIGN(const auto sizes, LogSizes(repository.store()));
  if (const auto it = sizes.find(writer); it != sizes.end()) history.log_size = it->second;
  PULIH_TRY_ASSIGN(SnapshotList list, ListSnapshots(repository));
  std::vector<Snapshot>& own = list.snapshots;
  std::erase_if(own, [&](const Snapshot& snapshot) { return snapshot.meta.writer != writer; });
  if (own.empty()) return history;
  history.newest = own.back();
  if (own.size() > kLookedUp) own.erase(own.begin(), own.end() - kLookedUp);
  uint64_t first = history.log_size;
  for (const Snapshot& snapshot : own) first = std::min(first, snapshot.meta.sequence);
  const std::set<SnapshotId> logged = LoggedFrom(repository, first, history.log_size);
  std::erase_if(own, [&](const Snapshot& snapshot) { return logged.contains(snapshot.id); });
  history.unlogged = std::move(own);
  return history;
}

// Returns the bytes that were written.
Result<uint64_t> LogSnapshot(Repository& repository, const SnapshotId& id, const ManifestPublic& meta) {
  LeafFields leaf;
  leaf.type = "snapshot";
  leaf.repository = repository.config().repository;
  leaf.time_ns = meta.time_ns;
  leaf.manifest_public = Sha256Of(EncodeManifestPublic(meta));
  leaf.snapshot = id;
  PULIH_TRY_ASSIGN(const ReadLogEntry entry, AppendEvent(repository.store(), *repository.keyring().writer, std::move(leaf)));
  repository.pins().logs[entry.leaf.writer] = {entry.frontier.size(), entry.frontier.Root()};
  PULIH_TRY(repository.pins().Save(repository.environment().files));
  return entry.blob_size;
}

// Of a revoked writer only what its log named at that time counts: it may still write a manifest that claims an
// earlier place.
Status RefuseAfterRevocation(const Repository& repository, SnapshotList& list) {
  std::map<WriterId, std::set<SnapshotId>> logged;
  for (const auto& [writer, certified] : repository.certificates().writers()) {
    if (!certified.revoked_after) continue;
    std::set<SnapshotId>& named = logged[writer];
    PULIH_TRY_ASSIGN(const auto sizes, LogSizes(repository.store()));
    const uint64_t size = sizes.contains(writer) ? sizes.at(writer) : 0;
    for (uint64_t n = 0; n < std::min(size, *certified.revoked_after); ++n) {
      const auto entry = ReadEntry(repository.store(), repository.config().repository, writer, certified.certificate.sign_key, n);
      if (entry.ok() && entry->leaf.type == "snapshot") named.insert(entry->leaf.snapshot);
    }
  }
  std::erase_if(list.snapshots, [&](const Snapshot& snapshot) {
    const auto it = logged.find(snapshot.meta.writer);
    if (it == logged.end() || it->second.contains(snapshot.id)) return false;
    list.refused.push_back({ManifestName(snapshot.id), Status(Code::denied, "its writer " + snapshot.meta.writer.hex() +
                                                                                " was revoked, and the log until then does not name it")});
    return true;
  });
  return OkStatus();
}

}  // namespace

std::optional<ObjectId> Snapshot::Root(std::string_view name) const {
  if (!structure || !content) return std::nullopt;
  for (size_t i = 0; i < content->root_names.size() && i < structure->roots.size(); ++i) {
    if (content->root_names[i] == name) return structure->roots[i];
  }
  return std::nullopt;
}

Result<SnapshotList> ListSnapshots(const Repository& repository) {
  SnapshotList list;
  std::optional<SnapshotId> taken;
  PULIH_TRY(repository.store().List("snapshots/", [&](const BlobInfo& blob) -> Status {
    const auto id = SnapshotId::FromHexText(std::string_view(AttemptBase(blob.name)).substr(10));
    if (!id) {
      list.refused.push_back({blob.name, Status(Code::corrupt, "not the name of a snapshot")});
      return OkStatus();
    }
    if (taken == id) return OkStatus();  // an earlier attempt was sound
    auto bytes = GetWhole(repository.store(), blob.name, kMaxManifestSize);
    if (!bytes.ok() && bytes.status().code() == Code::not_found) return OkStatus();
    auto snapshot = bytes.ok() ? ReadManifest(repository, *id, *bytes) : Result<Snapshot>(bytes.status());
    if (snapshot.ok()) {
      taken = id;
      list.snapshots.push_back(std::move(snapshot).value());
    } else {
      list.refused.push_back({blob.name, snapshot.status()});
    }
    return OkStatus();
  }));
  // A torn first attempt is no loss when a later one was sound.
  std::erase_if(list.refused, [&](const RefusedSnapshot& refused) {
    return std::any_of(list.snapshots.begin(), list.snapshots.end(),
                       [&](const Snapshot& s) { return ManifestName(s.id) == AttemptBase(refused.blob_name); });
  });
  PULIH_TRY(RefuseAfterRevocation(repository, list));
  std::sort(list.snapshots.begin(), list.snapshots.end(), CommittedBefore);
  return list;
}

Result<CommittedSnapshot> CommitSnapshot(Repository& repository, NewSnapshot snapshot) {
  const Environment& environment = repository.environment();
  const Keyring& keys = repository.keyring();
  PULIH_CHECK(keys.can_write());
  CommittedSnapshot committed;
  PULIH_TRY_ASSIGN(const WriterHistory history, HistoryOf(repository));
  const auto log = [&](const SnapshotId& id, const ManifestPublic& manifest) {
    const auto written = LogSnapshot(repository, id, manifest);
    if (written.ok()) committed.bytes_written += *written;
    if (!written.ok()) committed.log = written.status();
  };
  // The log must not name what a power cut could still take.
  if (!history.unlogged.empty()) committed.log = repository.store().Settle("snapshots");
  if (committed.log.ok()) {
    for (const Snapshot& unlogged : history.unlogged) log(unlogged.id, unlogged.meta);
  }

  ManifestPublic& meta = snapshot.meta;
  meta.domain = keys.domain;
  meta.repository = repository.config().repository;
  meta.writer = keys.writer->id;
  meta.sequence = history.log_size + history.unlogged.size();
  meta.time_ns = environment.clock.NowNs();
  if (history.newest) {
    meta.previous.bytes = history.newest->id.bytes;
    // Commit order is the order of times, also when the clock was set back.
    meta.time_ns = std::max(meta.time_ns, history.newest->meta.time_ns + 1);
  }
  snapshot.structure.salt = environment.random.Array<32>();
  snapshot.content.salt = environment.random.Array<32>();
  const Bytes structure = EncodeManifestStructure(snapshot.structure);
  const Bytes content = EncodeManifestContent(snapshot.content);
  meta.structure_digest = PartDigest(structure);
  meta.content_digest = PartDigest(content);
  Bytes blob = EncodeManifest(EncodeManifestPublic(meta), SealToPublicKey(repository.config().structure_key, structure, environment.random),
                              SealToPublicKey(repository.config().content_key, content, environment.random));
  const Signature signature = Sign(keys.writer->sign.seed, blob);
  Append(blob, signature);
  committed.id.bytes = Sha256Of(blob).bytes;
  committed.bytes_written += blob.size();

  // The commit point.
  auto put = PutAttempt(repository.store(), ManifestName(committed.id), blob);
  if (!put.ok()) return std::move(put).error().Within("committing the snapshot");
  log(committed.id, meta);
  return committed;
}

}  // namespace pulih
