// Keys of the register; numbers big-endian, so that scans come in order:
//
//   Ec ‖ sha256                  content           Eh ‖ serial ‖ stretch   16 bytes for each of at most 256 blocks
//   Eb ‖ serial ‖ part           runs of blocks    Eu ‖ number             evidence
//   Ei ‖ id                      number            Ef ‖ number ‖ place     a file of it
//   Eo ‖ number ‖ place          an origin         Ex ‖ path               why it was left out
//   En                           next serial       Ep ‖ path               state and sha256 of what was read there
#include "engine/recover/evidence.h"

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"

namespace pulih {
namespace {

constexpr uint32_t kHashSize = 16;

Bytes Key(char table) { return {'E', static_cast<uint8_t>(table)}; }
Bytes Key(char table, ByteView rest) {
  Bytes key = Key(table);
  Append(key, rest);
  return key;
}
template <typename T>
void AddBe(Bytes& key, T number) {
  const size_t at = key.size();
  key.resize(at + sizeof number);
  StoreBe(key.data() + at, number);
}
template <typename T>
Bytes NumberKey(char table, T number) {
  Bytes key = Key(table);
  AddBe(key, number);
  return key;
}

Status Malformed(std::string_view what) {
  return Status(Code::corrupt, "reading the register of evidence: " + std::string(what) + ": it is not as it is written");
}

void PutIdentity(ByteWriter& out, const Identity& identity) {
  out.U8(static_cast<uint8_t>(identity.kind));
  out.Sized(identity.detail);
  out.Sized(identity.captured);
  out.Sized(identity.captured_from);
  out.Le64(identity.system_identifier);
}
FileKind GetKind(ByteReader& in) {
  const uint8_t kind = in.U8();
  if (!IsKnownFileKind(kind)) in.Fail();
  return static_cast<FileKind>(kind);
}
Digest GetDigest(ByteReader& in) { return Digest{in.Array<Digest::kSize>()}; }

Bytes EncodeContent(const EvidenceContent& content) {
  ByteWriter out;
  out.Varint(content.serial);
  out.Varint(content.size);
  PutIdentity(out, content.identity);
  return std::move(out).Take();
}
Result<EvidenceContent> DecodeContent(const Digest& sha256, ByteView bytes) {
  ByteReader in(bytes);
  EvidenceContent content;
  content.sha256 = sha256;
  content.serial = in.Varint();
  content.size = in.Varint();
  content.identity.kind = GetKind(in);
  content.identity.detail = std::string(in.SizedText());
  content.identity.captured = std::string(in.SizedText());
  content.identity.captured_from = std::string(in.SizedText());
  content.identity.system_identifier = in.Le64();
  if (!in.Finish()) return Malformed("content " + sha256.hex());
  return content;
}

Bytes EncodeEvidence(const Evidence& e) {
  ByteWriter out;
  out.Raw(e.id.view());
  out.U8(static_cast<uint8_t>(e.unit));
  out.U8(static_cast<uint8_t>(e.kind));
  out.U8(e.source_class);
  out.Varint(e.files);
  out.Varint(e.bytes);
  out.Le64(e.system_identifier);
  for (const std::string* text : {&e.name, &e.detail, &e.class_from, &e.captured, &e.captured_from}) out.Sized(*text);
  return std::move(out).Take();
}
Result<Evidence> DecodeEvidence(uint32_t number, ByteView bytes) {
  ByteReader in(bytes);
  Evidence e;
  e.number = number;
  e.id = GetDigest(in);
  const uint8_t unit = in.U8();
  if (unit < 1 || unit > static_cast<uint8_t>(UnitKind::wal_folder)) in.Fail();
  e.unit = static_cast<UnitKind>(unit);
  e.kind = GetKind(in);
  e.source_class = in.U8();
  e.files = static_cast<uint32_t>(in.Varint());
  e.bytes = in.Varint();
  e.system_identifier = in.Le64();
  for (std::string* text : {&e.name, &e.detail, &e.class_from, &e.captured, &e.captured_from}) *text = std::string(in.SizedText());
  if (!in.Finish()) return Malformed("evidence " + std::to_string(number));
  return e;
}

Bytes EncodeFile(const EvidenceFile& file) {
  ByteWriter out;
  out.Sized(file.name);
  out.Varint(file.size);
  out.Raw(file.sha256.view());
  out.U8(static_cast<uint8_t>(file.kind));
  return std::move(out).Take();
}
bool DecodeFile(ByteView bytes, EvidenceFile& file) {
  ByteReader in(bytes);
  file.name = std::string(in.SizedText());
  file.size = in.Varint();
  file.sha256 = GetDigest(in);
  file.kind = GetKind(in);
  return in.Finish();
}

Bytes EncodeOrigin(const EvidenceOrigin& o) {
  ByteWriter out;
  for (const std::string* text : {&o.path, &o.custodian, &o.origin, &o.given_captured}) out.Sized(*text);
  out.U8(o.given_class);
  out.SignedVarint(o.added_ns);
  out.SignedVarint(o.mtime_ns);
  return std::move(out).Take();
}
bool DecodeOrigin(ByteView bytes, EvidenceOrigin& o) {
  ByteReader in(bytes);
  for (std::string* text : {&o.path, &o.custodian, &o.origin, &o.given_captured}) *text = std::string(in.SizedText());
  o.given_class = in.U8();
  o.added_ns = in.SignedVarint();
  o.mtime_ns = in.SignedVarint();
  return in.Finish();
}

Bytes EncodeState(const FileState& state) {
  ByteWriter out;
  for (const uint64_t v : {state.device, state.inode, state.size, static_cast<uint64_t>(state.mtime_ns), static_cast<uint64_t>(state.ctime_ns)}) out.Le64(v);
  return std::move(out).Take();
}

// The same place again, and nothing is said of it that `old` does not say.
bool IsKnown(const EvidenceOrigin& old, const EvidenceOrigin& told) {
  const auto same_or_silent = [](const auto& a, const auto& b) { return b == std::decay_t<decltype(b)>() || a == b; };
  return old.path == told.path && same_or_silent(old.custodian, told.custodian) && same_or_silent(old.origin, told.origin) &&
         same_or_silent(old.given_class, told.given_class) && same_or_silent(old.given_captured, told.given_captured);
}

}  // namespace

std::string_view UnitKindName(UnitKind kind) {
  switch (kind) {
    case UnitKind::file: return "file";
    case UnitKind::data_directory: return "data directory";
    case UnitKind::directory_dump: return "directory dump";
    case UnitKind::wal_folder: return "WAL folder";
  }
  return "?";
}

// --- reading -----------------------------------------------------------------------------------------------------------

Result<std::vector<Evidence>> EvidenceRegister::List() {
  std::vector<Evidence> all;
  Status failure;
  const Bytes prefix = Key('u');
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView key, ByteView value) {
    auto e = DecodeEvidence(LoadBe<uint32_t>(key.data() + prefix.size()), value);
    if (!e.ok()) failure = std::move(e).error();
    else all.push_back(std::move(*e));
    return failure.ok();
  }));
  PULIH_TRY(std::move(failure));
  return all;
}

