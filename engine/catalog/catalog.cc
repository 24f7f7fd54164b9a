#include "engine/catalog/catalog.h"

#include <limits>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/catalog/catalog_key.h"
#include "engine/catalog/stat_records.h"

namespace pulih {
namespace {

constexpr uint32_t kSchemaVersion = 2;  // 1: stat records without flags

constexpr char kSchemaTable = 'v', kGenerationTable = 'g', kObjectTable = 'o', kFileTable = 'f', kPackTable = 'p',
               kPackNameTable = 'n', kHardLinkTable = 'h', kSparseTable = 's', kDamagedTable = 'x', kNoteTable = 'w';
constexpr uint8_t kUsableFlag = 1, kMembersFlag = 2;
constexpr size_t kPlaceKeySize = 1 + 32 + 4;  // table, id, pack

Status Malformed(std::string_view what) {
  return Status(Code::corrupt, "read catalog: " + std::string(what) + ": a record is malformed", "the catalog may be deleted");
}

CatalogKey PackKey(PackOrdinal pack) {
  CatalogKey key(kPackTable);
  key.Be(static_cast<uint32_t>(pack));
  return key;
}
CatalogKey NameKey(const PackName& name) {
  CatalogKey key(kPackNameTable);
  key.Raw(name.bytes);
  return key;
}
CatalogKey IdKey(char table, ByteView id) {
  CatalogKey key(table);
  key.Raw(id);
  return key;
}
CatalogKey PlaceKey(char table, ByteView id, PackOrdinal pack) {
  return IdKey(table, id).Be(static_cast<uint32_t>(pack));
}
CatalogKey HardLinkKey(uint64_t device, uint64_t inode) {
  CatalogKey key(kHardLinkTable);
  key.Be(device).Be(inode);
  return key;
}
CatalogKey NoteKey(const ObjectNote& note) {
  return IdKey(kNoteTable, note.id.bytes).Raw(std::array<uint8_t, 1>{note.topic});
}

Status EmptyTable(OrderedKv& kv, char table) {
  // Looked for first: a range deletion that deletes nothing would still slow down later reads.
  bool any = false;
  PULIH_TRY(kv.Scan(CatalogKey(table), {}, [&](ByteView, ByteView) {
    any = true;
    return false;
  }));
  if (!any) return OkStatus();
  return kv.Write([&](KvBatch& batch) { batch.DeleteRange(CatalogKey(table), CatalogKey(static_cast<char>(table + 1))); });
}

std::array<uint8_t, 4> Le32(uint32_t v) {
  std::array<uint8_t, 4> bytes;
  StoreLe(bytes.data(), v);
  return bytes;
}
std::array<uint8_t, 8> Le64(uint64_t v) {
  std::array<uint8_t, 8> bytes;
  StoreLe(bytes.data(), v);
  return bytes;
}

Bytes EncodePack(const PackRecord& pack) {
  ByteWriter out;
  out.Raw(pack.name.bytes);
  out.Raw(pack.writer.bytes);
  out.Le64(pack.size);
  out.U8(static_cast<uint8_t>(pack.kind));
  out.U8(static_cast<uint8_t>((pack.usable ? kUsableFlag : 0) | (pack.members_known ? kMembersFlag : 0)));
  return std::move(out).Take();
}

Result<PackRecord> DecodePack(ByteView value) {
  ByteReader in(value);
  PackRecord pack;
  pack.name.bytes = in.Array<32>();
  pack.writer.bytes = in.Array<16>();
  pack.size = in.Le64();
  pack.kind = static_cast<PackKind>(in.U8());
  const uint8_t flags = in.U8();
  if (pack.kind != PackKind::data && pack.kind != PackKind::tree) in.Fail();
  if ((flags & ~(kUsableFlag | kMembersFlag)) != 0) in.Fail();
  pack.usable = (flags & kUsableFlag) != 0;
  pack.members_known = (flags & kMembersFlag) != 0;
  if (!in.Finish()) return Malformed("packs");
  return pack;
}

PackOrdinal PackOfPlaceKey(ByteView key) { return PackOrdinal{LoadBe<uint32_t>(key.data() + kPlaceKeySize - 4)}; }

void PutObject(KvBatch& batch, const ObjectId& id, PackOrdinal pack, const PlacedObject& place) {
  std::array<uint8_t, 13> value;
  StoreLe(value.data(), place.offset);
  StoreLe(value.data() + 4, place.sealed_size);
  StoreLe(value.data() + 8, place.plain_size);
  value[12] = static_cast<uint8_t>(place.kind);
  batch.Put(PlaceKey(kObjectTable, id.bytes, pack), value);
}

bool DecodeObject(ByteView key, ByteView value, PlacedObject* place) {
  ByteReader in(value);
  place->offset = in.Le32();
  place->sealed_size = in.Le32();
  place->plain_size = in.Le32();
  place->kind = static_cast<ObjectKind>(in.U8());
  if (key.size() != kPlaceKeySize || !in.Finish()) return false;
  place->pack = PackOfPlaceKey(key);
  return true;
}

void PutFile(KvBatch& batch, const FileId& id, PackOrdinal pack, const PlacedFile& place) {
  std::array<uint8_t, 40> value;
  std::copy(place.group.bytes.begin(), place.group.bytes.end(), value.begin());
  StoreLe(value.data() + 32, place.offset);
  StoreLe(value.data() + 36, place.length);
  batch.Put(PlaceKey(kFileTable, id.bytes, pack), value);
}

bool DecodeFile(ByteView key, ByteView value, PlacedFile* place) {
  ByteReader in(value);
  place->group.bytes = in.Array<32>();
  place->offset = in.Le32();
  place->length = in.Le32();
  if (key.size() != kPlaceKeySize || !in.Finish()) return false;
  place->pack = PackOfPlaceKey(key);
  return true;
}

// All keys are gone afterwards but the two that every catalog has.
Status StartEmpty(OrderedKv& kv, uint64_t generation) {
  constexpr std::array<uint8_t, 1> kFirst = {0}, kBehindAll = {0xff};  // our tables are letters
  return kv.Write([&](KvBatch& batch) {
    batch.DeleteRange(kFirst, kBehindAll);
    batch.Put(CatalogKey(kSchemaTable), Le32(kSchemaVersion));
    batch.Put(CatalogKey(kGenerationTable), Le64(generation));
  });
}

Result<bool> HasOurSchema(OrderedKv& kv) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool found, kv.Get(CatalogKey(kSchemaTable), &value));
  return found && Equal(value, Le32(kSchemaVersion));
}

