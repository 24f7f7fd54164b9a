// Decode, then encode again: one function for each structure, nothing when the decoder refused. Tests and
// fuzzers state with them that a decoder accepts exactly what its encoder writes (I5).
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "engine/base/byte_reader.h"
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

using Reencoded = std::optional<Bytes>;

template <auto Decode, auto Encode>
Reencoded ReencodeBy(ByteView bytes) {
  const auto value = Decode(bytes);
  if (!value.ok()) return std::nullopt;
  return Encode(*value);
}

inline constexpr auto ReencodeCertificate = ReencodeBy<DecodeCertificateBody, EncodeCertificateBody>;
inline constexpr auto ReencodeConfig = ReencodeBy<DecodeConfigBody, EncodeConfigBody>;
inline constexpr auto ReencodeFileEntry = ReencodeBy<DecodeFileEntry, EncodeFileEntry>;
inline constexpr auto ReencodeContent = ReencodeBy<DecodeContent, EncodeContent>;
inline constexpr auto ReencodeSegment = ReencodeBy<DecodeSegment, EncodeSegment>;
inline constexpr auto ReencodeKeyList = ReencodeBy<DecodeKeyList, EncodeKeyList>;
inline constexpr auto ReencodeKeySlot = ReencodeBy<DecodeKeySlot, EncodeKeySlot>;
inline constexpr auto ReencodeLogEntry = ReencodeBy<DecodeLogEntry, EncodeLogEntry>;
inline constexpr auto ReencodeManifestPublic = ReencodeBy<DecodeManifestPublic, EncodeManifestPublic>;
inline constexpr auto ReencodeManifestStructure = ReencodeBy<DecodeManifestStructure, EncodeManifestStructure>;
inline constexpr auto ReencodeManifestContent = ReencodeBy<DecodeManifestContent, EncodeManifestContent>;
inline constexpr auto ReencodeTable = ReencodeBy<DecodeTableDescriptor, EncodeTableDescriptor>;
inline constexpr auto ReencodeDatabase = ReencodeBy<DecodeDatabaseDescriptor, EncodeDatabaseDescriptor>;
inline constexpr auto ReencodeSequence = ReencodeBy<DecodeSequenceValue, EncodeSequenceValue>;
inline constexpr auto ReencodeWraps = ReencodeBy<DecodeWrapsBody, EncodeWrapsBody>;

inline Reencoded ReencodeRow(ByteView bytes) {
  const auto row = DecodeRow(bytes);
  if (!row.ok()) return std::nullopt;
  Bytes out;
  EncodeRow(row->columns, out);
  return row->count == 1 ? out : WithCount(out, row->count);
}

inline Reencoded ReencodeManifest(ByteView bytes) {
  const auto view = ParseManifest(bytes);
  if (!view.ok()) return std::nullopt;
  Bytes out = EncodeManifest(view->public_part, view->structure_sealed, view->content_sealed);
  if (!Equal(out, view->signed_bytes)) return Bytes{};
  Append(out, view->signature);
  return out;
}

inline Reencoded ReencodeSignedBlob(ByteView bytes) {
  const auto view = ParseSignedBlob(kConfigMagic, kConfigVersion, "config", bytes);
  if (!view.ok()) return std::nullopt;
  Bytes out = EncodeSignedBlobHead(kConfigMagic, kConfigVersion, view->body);
  if (!Equal(out, view->signed_bytes)) return Bytes{};
  Append(out, view->signature);
  return out;
}

inline Reencoded ReencodeFrame(ByteView bytes) {
  const auto inner = DecodeInner(bytes);
  if (!inner.ok()) return std::nullopt;
  Bytes out(kFrameInnerHeadSize);
  EncodeInnerHead(*inner, out.data());
  Append(out, inner->payload);
  return out;
}

inline Reencoded ReencodeGroup(ByteView bytes) {
  const auto group = ParseGroup(bytes);
  if (!group.ok()) return std::nullopt;
  Bytes out;
  std::vector<uint32_t> lengths;
  for (const ByteView member : group->members) {
    Append(out, member);
    lengths.push_back(static_cast<uint32_t>(member.size()));
  }
  AppendGroupTable(out, lengths);
  return out;
}

inline Reencoded ReencodeNode(ByteView bytes) {
  const auto node = DecodeNode(bytes);
  if (!node.ok()) return std::nullopt;
  NodeEncoder encoder(node->level);
  for (const NodeEntry& entry : node->entries) {
    if (node->level == 0) {
      encoder.AddLeafEntry(entry.key, entry.value);
    } else {
      encoder.AddChild(entry.key, entry.child, entry.entries_below);
    }
  }
  return std::move(encoder).Finish();
}

// What follows the head is not the head's business and comes back as it is.
inline Reencoded ReencodePackHead(ByteView bytes) {
  const auto head = DecodePackHead(bytes);
  if (!head.ok()) return std::nullopt;
  Bytes out = EncodePackHead(*head);
  if (out.size() != head->encoded_size() || PackHeadSize(bytes).status().code() != Code::ok || *PackHeadSize(bytes) != out.size()) return Bytes{};
  Append(out, bytes.subspan(out.size()));
  return out;
}

// With the padding, which the decoder allows and the encoder leaves to others.
inline Reencoded ReencodeDirectory(ByteView bytes) {
  const auto entries = DecodePackDirectory(bytes);
  if (!entries.ok()) return std::nullopt;
  Bytes out = EncodePackDirectory(*entries);
  if (out.size() < bytes.size()) out.resize(bytes.size());
  return out;
}

inline Reencoded ReencodeMembers(ByteView bytes) {
  const auto members = DecodePackMembers(bytes);
  if (!members.ok()) return std::nullopt;
  Bytes out = EncodePackMembers(*members);
  if (out.size() < bytes.size()) out.resize(bytes.size());
  return out;
}

// A tail that says it is in a pack of the size that it says.
inline Reencoded ReencodeTail(ByteView bytes) {
  ByteReader in(bytes);
  uint64_t pack_size = in.Le64();
  pack_size += in.Le32();
  pack_size += in.Le32();
  const auto tail = DecodePackTail(bytes, pack_size + kPackTailSize);
  if (!tail.ok()) return std::nullopt;
  return EncodePackTail(*tail);
}

inline Reencoded ReencodeCheckpoint(ByteView bytes) {
  const auto parsed = ParseCheckpoint(AsText(bytes));
  if (!parsed.ok()) return std::nullopt;
  std::string text = EncodeCheckpointBody(parsed->body);
  if (text != parsed->signed_text) return Bytes{};
  text += "\n";
  for (const auto& line : parsed->signatures) {
    // EncodeCheckpoint writes a body and one signature: what it adds is that line.
    const std::string whole = EncodeCheckpoint(parsed->body, line.name, line.key_id, line.signature);
    text += whole.substr(parsed->signed_text.size() + 1);
  }
  return ToBytes(text);
}

inline Reencoded ReencodeBase64(ByteView bytes) {
  const auto decoded = FromBase64(AsText(bytes));
  if (!decoded.ok()) return std::nullopt;
  return ToBytes(ToBase64(*decoded));
}

inline Reencoded ReencodePathKey(ByteView bytes) {
  const auto path = PathFromKey(bytes);
  if (!path.ok()) return std::nullopt;
  return KeyFromPath(*path);
}

}  // namespace pulih