Result<std::optional<Evidence>> EvidenceRegister::Find(uint32_t number) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool there, kv_.Get(NumberKey('u', number), &value));
  if (!there) return std::optional<Evidence>();
  PULIH_TRY_ASSIGN(Evidence e, DecodeEvidence(number, value));
  return std::optional<Evidence>(std::move(e));
}

Result<std::optional<Evidence>> EvidenceRegister::Find(const Digest& id) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool there, kv_.Get(Key('i', id.view()), &value));
  if (!there) return std::optional<Evidence>();
  if (value.size() != sizeof(uint32_t)) return Malformed("evidence " + id.hex());
  return Find(LoadBe<uint32_t>(value.data()));
}

Result<std::vector<EvidenceFile>> EvidenceRegister::Files(uint32_t number) {
  std::vector<EvidenceFile> files;
  bool sound = true;
  const Bytes prefix = NumberKey('f', number);
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView, ByteView value) {
    files.emplace_back();
    return sound = DecodeFile(value, files.back());
  }));
  if (!sound) return Malformed("files of evidence " + std::to_string(number));
  return files;
}

Result<std::vector<EvidenceOrigin>> EvidenceRegister::Origins(uint32_t number) {
  std::vector<EvidenceOrigin> origins;
  bool sound = true;
  const Bytes prefix = NumberKey('o', number);
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView, ByteView value) {
    origins.emplace_back();
    return sound = DecodeOrigin(value, origins.back());
  }));
  if (!sound) return Malformed("origins of evidence " + std::to_string(number));
  return origins;
}