Result<uint64_t> ReadGeneration(OrderedKv& kv) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool found, kv.Get(CatalogKey(kGenerationTable), &value));
  if (!found || value.size() != sizeof(uint64_t)) return Malformed("generation");
  return LoadLe<uint64_t>(value.data());
}

Result<uint32_t> ReadNextPack(OrderedKv& kv) {
  Bytes key, value;
  PULIH_TRY_ASSIGN(const bool found, kv.SeekAtOrBefore(CatalogKey(kPackTable), PackKey(PackOrdinal{std::numeric_limits<uint32_t>::max()}), &key, &value));
  if (!found) return 0u;
  if (key.size() != 5) return Malformed("packs");
  return LoadBe<uint32_t>(key.data() + 1) + 1;
}

}  // namespace

Catalog::Catalog(std::unique_ptr<OrderedKv> kv, uint64_t generation, uint32_t next_pack)
    : kv_(std::move(kv)), next_pack_(next_pack), generation_(generation), stats_(std::make_unique<StatRecords>(*kv_)) {}
Catalog::~Catalog() = default;

Result<std::unique_ptr<Catalog>> Catalog::Open(std::unique_ptr<OrderedKv> kv) {
  PULIH_TRY_ASSIGN(const bool is_ours, HasOurSchema(*kv));
  if (!is_ours) PULIH_TRY(StartEmpty(*kv, 1));
  PULIH_TRY_ASSIGN(const uint64_t generation, ReadGeneration(*kv));
  PULIH_TRY_ASSIGN(const uint32_t next_pack, ReadNextPack(*kv));
  return std::unique_ptr<Catalog>(new Catalog(std::move(kv), generation, next_pack));
}

uint64_t Catalog::generation() const { return generation_.load(); }

// --- packs and objects ---------------------------------------------------------------------------------

