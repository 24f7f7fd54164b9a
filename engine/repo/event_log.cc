#include "engine/repo/event_log.h"

#include <bit>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/time_text.h"
#include "engine/crypto/sha256.h"
#include "engine/store/attempts.h"

namespace pulih {
namespace {

constexpr uint8_t kLeafPrefix[] = {0}, kNodePrefix[] = {1};
constexpr int kMaxRaces = 64;

Digest NodeHash(const Digest& left, const Digest& right) { return Sha256Of({kNodePrefix, left.view(), right.view()}); }

std::string EntryName(const WriterId& writer, uint64_t n) { return "log/" + writer.hex() + "/" + std::to_string(n); }

// C2SP signed-note: first 4 bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key).
std::array<uint8_t, 4> NoteKeyId(std::string_view name, const PublicKey& key) {
  static constexpr uint8_t kEd25519[] = {0x0a, 0x01};
  const Digest digest = Sha256Of({AsBytes(name), kEd25519, key});
  std::array<uint8_t, 4> id;
  std::copy_n(digest.bytes.begin(), 4, id.begin());
  return id;
}

// One blob, authenticated and checked against itself.
Result<ReadLogEntry> Authenticate(ByteView blob, const RepositoryId& repository, const WriterId& writer,
                                  const PublicKey& writer_key, uint64_t n) {
  PULIH_TRY_ASSIGN(LogEntry entry, DecodeLogEntry(blob));
  PULIH_TRY_ASSIGN(const ParsedCheckpoint checkpoint, ParseCheckpoint(entry.checkpoint));
  const std::string origin = LogOrigin(repository, writer);
  const auto corrupt = [](const char* why) { return Status(Code::corrupt, std::string("checking a log entry: ") + why); };
  if (checkpoint.body.origin != origin) return corrupt("made for another log");
  if (checkpoint.body.size != n + 1) return corrupt("its checkpoint is of another size");
  const auto key_id = NoteKeyId(origin, writer_key);
  bool is_signed = false;
  for (const auto& line : checkpoint.signatures) {
    if (line.name == origin && line.key_id == key_id) {
      is_signed = VerifySignature(writer_key, AsBytes(checkpoint.signed_text), line.signature);
    }
  }
  if (!is_signed) return corrupt("its checkpoint is not signed by the writer");
  ReadLogEntry read;
  read.blob_size = blob.size();
  PULIH_TRY_ASSIGN(read.frontier, MerkleFrontier::Adopt(n + 1, std::move(entry.frontier)));
  if (read.frontier.Root() != checkpoint.body.root) return corrupt("its frontier does not give the signed root");
  PULIH_TRY_ASSIGN(read.leaf, DecodeLeaf(entry.leaf));
  read.leaf_bytes = std::move(entry.leaf);
  if (read.leaf.repository != repository || read.leaf.writer != writer || read.leaf.sequence != n) {
    return corrupt("its leaf belongs elsewhere");
  }
  return read;
}

}  // namespace

Result<MerkleFrontier> MerkleFrontier::Adopt(uint64_t size, std::vector<Digest> hashes) {
  if (hashes.size() != static_cast<size_t>(std::popcount(size))) {
    return Status(Code::corrupt, "reading a log's frontier: a wrong number of hashes");
  }
  MerkleFrontier frontier;
  frontier.size_ = size;
  frontier.hashes_ = std::move(hashes);
  return frontier;
}

void MerkleFrontier::AppendLeaf(ByteView leaf) {
  Digest hash = Sha256Of({kLeafPrefix, leaf});
  // Each trailing one bit of the size is a full subtree as large as what is carried.
  for (uint64_t bits = size_; bits & 1; bits >>= 1) {
    hash = NodeHash(hashes_.back(), hash);
    hashes_.pop_back();
  }
  hashes_.push_back(hash);
  ++size_;
}

Digest MerkleFrontier::Root() const {
  if (hashes_.empty()) return Sha256Of(ByteView{});
  Digest root = hashes_.back();
  for (size_t i = hashes_.size() - 1; i-- > 0;) root = NodeHash(hashes_[i], root);
  return root;
}

std::string LogOrigin(const RepositoryId& repository, const WriterId& writer) {
  return "pulih/" + repository.hex() + "/" + writer.hex();
}

Bytes EncodeLeaf(const LeafFields& fields) {
  nlohmann::ordered_json leaf;
  leaf["v"] = 1;
  leaf["t"] = fields.type;
  leaf["repo"] = fields.repository.hex();
  leaf["writer"] = fields.writer.hex();
  leaf["seq"] = fields.sequence;
  leaf["at"] = FormatUtc(fields.time_ns);
  leaf["at_ns"] = std::to_string(fields.time_ns);
  if (fields.type == "snapshot") {
    leaf["m"] = fields.manifest_public.hex();
    leaf["snapshot"] = fields.snapshot.hex();
  }
  if (!fields.note.empty()) leaf["note"] = fields.note;
  return ToBytes(leaf.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Result<LeafFields> DecodeLeaf(ByteView leaf) {
  const auto corrupt = [](const char* why) { return Status(Code::corrupt, std::string("reading a log leaf: ") + why); };
  const auto json = nlohmann::json::parse(leaf.begin(), leaf.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object()) return corrupt("not a JSON object");
  const auto text = [&](const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  LeafFields fields;
  fields.type = text("t");
  const auto repository = RepositoryId::FromHexText(text("repo"));
  const auto writer = WriterId::FromHexText(text("writer"));
  const auto sequence = json.find("seq");
  if (!repository || !writer || sequence == json.end() || !sequence->is_number_unsigned()) return corrupt("fields are missing");
  fields.repository = *repository;
  fields.writer = *writer;
  fields.sequence = sequence->get<uint64_t>();
  const std::string at = text("at_ns");
  if (std::from_chars(at.data(), at.data() + at.size(), fields.time_ns).ec != std::errc()) return corrupt("no time");
  fields.note = text("note");
  if (fields.type == "snapshot") {
    const auto digest = Digest::FromHexText(text("m"));
    const auto snapshot = SnapshotId::FromHexText(text("snapshot"));
    if (!digest || !snapshot) return corrupt("a snapshot without its hash");
    fields.manifest_public = *digest;
    fields.snapshot = *snapshot;
  }
  return fields;
}

Result<ReadLogEntry> ReadEntry(Store& store, const RepositoryId& repository, const WriterId& writer,
                               const PublicKey& writer_key, uint64_t n) {
  std::optional<ReadLogEntry> read;
  auto blob = GetFirstValid(store, EntryName(writer, n), kMaxLogBlob, [&](ByteView bytes) -> Status {
    auto entry = Authenticate(bytes, repository, writer, writer_key, n);
    if (!entry.ok()) return std::move(entry).error();
    read = std::move(entry).value();
    return OkStatus();
  });
  if (!blob.ok()) return std::move(blob).error().Within("reading " + EntryName(writer, n));
  return std::move(*read);
}

Result<std::map<WriterId, std::set<uint64_t>>> LogNumbers(Store& store) {
  std::map<WriterId, std::set<uint64_t>> seen;
  PULIH_TRY(store.List("log/", [&](const BlobInfo& blob) -> Status {
    const std::string name = AttemptBase(blob.name);
    const size_t slash = name.rfind('/');
    if (slash == std::string::npos || slash < 4) return OkStatus();
    const auto writer = WriterId::FromHexText(std::string_view(name).substr(4, slash - 4));
    uint64_t n = 0;
    const char* begin = name.data() + slash + 1;
    const auto parsed = std::from_chars(begin, name.data() + name.size(), n);
    if (writer && parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) seen[*writer].insert(n);
    return OkStatus();
  }));
  return seen;
}

Result<std::map<WriterId, uint64_t>> LogSizes(Store& store) {
  PULIH_TRY_ASSIGN(const auto seen, LogNumbers(store));
  std::map<WriterId, uint64_t> sizes;
  for (const auto& [writer, numbers] : seen) {
    uint64_t n = 0;
    while (numbers.contains(n)) ++n;
    sizes[writer] = n;
  }
  return sizes;
}

Result<ReadLogEntry> AppendEvent(Store& store, const WriterKeys& writer, LeafFields fields) {
  fields.writer = writer.id;
  PULIH_TRY_ASSIGN(const auto sizes, LogSizes(store));
  const auto known = sizes.find(writer.id);
  uint64_t n = known == sizes.end() ? 0 : known->second;
  for (int race = 0; race < kMaxRaces; ++race, ++n) {
    MerkleFrontier frontier;
    if (n > 0) {
      PULIH_TRY_ASSIGN(ReadLogEntry last, ReadEntry(store, fields.repository, writer.id, writer.sign.public_key, n - 1));
      frontier = std::move(last.frontier);
    }
    fields.sequence = n;
    LogEntry entry;
    entry.leaf = EncodeLeaf(fields);
    frontier.AppendLeaf(entry.leaf);
    entry.frontier = frontier.hashes();
    const CheckpointBody body{LogOrigin(fields.repository, writer.id), n + 1, frontier.Root()};
    const Signature signature = Sign(writer.sign.seed, AsBytes(EncodeCheckpointBody(body)));
    entry.checkpoint = EncodeCheckpoint(body, body.origin, NoteKeyId(body.origin, writer.sign.public_key), signature);
    const Bytes blob = EncodeLogEntry(entry);
    const Status put = store.Put(EntryName(writer.id, n), blob);
    if (put.ok()) return ReadLogEntry{std::move(fields), std::move(frontier), blob.size(), std::move(entry.leaf)};
    if (put.code() != Code::already_exists) return Status(put).Within("appending to the log");
    // Another process of this writer was first, and the next number is ours. (A torn entry is not followed by
    // another attempt here: reading it fails above and says so.)
  }
  return Status(Code::in_use, "appending to the log: " + writer.id.hex() + ": too many other processes",
                "try again when fewer runs of this writer are under way");
}

}  // namespace pulih
