#include "formats/repo/manifest.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "manifest";
constexpr std::string_view kPublic = "manifest's public part";
constexpr std::string_view kStructure = "manifest's structure part";
constexpr std::string_view kContent = "manifest's content part";
constexpr std::string_view kMagic = "PULIHSNP";
constexpr size_t kManifestHeadSize = 8 + 4 + 3 * 4 + 8;
constexpr size_t kManifestSignatureSize = 64;

}  // namespace

// --- public part -----------------------------------------------------------------------------------------------

Bytes EncodeManifestPublic(const ManifestPublic& part) {
  ByteWriter out;
  out.Raw(part.domain.view());
  out.Raw(part.repository.view());
  out.Raw(part.writer.view());
  out.Le64(part.sequence);
  out.Raw(part.previous.view());
  out.Le64(static_cast<uint64_t>(part.time_ns));
  out.Le64(part.files);
  out.Le64(part.bytes);
  out.Le64(part.rows);
  out.Le64(part.tables);
  out.Le64(part.epoch_seen);
  out.Raw(part.structure_digest.view());
  out.Raw(part.content_digest.view());
  return std::move(out).Take();
}

Result<ManifestPublic> DecodeManifestPublic(ByteView bytes) {
  ByteReader in(bytes);
  ManifestPublic part;
  part.domain.bytes = in.Array<DomainId::kSize>();
  part.repository.bytes = in.Array<RepositoryId::kSize>();
  part.writer.bytes = in.Array<WriterId::kSize>();
  part.sequence = in.Le64();
  part.previous.bytes = in.Array<Digest::kSize>();
  part.time_ns = static_cast<int64_t>(in.Le64());
  part.files = in.Le64();
  part.bytes = in.Le64();
  part.rows = in.Le64();
  part.tables = in.Le64();
  part.epoch_seen = in.Le64();
  part.structure_digest.bytes = in.Array<Digest::kSize>();
  part.content_digest.bytes = in.Array<Digest::kSize>();
  if (!in.Finish()) return CorruptIn(kPublic, "it does not have its one length");
  return part;
}

// --- structure part --------------------------------------------------------------------------------------------

Bytes EncodeManifestStructure(const ManifestStructure& part) {
  PULIH_CHECK(part.roots.size() <= kMaxManifestSize / ObjectId::kSize);
  ByteWriter out;
  out.Raw(part.salt);
  out.Le32(static_cast<uint32_t>(part.roots.size()));
  for (const ObjectId& root : part.roots) out.Raw(root.view());
  out.Raw(part.retention_group.view());
  out.U8(part.is_protected ? 1 : 0);
  return std::move(out).Take();
}

Result<ManifestStructure> DecodeManifestStructure(ByteView bytes) {
  ByteReader in(bytes);
  ManifestStructure part;
  part.salt = in.Array<32>();
  const uint32_t count = in.Le32();
  if (in.failed() || count > in.remaining() / ObjectId::kSize) return CorruptIn(kStructure, "it names more roots than it can hold");
  part.roots.resize(count);
  for (ObjectId& root : part.roots) root.bytes = in.Array<ObjectId::kSize>();
  part.retention_group.bytes = in.Array<Digest::kSize>();
  const uint8_t is_protected = in.U8();
  if (!in.Finish()) return CorruptIn(kStructure, "its length does not fit what it says");
  if (is_protected > 1) return CorruptIn(kStructure, "its protection is neither yes nor no");
  part.is_protected = is_protected == 1;
  return part;
}

// --- content part ----------------------------------------------------------------------------------------------

namespace {

void WriteList(const std::vector<std::string>& list, ByteWriter& out) {
  out.Varint(list.size());
  for (const std::string& text : list) out.Sized(text);
}

std::vector<std::string> ReadList(ByteReader& in) {
  const uint64_t count = in.Varint();
  std::vector<std::string> list;
  if (count > in.remaining()) in.Fail();
  // No more than the input's own size in advance: `count` is not to be believed yet.
  list.reserve(static_cast<size_t>(std::min<uint64_t>(count, in.remaining() / sizeof(std::string) + 1)));
  for (uint64_t i = 0; i < count && !in.failed(); ++i) list.emplace_back(in.SizedText());
  return list;
}

}  // namespace

