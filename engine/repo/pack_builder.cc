#include "engine/repo/pack_builder.h"

#include "engine/crypto/aead.h"
#include "engine/store/attempts.h"

namespace pulih {
namespace {

constexpr AeadNonce kOneTimeNonce{};  // each directory key seals exactly one text
constexpr size_t kCommitment = 32;

// 32 zero bytes ‖ text ‖ zeros up to Padmé, sealed under a key of its own.
Bytes SealSection(ByteView key, ByteView head, ByteView text) {
  Bytes plain(kCommitment, 0);
  Append(plain, text);
  plain.resize(PadmeLength(plain.size()), 0);
  Bytes sealed(plain.size() + kAeadTagSize);
  AeadSeal(key, kOneTimeNonce, head, plain, sealed);
  return sealed;
}

std::array<uint8_t, kSealedKeySize> SealKey(const PublicKey& to, ByteView key, RandomSource& random) {
  const Bytes sealed = SealToPublicKey(to, key, random);
  std::array<uint8_t, kSealedKeySize> out{};
  PULIH_CHECK(sealed.size() == out.size());
  std::copy(sealed.begin(), sealed.end(), out.begin());
  return out;
}

}  // namespace

Result<std::unique_ptr<PackBuilder>> PackBuilder::Start(Store& store, const Keyring& keyring, const SessionWrap& session,
                                                        PackFileKind kind, RandomSource& random) {
  std::unique_ptr<PackBuilder> builder(new PackBuilder(keyring, kind, random));
  PULIH_TRY_ASSIGN(builder->upload_, store.StartUpload());
  PackHead head;
  head.kind = kind;
  head.domain = keyring.domain;
  head.writer = keyring.writer->id;
  head.wraps = {session};
  builder->head_ = EncodePackHead(head);
  PULIH_TRY(builder->Write(builder->head_));
  return builder;
}

Status PackBuilder::Write(ByteView bytes) {
  PULIH_TRY(upload_->Append(bytes));
  hash_.Update(bytes);
  offset_ += bytes.size();
  return OkStatus();
}

Status PackBuilder::Add(ByteView frame, PackEntry entry, const std::vector<PackMember>& members) {
  PULIH_CHECK(offset_ + frame.size() < kMaxPackSize);
  entry.offset = static_cast<uint32_t>(offset_);
  entry.sealed_size = static_cast<uint32_t>(frame.size());
  entry.frame_digest = Sha256Of(frame);
  PULIH_TRY(Write(frame));
  for (PackMember member : members) {
    member.entry_index = static_cast<uint32_t>(entries_.size());
    members_.push_back(member);
  }
  directory_weight_ += 80 + 32 * entry.links.size() + 48 * members.size();
  entries_.push_back(std::move(entry));
  return OkStatus();
}

Result<FinishedPack> PackBuilder::Finish() {
  Bytes fill(PadmeLength(offset_) - offset_);
  random_.Fill(fill);
  PULIH_TRY(Write(fill));

  PackTail tail;
  tail.directory_offset = offset_;
  tail.body_digest = hash_.Finish();
  const ByteView fixed_head = ByteView(head_).first(kPackHeadFixedSize);
  const WriterKeys& writer = *keyring_.writer;

  SecretBytes directory_key(kAeadKeySize), members_key(kAeadKeySize);
  random_.Fill(directory_key.mutable_view());
  random_.Fill(members_key.mutable_view());
  Bytes sections = SealSection(directory_key.view(), fixed_head, EncodePackDirectory(entries_));
  tail.directory_size = static_cast<uint32_t>(sections.size());
  if (!members_.empty()) {
    const Bytes sealed = SealSection(members_key.view(), fixed_head, EncodePackMembers(members_));
    tail.members_size = static_cast<uint32_t>(sealed.size());
    Append(sections, sealed);
  }
  tail.directory_digest = Sha256Of(sections);
  tail.directory_key_for_structure = SealKey(keyring_.structure_public, directory_key.view(), random_);
  tail.directory_key_for_writer = SealKey(writer.box.public_key, directory_key.view(), random_);
  tail.members_key_for_writer = SealKey(writer.box.public_key, members_key.view(), random_);
  tail.writer = writer.id;
  const Bytes unsigned_tail = EncodePackTail(tail);
  tail.signature = Sign(writer.sign.seed, ByteView(unsigned_tail).first(unsigned_tail.size() - kSignatureSize));

  PULIH_TRY(Write(sections));
  PULIH_TRY(Write(EncodePackTail(tail)));
  FinishedPack pack;
  pack.name.bytes = hash_.Finish().bytes;
  pack.size = offset_;
  pack.kind = kind_;
  // The same bytes under the same name are the same pack: whoever was first, it is there.
  const Status commit = upload_->Commit(PackBlobName(pack.name));
  if (!commit.ok() && commit.code() != Code::already_exists) return Status(commit).Within("storing a pack");
  pack.entries = std::move(entries_);
  pack.members = std::move(members_);
  return pack;
}

std::string PackBlobName(const PackName& name) {
  const std::string hex = name.hex();
  return "packs/" + hex.substr(0, 2) + "/" + hex;
}

std::optional<PackName> PackNameOf(const std::string& blob_name) {
  const std::string base = AttemptBase(blob_name);
  const size_t slash = base.rfind('/');
  const auto name = PackName::FromHexText(std::string_view(base).substr(slash + 1));
  if (!name || PackBlobName(*name) != base) return std::nullopt;
  return name;
}

}  // namespace pulih
