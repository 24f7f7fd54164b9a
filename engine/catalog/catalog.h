// Catalog remembers, on this machine, where objects lie and what files looked like last night. All of it is
// derived from packs (I1) or from the source tree; it is a hint that the caller checks against the store
// before anything is skipped on its word (engine/repo/pack_index.h does that). It holds no path and no file
// name: a backup host's catalog says nothing that the host could not compute.
//
// It knows nothing of stores, keys or seals.
//
// Thread-safe. Opened for writing by one process; a second one works with a private catalog that is
// deleted when it is closed. Durability: as OrderedKv; losing the newest writes costs work, never data.
//
// Keys, first byte says the table (all integers big-endian so that byte order is number order):
//   'v'                              schema version (le32); another version empties the catalog
//   'g'                              generation (le64): raised whenever a pack that was relied on is gone
//   'o' ObjectId 32 | pack 4         PlacedObject without pack
//   'f' FileId 32 | pack 4           extent of a small file: group ObjectId 32, offset le32, length le32
//   'p' pack 4                       PackRecord: name 32, writer 16, size le64, kind u8, flags u8
//   'n' pack name 32                 pack 4
//   'd' directory 16 | first inode 8 stat records of up to kStatBlockEntries files, sorted by inode (stat_records.h)
//   'h' device 8 | inode 8           hard links met in this run
//   'x' ObjectId 32 | pack 4         empty: the object was found damaged in that pack
//   'w' ObjectId 32 | topic 1        what a run that is on its way noted of the object (run_notes.h)
//   's'                              sparse groups of the last run: le64 each, the first 8 bytes of the group's ObjectId
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/catalog/ordered_kv.h"

namespace pulih {

// Names a pack within one catalog: small, dense, never reused.
enum class PackOrdinal : uint32_t {};

enum class PackKind : uint8_t { data = 1, tree = 2 };

struct PackRecord {
  PackName name;
  WriterId writer;
  uint64_t size = 0;
  PackKind kind = PackKind::data;
  bool usable = true;  // false: it is gone, truncated or damaged; nothing may lean on it
  bool members_known = false;  // the list of small files in its groups was read; only its writer can
};

// Where one object lies in one pack.
struct PlacedObject {
  PackOrdinal pack{};
  uint32_t offset = 0;         // of the frame, in the pack
  uint32_t sealed_size = 0;    // of the frame
  uint32_t plain_size = 0;
  ObjectKind kind = ObjectKind::chunk;
};

// Where the content of a small file lies.
struct PlacedFile {
  PackOrdinal pack{};
  ObjectId group;
  uint32_t offset = 0;
  uint32_t length = 0;
};

struct NewObject {
  ObjectId id;
  PlacedObject place;  // pack is filled in by AddPack
};
struct NewFileExtent {
  FileId id;
  PlacedFile place;
};

// What one file looked like, and the encoded content (formats/repo/file_entry.h) that it had.
struct StatRecord {
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;
  Bytes content;
};
// 256 look-ups share one read, and a look-up in a directory of a million files reads 30 KB, not 120.
inline constexpr size_t kStatBlockEntries = 256;

// Names a directory without its path: made by the caller from device and inode (and a keyed hash).
using DirectoryKey = std::array<uint8_t, 16>;

// What a run noted of an object, under one of its topics (run_notes.h).
struct ObjectNote {
  uint8_t topic = 0;
  ObjectId id;
  bool operator==(const ObjectNote&) const = default;
  struct Hash {
    size_t operator()(const ObjectNote& note) const { return ObjectId::Hash()(note.id) ^ note.topic; }
  };
};

class StatRecords;

class Catalog {
 public:
  ~Catalog();
  // Takes ownership. Empties the catalog when its schema is not ours.
  static Result<std::unique_ptr<Catalog>> Open(std::unique_ptr<OrderedKv> kv);

