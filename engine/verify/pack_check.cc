#include "engine/verify/pack_check.h"

#include <algorithm>
#include <optional>
#include <set>

#include "engine/base/endian.h"
#include "engine/crypto/sha256.h"
#include "engine/repo/pack_reader.h"
#include "formats/repo/file_entry.h"
#include "formats/repo/node.h"
#include "formats/repo/row.h"
#include "formats/repo/table.h"

namespace pulih {
namespace {

constexpr uint32_t kReadSize = 4u << 20;

// Streams a pack through a window, so that checking one takes a few MiB whatever its size: frames are handed on as
// soon as they are whole.
class PackStream {
 public:
  PackStream(Store& store, const std::string& blob, uint64_t size) : store_(store), blob_(blob), size_(size) {}

  // The bytes [offset, offset + length); offsets only move forward. Everything passed over is hashed.
  Result<ByteView> At(uint64_t offset, uint64_t length) {
    while (window_begin_ + window_.size() < offset + length) {
      const uint64_t next = window_begin_ + window_.size();
      const auto want = static_cast<uint32_t>(std::min<uint64_t>(kReadSize, size_ - next));
      if (want == 0) return Status(Code::corrupt, "reading a pack: a frame lies outside");
      PULIH_TRY_ASSIGN(const Bytes piece, store_.Get(blob_, next, want));
      hash_.Update(piece);
      if (offset > window_begin_) {
        const auto drop = static_cast<size_t>(std::min<uint64_t>(offset - window_begin_, window_.size()));
        window_.erase(window_.begin(), window_.begin() + static_cast<ptrdiff_t>(drop));
        window_begin_ += drop;
      }
      Append(window_, piece);
    }
    return ByteView(window_).subspan(static_cast<size_t>(offset - window_begin_), static_cast<size_t>(length));
  }

  // Hashes what is left; the digest of the whole pack.
  Result<Digest> Finish() {
    window_begin_ += window_.size();
    window_.clear();
    while (window_begin_ < size_) {
      const auto want = static_cast<uint32_t>(std::min<uint64_t>(kReadSize, size_ - window_begin_));
      PULIH_TRY_ASSIGN(const Bytes piece, store_.Get(blob_, window_begin_, want));
      hash_.Update(piece);
      window_begin_ += want;
    }
    return hash_.Finish();
  }

