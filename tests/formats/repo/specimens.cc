#include "tests/formats/repo/specimens.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "formats/repo/certificate.h"
#include "formats/repo/config.h"
#include "formats/repo/file_entry.h"
#include "formats/repo/frame.h"
#include "formats/repo/group.h"
#include "formats/repo/key_list.h"
#include "formats/repo/key_slot.h"
#include "formats/repo/log_entry.h"
#include "formats/repo/manifest.h"
#include "formats/repo/node.h"
#include "formats/repo/pack.h"
#include "formats/repo/row.h"
#include "formats/repo/signed_blob.h"
#include "formats/repo/table.h"
#include "formats/repo/wraps.h"

namespace pulih {

namespace {

uint64_t Below(Random& random, uint64_t n) { return random() % n; }
bool Chance(Random& random) { return (random() & 1) != 0; }

// Numbers of every magnitude: most mistakes are made near the ends.
uint64_t AnyNumber(Random& random) {
  const uint64_t value = random() >> Below(random, 64);
  return Below(random, 8) == 0 ? ~uint64_t{0} : value;
}

void Fill(Random& random, uint8_t* out, size_t n) {
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(random());
}
Bytes SomeBytes(Random& random, size_t n) {
  Bytes bytes(n);
  Fill(random, bytes.data(), n);
  return bytes;
}
// A few letters, so that keys share prefixes.
std::string SomeText(Random& random, size_t max) {
  std::string text(Below(random, max + 1), ' ');
  for (char& c : text) c = static_cast<char>('a' + Below(random, 3));
  return text;
}
template <typename Id>
Id SomeId(Random& random) {
  Id id;
  Fill(random, id.bytes.data(), id.bytes.size());
  return id;
}
template <size_t N>
void FillArray(Random& random, std::array<uint8_t, N>& array) {
  Fill(random, array.data(), N);
}
std::vector<std::string> SomeList(Random& random) {
  std::vector<std::string> list(Below(random, 4));
  for (std::string& text : list) text = SomeText(random, 12);
  return list;
}

Segment SomeSegment(Random& random, bool may_be_hole) {
  if (may_be_hole && Chance(random)) return Hole{1 + Below(random, 1u << 20)};
  Extent extent;
  extent.object = SomeId<ObjectId>(random);
  extent.offset = static_cast<uint32_t>(Below(random, kMaxObjectSize));
  extent.length = static_cast<uint32_t>(1 + Below(random, kMaxObjectSize - extent.offset));
  return extent;
}

Content SomeContent(Random& random) {
  Content content;
  content.digest_kind = Chance(random) ? DigestKind::sha256 : DigestKind::sparse_sha256;
  content.digest = SomeId<Digest>(random);
  if (Below(random, 4) == 0) {
    content.segment_map = SomeId<ObjectId>(random);
    content.size = 1 + (AnyNumber(random) >> 2);
    return content;
  }
  const size_t count = Below(random, 4);
  for (size_t i = 0; i < count; ++i) {
    const bool after_hole = i > 0 && std::holds_alternative<Hole>(content.segments.back());
    content.segments.push_back(SomeSegment(random, !after_hole));
    content.size += SegmentLength(content.segments.back());
  }
  return content;
}

Bytes WithPadding(Random& random, Bytes bytes) {
  if (Chance(random)) bytes.resize(bytes.size() + Below(random, 20));
  return bytes;
}

}  // namespace

Bytes CertificateSpecimen(Random& random) {
  Certificate certificate;
  certificate.is_revocation = Below(random, 3) == 0;
  certificate.domain = SomeId<DomainId>(random);
  certificate.writer = SomeId<WriterId>(random);
  certificate.time_ns = static_cast<int64_t>(AnyNumber(random));
  certificate.role = static_cast<Role>(1 + Below(random, 5));
  FillArray(random, certificate.sign_key);
  FillArray(random, certificate.box_key);
  certificate.label = SomeText(random, 64);
  certificate.last_entries = AnyNumber(random);
  return EncodeCertificateBody(certificate);
}

Bytes ConfigSpecimen(Random& random) {
  Config config;
  config.domain = SomeId<DomainId>(random);
  config.repository = SomeId<RepositoryId>(random);
  if (Chance(random)) {
    config.number = 1 + Below(random, 100);
    config.previous = SomeId<Digest>(random);
  }
  config.created_ns = static_cast<int64_t>(AnyNumber(random));
  FillArray(random, config.root_key);
  FillArray(random, config.content_key);
  FillArray(random, config.structure_key);
  config.content_generation = static_cast<uint32_t>(Below(random, 65536));
  config.chunk_min = static_cast<uint32_t>(64 + Below(random, 1000));
  config.chunk_average = config.chunk_min + static_cast<uint32_t>(Below(random, 100000));
  config.chunk_max = config.chunk_average + static_cast<uint32_t>(Below(random, 1u << 20));
  for (auto* list : {&config.features.read, &config.features.write, &config.features.prune, &config.features.check}) {
    std::set<std::string> names;
    for (uint64_t i = Below(random, 3); i > 0; --i) names.insert("f-" + SomeText(random, 5) + "0");
    list->assign(names.begin(), names.end());
  }
  return EncodeConfigBody(config);
}

Bytes FileEntrySpecimen(Random& random) {
  FileEntry entry;
  entry.type = static_cast<FileType>(1 + Below(random, 7));
  entry.ancestor = Chance(random);
  entry.incomplete = Chance(random);
  entry.mode = static_cast<uint16_t>(Below(random, 010000));
  entry.uid = static_cast<uint32_t>(AnyNumber(random));
  entry.gid = static_cast<uint32_t>(AnyNumber(random));
  entry.user = SomeText(random, 10);
  entry.group = SomeText(random, 10);
  entry.mtime_seconds = static_cast<int64_t>(AnyNumber(random)) * (Chance(random) ? 1 : -1);
  entry.mtime_nanoseconds = static_cast<uint32_t>(Below(random, 1'000'000'000));
  if (Chance(random)) entry.link = SomeId<HardLinkId>(random);
  entry.content = SomeContent(random);
  entry.symlink_target = SomeText(random, 30);
  entry.device_major = static_cast<uint32_t>(AnyNumber(random));
  entry.device_minor = static_cast<uint32_t>(AnyNumber(random));
  switch (Below(random, 4)) {
    case 0: entry.xattr_map = SomeId<ObjectId>(random); break;
    case 1: {
      std::map<std::string, Bytes> xattrs;
      for (uint64_t i = 1 + Below(random, 3); i > 0; --i) xattrs["user." + SomeText(random, 6)] = SomeBytes(random, Below(random, 9));
      for (auto& [name, value] : xattrs) entry.xattrs.push_back({name, value});
      break;
    }
    default: break;
  }
  return EncodeFileEntry(entry);
}

Bytes ContentSpecimen(Random& random) { return EncodeContent(SomeContent(random)); }
Bytes SegmentSpecimen(Random& random) { return EncodeSegment(SomeSegment(random, true)); }

Bytes PathKeySpecimen(Random& random) {
  std::string path = "x" + SomeText(random, 5);
  for (uint64_t i = Below(random, 4); i > 0; --i) path += "/." + SomeText(random, 5) + "y";
  return KeyFromPath(path);
}

Bytes FrameSpecimen(Random& random) {
  const Bytes payload = SomeBytes(random, 1 + Below(random, 100));
  FrameInner inner;
  inner.kind = static_cast<ObjectKind>(1 + Below(random, 3));
  inner.codec = Chance(random) ? Codec::raw : Codec::zstd;
  inner.id = SomeId<ObjectId>(random);
  inner.payload = payload;
  inner.plain_size = static_cast<uint32_t>(payload.size());
  if (inner.codec == Codec::zstd) inner.plain_size += static_cast<uint32_t>(1 + Below(random, kMaxObjectSize - payload.size()));
  Bytes out(kFrameInnerHeadSize);
  EncodeInnerHead(inner, out.data());
  Append(out, payload);
  return out;
}

Bytes GroupSpecimen(Random& random) {
  Bytes plain;
  std::vector<uint32_t> lengths;
  for (uint64_t i = 1 + Below(random, 6); i > 0; --i) {
    lengths.push_back(static_cast<uint32_t>(1 + Below(random, 20)));
    Append(plain, SomeBytes(random, lengths.back()));
  }
  AppendGroupTable(plain, lengths);
  return plain;
}

Bytes KeyListSpecimen(Random& random) {
  std::map<std::pair<uint16_t, uint16_t>, Bytes> chosen;
  for (uint64_t i = Below(random, 8); i > 0; --i) {
    const auto type = static_cast<uint16_t>(1 + Below(random, 14));
    const bool generations = type == 5 || type == 6;
    chosen[{type, generations ? static_cast<uint16_t>(random()) : uint16_t{0}}] = SomeBytes(random, Below(random, 40));
  }
  std::vector<TypedKey> keys;
  for (const auto& [name, bytes] : chosen) keys.push_back({static_cast<KeyType>(name.first), name.second, bytes});
  return EncodeKeyList(keys);
}

Bytes KeySlotSpecimen(Random& random) {
  KeySlot slot;
  slot.kind = Chance(random) ? SlotKind::passphrase : SlotKind::recovery;
  slot.kdf_passes = static_cast<uint32_t>(AnyNumber(random));
  slot.kdf_memory_kib = static_cast<uint32_t>(AnyNumber(random));
  FillArray(random, slot.salt);
  slot.created_ns = static_cast<int64_t>(AnyNumber(random));
  slot.label = SomeText(random, 64);
  FillArray(random, slot.commitment);
  FillArray(random, slot.nonce);
  slot.sealed = SomeBytes(random, Below(random, 200));
  return EncodeKeySlot(slot);
}

Bytes CheckpointSpecimen(Random& random) {
  const CheckpointBody body{"pulih/" + SomeText(random, 8) + " a", AnyNumber(random), SomeId<Digest>(random)};
  std::string text = EncodeCheckpointBody(body) + "\n";
  for (uint64_t i = 1 + Below(random, 2); i > 0; --i) {
    const std::string whole = EncodeCheckpoint(body, "k" + SomeText(random, 5), SomeBytes(random, 4), SomeBytes(random, Chance(random) ? 64 : 72));
    text += whole.substr(EncodeCheckpointBody(body).size() + 1);
  }
  return ToBytes(text);
}

Bytes Base64Specimen(Random& random) { return ToBytes(ToBase64(SomeBytes(random, Below(random, 50)))); }

Bytes LogEntrySpecimen(Random& random) {
  LogEntry entry;
  entry.leaf = SomeBytes(random, Below(random, 80));
  entry.checkpoint = ToText(CheckpointSpecimen(random));
  for (uint64_t i = Below(random, 5); i > 0; --i) entry.frontier.push_back(SomeId<Digest>(random));
  return EncodeLogEntry(entry);
}

Bytes ManifestPublicSpecimen(Random& random) {
  ManifestPublic part;
  part.domain = SomeId<DomainId>(random);
  part.repository = SomeId<RepositoryId>(random);
  part.writer = SomeId<WriterId>(random);
  part.previous = SomeId<Digest>(random);
  part.time_ns = static_cast<int64_t>(AnyNumber(random));
  for (uint64_t* number : {&part.sequence, &part.files, &part.bytes, &part.rows, &part.tables, &part.epoch_seen}) *number = AnyNumber(random);
  part.structure_digest = SomeId<Digest>(random);
  part.content_digest = SomeId<Digest>(random);
  return EncodeManifestPublic(part);
}

Bytes ManifestStructureSpecimen(Random& random) {
  ManifestStructure part;
  FillArray(random, part.salt);
  for (uint64_t i = Below(random, 5); i > 0; --i) part.roots.push_back(SomeId<ObjectId>(random));
  part.retention_group = SomeId<Digest>(random);
  part.is_protected = Chance(random);
  return EncodeManifestStructure(part);
}

Bytes ManifestContentSpecimen(Random& random) {
  ManifestContent part;
  FillArray(random, part.salt);
  part.host = SomeText(random, 20);
  part.name = SomeText(random, 20);
  part.tags = SomeList(random);
  part.paths = SomeList(random);
  // Names of roots differ.
  const std::vector<std::string> names = SomeList(random);
  const std::set<std::string> once(names.begin(), names.end());
  part.root_names.assign(once.begin(), once.end());
  part.zone_offset_minutes = static_cast<int32_t>(AnyNumber(random));
  for (uint64_t* number : {&part.directories, &part.others, &part.bytes_added, &part.source_errors, &part.milliseconds}) *number = AnyNumber(random);
  return EncodeManifestContent(part);
}

Bytes ManifestSpecimen(Random& random) {
  Bytes out = EncodeManifest(ManifestPublicSpecimen(random), SomeBytes(random, Below(random, 100)), SomeBytes(random, Below(random, 100)));
  Append(out, SomeBytes(random, 64));
  return out;
}

Bytes NodeSpecimen(Random& random) {
  std::set<std::string> keys;
  const auto level = static_cast<uint8_t>(Chance(random) ? 0 : Below(random, kMaxNodeLevel + 1));
  for (uint64_t i = Below(random, 12) + (level > 0 ? 1 : 0); i > 0; --i) keys.insert(SomeText(random, 8));
  NodeEncoder encoder(level);
  for (const std::string& key : keys) {
    if (level == 0) {
      encoder.AddLeafEntry(AsBytes(key), SomeBytes(random, Below(random, 10)));
    } else {
      encoder.AddChild(AsBytes(key), SomeId<ObjectId>(random), std::max<uint64_t>(1, AnyNumber(random)));
    }
  }
  return std::move(encoder).Finish();
}

Bytes PackHeadSpecimen(Random& random) {
  PackHead head;
  head.kind = Chance(random) ? PackFileKind::data : PackFileKind::tree;
  head.domain = SomeId<DomainId>(random);
  head.writer = SomeId<WriterId>(random);
  head.wraps.resize(Below(random, 3));
  for (SessionWrap& wrap : head.wraps) {
    wrap.session = SomeId<SessionId>(random);
    FillArray(random, wrap.sealed_key);
    wrap.writer = SomeId<WriterId>(random);
    FillArray(random, wrap.signature);
  }
  return EncodePackHead(head);
}

Bytes DirectorySpecimen(Random& random) {
  std::vector<PackEntry> entries(Below(random, 4));
  uint32_t at = kPackHeadFixedSize + static_cast<uint32_t>(Below(random, 3) * kWrapSize);
  for (PackEntry& entry : entries) {
    entry.id = SomeId<ObjectId>(random);
    entry.kind = static_cast<ObjectKind>(1 + Below(random, 3));
    entry.session_index = static_cast<uint16_t>(random());
    entry.plain_size = static_cast<uint32_t>(Below(random, kMaxObjectSize + 1));
    entry.sealed_size = static_cast<uint32_t>(FrameSizeFor(Below(random, entry.plain_size + 1)));
    entry.offset = at;
    at += entry.sealed_size + static_cast<uint32_t>(Below(random, 2) * kFrameAlignment);
    entry.frame_digest = SomeId<Digest>(random);
    if (entry.kind == ObjectKind::node) {
      for (uint64_t i = Below(random, 4); i > 0; --i) entry.links.push_back(SomeId<ObjectId>(random));
    }
  }
  return WithPadding(random, EncodePackDirectory(entries));
}

Bytes MembersSpecimen(Random& random) {
  std::vector<PackMember> members(Below(random, 5));
  for (PackMember& member : members) {
    member.file = SomeId<FileId>(random);
    member.entry_index = static_cast<uint32_t>(AnyNumber(random));
    member.offset = static_cast<uint32_t>(Below(random, kMaxObjectSize));
    member.length = static_cast<uint32_t>(1 + Below(random, kMaxObjectSize - member.offset));
  }
  return WithPadding(random, EncodePackMembers(members));
}

Bytes TailSpecimen(Random& random) {
  PackTail tail;
  tail.directory_offset = kPackHeadFixedSize + Below(random, 64u << 20);
  tail.directory_size = static_cast<uint32_t>(Below(random, kMaxDirectorySize + 1));
  tail.members_size = static_cast<uint32_t>(Below(random, kMaxDirectorySize + 1));
  tail.body_digest = SomeId<Digest>(random);
  tail.directory_digest = SomeId<Digest>(random);
  FillArray(random, tail.directory_key_for_structure);
  FillArray(random, tail.directory_key_for_writer);
  FillArray(random, tail.members_key_for_writer);
  tail.writer = SomeId<WriterId>(random);
  FillArray(random, tail.signature);
  return EncodePackTail(tail);
}

Bytes SignedBlobSpecimen(Random& random) {
  Bytes out = EncodeSignedBlobHead(kConfigMagic, kConfigVersion, SomeBytes(random, Below(random, 100)));
  Append(out, SomeBytes(random, kSignedBlobSignatureSize));
  return out;
}

Bytes WrapsSpecimen(Random& random) {
  Wraps wraps;
  wraps.domain = SomeId<DomainId>(random);
  wraps.config_number = AnyNumber(random);
  wraps.content_generation = static_cast<uint32_t>(AnyNumber(random));
  wraps.sessions.resize(Below(random, 4));
  for (RewrappedSession& session : wraps.sessions) {
    session.session = SomeId<SessionId>(random);
    session.writer = SomeId<WriterId>(random);
    FillArray(random, session.sealed_key);
  }
  std::sort(wraps.sessions.begin(), wraps.sessions.end(), [](const auto& a, const auto& b) { return a.session < b.session; });
  return EncodeWrapsBody(wraps);
}

// --- tables -----------------------------------------------------------------------------------------------------

Bytes RowSpecimen(Random& random) {
  const std::vector<Bytes> images = {SomeBytes(random, Below(random, 5)), SomeBytes(random, Below(random, 200))};
  RowColumns columns(Below(random, 20));
  for (RowColumn& column : columns) {
    switch (Below(random, 4)) {
      case 0: break;
      case 1: {
        MovedColumn moved;
        for (uint64_t i = 0, count = 1 + Below(random, 3); i < count; ++i) {
          const auto length = static_cast<uint32_t>(1 + Below(random, kMaxObjectSize));
          moved.extents.push_back({SomeId<ObjectId>(random), static_cast<uint32_t>(Below(random, kMaxObjectSize - length + 1)), length});
          moved.length += length;
        }
        column = std::move(moved);
        break;
      }
      default: column = ByteView(images[Below(random, images.size())]);
    }
  }
  Bytes row;
  EncodeRow(columns, row);
  return Chance(random) ? row : WithCount(row, 1 + (AnyNumber(random) >> 1));
}

Bytes TableSpecimen(Random& random) {
  TableDescriptor table;
  table.origin = static_cast<TableOrigin>(1 + Below(random, 4));
  for (std::string* text : {&table.database, &table.schema, &table.name, &table.encoding, &table.comment}) *text = SomeText(random, 6);
  for (uint64_t i = 0, count = 1 + Below(random, 6); i < count; ++i) {
    PgType type;
    type.kind = i == 0 ? PgTypeKind::base : static_cast<PgTypeKind>(1 + Below(random, 7));
    type.schema = SomeText(random, 3);
    type.name = SomeText(random, 5);
    type.oid = static_cast<uint32_t>(Below(random, kFirstUserOid));
    const bool has_element = type.kind != PgTypeKind::base && type.kind != PgTypeKind::composite && type.kind != PgTypeKind::enumeration;
    if (has_element) type.element = static_cast<TypeIndex>(Below(random, i));
    for (uint64_t k = 0, fields = type.kind == PgTypeKind::composite ? Below(random, 4) : 0; k < fields; ++k) {
      type.fields.push_back({SomeText(random, 3), static_cast<TypeIndex>(Below(random, i))});
    }
    table.types.push_back(std::move(type));
  }
  for (uint64_t i = 0, count = 1 + Below(random, 5); i < count; ++i) {
    table.columns.push_back({SomeText(random, 5), static_cast<TypeIndex>(Below(random, table.types.size())), SomeText(random, 8), Chance(random),
                             Chance(random) ? 'a' : '\0', Chance(random)});
  }
  for (uint64_t i = 0, count = Below(random, 3); i < count; ++i) table.key.push_back(static_cast<uint32_t>(Below(random, table.columns.size())));
  for (uint64_t i = 0, count = Below(random, 3); i < count; ++i) {
    table.foreign_keys.push_back({SomeText(random, 3), {static_cast<uint32_t>(Below(random, table.columns.size()))}, SomeText(random, 3), SomeText(random, 3),
                                  {SomeText(random, 4)}});
  }
  return EncodeTableDescriptor(table);
}

Bytes DatabaseSpecimen(Random& random) {
  DatabaseDescriptor database;
  database.name = SomeText(random, 6);
  database.server_version = static_cast<uint32_t>(random());
  for (std::string* text : {&database.server_version_text, &database.encoding, &database.collate, &database.ctype, &database.lsn, &database.timezone}) {
    *text = SomeText(random, 8);
  }
  database.time_ns = static_cast<int64_t>(random());
  return EncodeDatabaseDescriptor(database);
}

Bytes SequenceSpecimen(Random& random) {
  return EncodeSequenceValue({SomeText(random, 4), SomeText(random, 4), static_cast<int64_t>(AnyNumber(random)), Chance(random)});
}

}  // namespace pulih
