// A Store keeps immutable, named blobs of bytes. It knows nothing of what is in them: sealing is the
// caller's business (engine/crypto), and so is finding them again (engine/catalog).
//
// A blob is written once, under a name that cannot collide (I3). Put never overwrites. A blob whose upload
// was torn may exist with wrong bytes on stores that cannot rename: a reader checks by hash or signature
// and goes on to the next attempt, NAME.1, NAME.2, … (attempts.h).
//
// Names are relative paths of [a-z0-9._-] components, e.g. "packs/3f/3f0c…", "config/0": at most 4
// components of at most 120 bytes. "tmp" is the store's own.
//
// Thread-safe: any number of threads may read, and several may write different blobs.
// Durability: when Put or Upload::Commit returns ok the blob survives a power cut.
// Implementations: local_store (a directory), memory_store and fault_store (tests); SFTP and S3 come later
// and fit this contract: nothing here needs rename, append or overwrite from a server.
// Byte layout of the blobs: docs/format.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

struct BlobInfo {
  std::string name;  // whole name, e.g. "packs/3f/3f0c…"
  uint64_t size = 0;
};

// A blob whose bytes are produced before its name is known: packs are named by their hash.
class Upload {
 public:
  virtual ~Upload() = default;  // without Commit nothing of it becomes visible
  virtual Status Append(ByteView bytes) = 0;
  // Makes the blob durable and visible under `name`; already_exists when that name is taken.
  virtual Status Commit(const std::string& name) = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Prepares an empty place (makes folders). Fails with already_exists where there is anything already, but for
  // certs/ and keys/: they are what an init that was killed leaves, and mean nothing without a config.
  virtual Status Initialise() = 0;

  virtual Result<std::unique_ptr<Upload>> StartUpload() = 0;

  // Stores `bytes` under `name`. When this returns ok the blob survives a power cut, and no reader ever
  // saw a part of it. Fails with already_exists rather than overwrite.
  virtual Status Put(const std::string& name, ByteView bytes) = 0;

  // Reads exactly `length` bytes from `offset`. A blob that ends early is `corrupt`, never a short read;
  // one that is not there is not_found.
  virtual Result<Bytes> Get(const std::string& name, uint64_t offset, uint32_t length) = 0;

  // The size of a blob; not_found when it is not there.
  virtual Result<uint64_t> Size(const std::string& name) = 0;

  // Calls `each` for every blob below `prefix` ("packs/", "log/<writer>/"), in byte order of the names, and
  // stops at its first failure. A prefix with nothing below it is no error. Memory is bounded by one folder.
  virtual Status List(const std::string& prefix, const std::function<Status(const BlobInfo&)>& each) = 0;

  // Removes a blob for good; not_found when it is not there. Only key removal and pruning call it.
  virtual Status Remove(const std::string& name) = 0;

  // Makes durable what stands directly in `folder` ("snapshots", "packs/3f") and was seen there, whoever stored it:
  // a process killed between naming a blob and syncing the folder leaves one that everybody sees and that a power
  // cut takes back. To be called before something durable leans on a blob that this process did not store itself.
  // Nothing to do where a blob is durable before it can be seen.
  virtual Status Settle(const std::string& folder) {
    (void)folder;
    return OkStatus();
  }

  // What to call this store in messages: the path or URL, without credentials.
  virtual std::string Describe() const = 0;
};

// Reads a whole blob; too_large, before anything is allocated, when it exceeds `limit`.
Result<Bytes> GetWhole(Store& store, const std::string& name, uint64_t limit);

// True for a name that the contract above allows.
bool IsValidBlobName(const std::string& name);

}  // namespace pulih
