// Reading a pack's parts and checking them: the tail and directory by one ranged read each (signature of the
// writer, digest of the directory), the head with its session wraps.
//
// Free functions; thread-safe as far as the store is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/crypto/keyring.h"
#include "engine/repo/certificates.h"
#include "engine/store/store.h"
#include "formats/repo/pack.h"

namespace pulih {

struct PackContents {
  PackTail tail;
  std::vector<PackEntry> entries;
  std::vector<PackMember> members;  // only for the writer itself
};

// The tail of the blob, with its writer certified and its signature checked. corrupt when anything does not
// hold; nothing of the directory is read.
Result<PackTail> ReadPackTail(Store& store, const std::string& blob_name, uint64_t size, const CertificateBook& certificates);

// Tail and directory, opened with the structure secret or the writer's own box key, whichever is held.
// wrong_key when neither fits. Checks that frames lie within the body and do not overlap.
Result<PackContents> ReadPackContents(Store& store, const std::string& blob_name, uint64_t size, const Keyring& keyring,
                                      const CertificateBook& certificates);

// The same for a directory whose bytes are at hand (a full read of the pack). `head` is the pack's fixed head.
Result<PackContents> OpenPackSections(const PackTail& tail, ByteView head, ByteView sections, const Keyring& keyring);

Result<PackHead> ReadPackHead(Store& store, const std::string& blob_name, const DomainId& domain);

}  // namespace pulih
