#include "engine/repo/object_reader.h"

#include "engine/repo/pack_reader.h"

namespace pulih {
namespace {
constexpr size_t kMaxSessionEntries = 4096;  // packs whose sessions are remembered: about 100 bytes each
}

ObjectReader::ObjectReader(const Repository& repository, const PackIndex& index, size_t node_cache_bytes)
    : repository_(repository), index_(index), node_cache_bytes_(node_cache_bytes) {}

std::unique_ptr<Decompressor> ObjectReader::BorrowDecompressor() {
  std::lock_guard lock(mutex_);
  if (decompressors_.empty()) return std::make_unique<Decompressor>();
  auto decompressor = std::move(decompressors_.back());
  decompressors_.pop_back();
  return decompressor;
}

void ObjectReader::ReturnDecompressor(std::unique_ptr<Decompressor> decompressor) {
  std::lock_guard lock(mutex_);
  decompressors_.push_back(std::move(decompressor));
}

Result<std::vector<std::shared_ptr<const SessionKey>>> ObjectReader::SessionsOf(const std::string& blob_name) {
  {
    std::lock_guard lock(mutex_);
    if (const auto it = sessions_.find(blob_name); it != sessions_.end()) return it->second;
  }
  PULIH_TRY_ASSIGN(const PackHead head, ReadPackHead(repository_.store(), blob_name, repository_.keyring().domain));
  std::vector<std::shared_ptr<const SessionKey>> sessions;
  Status failure(Code::corrupt, "opening a pack: it names no session");
  for (const SessionWrap& wrap : head.wraps) {
    auto session = repository_.sessions().Open(wrap);
    if (session.ok()) {
      sessions.push_back(*session);
    } else {
      failure = session.status();
    }
  }
  if (sessions.empty()) return failure;
  std::lock_guard lock(mutex_);
  if (sessions_.size() >= kMaxSessionEntries) sessions_.clear();
  sessions_[blob_name] = sessions;
  return sessions;
}

Result<Bytes> ObjectReader::OpenFrame(ByteView frame, const ObjectId& id, ObjectKind kind,
                                      const std::vector<std::shared_ptr<const SessionKey>>& sessions) {
  Bytes storage;
  Result<FrameInner> inner = Status(Code::corrupt, "opening an object: no session fits");
  for (const auto& session : sessions) {
    inner = session->OpenFrame(frame, storage);
    if (inner.ok()) break;
  }
  if (!inner.ok()) return std::move(inner).error();
  if (inner->id != id || inner->kind != kind) return Status(Code::corrupt, "opening an object: the frame holds another one");
  auto decompressor = BorrowDecompressor();
  auto plain = decompressor->Decompress(inner->codec, inner->payload, inner->plain_size);
  ReturnDecompressor(std::move(decompressor));
  if (!plain.ok()) return plain;
  PULIH_TRY_ASSIGN(const ObjectId computed, repository_.namer().NameOf(kind, *plain));
  if (computed != id) return Status(Code::corrupt, "opening an object: its content is not what its name says");
  return plain;
}

Result<Bytes> ObjectReader::ReadAt(const PlacedObject& place, const ObjectId& id, ObjectKind kind) {
  PULIH_TRY_ASSIGN(const std::vector<std::string> blobs, index_.BlobsOf(place.pack));
  if (place.sealed_size > kMaxFrameSize) return Status(Code::corrupt, "reading an object: no frame has this size");
  Status failure;
  for (const std::string& blob : blobs) {
    auto frame = repository_.store().Get(blob, place.offset, place.sealed_size);
    auto sessions = frame.ok() ? SessionsOf(blob) : Result<std::vector<std::shared_ptr<const SessionKey>>>(frame.status());
    auto plain = sessions.ok() ? OpenFrame(*frame, id, kind, *sessions) : Result<Bytes>(sessions.status());
    if (plain.ok()) {
      if (!failure.ok()) NoteRescue(id, blobs.front(), failure.message());
      return plain;
    }
    if (failure.ok()) failure = std::move(plain).error().Within(blob);
  }
  return failure;
}

void ObjectReader::NoteRescue(const ObjectId& id, std::string blob, std::string why) {
  std::lock_guard lock(mutex_);
  if (rescues_.size() >= kMaxRescues) {
    ++rescue_count_;
    return;
  }
  if (rescues_.emplace(std::pair(id, std::move(blob)), std::move(why)).second) ++rescue_count_;
}

std::vector<Rescue> ObjectReader::rescues() const {
  std::lock_guard lock(mutex_);
  std::vector<Rescue> list;
  for (const auto& [at, why] : rescues_) list.push_back({at.first, at.second, why});
  return list;
}

uint64_t ObjectReader::rescue_count() const {
  std::lock_guard lock(mutex_);
  return rescue_count_;
}

Result<Bytes> ObjectReader::Read(const ObjectId& id, ObjectKind kind) {
  return ReadAnywhere(id, [kind](ObjectKind other) { return other == kind; });
}

Result<Bytes> ObjectReader::ReadContent(const ObjectId& id) {
  return ReadAnywhere(id, [](ObjectKind kind) { return kind == ObjectKind::chunk || kind == ObjectKind::group; });
}

Result<Bytes> ObjectReader::ReadAnywhere(const ObjectId& id, const std::function<bool(ObjectKind)>& fits) {
  PULIH_TRY_ASSIGN(const std::vector<PlacedObject> places, index_.Find(id));
  const std::string what = "reading object " + id.hex().substr(0, 16);
  Status failure(Code::not_found, what + ": no pack in the store has it");
  bool is_first = true;
  std::vector<std::pair<std::string, std::string>> failed;  // blob, why
  for (const PlacedObject& place : places) {
    auto plain = fits(place.kind) ? ReadAt(place, id, place.kind)
                                  : Result<Bytes>(Status(Code::corrupt, "it is of another kind than its use"));
    if (plain.ok()) {
      for (std::string& blob : index_.DamagedIn(id)) NoteRescue(id, std::move(blob), "found damaged before");
      for (auto& [blob, why] : failed) NoteRescue(id, std::move(blob), std::move(why));
      return plain;
    }
    const auto blobs = index_.BlobsOf(place.pack);
    failed.emplace_back(blobs.ok() ? blobs->front() : std::string(), plain.status().message());
    if (std::exchange(is_first, false)) failure = std::move(plain).error().Within(what);
  }
  return failure;
}

Result<std::shared_ptr<const Bytes>> ObjectReader::GetNode(const ObjectId& id) {
  {
    std::lock_guard lock(mutex_);
    if (const auto it = cached_.find(id); it != cached_.end()) {
      recent_.splice(recent_.begin(), recent_, it->second);
      return it->second->second;
    }
  }
  PULIH_TRY_ASSIGN(Bytes plain, Read(id, ObjectKind::node));
  auto node = std::make_shared<const Bytes>(std::move(plain));
  std::lock_guard lock(mutex_);
  if (cached_.contains(id)) return node;
  recent_.emplace_front(id, node);
  cached_[id] = recent_.begin();
  cached_bytes_ += node->size();
  while (cached_bytes_ > node_cache_bytes_ && recent_.size() > 1) {
    cached_bytes_ -= recent_.back().second->size();
    cached_.erase(recent_.back().first);
    recent_.pop_back();
  }
  return node;
}

Result<ByteView> PieceOf(ByteView plain, const Extent& extent) {
  if (uint64_t{extent.offset} + extent.length > plain.size()) {
    return Status(Code::corrupt, "reading a file: an extent lies outside its object");
  }
  return plain.subspan(extent.offset, extent.length);
}

}  // namespace pulih