 private:
  Store& store_;
  const std::string& blob_;
  const uint64_t size_;
  Bytes window_;
  uint64_t window_begin_ = 0;
  Sha256 hash_;
};

// What a leaf of a files map names; nothing when it is no such leaf.
std::optional<std::vector<ObjectId>> LinksOfFiles(const Node& node) {
  std::vector<ObjectId> links;
  for (const NodeEntry& entry : node.entries) {
    auto file = DecodeFileEntry(entry.value);
    if (!file.ok()) return std::nullopt;
    const auto named = LinksOf(*file);
    links.insert(links.end(), named.begin(), named.end());
  }
  return links;
}

// What a leaf of a file's segments names: its keys are offsets, each where the segment before it ends. (No file
// reaches 2^62, and no attribute's name starts with such a byte: so attributes never pass for segments.)
std::optional<std::vector<ObjectId>> LinksOfSegments(const Node& node) {
  std::vector<ObjectId> links;
  std::optional<uint64_t> expected;
  for (const NodeEntry& entry : node.entries) {
    auto segment = DecodeSegment(entry.value);
    if (!segment.ok() || entry.key.size() != 8 || entry.key[0] >= 0x40) return std::nullopt;
    const auto offset = LoadBe<uint64_t>(entry.key.data());
    if (expected.value_or(offset) != offset) return std::nullopt;
    expected = offset + SegmentLength(*segment);
    if (const Extent* extent = std::get_if<Extent>(&*segment)) links.push_back(extent->object);
  }
  return links;
}

bool HasOnlyAttributeNames(const Node& node) {
  return std::all_of(node.entries.begin(), node.entries.end(), [](const NodeEntry& entry) {
    const std::string_view name = AsText(entry.key);
    return name.starts_with("user.") || name.starts_with("security.") || name.starts_with("trusted.") || name.starts_with("system.");
  });
}

bool HasOnlyDescriptorKeys(const Node& node) {
  return std::all_of(node.entries.begin(), node.entries.end(), [](const NodeEntry& entry) { return IsDescriptorKey(entry.key); });
}

std::vector<ObjectId> WithoutRepeats(const std::vector<ObjectId>& ids) {
  std::vector<ObjectId> once;
  std::set<ObjectId> seen;
  for (const ObjectId& id : ids) {
    if (seen.insert(id).second) once.push_back(id);
  }
  return once;
}

// What a leaf of a table's rows names.
std::optional<std::vector<ObjectId>> LinksOfRows(const Node& node) {
  std::vector<ObjectId> links;
  for (const NodeEntry& entry : node.entries) {
    const auto row = DecodeRow(entry.value);
    if (!row.ok()) return std::nullopt;
    const auto named = LinksOfRow(row->columns);
    links.insert(links.end(), named.begin(), named.end());
  }
  return links;
}

// Pruning marks by the links in directories, without seeing a node: a link that is left out is data lost one day.
// A node does not say which kind of map it is of, so the links must be those of one reading that makes sense of it.
// Leaves of attributes and of descriptors name nothing; their values are anybody's, also such as look like file
// entries: under nothing but keys of theirs, no links is an answer too.
bool LinksAreTrue(ByteView plain, const std::vector<ObjectId>& links) {
  const auto node = DecodeNode(plain);
  if (!node.ok()) return true;  // told where it is read
  if (node->level > 0) {
    std::vector<ObjectId> children;
    for (const NodeEntry& entry : node->entries) children.push_back(entry.child);
    return links == WithoutRepeats(children);
  }
  if (links.empty() && (HasOnlyAttributeNames(*node) || HasOnlyDescriptorKeys(*node))) return true;
  bool makes_sense = false;
  for (auto* read : {LinksOfFiles, LinksOfSegments, LinksOfRows}) {
    const auto named = read(*node);
    if (named && links == WithoutRepeats(*named)) return true;
    makes_sense = makes_sense || named;
  }
  return !makes_sense && links.empty();
}

}  // namespace

PackVerdict CheckWholePack(ReadSession& session, const std::string& blob_name, uint64_t size, bool open_frames) {
  const Repository& repository = session.repository();
  PackVerdict verdict;
  verdict.blob_name = blob_name;
  PackStream stream(repository.store(), blob_name, size);
  auto contents = ReadPackContents(repository.store(), blob_name, size, repository.keyring(), repository.certificates());
  if (contents.ok()) {
    std::vector<std::shared_ptr<const SessionKey>> sessions;
    if (open_frames) {
      auto opened = session.reader().SessionsOf(blob_name);
      if (opened.ok()) sessions = std::move(opened).value();
      if (!opened.ok()) verdict.pack = std::move(opened).error();
    }
    for (const PackEntry& entry : contents->entries) {
      ++verdict.frames;
      auto frame = stream.At(entry.offset, entry.sealed_size);
      if (!frame.ok()) {
        verdict.objects.push_back({entry.id, frame.status().message()});
        break;
      }
      if (Sha256Of(*frame) != entry.frame_digest) {
        verdict.objects.push_back({entry.id, "its frame is not the one that the directory names"});
        continue;
      }
      if (sessions.empty()) continue;
      auto plain = session.reader().OpenFrame(*frame, entry.id, entry.kind, sessions);
      ++verdict.frames_opened;
      if (!plain.ok()) verdict.objects.push_back({entry.id, plain.status().message()});
      // The object itself is whole, so it is the pack that is wrong.
      if (plain.ok() && entry.kind == ObjectKind::node && verdict.pack.ok() && !LinksAreTrue(*plain, entry.links)) {
        verdict.pack = Status(Code::corrupt, "its directory names other links of node " + entry.id.hex().substr(0, 16) + " than the node has");
      }
    }
  } else if (contents.status().code() == Code::wrong_key) {
    verdict.directory_checked = false;
  } else {
    verdict.pack = contents.status();
  }
  auto digest = stream.Finish();
  verdict.bytes_read = size;
  const auto name = PackNameOf(blob_name);
  if (!digest.ok()) {
    verdict.pack = digest.status();
  } else if (verdict.pack.ok() && (!name || digest->bytes != name->bytes)) {
    verdict.pack = Status(Code::corrupt, "its bytes do not give its name");
  }
  return verdict;
}

PackVerdict CheckPackDirectory(ReadSession& session, const std::string& blob_name, uint64_t size) {
  const Repository& repository = session.repository();
  PackVerdict verdict;
  verdict.blob_name = blob_name;
  const auto contents = ReadPackContents(repository.store(), blob_name, size, repository.keyring(), repository.certificates());
  if (!contents.ok()) {
    verdict.directory_checked = contents.status().code() != Code::wrong_key;
    if (verdict.directory_checked) verdict.pack = contents.status();
    return verdict;
  }
  verdict.frames = contents->entries.size();
  Catalog& catalog = session.index().catalog();
  const auto pack = catalog.FindPack(*PackNameOf(blob_name));
  if (!pack.ok() || !*pack || !session.index().IsPresent(**pack)) return verdict;
  for (const PackEntry& entry : contents->entries) {
    const auto places = catalog.FindObject(entry.id);
    const bool is_there = places.ok() && std::any_of(places->begin(), places->end(), [&](const PlacedObject& place) {
      return place.pack == **pack && place.offset == entry.offset && place.sealed_size == entry.sealed_size;
    });
    const auto damaged = session.index().DamagedIn(entry.id);
    if (is_there || std::find(damaged.begin(), damaged.end(), blob_name) != damaged.end()) continue;
    verdict.pack = Status(Code::corrupt, "its directory is not the one that was seen under this name before");
    break;
  }
  return verdict;
}

}  // namespace pulih