  // --- packs and objects -----------------------------------------------------------------------------
  // Records a pack and everything in it, in one batch. A pack known by name keeps its ordinal, unless its size or
  // writer is another than before: then what was noted of it no longer counts, and the generation is raised.
  Result<PackOrdinal> AddPack(const PackRecord& pack, const std::vector<NewObject>& objects,
                              const std::vector<NewFileExtent>& files);
  Result<std::optional<PackOrdinal>> FindPack(const PackName& name);
  Result<PackRecord> GetPack(PackOrdinal pack);
  // Marks a pack unusable (or usable again) and raises the generation when something became unusable.
  Status SetPackUsable(PackOrdinal pack, bool usable);
  // Takes places of objects in one pack off the record, since they were found damaged there, and notes that. Raises
  // the generation: a file that was taken as unchanged may lean on one of them.
  Status MarkDamaged(PackOrdinal pack, const std::vector<ObjectId>& objects);
  // What was so marked, in order of ObjectId; stops when `each` returns false. Adding the pack anew ends it.
  Status ForEachDamaged(const std::function<bool(const ObjectId&, PackOrdinal)>& each);
  // All packs in order of their names; stops when `each` returns false.
  Status ForEachPack(const std::function<bool(PackOrdinal, const PackRecord&)>& each);

  // Every place of an object, in usable packs or not; empty when unknown.
  Result<std::vector<PlacedObject>> FindObject(const ObjectId& id);
  Result<std::vector<PlacedFile>> FindFile(const FileId& id);
  // All objects with their places, in order of ObjectId; stops when `each` returns false.
  Status ForEachObject(const std::function<bool(const ObjectId&, const PlacedObject&)>& each);

  uint64_t generation() const;

  // --- files as they were last time --------------------------------------------------------------------
  // One file's record, if it is there and was written in the present generation.
  Result<std::optional<StatRecord>> FindStat(const DirectoryKey& directory, uint64_t inode);
  // Replaces all records of a directory. `records` is sorted by inode.
  Status ReplaceStats(const DirectoryKey& directory, const std::vector<StatRecord>& records);

  // --- hard links of this run ----------------------------------------------------------------------------
  Result<std::optional<Bytes>> FindHardLink(uint64_t device, uint64_t inode);
  Status RememberHardLink(uint64_t device, uint64_t inode, ByteView value);
  Status ForgetHardLinks();

  // --- notes of a run that is on its way: used through RunNotes only ------------------------------------------
  Result<std::optional<Bytes>> FindNote(const ObjectNote& note);
  Status WriteNotes(const std::unordered_map<ObjectNote, Bytes, ObjectNote::Hash>& notes);
  Status ForgetNotes();

  // --- groups that the last run used less than half of ------------------------------------------------------
  Result<std::vector<uint64_t>> SparseGroups();
  Status ReplaceSparseGroups(const std::vector<uint64_t>& prefixes);

 private:
  Catalog(std::unique_ptr<OrderedKv> kv, uint64_t generation, uint32_t next_pack);

  const std::unique_ptr<OrderedKv> kv_;
  std::mutex write_mutex_;             // one change of packs or generation at a time
  uint32_t next_pack_;
  std::atomic<uint64_t> generation_;
  std::unique_ptr<StatRecords> stats_;
};

// Opens <cache>/<repository hex>/ for writing. When another process (or another opening in this one) has it,
// opens a private one beside it, which is removed when closed, and sets is_private. A catalog that is corrupt
// is deleted and made anew. Private catalogs that dead processes left are removed. Who has a catalog is told
// by a lock on <folder>.lock, so nobody deletes a folder that another has just made anew.
struct OpenedCatalog {
  std::unique_ptr<Catalog> catalog;
  bool is_private = false;
  bool was_rebuilt = false;  // started empty because the old one was unreadable
};
Result<OpenedCatalog> OpenCatalog(const std::string& cache_directory, const RepositoryId& repository,
                                  const KvOptions& options);

}  // namespace pulih