Result<std::optional<EvidenceContent>> EvidenceRegister::FindContent(const Digest& sha256) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool there, kv_.Get(Key('c', sha256.view()), &value));
  if (!there) return std::optional<EvidenceContent>();
  PULIH_TRY_ASSIGN(EvidenceContent content, DecodeContent(sha256, value));
  return std::optional<EvidenceContent>(std::move(content));
}

Result<std::vector<BlockRun>> EvidenceRegister::BlockMap(const EvidenceContent& content) {
  std::vector<BlockRun> runs;
  bool sound = true;
  const Bytes prefix = NumberKey('b', content.serial);
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView, ByteView value) {
    ByteReader in(value);
    while (in.remaining() > 0) {
      const uint8_t kind = in.U8();
      const uint64_t blocks = in.Varint();
      if (kind >= kBlockKinds || blocks == 0) in.Fail();
      if (in.failed()) break;
      if (!runs.empty() && runs.back().kind == static_cast<BlockKind>(kind)) runs.back().blocks += blocks;
      else runs.push_back({static_cast<BlockKind>(kind), blocks});
    }
    return sound = in.Finish();
  }));
  if (!sound) return Malformed("block map of " + content.sha256.hex());
  return runs;
}

Status EvidenceRegister::BlockHashes(const EvidenceContent& content, const std::function<bool(uint64_t, ByteView)>& each) {
  const Bytes prefix = NumberKey('h', content.serial);
  return kv_.Scan(prefix, prefix, [&](ByteView key, ByteView value) {
    uint64_t block = LoadBe<uint64_t>(key.data() + prefix.size());
    for (; value.size() >= kHashSize; value = value.subspan(kHashSize), ++block)
      if (!each(block, value.first(kHashSize))) return false;
    return true;
  });
}

Result<std::vector<SkippedPath>> EvidenceRegister::Skipped() {
  std::vector<SkippedPath> all;
  const Bytes prefix = Key('x');
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView key, ByteView value) {
    all.push_back({ToText(key.subspan(prefix.size())), ToText(value)});
    return true;
  }));
  return all;
}

Result<std::optional<Digest>> EvidenceRegister::FindRead(const std::string& path, const FileState& state) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool there, kv_.Get(Key('p', AsBytes(path)), &value));
  const Bytes expected = EncodeState(state);
  if (!there || value.size() != expected.size() + Digest::kSize || !Equal(ByteView(value).first(expected.size()), expected)) return std::optional<Digest>();
  return Digest::FromView(ByteView(value).last(Digest::kSize));
}

// --- adding ------------------------------------------------------------------------------------------------------------

Result<uint64_t> EvidenceRegister::TakeSerial() {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool there, kv_.Get(Key('n'), &value));
  if (there && value.size() != sizeof(uint64_t)) return Malformed("next serial");
  const uint64_t serial = there ? LoadBe<uint64_t>(value.data()) : 1;
  value.clear();
  AddBe(value, serial + 1);
  PULIH_TRY(kv_.Write([&](KvBatch& batch) { batch.Put(Key('n'), value); }));
  return serial;
}

Status EvidenceRegister::PutHashes(uint64_t serial, uint64_t first_block, ByteView hashes) {
  Bytes key = NumberKey('h', serial);
  AddBe(key, first_block);
  return kv_.Write([&](KvBatch& batch) { batch.Put(key, hashes); });
}