Result<PackOrdinal> Catalog::AddPack(const PackRecord& pack, const std::vector<NewObject>& objects,
                                     const std::vector<NewFileExtent>& files) {
  const std::lock_guard lock(write_mutex_);
  PULIH_TRY_ASSIGN(std::optional<PackOrdinal> known, FindPack(pack.name));
  // Another size under the same name is another blob (swapped, or put there by somebody): nothing that was noted of
  // the first holds of it. It gets an ordinal of its own, and files that were taken as unchanged are read again.
  bool is_other_blob = false;
  if (known) {
    PULIH_TRY_ASSIGN(const PackRecord before, GetPack(*known));
    is_other_blob = before.size != pack.size || before.writer != pack.writer;
  }
  if (is_other_blob) known.reset();
  const uint64_t generation = generation_.load() + (is_other_blob ? 1 : 0);
  if (!known && next_pack_ == std::numeric_limits<uint32_t>::max()) {
    return Status(Code::too_large, "write catalog: packs: no ordinals are left", "the catalog may be deleted");
  }
  const PackOrdinal ordinal = known.value_or(PackOrdinal{next_pack_});
  PULIH_TRY(kv_->Write([&](KvBatch& batch) {
    batch.Put(PackKey(ordinal), EncodePack(pack));
    std::array<uint8_t, 4> big;
    StoreBe(big.data(), static_cast<uint32_t>(ordinal));
    batch.Put(NameKey(pack.name), big);
    for (const NewObject& object : objects) {
      PutObject(batch, object.id, ordinal, object.place);
      if (known) batch.Delete(PlaceKey(kDamagedTable, object.id.bytes, ordinal));
    }
    for (const NewFileExtent& file : files) PutFile(batch, file.id, ordinal, file.place);
    if (is_other_blob) batch.Put(CatalogKey(kGenerationTable), Le64(generation));
  }));
  generation_.store(generation);
  if (!known) ++next_pack_;
  return ordinal;
}

Result<std::optional<PackOrdinal>> Catalog::FindPack(const PackName& name) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool found, kv_->Get(NameKey(name), &value));
  if (!found) return std::optional<PackOrdinal>();
  if (value.size() != sizeof(uint32_t)) return Malformed("pack names");
  return std::optional<PackOrdinal>(PackOrdinal{LoadBe<uint32_t>(value.data())});
}

Result<PackRecord> Catalog::GetPack(PackOrdinal pack) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool found, kv_->Get(PackKey(pack), &value));
  if (!found) return Status(Code::not_found, "read catalog: pack " + std::to_string(static_cast<uint32_t>(pack)) + ": not known");
  return DecodePack(value);
}

Status Catalog::SetPackUsable(PackOrdinal pack, bool usable) {
  const std::lock_guard lock(write_mutex_);
  PULIH_TRY_ASSIGN(PackRecord record, GetPack(pack));
  if (record.usable == usable) return OkStatus();
  record.usable = usable;
  // Files that were taken as unchanged may have leant on this pack: their records must not be believed again.
  const uint64_t generation = generation_.load() + (usable ? 0 : 1);
  PULIH_TRY(kv_->Write([&](KvBatch& batch) {
    batch.Put(PackKey(pack), EncodePack(record));
    batch.Put(CatalogKey(kGenerationTable), Le64(generation));
  }));
  generation_.store(generation);
  return OkStatus();
}

Status Catalog::MarkDamaged(PackOrdinal pack, const std::vector<ObjectId>& objects) {
  if (objects.empty()) return OkStatus();
  const std::lock_guard lock(write_mutex_);
  const uint64_t generation = generation_.load() + 1;
  PULIH_TRY(kv_->Write([&](KvBatch& batch) {
    for (const ObjectId& id : objects) {
      batch.Delete(PlaceKey(kObjectTable, id.bytes, pack));
      batch.Put(PlaceKey(kDamagedTable, id.bytes, pack), {});
    }
    batch.Put(CatalogKey(kGenerationTable), Le64(generation));
  }));
  generation_.store(generation);
  return OkStatus();
}

Status Catalog::ForEachDamaged(const std::function<bool(const ObjectId&, PackOrdinal)>& each) {
  bool is_sound = true;
  PULIH_TRY(kv_->Scan(CatalogKey(kDamagedTable), {}, [&](ByteView key, ByteView) {
    is_sound = key.size() == kPlaceKeySize;
    if (!is_sound) return false;
    ObjectId id;
    std::copy_n(key.begin() + 1, id.bytes.size(), id.bytes.begin());
    return each(id, PackOfPlaceKey(key));
  }));
  return is_sound ? OkStatus() : Malformed("damaged objects");
}

Status Catalog::ForEachPack(const std::function<bool(PackOrdinal, const PackRecord&)>& each) {
  Status failure;
  PULIH_TRY(kv_->Scan(CatalogKey(kPackNameTable), {}, [&](ByteView, ByteView value) {
    if (value.size() != sizeof(uint32_t)) {
      failure = Malformed("pack names");
      return false;
    }
    const PackOrdinal ordinal{LoadBe<uint32_t>(value.data())};
    const Result<PackRecord> pack = GetPack(ordinal);
    if (!pack.ok()) {
      failure = pack.status();
      return false;
    }
    return each(ordinal, *pack);
  }));
  return failure;
}

