#include "engine/repo/pack_reader.h"

#include <algorithm>

#include "engine/crypto/aead.h"
#include "engine/crypto/sha256.h"
#include "formats/repo/frame.h"

namespace pulih {
namespace {

constexpr AeadNonce kOneTimeNonce{};
constexpr size_t kCommitment = 32;
constexpr size_t kHeadWriterOffset = 8 + 2 + 1 + 1 + DomainId::kSize;
static_assert(kHeadWriterOffset + WriterId::kSize + 4 == kPackHeadFixedSize);

Status Corrupt(const std::string& what) { return Status(Code::corrupt, "reading a pack: " + what); }

Result<Bytes> OpenSection(const SecretBytes& key, ByteView head, ByteView sealed, const char* which) {
  if (key.size() != kAeadKeySize || sealed.size() < kCommitment + kAeadTagSize) return Corrupt(std::string(which) + " is too short");
  Bytes plain(sealed.size() - kAeadTagSize);
  if (!AeadOpen(key.view(), kOneTimeNonce, head, sealed, plain)) return Corrupt(std::string(which) + " is damaged");
  if (std::any_of(plain.begin(), plain.begin() + kCommitment, [](uint8_t b) { return b != 0; })) {
    return Corrupt(std::string(which) + " was sealed under another key");
  }
  plain.erase(plain.begin(), plain.begin() + kCommitment);
  return plain;
}

// Frames ascend, stay inside the body and do not overlap; each is a size that a frame can have.
Status CheckPlaces(const std::vector<PackEntry>& entries, const PackTail& tail) {
  uint64_t end = kPackHeadFixedSize;
  for (const PackEntry& entry : entries) {
    if (entry.offset < end || entry.sealed_size > kMaxFrameSize ||
        entry.sealed_size < FrameSizeFor(0) || entry.offset + uint64_t{entry.sealed_size} > tail.directory_offset) {
      return Corrupt("its directory places a frame outside");
    }
    end = entry.offset + uint64_t{entry.sealed_size};
  }
  return OkStatus();
}

}  // namespace

Result<PackTail> ReadPackTail(Store& store, const std::string& blob_name, uint64_t size, const CertificateBook& certificates) {
  if (size < kPackHeadFixedSize + kPackTailSize || size > kMaxPackSize) return Corrupt("no pack has this size");
  PULIH_TRY_ASSIGN(const Bytes bytes, store.Get(blob_name, size - kPackTailSize, kPackTailSize));
  PULIH_TRY_ASSIGN(PackTail tail, DecodePackTail(bytes, size));
  const CertifiedWriter* writer = certificates.Find(tail.writer);
  if (writer == nullptr) return Corrupt("its writer " + tail.writer.hex() + " has no certificate of this repository");
  if (!VerifySignature(writer->certificate.sign_key, ByteView(bytes).first(kPackTailSize - kSignatureSize), tail.signature)) {
    return Corrupt("its tail is not signed by its writer");
  }
  return tail;
}

Result<PackContents> OpenPackSections(const PackTail& tail, ByteView head, ByteView sections, const Keyring& keyring) {
  if (sections.size() != uint64_t{tail.directory_size} + tail.members_size || Sha256Of(sections) != tail.directory_digest) {
    return Corrupt("its directory is damaged");
  }
  // Else one writer could put another's head and directory before its own signature.
  if (!Equal(head.subspan(kHeadWriterOffset, WriterId::kSize), tail.writer.view())) {
    return Corrupt("its head names another writer than its tail");
  }
  const bool own = keyring.writer && keyring.writer->id == tail.writer;
  auto directory_key = own ? OpenSealed(keyring.writer->box.secret, tail.directory_key_for_writer)
                       : keyring.structure_secret.empty()
                           ? Result<SecretBytes>(Status(Code::wrong_key, "reading a pack: its directory is for the structure key"))
                           : OpenSealed(keyring.structure_secret, tail.directory_key_for_structure);
  if (!directory_key.ok()) return std::move(directory_key).error();
  PackContents contents;
  contents.tail = tail;
  PULIH_TRY_ASSIGN(const Bytes directory, OpenSection(*directory_key, head, sections.first(tail.directory_size), "its directory"));
  PULIH_TRY_ASSIGN(contents.entries, DecodePackDirectory(directory));
  PULIH_TRY(CheckPlaces(contents.entries, tail));
  if (own && tail.members_size > 0) {
    PULIH_TRY_ASSIGN(const SecretBytes members_key, OpenSealed(keyring.writer->box.secret, tail.members_key_for_writer));
    PULIH_TRY_ASSIGN(const Bytes members, OpenSection(members_key, head, sections.subspan(tail.directory_size), "its member list"));
    PULIH_TRY_ASSIGN(contents.members, DecodePackMembers(members));
    for (const PackMember& member : contents.members) {
      if (member.entry_index >= contents.entries.size() ||
          uint64_t{member.offset} + member.length > contents.entries[member.entry_index].plain_size) {
        return Corrupt("its member list names what is not there");
      }
    }
  }
  return contents;
}

Result<PackContents> ReadPackContents(Store& store, const std::string& blob_name, uint64_t size, const Keyring& keyring,
                                      const CertificateBook& certificates) {
  PULIH_TRY_ASSIGN(const PackTail tail, ReadPackTail(store, blob_name, size, certificates));
  const uint64_t sections_size = uint64_t{tail.directory_size} + tail.members_size;
  if (sections_size > kMaxDirectorySize) return Corrupt("its directory is too large");
  PULIH_TRY_ASSIGN(const Bytes head, store.Get(blob_name, 0, kPackHeadFixedSize));
  PULIH_TRY_ASSIGN(const Bytes sections, store.Get(blob_name, tail.directory_offset, static_cast<uint32_t>(sections_size)));
  return OpenPackSections(tail, head, sections, keyring);
}

Result<PackHead> ReadPackHead(Store& store, const std::string& blob_name, const DomainId& domain) {
  PULIH_TRY_ASSIGN(const Bytes fixed, store.Get(blob_name, 0, kPackHeadFixedSize));
  PULIH_TRY_ASSIGN(const size_t size, PackHeadSize(fixed));
  PULIH_TRY_ASSIGN(const Bytes bytes, store.Get(blob_name, 0, static_cast<uint32_t>(size)));
  PULIH_TRY_ASSIGN(PackHead head, DecodePackHead(bytes));
  if (head.domain != domain) return Corrupt("it belongs to another domain");
  return head;
}

}  // namespace pulih
