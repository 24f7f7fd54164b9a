#include "engine/repo/object_writer.h"

#include <algorithm>

namespace pulih {
namespace {

// A pack is closed early when its lists grow out of proportion to its bytes: memory, and what a killed run loses.
constexpr size_t kMaxPackMembers = 64u << 10;
constexpr size_t kMaxPackDirectoryWeight = 8u << 20;

}  // namespace

struct ObjectWriter::OpenPack {
  std::unique_ptr<PackBuilder> builder;
  std::vector<uint64_t> tickets;
};

ObjectWriter::ObjectWriter(const Repository& repository, PackIndex& index, const WriterOptions& options)
    : repository_(repository),
      index_(index),
      options_(options),
      session_(MakeSession(repository.keyring(), repository.config().content_key, repository.environment().random)),
      plain_queue_(options.plain_queue_bytes),
      frame_queue_(options.frame_queue_bytes) {
  for (unsigned i = 0; i < std::max(1u, options_.sealers); ++i) sealers_.emplace_back([this] { SealJobs(); });
  writer_ = std::thread([this] { WritePacks(); });
}

ObjectWriter::~ObjectWriter() {
  if (finished_) return;
  Fail(Status(Code::interrupted, "storing objects: given up"));
  (void)Finish().ok();
}

Result<bool> ObjectWriter::Knows(const ObjectId& id) {
  {
    // First here, then in the catalog: the writer thread enters an object there before it leaves here.
    std::lock_guard lock(mutex_);
    if (in_flight_.contains(id)) return true;
  }
  return index_.OwnHas(id);
}

Result<std::optional<Extent>> ObjectWriter::FindFile(const FileId& id) {
  {
    std::lock_guard lock(mutex_);
    if (const auto it = files_in_flight_.find(id); it != files_in_flight_.end()) return std::optional<Extent>(it->second);
  }
  PULIH_TRY_ASSIGN(const std::optional<PlacedFile> place, index_.OwnFile(id));
  if (!place) return std::optional<Extent>();
  return std::optional<Extent>(Extent{place->group, place->offset, place->length});
}

Status ObjectWriter::Put(const ObjectId& id, ObjectKind kind, Bytes plain, std::vector<ObjectId> links,
                         const std::vector<GroupMember>& members) {
  PULIH_CHECK(plain.size() <= kMaxObjectSize);
  const uint64_t ticket = next_ticket_++;
  {
    std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    in_flight_[id] = ticket;
    (kind == ObjectKind::node ? outstanding_nodes_ : outstanding_).insert(ticket);
    for (const GroupMember& member : members) files_in_flight_[member.file] = Extent{id, member.offset, member.length};
  }
  const size_t weight = plain.size() + links.size() * sizeof(ObjectId) + members.size() * sizeof(GroupMember) + sizeof(Job);
  if (!plain_queue_.Push(Job{ticket, id, kind, std::move(plain), std::move(links), members}, weight)) return failure();
  return OkStatus();
}

uint64_t ObjectWriter::DurableContentTicket() {
  std::lock_guard lock(mutex_);
  return outstanding_.empty() ? LastTicket() : *outstanding_.begin() - 1;
}

uint64_t ObjectWriter::DurableTicket() {
  const uint64_t content = DurableContentTicket();
  std::lock_guard lock(mutex_);
  return outstanding_nodes_.empty() ? content : std::min(content, *outstanding_nodes_.begin() - 1);
}

Status ObjectWriter::Finish() {
  if (finished_) return failure();
  finished_ = true;
  plain_queue_.Close();
  for (std::thread& sealer : sealers_) sealer.join();
  frame_queue_.Close();
  writer_.join();
  return failure();
}

void ObjectWriter::Fail(Status status) {
  {
    std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = std::move(status);
  }
  plain_queue_.Cancel();
  frame_queue_.Cancel();
}

Status ObjectWriter::failure() {
  std::lock_guard lock(mutex_);
  return failure_;
}

// --- sealers -----------------------------------------------------------------------------------------------------

void ObjectWriter::SealJobs() {
  Compressor compressor(options_.compression_level);
  Decompressor decompressor;
  while (auto job = plain_queue_.Pop()) {
    auto sealed = SealOne(std::move(*job), compressor, decompressor);
    if (!sealed.ok()) return Fail(std::move(sealed).error());
    const size_t weight = sealed->frame.size() + sizeof(SealedJob);
    if (!frame_queue_.Push(std::move(sealed).value(), weight)) return;
  }
}

Result<ObjectWriter::SealedJob> ObjectWriter::SealOne(Job job, Compressor& compressor, Decompressor& decompressor) {
  const Compressor::Payload payload = compressor.Compress(job.plain);
  FrameInner inner;
  inner.kind = job.kind;
  inner.codec = payload.codec;
  inner.id = job.id;
  inner.plain_size = static_cast<uint32_t>(job.plain.size());
  inner.payload = payload.bytes;
  SealedJob sealed;
  sealed.ticket = job.ticket;
  sealed.frame = session_.key.SealFrame(inner, static_cast<uint8_t>(compressor.level()), repository_.environment().random);
  PULIH_TRY(OpenOnceMore(sealed.frame, job.id, job.kind, decompressor));
  sealed.entry.id = job.id;
  sealed.entry.kind = job.kind;
  sealed.entry.plain_size = inner.plain_size;
  sealed.entry.links = std::move(job.links);
  sealed.members = std::move(job.members);
  return sealed;
}

// What is about to be let go is opened once more, as a reader would, and named again: so that neither a fault of memory
// after the plaintext was hashed nor one of the compressor or the cipher becomes damage that no later check can undo.
Status ObjectWriter::OpenOnceMore(ByteView frame, const ObjectId& id, ObjectKind kind, Decompressor& decompressor) const {
  const auto fault = [](const char* why) {
    return Status(Code::io, std::string("sealing an object: ") + why, "check this machine's memory");
  };
  Bytes storage;
  const auto inner = session_.key.OpenFrame(frame, storage);
  if (!inner.ok()) return fault("its frame does not open again");
  const auto again = decompressor.Decompress(inner->codec, inner->payload, inner->plain_size);
  const auto name = again.ok() ? repository_.namer().NameOf(kind, *again) : Result<ObjectId>(again.status());
  return name.ok() && *name == id ? OkStatus() : fault("its frame does not hold what was named");
}

// --- the writer --------------------------------------------------------------------------------------------------

void ObjectWriter::WritePacks() {
  while (auto job = frame_queue_.Pop()) {
    if (Status status = WriteOne(std::move(*job)); !status.ok()) return Fail(std::move(status));
  }
  if (!failure().ok()) {
    data_pack_.reset();
    tree_pack_.reset();
    return;
  }
  for (auto* pack : {&data_pack_, &tree_pack_}) {
    if (*pack == nullptr) continue;
    if (Status status = ClosePack(*pack); !status.ok()) return Fail(std::move(status));
  }
}

Status ObjectWriter::WriteOne(SealedJob job) {
  const bool is_tree = job.entry.kind == ObjectKind::node;
  std::unique_ptr<OpenPack>& pack = is_tree ? tree_pack_ : data_pack_;
  if (pack == nullptr) {
    pack = std::make_unique<OpenPack>();
    PULIH_TRY_ASSIGN(pack->builder, PackBuilder::Start(repository_.store(), repository_.keyring(), session_.wrap,
                                                       is_tree ? PackFileKind::tree : PackFileKind::data,
                                                       repository_.environment().random));
  }
  std::vector<PackMember> members;
  members.reserve(job.members.size());
  for (const GroupMember& m : job.members) members.push_back({m.file, 0, m.offset, m.length});
  PULIH_TRY(pack->builder->Add(job.frame, std::move(job.entry), members));
  pack->tickets.push_back(job.ticket);
  ++objects_written_;
  if (pack->builder->size() >= repository_.config().pack_target || pack->builder->member_count() >= kMaxPackMembers ||
      pack->builder->directory_weight() >= kMaxPackDirectoryWeight) {
    return ClosePack(pack);
  }
  return OkStatus();
}

Status ObjectWriter::ClosePack(std::unique_ptr<OpenPack>& pack) {
  const std::unique_ptr<OpenPack> closing = std::move(pack);
  PULIH_TRY_ASSIGN(const FinishedPack finished, closing->builder->Finish());
  PULIH_TRY(index_.AddOwn(finished));
  bytes_written_ += finished.size;
  ++packs_written_;
  std::lock_guard lock(mutex_);
  for (const PackEntry& entry : finished.entries) in_flight_.erase(entry.id);
  for (const PackMember& member : finished.members) files_in_flight_.erase(member.file);
  std::set<uint64_t>& outstanding = finished.kind == PackFileKind::tree ? outstanding_nodes_ : outstanding_;
  for (const uint64_t ticket : closing->tickets) outstanding.erase(ticket);
  return OkStatus();
}

}  // namespace pulih
