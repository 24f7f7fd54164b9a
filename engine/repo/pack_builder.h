// PackBuilder writes one pack into a store: head, frames as they come, fill, sealed directory, members, tail
// (layout: formats/repo/pack.h). It seals the directory and signs; frames arrive sealed.
//
// One thread at a time. The pack becomes visible and durable when Finish returns ok; without Finish nothing
// of it remains.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/result.h"
#include "engine/crypto/keyring.h"
#include "engine/crypto/random.h"
#include "engine/crypto/sha256.h"
#include "engine/store/store.h"
#include "formats/repo/pack.h"

namespace pulih {

struct FinishedPack {
  PackName name;
  uint64_t size = 0;
  PackFileKind kind = PackFileKind::data;
  std::vector<PackEntry> entries;
  std::vector<PackMember> members;
};

class PackBuilder {
 public:
  static Result<std::unique_ptr<PackBuilder>> Start(Store& store, const Keyring& keyring, const SessionWrap& session,
                                                    PackFileKind kind, RandomSource& random);

  // Appends one frame. `entry`'s offset, sizes and digest are filled in here; members refer to this entry.
  Status Add(ByteView frame, PackEntry entry, const std::vector<PackMember>& members);

  uint64_t size() const { return offset_; }
  size_t directory_weight() const { return directory_weight_; }
  size_t member_count() const { return members_.size(); }

  Result<FinishedPack> Finish();

 private:
  PackBuilder(const Keyring& keyring, PackFileKind kind, RandomSource& random) : keyring_(keyring), kind_(kind), random_(random) {}
  Status Write(ByteView bytes);

  const Keyring& keyring_;
  PackFileKind kind_;
  RandomSource& random_;
  std::unique_ptr<Upload> upload_;
  Sha256 hash_;  // of everything so far: the body's digest first, the pack's name at the end
  Bytes head_;
  uint64_t offset_ = 0;
  size_t directory_weight_ = 0;
  std::vector<PackEntry> entries_;
  std::vector<PackMember> members_;
};

// "packs/3f/3f0c…"
std::string PackBlobName(const PackName& name);
// The name in such a blob name, with or without ".N" behind it; nothing for any other blob.
std::optional<PackName> PackNameOf(const std::string& blob_name);

}  // namespace pulih