Status EvidenceRegister::PutBlockRuns(uint64_t serial, uint64_t part, const std::vector<BlockRun>& runs) {
  Bytes key = NumberKey('b', serial);
  AddBe(key, part);
  ByteWriter out;
  for (const BlockRun& run : runs) {
    out.U8(static_cast<uint8_t>(run.kind));
    out.Varint(run.blocks);
  }
  return kv_.Write([&](KvBatch& batch) { batch.Put(key, out.view()); });
}

Status EvidenceRegister::PutContent(const EvidenceContent& content) {
  return kv_.Write([&](KvBatch& batch) { batch.Put(Key('c', content.sha256.view()), EncodeContent(content)); });
}

Status EvidenceRegister::PutRead(const std::string& path, const FileState& state, const Digest& sha256) {
  Bytes value = EncodeState(state);
  Append(value, sha256.view());
  return kv_.Write([&](KvBatch& batch) { batch.Put(Key('p', AsBytes(path)), value); });
}

Status EvidenceRegister::DropSerial(uint64_t serial) {
  return kv_.Write([&](KvBatch& batch) {
    for (const char table : {'h', 'b'}) batch.DeleteRange(NumberKey(table, serial), NumberKey(table, serial + 1));
  });
}

Result<uint32_t> EvidenceRegister::Put(Evidence evidence, const std::vector<EvidenceFile>& files, const EvidenceOrigin& origin, bool* is_new) {
  PULIH_TRY_ASSIGN(const auto known, Find(evidence.id));
  *is_new = !known.has_value();
  std::vector<EvidenceOrigin> origins;
  if (known) {
    evidence.number = known->number;
    PULIH_TRY_ASSIGN(origins, Origins(known->number));
    for (const EvidenceOrigin& old : origins)
      if (IsKnown(old, origin)) return known->number;
    // What a person said once stays said until somebody says otherwise.
    if (origin.given_class == 0) evidence.source_class = known->source_class, evidence.class_from = known->class_from;
    if (origin.given_captured.empty()) evidence.captured = known->captured, evidence.captured_from = known->captured_from;
    evidence.name = known->name;
  } else {
    Bytes key, value;
    const Bytes prefix = Key('u');
    Bytes last = prefix;
    AddBe(last, UINT32_MAX);
    PULIH_TRY_ASSIGN(const bool any, kv_.SeekAtOrBefore(prefix, last, &key, &value));
    evidence.number = any ? LoadBe<uint32_t>(key.data() + prefix.size()) + 1 : 1;
  }
  Bytes number;
  AddBe(number, evidence.number);
  // One batch: evidence is there with all its files, or not at all.
  PULIH_TRY(kv_.Write([&](KvBatch& batch) {
    batch.Put(Key('u', number), EncodeEvidence(evidence));
    batch.Put(Key('i', evidence.id.view()), number);
    for (uint32_t place = 0; *is_new && place < files.size(); ++place) {
      Bytes key = Key('f', number);
      AddBe(key, place);
      batch.Put(key, EncodeFile(files[place]));
    }
    Bytes key = Key('o', number);
    AddBe(key, static_cast<uint32_t>(origins.size()));
    batch.Put(key, EncodeOrigin(origin));
    batch.Delete(Key('x', AsBytes(origin.path)));
  }));
  return evidence.number;
}

Status EvidenceRegister::SetClass(uint32_t number, uint8_t source_class, const std::string& from) {
  PULIH_TRY_ASSIGN(auto evidence, Find(number));
  if (!evidence) return Status(Code::not_found, "classing evidence " + std::to_string(number) + ": there is none");
  evidence->source_class = source_class;
  evidence->class_from = from;
  Bytes key = NumberKey('u', number);
  return kv_.Write([&](KvBatch& batch) { batch.Put(key, EncodeEvidence(*evidence)); });
}

Status EvidenceRegister::PutSkipped(const SkippedPath& skipped) {
  return kv_.Write([&](KvBatch& batch) { batch.Put(Key('x', AsBytes(skipped.path)), AsBytes(skipped.why)); });
}

}  // namespace pulih
