#include "tests/formats/repo/example_repository.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "engine/chunk/chunker.h"
#include "engine/crypto/aead.h"
#include "engine/crypto/keyring.h"
#include "engine/crypto/random.h"
#include "engine/crypto/sealer.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/sign.h"
#include "engine/map/map_builder.h"
#include "formats/repo/certificate.h"
#include "formats/repo/config.h"
#include "formats/repo/file_entry.h"
#include "formats/repo/group.h"
#include "formats/repo/log_entry.h"
#include "formats/repo/manifest.h"
#include "formats/repo/node.h"
#include "formats/repo/pack.h"
#include "formats/repo/signed_blob.h"
#include "formats/repo/wraps.h"

namespace pulih {
namespace {

constexpr int64_t kSecond = 1412392800;  // 2014-10-04T03:20:00Z
constexpr int64_t kNow = kSecond * 1'000'000'000;
constexpr std::string_view kFileContent = "selamat pagi\n";

// Random bytes that count: 00 01 02 … ff 00 …
class CountingRandom final : public RandomSource {
 public:
  void Fill(MutableByteView into) override {
    for (uint8_t& b : into) b = next_++;
  }

 private:
  uint8_t next_ = 0;
};

// --- annotated hexadecimal -------------------------------------------------------------------------------------

struct Field {
  size_t size = 0;
  std::string meaning;
};

// Lines of up to 32 bytes, each field on lines of its own: "0010  4142…  ; meaning".
std::string Annotate(ByteView bytes, const std::vector<Field>& fields) {
  constexpr size_t kPerLine = 32;
  std::string text;
  size_t at = 0;
  for (const Field& field : fields) {
    PULIH_CHECK(at + field.size <= bytes.size());
    for (size_t done = 0; done < field.size; done += kPerLine) {
      const ByteView line = bytes.subspan(at + done, std::min(kPerLine, field.size - done));
      char offset[16];
      std::snprintf(offset, sizeof offset, "%04zx  ", at + done);
      text += offset + ToHex(line);
      if (done == 0) text += "  ; " + field.meaning;
      text += "\n";
    }
    at += field.size;
  }
  PULIH_CHECK(at == bytes.size());
  return text;
}

void Extend(std::vector<Field>& fields, const std::vector<Field>& more) { fields.insert(fields.end(), more.begin(), more.end()); }

// --- the keys --------------------------------------------------------------------------------------------------

SecretBytes Repeat(uint8_t b) { return SecretBytes::CopyOf(Bytes(32, b)); }

Bytes SignedBlob(std::string_view magic, uint32_t version, const Bytes& body, const SecretBytes& seed) {
  Bytes blob = EncodeSignedBlobHead(magic, version, body);
  Append(blob, Sign(seed, blob));
  return blob;
}

Certificate ExampleCertificate(const Keyring& keys) {
  Certificate certificate;
  certificate.domain = keys.domain;
  certificate.writer = keys.writer->id;
  certificate.time_ns = kNow;
  certificate.role = Role::owner;
  certificate.sign_key = keys.writer->sign.public_key;
  certificate.box_key = keys.writer->box.public_key;
  certificate.label = "db1";
  return certificate;
}

Keyring ExampleKeys() {
  Keyring keys;
  keys.role = Role::owner;
  keys.domain.bytes.fill(0xd0);
  keys.repository.bytes.fill(0xe0);
  keys.root_seed = Repeat(1);
  keys.root_public = SigningPublicKey(keys.root_seed);
  keys.content_secrets[0] = Repeat(2);
  keys.content_public[0] = BoxPublicKey(keys.content_secrets[0]);
  keys.structure_secret = Repeat(3);
  keys.structure_public = BoxPublicKey(keys.structure_secret);
  keys.k_id = Repeat(4);
  keys.k_cut = Repeat(5);
  WriterKeys writer;
  writer.sign.seed = Repeat(6);
  writer.sign.public_key = SigningPublicKey(writer.sign.seed);
  writer.box.secret = Repeat(7);
  writer.box.public_key = BoxPublicKey(writer.box.secret);
  writer.id = WriterIdOf(writer.sign.public_key, writer.box.public_key);
  keys.writer = std::move(writer);
  keys.writer->certificate = SignedBlob(kCertificateMagic, kCertificateVersion, EncodeCertificateBody(ExampleCertificate(keys)), keys.root_seed);
  return keys;
}

// --- the repository --------------------------------------------------------------------------------------------

class Example {
 public:
  Example() : keys_(ExampleKeys()), namer_(keys_.k_id.view()) {}
  std::map<std::string, std::string> Blocks();