Bytes EncodeManifestContent(const ManifestContent& part) {
  ByteWriter out;
  out.Raw(part.salt);
  out.Sized(part.host);
  out.Sized(part.name);
  WriteList(part.tags, out);
  WriteList(part.paths, out);
  WriteList(part.root_names, out);
  out.SignedVarint(part.zone_offset_minutes);
  out.Varint(part.directories);
  out.Varint(part.others);
  out.Varint(part.bytes_added);
  out.Varint(part.source_errors);
  out.Varint(part.milliseconds);
  return std::move(out).Take();
}

Result<ManifestContent> DecodeManifestContent(ByteView bytes) {
  ByteReader in(bytes);
  ManifestContent part;
  part.salt = in.Array<32>();
  part.host = std::string(in.SizedText());
  part.name = std::string(in.SizedText());
  part.tags = ReadList(in);
  part.paths = ReadList(in);
  part.root_names = ReadList(in);
  const int64_t zone = in.SignedVarint();
  part.directories = in.Varint();
  part.others = in.Varint();
  part.bytes_added = in.Varint();
  part.source_errors = in.Varint();
  part.milliseconds = in.Varint();
  if (!in.Finish()) return CorruptIn(kContent, "its length does not fit what it says");
  if (zone < std::numeric_limits<int32_t>::min() || zone > std::numeric_limits<int32_t>::max()) {
    return CorruptIn(kContent, "its zone offset is out of bounds");
  }
  part.zone_offset_minutes = static_cast<int32_t>(zone);
  std::set<std::string_view> names;
  for (const std::string& name : part.root_names) {
    if (!names.insert(name).second) return CorruptIn(kContent, "two of its roots have one name");
  }
  return part;
}

// --- the whole -------------------------------------------------------------------------------------------------

Bytes EncodeManifest(ByteView public_part, ByteView structure_sealed, ByteView content_sealed) {
  const uint64_t size = uint64_t{kManifestHeadSize} + public_part.size() + structure_sealed.size() + content_sealed.size() +
                        kManifestSignatureSize;
  PULIH_CHECK(size <= kMaxManifestSize);
  ByteWriter out;
  out.bytes().reserve(size);
  out.Raw(AsBytes(kMagic));
  out.Le32(kManifestVersion);
  out.Le32(static_cast<uint32_t>(public_part.size()));
  out.Le32(static_cast<uint32_t>(structure_sealed.size()));
  out.Le32(static_cast<uint32_t>(content_sealed.size()));
  out.Zeros(8);
  out.Raw(public_part);
  out.Raw(structure_sealed);
  out.Raw(content_sealed);
  return std::move(out).Take();
}

Result<ManifestView> ParseManifest(ByteView blob) {
  if (blob.size() > kMaxManifestSize) return CorruptIn(kWhat, "it is larger than a manifest may be");
  ByteReader in(blob);
  if (!Equal(in.Raw(kMagic.size()), AsBytes(kMagic))) return CorruptIn(kWhat, "it does not start with PULIHSNP");
  const uint32_t version = in.Le32();
  if (in.failed()) return CorruptIn(kWhat, "it is cut short");
  PULIH_TRY(CheckVersion(kWhat, version, kManifestVersion));

  const uint32_t public_size = in.Le32(), structure_size = in.Le32(), content_size = in.Le32();
  const uint64_t reserved = in.Le64();
  ManifestView view;
  view.public_part = in.Raw(public_size);
  view.structure_sealed = in.Raw(structure_size);
  view.content_sealed = in.Raw(content_size);
  view.signed_bytes = blob.first(in.offset());
  view.signature = in.Raw(kManifestSignatureSize);
  if (!in.Finish()) return CorruptIn(kWhat, "its length does not fit what it says");
  if (reserved != 0) return CorruptIn(kWhat, "a reserved byte is not zero");
  return view;
}

}  // namespace pulih