Result<std::vector<PlacedObject>> Catalog::FindObject(const ObjectId& id) {
  std::vector<PlacedObject> places;
  bool is_sound = true;
  PULIH_TRY(kv_->Scan(IdKey(kObjectTable, id.bytes), {}, [&](ByteView key, ByteView value) {
    is_sound = DecodeObject(key, value, &places.emplace_back());
    return is_sound;
  }));
  if (!is_sound) return Malformed("objects");
  return places;
}

Result<std::vector<PlacedFile>> Catalog::FindFile(const FileId& id) {
  std::vector<PlacedFile> places;
  bool is_sound = true;
  PULIH_TRY(kv_->Scan(IdKey(kFileTable, id.bytes), {}, [&](ByteView key, ByteView value) {
    is_sound = DecodeFile(key, value, &places.emplace_back());
    return is_sound;
  }));
  if (!is_sound) return Malformed("files");
  return places;
}

Status Catalog::ForEachObject(const std::function<bool(const ObjectId&, const PlacedObject&)>& each) {
  bool is_sound = true;
  PULIH_TRY(kv_->Scan(CatalogKey(kObjectTable), {}, [&](ByteView key, ByteView value) {
    PlacedObject place;
    is_sound = DecodeObject(key, value, &place);
    if (!is_sound) return false;
    return each(*ObjectId::FromView(key.subspan(1, ObjectId::kSize)), place);
  }));
  return is_sound ? OkStatus() : Malformed("objects");
}

// --- files as they were last time ------------------------------------------------------------------------

Result<std::optional<StatRecord>> Catalog::FindStat(const DirectoryKey& directory, uint64_t inode) {
  return stats_->Find(directory, inode, generation());
}

Status Catalog::ReplaceStats(const DirectoryKey& directory, const std::vector<StatRecord>& records) {
  return stats_->Replace(directory, records, generation());
}

// --- hard links of this run --------------------------------------------------------------------------------

Result<std::optional<Bytes>> Catalog::FindHardLink(uint64_t device, uint64_t inode) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool found, kv_->Get(HardLinkKey(device, inode), &value));
  return found ? std::optional<Bytes>(std::move(value)) : std::nullopt;
}

Status Catalog::RememberHardLink(uint64_t device, uint64_t inode, ByteView value) {
  return kv_->Write([&](KvBatch& batch) { batch.Put(HardLinkKey(device, inode), value); });
}

Status Catalog::ForgetHardLinks() { return EmptyTable(*kv_, kHardLinkTable); }

Result<std::optional<Bytes>> Catalog::FindNote(const ObjectNote& note) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool found, kv_->Get(NoteKey(note), &value));
  return found ? std::optional(std::move(value)) : std::nullopt;
}

Status Catalog::WriteNotes(const std::unordered_map<ObjectNote, Bytes, ObjectNote::Hash>& notes) {
  return kv_->Write([&](KvBatch& batch) {
    for (const auto& [note, value] : notes) batch.Put(NoteKey(note), value);
  });
}

Status Catalog::ForgetNotes() { return EmptyTable(*kv_, kNoteTable); }

Result<std::vector<uint64_t>> Catalog::SparseGroups() {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool found, kv_->Get(CatalogKey(kSparseTable), &value));
  std::vector<uint64_t> prefixes;
  if (!found) return prefixes;
  if (value.size() % sizeof(uint64_t) != 0) return Malformed("sparse groups");
  prefixes.reserve(value.size() / sizeof(uint64_t));
  for (size_t at = 0; at < value.size(); at += sizeof(uint64_t)) prefixes.push_back(LoadLe<uint64_t>(value.data() + at));
  return prefixes;
}

Status Catalog::ReplaceSparseGroups(const std::vector<uint64_t>& prefixes) {
  PULIH_TRY_ASSIGN(const std::vector<uint64_t> before, SparseGroups());
  if (before == prefixes) return OkStatus();
  Bytes value(prefixes.size() * sizeof(uint64_t));
  for (size_t i = 0; i < prefixes.size(); ++i) StoreLe(value.data() + i * sizeof(uint64_t), prefixes[i]);
  return kv_->Write([&](KvBatch& batch) { batch.Put(CatalogKey(kSparseTable), value); });
}

}  // namespace pulih