 private:
  void MakeConfig();
  void CertificateAndSlot();
  void Objects();
  void Packs();
  void Snapshot();
  void Log();
  void Rotation();
  void Vectors();

  struct Object {
    ObjectKind kind{};
    ObjectId id;
    Bytes plain;
    std::vector<ObjectId> links;
  };
  Bytes Pack(PackFileKind kind, const Object& object, const std::vector<PackMember>& members, std::vector<Field>& fields);
  void Value(const std::string& name, const std::string& value) { values_ += name + " = " + value + "\n"; }

  Keyring keys_;
  Namer namer_;
  std::map<std::string, std::string> blocks_;
  std::string values_;
  Object group_, node_;
  FileId file_;
  Bytes public_part_;
  SnapshotId snapshot_;
};

const std::vector<Field> kEnvelope = {{8, "magic"}, {4, "version"}, {4, "length of the body"}};

void Example::MakeConfig() {
  Config config;
  config.domain = keys_.domain;
  config.repository = keys_.repository;
  config.created_ns = kNow;
  config.root_key = keys_.root_public;
  config.content_key = keys_.content_public.at(0);
  config.structure_key = keys_.structure_public;
  const Bytes blob = SignedBlob(kConfigMagic, kConfigVersion, EncodeConfigBody(config), keys_.root_seed);
  std::vector<Field> fields = kEnvelope;
  Extend(fields, {{16, "domain"}, {16, "repository"}, {8, "number 0"}, {32, "no previous config"}, {8, "created"},
                  {32, "root public key"}, {32, "content public key"}, {32, "structure public key"}, {4, "content generation 0"},
                  {4, "chunks at least 256 KiB,"}, {4, "1 MiB on average,"}, {4, "4 MiB at most"}, {4, "files below 256 KiB are grouped,"},
                  {4, "1 MiB a group"}, {4, "map nodes of 16 KiB"}, {4, "packs of 32 MiB"}, {4, "no required features"}, {64, "signature of the root key"}});
  blocks_["config"] = Annotate(blob, fields);
  Value("SHA-256 of config/0", Sha256Of(blob).hex());
}

void Example::CertificateAndSlot() {
  std::vector<Field> fields = kEnvelope;
  Extend(fields, {{1, "a certificate"}, {16, "domain"}, {16, "writer"}, {8, "time"}, {1, "role: owner"}, {32, "signing public key"},
                  {32, "box public key"}, {1, "length of the label"}, {3, "\"db1\""}, {64, "signature of the root key"}});
  blocks_["certificate"] = Annotate(keys_.writer->certificate, fields);

  const SecretBytes list = EncodeKeyring(keys_);
  std::vector<Field> list_fields = {{4, "version"}, {2, "14 keys"}};
  const std::pair<std::string, size_t> named[] = {{"domain id", 16}, {"repository id", 16}, {"root public key", 32}, {"root seed", 32},
                                                  {"content public key, generation 0", 32}, {"content secret, generation 0", 32},
                                                  {"structure public key", 32}, {"structure secret", 32}, {"K_id", 32}, {"K_cut", 32},
                                                  {"writer's signing seed", 32}, {"writer's box secret", 32}, {"role: owner", 1},
                                                  {"certificate (above)", keys_.writer->certificate.size()}};
  for (const auto& [name, size] : named) Extend(list_fields, {{6, "type, index, length of"}, {size, name}});
  blocks_["key-list"] = Annotate(list.view(), list_fields);

  CountingRandom random;
  const auto slot = SealKeySlot(keys_, SlotKind::passphrase, AsBytes("rahasia"), {1, 8192}, "db1", kNow, random);
  PULIH_CHECK(slot.ok());
  blocks_["key-slot"] = Annotate(*slot, {{8, "magic"}, {4, "version"}, {1, "opened by a passphrase"}, {3, "reserved"}, {4, "Argon2id: 1 pass"},
                                         {4, "over 8 MiB"}, {16, "salt"}, {8, "created"}, {1, "length of the label"}, {3, "\"db1\""},
                                         {32, "commitment"}, {24, "nonce"}, {4, "length of what is sealed"},
                                         {list.size() + kAeadTagSize, "the key list above, sealed"}});
  Value("writer", keys_.writer->id.hex());
  Value("key of cut points", ToHex(keys_.CutKey()));
  Value("key of map boundaries", ToHex(keys_.MapKey()));
}

// Collects the only node of a small map.
class OneNode final : public NodeSink {
 public:
  Result<ObjectId> PutNode(Bytes bytes, std::vector<ObjectId> names) override {
    PULIH_CHECK(plain.empty());
    plain = std::move(bytes);
    links = std::move(names);
    return ObjectId{};
  }
  Bytes plain;
  std::vector<ObjectId> links;
};

void Example::Objects() {
  const Digest content = Sha256Of(AsBytes(kFileContent));
  file_ = namer_.FileName(content);
  group_.kind = ObjectKind::group;
  group_.plain = ToBytes(kFileContent);
  AppendGroupTable(group_.plain, {static_cast<uint32_t>(kFileContent.size())});
  group_.id = *namer_.NameOf(ObjectKind::group, group_.plain);
  blocks_["group"] = Annotate(group_.plain, {{13, "the only member: \"selamat pagi\\n\""}, {4, "its length"}, {4, "one member"}});

  FileEntry folder;
  folder.type = FileType::directory;
  folder.ancestor = true;
  folder.mode = 0755;
  folder.user = folder.group = "root";
  FileEntry file;
  file.mode = 0644;
  file.user = file.group = "root";
  file.mtime_seconds = kSecond;
  file.content.digest = content;
  file.content.size = kFileContent.size();
  file.content.segments = {Extent{group_.id, 0, static_cast<uint32_t>(kFileContent.size())}};
  const Bytes folder_bytes = EncodeFileEntry(folder), file_bytes = EncodeFileEntry(file);
  const std::vector<Field> common = {{1, "version"}, {1, "type"}, {1, "flags"}, {2, "mode"}, {1, "uid"}, {1, "gid"},
                                     {5, "user \"root\""}, {5, "group \"root\""}};
  std::vector<Field> folder_fields = common, file_fields = common;
  Extend(folder_fields, {{1, "modified: not recorded of an ancestor"}, {1, "nanoseconds"}});
  Extend(file_fields, {{5, "modified 1412392800 s"}, {1, "nanoseconds"}, {1, "size 13"}, {1, "SHA-256"}, {32, "of the content"},
                       {1, "segments stand here"}, {1, "one"}, {1, "data"}, {32, "in this object"}, {1, "from byte 0"}, {1, "13 bytes"}});
  blocks_["entry-of-a-folder"] = Annotate(folder_bytes, folder_fields);
  blocks_["entry-of-a-file"] = Annotate(file_bytes, file_fields);

  OneNode sink;
  MapBuilder map({keys_.MapKey(), 16u << 10}, sink);
  PULIH_CHECK(map.Add(KeyFromPath("etc"), folder_bytes, {}).ok());
  PULIH_CHECK(map.Add(KeyFromPath("etc/motd"), file_bytes, LinksOf(file)).ok());
  PULIH_CHECK(map.Finish().ok());
  node_ = {ObjectKind::node, *namer_.NameOf(ObjectKind::node, sink.plain), sink.plain, sink.links};
  blocks_["map-node"] = Annotate(node_.plain, {{1, "version"}, {1, "a leaf"}, {1, "two entries"}, {1, "nothing shared"}, {1, "3 more bytes:"},
                                               {3, "key \"etc\""}, {1, "length of the value"}, {folder_bytes.size(), "entry of the folder"},
                                               {1, "3 bytes shared"}, {1, "5 more bytes:"}, {5, "key \"etc\" 00 \"motd\""},
                                               {1, "length of the value"}, {file_bytes.size(), "entry of the file"}});
  Value("SHA-256 of the content", content.hex());
  Value("FileId", file_.hex());
  Value("ObjectId of the group", group_.id.hex());
  Value("ObjectId of the node", node_.id.hex());
}

// Zeros that commit to the key, text, zeros up to Padmé; the nonce is zero, for each key seals once.
Bytes SealSection(ByteView key, ByteView head, const Bytes& text) {
  Bytes plain(32);
  Append(plain, text);
  plain.resize(PadmeLength(plain.size()));
  Bytes sealed(plain.size() + kAeadTagSize);
  AeadSeal(key, AeadNonce{}, head, plain, sealed);
  return sealed;
}

template <size_t N>
void SealKeyTo(const PublicKey& to, ByteView key, RandomSource& random, std::array<uint8_t, N>& out) {
  const Bytes sealed = SealToPublicKey(to, key, random);
  PULIH_CHECK(sealed.size() == N);
  std::copy(sealed.begin(), sealed.end(), out.begin());
}

Bytes Example::Pack(PackFileKind kind, const Object& object, const std::vector<PackMember>& members, std::vector<Field>& fields) {
  CountingRandom random;
  const WriterKeys& writer = *keys_.writer;
  const SessionKey session = SessionKey::Make(keys_.domain, writer.id, random);
  PackHead head;
  head.kind = kind;
  head.domain = keys_.domain;
  head.writer = writer.id;
  head.wraps.resize(1);
  head.wraps[0].session = session.id();
  head.wraps[0].writer = writer.id;
  SealKeyTo(keys_.content_public.at(0), session.secret(), random, head.wraps[0].sealed_key);
  head.wraps[0].signature = Sign(writer.sign.seed, WrapSigningInput(keys_.domain, head.wraps[0]));
  Bytes pack = EncodePackHead(head);
  const Bytes fixed_head(pack.begin(), pack.begin() + kPackHeadFixedSize);

  FrameInner inner;
  inner.kind = object.kind;
  inner.id = object.id;
  inner.plain_size = static_cast<uint32_t>(object.plain.size());
  inner.payload = object.plain;
  const Bytes frame = session.SealFrame(inner, 3, random);
  PackEntry entry;
  entry.id = object.id;
  entry.kind = object.kind;
  entry.offset = static_cast<uint32_t>(pack.size());
  entry.sealed_size = static_cast<uint32_t>(frame.size());
  entry.plain_size = inner.plain_size;
  entry.frame_digest = Sha256Of(frame);
  entry.links = object.links;
  Append(pack, frame);
  Bytes fill(PadmeLength(pack.size()) - pack.size());
  random.Fill(fill);
  Append(pack, fill);

  PackTail tail;
  tail.directory_offset = pack.size();
  tail.body_digest = Sha256Of(pack);
  const Bytes directory_key(32, 0x0a), members_key(32, 0x0b);
  const Bytes directory = SealSection(directory_key, fixed_head, EncodePackDirectory({entry}));
  const Bytes member_list = members.empty() ? Bytes{} : SealSection(members_key, fixed_head, EncodePackMembers(members));
  tail.directory_size = static_cast<uint32_t>(directory.size());
  tail.members_size = static_cast<uint32_t>(member_list.size());
  Append(pack, directory);
  Append(pack, member_list);
  tail.directory_digest = Sha256Of(ByteView(pack).subspan(tail.directory_offset));
  SealKeyTo(keys_.structure_public, directory_key, random, tail.directory_key_for_structure);
  SealKeyTo(writer.box.public_key, directory_key, random, tail.directory_key_for_writer);
  SealKeyTo(writer.box.public_key, members_key, random, tail.members_key_for_writer);
  tail.writer = writer.id;
  tail.signature = Sign(writer.sign.seed, ByteView(EncodePackTail(tail)).first(kPackTailSize - 64));
  Append(pack, EncodePackTail(tail));

  fields = {{8, "magic"}, {2, "version"}, {1, kind == PackFileKind::data ? "data" : "tree"}, {1, "reserved"}, {16, "domain"}, {16, "writer"},
            {2, "one session key"}, {2, "reserved"}, {32, "session id"}, {80, "its key, sealed to the content key"}, {16, "its writer"},
            {64, "signature of that writer"}, {24, "frame: nonce"}, {4, "masked length"}, {kFrameInnerHeadSize + object.plain.size() + kFrameTagSize, "sealed"}};
  const size_t frame_fill = frame.size() - kFrameOverhead - object.plain.size();
  if (frame_fill > 0) fields.push_back({frame_fill, "fill to 16"});
  if (!fill.empty()) fields.push_back({fill.size(), "fill to Padmé"});
  fields.push_back({directory.size(), "directory, sealed"});
  if (!member_list.empty()) fields.push_back({member_list.size(), "members, sealed"});
  Extend(fields, {{8, "tail: offset of the directory"}, {4, "its length"}, {4, "length of the members"}, {32, "SHA-256 of all before the directory"},
                  {32, "SHA-256 of directory and members"}, {80, "directory key, sealed to `structure`"}, {80, "directory key, sealed to the writer"},
                  {80, "members key, sealed to the writer"}, {16, "writer"}, {8, "magic of the end"}, {64, "signature of the writer"}});

  const std::string prefix = kind == PackFileKind::data ? "data" : "tree";
  std::vector<Field> directory_fields = {{4, "version"}, {1, "one frame"}, {32, "object id"}, {1, kind == PackFileKind::data ? "a group" : "a node"},
                                         {2, "session 0"}, {4, "offset of the frame"}, {4, "its length"}, {4, "plain length"}, {32, "SHA-256 of the frame"},
                                         {1, object.links.empty() ? "names no objects" : "names one object:"}};
  if (!object.links.empty()) directory_fields.push_back({32, "the group"});
  blocks_[prefix + "-directory"] = Annotate(EncodePackDirectory({entry}), directory_fields);
  if (!members.empty()) {
    blocks_[prefix + "-members"] = Annotate(EncodePackMembers(members), {{4, "version"}, {1, "one file"}, {32, "file id"}, {1, "in the group of entry 0"},
                                                                         {1, "at byte 0"}, {1, "13 bytes"}});
  }
  Bytes opened;
  const auto back = session.OpenFrame(frame, opened);
  PULIH_CHECK(back.ok());
  blocks_[prefix + "-frame-opened"] = Annotate(ByteView(opened).first(kFrameInnerHeadSize + object.plain.size()),
                                               {{32, "zeros"}, {1, "kind"}, {1, "raw"}, {32, "object id"}, {4, "plain length"}, {object.plain.size(), "payload"}});
  if (kind == PackFileKind::data) Value("session id", session.id().hex());
  Value("SHA-256 of the " + prefix + " pack", Sha256Of(pack).hex());
  return pack;
}

void Example::Packs() {
  std::vector<Field> fields;
  PackMember member;
  member.file = file_;
  member.length = static_cast<uint32_t>(kFileContent.size());
  const Bytes data = Pack(PackFileKind::data, group_, {member}, fields);
  blocks_["data-pack"] = Annotate(data, fields);
  const Bytes tree = Pack(PackFileKind::tree, node_, {}, fields);
  blocks_["tree-pack"] = Annotate(tree, fields);
}

void Example::Snapshot() {
  CountingRandom random;
  ByteWriter retention;
  for (const std::string_view text : {"db1", "", "etc/motd"}) retention.Sized(text);
  ManifestStructure structure;
  structure.salt.fill(0x5a);
  structure.roots = {node_.id};
  structure.retention_group = namer_.Blind("group", retention.view());
  ManifestContent content;
  content.salt.fill(0x5b);
  content.host = "db1";
  content.tags = {"malam"};
  content.paths = {"/etc/motd"};
  content.root_names = {"files"};
  content.zone_offset_minutes = 420;
  content.bytes_added = 3000;
  content.milliseconds = 12;
  const Bytes structure_part = EncodeManifestStructure(structure), content_part = EncodeManifestContent(content);
  ManifestPublic meta;
  meta.domain = keys_.domain;
  meta.repository = keys_.repository;
  meta.writer = keys_.writer->id;
  meta.time_ns = kNow;
  meta.files = 1;
  meta.bytes = kFileContent.size();
  meta.structure_digest = Sha256Of(structure_part);
  meta.content_digest = Sha256Of(content_part);
  public_part_ = EncodeManifestPublic(meta);
  const Bytes structure_sealed = SealToPublicKey(keys_.structure_public, structure_part, random);
  const Bytes content_sealed = SealToPublicKey(keys_.content_public.at(0), content_part, random);
  Bytes blob = EncodeManifest(public_part_, structure_sealed, content_sealed);
  Append(blob, Sign(keys_.writer->sign.seed, blob));
  snapshot_.bytes = Sha256Of(blob).bytes;

  blocks_["manifest"] = Annotate(blob, {{8, "magic"}, {4, "version"}, {4, "length of the public part"}, {4, "of the structure part"},
                                        {4, "of the content part"}, {8, "reserved"}, {16, "public part: domain"}, {16, "repository"}, {16, "writer"},
                                        {8, "sequence 0"}, {32, "no previous snapshot"}, {8, "time"}, {8, "1 file"}, {8, "13 bytes"}, {8, "no rows"},
                                        {8, "no tables"}, {8, "epoch seen"}, {32, "SHA-256 of the structure part"}, {32, "SHA-256 of the content part"},
                                        {structure_sealed.size(), "structure part, sealed to `structure`"},
                                        {content_sealed.size(), "content part, sealed to `content`"}, {64, "signature of the writer"}});
  blocks_["manifest-structure"] = Annotate(structure_part, {{32, "salt"}, {4, "one map"}, {32, "its root"}, {32, "retention group"}, {1, "not protected"}});
  blocks_["manifest-content"] = Annotate(content_part, {{32, "salt"}, {4, "host \"db1\""}, {1, "no name"}, {1, "one tag"}, {6, "\"malam\""}, {1, "one path"},
                                                        {10, "\"/etc/motd\""}, {1, "one map's name"}, {6, "\"files\""}, {2, "420 minutes east of UTC"},
                                                        {1, "folders"}, {1, "others"}, {2, "bytes added"}, {1, "source errors"}, {1, "milliseconds"}});
  Value("snapshot id", snapshot_.hex());
}

void Example::Log() {
  const WriterKeys& writer = *keys_.writer;
  const std::string origin = "pulih/" + keys_.repository.hex() + "/" + writer.id.hex();
  const std::string leaf = "{\"v\":1,\"t\":\"snapshot\",\"repo\":\"" + keys_.repository.hex() + "\",\"writer\":\"" + writer.id.hex() +
                           "\",\"seq\":0,\"at\":\"2014-10-04T03:20:00Z\",\"at_ns\":\"" + std::to_string(kNow) + "\",\"m\":\"" + Sha256Of(public_part_).hex() +
                           "\",\"snapshot\":\"" + snapshot_.hex() + "\"}";
  const uint8_t zero[] = {0}, newline_and_type[] = {0x0a, 0x01};
  const Digest leaf_hash = Sha256Of({zero, AsBytes(leaf)});  // the root of a tree of one leaf is its hash
  const CheckpointBody body{origin, 1, leaf_hash};
  const Digest key_hash = Sha256Of({AsBytes(origin), newline_and_type, writer.sign.public_key});
  const std::string checkpoint = EncodeCheckpoint(body, origin, key_hash.view().first(4), Sign(writer.sign.seed, AsBytes(EncodeCheckpointBody(body))));
  LogEntry entry;
  entry.leaf = ToBytes(leaf);
  entry.checkpoint = checkpoint;
  entry.frontier = {leaf_hash};
  blocks_["log-entry"] = Annotate(EncodeLogEntry(entry), {{8, "magic"}, {4, "version"}, {4, "length of the leaf"}, {4, "of the checkpoint"},
                                                          {4, "one hash in the frontier"}, {leaf.size(), "leaf"}, {checkpoint.size(), "checkpoint"},
                                                          {32, "frontier"}});
  blocks_["leaf"] = leaf + "\n";
  blocks_["checkpoint"] = checkpoint;
  Value("leaf hash", leaf_hash.hex());
  Value("key id of the writer", ToHex(key_hash.view().first(4)));
}

void Example::Rotation() {
  CountingRandom random;
  const SessionKey session = SessionKey::Make(keys_.domain, keys_.writer->id, random);
  Wraps wraps;
  wraps.domain = keys_.domain;
  wraps.config_number = 1;
  wraps.content_generation = 1;
  wraps.sessions.resize(1);
  wraps.sessions[0].session = session.id();
  wraps.sessions[0].writer = keys_.writer->id;
  SealKeyTo(BoxPublicKey(Repeat(8)), session.secret(), random, wraps.sessions[0].sealed_key);
  std::vector<Field> fields = kEnvelope;
  Extend(fields, {{16, "domain"}, {8, "config number 1"}, {4, "content generation 1"}, {4, "one session"}, {32, "session id"}, {16, "its writer"},
                  {80, "its key, sealed to the new content key"}, {64, "signature of the root key"}});
  blocks_["wraps"] = Annotate(SignedBlob(kWrapsMagic, kWrapsVersion, EncodeWrapsBody(wraps), keys_.root_seed), fields);
}

// Cut points of SHA-256(le32 0) ‖ SHA-256(le32 1) ‖ …, with small chunks so that there are some.
void Example::Vectors() {
  Bytes input;
  for (uint32_t i = 0; i < 2048; ++i) {
    uint8_t number[4];
    StoreLe(number, i);
    Append(input, Sha256Of(number).view());
  }
  Chunker chunker(keys_.CutKey(), {1024, 4096, 16384});
  std::string lengths;
  ByteView rest = input;
  while (const auto cut = chunker.FindCut(rest)) {
    lengths += (lengths.empty() ? "" : " ") + std::to_string(*cut);
    rest = rest.subspan(*cut);
  }
  Value("lengths of chunks", lengths + ", rest " + std::to_string(rest.size()));
  std::string padded;
  for (const uint64_t length : {9, 100, 1000, 1025, 65537, 33554433}) {
    padded += (padded.empty() ? "" : ", ") + std::to_string(length) + " -> " + std::to_string(PadmeLength(length));
  }
  Value("padded lengths", padded);
}

std::map<std::string, std::string> Example::Blocks() {
  MakeConfig();
  CertificateAndSlot();
  Objects();
  Packs();
  Snapshot();
  Log();
  Rotation();
  Vectors();
  blocks_["values"] = values_;
  return blocks_;
}

}  // namespace

std::map<std::string, std::string> FormatExamples() {
  PULIH_CHECK(InitialiseCrypto());
  return Example().Blocks();
}

}  // namespace pulih
