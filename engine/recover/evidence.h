// The register of evidence: what was added to a case, what its files are, where each came from. It lies in the case's
// key-value folder beside the claims (claim_store.h), under keys that begin with 'E'.
//
// One piece of evidence is one unit of extraction: a file, or what belongs together (a data directory, a directory
// dump, a folder of WAL). It is named by content: a single file by its SHA-256, a folder by the SHA-256 over kind, names
// and hashes of its files. The same content added again is the same evidence with one more origin. Evidence stays
// where it is: the register keeps path and hashes, never the bytes.
//
// Beside the id each has a number, 1, 2, … in the order of arrival, by which claims refer to it.
// Thread-safe as OrderedKv is. Read next: ingest.h, case.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/catalog/ordered_kv.h"
#include "engine/recover/identify.h"

namespace pulih {

// Numbers stand in cases and are never reused.
enum class UnitKind : uint8_t { file = 1, data_directory = 2, directory_dump = 3, wal_folder = 4 };
std::string_view UnitKindName(UnitKind kind);  // "file", "data directory"

// The content of one file, whatever its names.
struct EvidenceContent {
  Digest sha256;
  uint64_t serial = 0;  // names its block hashes and its block map
  uint64_t size = 0;
  Identity identity;
};

struct EvidenceFile {
  std::string name;  // below the unit, with '/'; of a single file its own name
  uint64_t size = 0;
  Digest sha256;
  FileKind kind = FileKind::unknown;
};

// Where a piece of evidence was found, and who gave it.
struct EvidenceOrigin {
  std::string path;                // absolute; of the file, or of the unit's folder
  std::string custodian, origin;   // as the person said, may be empty
  uint8_t given_class = 0;         // 0: not said
  std::string given_captured;      // as the person said, checked by the caller
  int64_t added_ns = 0;
  int64_t mtime_ns = 0;            // of the file, or the newest of the unit: shown, never used as time
};

struct Evidence {
  uint32_t number = 0;
  Digest id;
  UnitKind unit = UnitKind::file;
  std::string name;                // for people: the last part of its first path
  FileKind kind = FileKind::unknown;
  std::string detail;
  uint32_t files = 0;
  uint64_t bytes = 0;
  // What counts: as given, else by content.
  uint8_t source_class = 0;        // 0: not known
  std::string class_from;          // "given", "kind of evidence"
  std::string captured;            // ISO 8601, with a zone where one is known; empty: not known
  std::string captured_from;       // "given", "header of the dump"
  uint64_t system_identifier = 0;  // of its cluster, where it tells
};

// A file as it was when it was read: where all of it is the same, it need not be read again. (The time of the last change
// of the inode cannot be set by a program, other than mtime.)
struct FileState {
  uint64_t device = 0, inode = 0, size = 0;
  int64_t mtime_ns = 0, ctime_ns = 0;
  bool operator==(const FileState&) const = default;
};

// Why something below an added path is no evidence.
struct SkippedPath {
  std::string path, why;
};

class EvidenceRegister {
 public:
  explicit EvidenceRegister(OrderedKv& kv) : kv_(kv) {}

  Result<std::vector<Evidence>> List();  // by number
  Result<std::optional<Evidence>> Find(const Digest& id);
  Result<std::optional<Evidence>> Find(uint32_t number);
  Result<std::vector<EvidenceFile>> Files(uint32_t number);
  Result<std::vector<EvidenceOrigin>> Origins(uint32_t number);
  Result<std::optional<EvidenceContent>> FindContent(const Digest& sha256);
  // One after another; of adjoining runs of one kind none is left apart.
  Result<std::vector<BlockRun>> BlockMap(const EvidenceContent& content);
  // The first 16 bytes of the SHA-256 of each 4 KiB.
  Status BlockHashes(const EvidenceContent& content, const std::function<bool(uint64_t block, ByteView hash)>& each);
  Result<std::vector<SkippedPath>> Skipped();

  // The content of a file that was read in this very state.
  Result<std::optional<Digest>> FindRead(const std::string& path, const FileState& state);

  // Adding: for ingest.cc. A serial is taken before a content is read and released when it turns out to be known.
  Result<uint64_t> TakeSerial();
  Status PutHashes(uint64_t serial, uint64_t first_block, ByteView hashes);
  Status PutBlockRuns(uint64_t serial, uint64_t part, const std::vector<BlockRun>& runs);
  Status PutContent(const EvidenceContent& content);
  Status PutRead(const std::string& path, const FileState& state, const Digest& sha256);
  Status DropSerial(uint64_t serial);
  // New evidence gets the next number; known evidence gets one more origin, unless it has this one. `is_new` is told.
  Result<uint32_t> Put(Evidence evidence, const std::vector<EvidenceFile>& files, const EvidenceOrigin& origin, bool* is_new);
  // For what only extraction can tell: what is inside of a compressed file.
  Status SetClass(uint32_t number, uint8_t source_class, const std::string& from);
  Status PutSkipped(const SkippedPath& skipped);

 private:
  OrderedKv& kv_;
};

}  // namespace pulih
