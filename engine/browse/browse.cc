#include "engine/browse/browse.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <set>

#include "engine/browse/content_hash.h"
#include "engine/source/exclude.h"

namespace pulih {
namespace {

// The first key after every key that is `key` or below it.
Bytes EndOfSubtree(ByteView key) {
  Bytes end = ToBytes(key);
  end.push_back(0x01);  // below a folder stands key ‖ 0x00 ‖ …
  return end;
}

std::string_view BaseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

MapGap GapAt(ByteView key, Status why) { return {ObjectId{}, ToBytes(key), ToBytes(key), std::move(why)}; }

// Scans a range, decoding as it goes; an entry that does not decode is a gap of its own.
Status ScanEntries(ReadSession& session, const ObjectId& root, const MapRange& range, const OnEntry& each, const OnGap& gap) {
  return MapScan(
      session.reader(), root, range,
      [&](ByteView key, ByteView value) {
        auto path = PathFromKey(key);
        auto entry = DecodeFileEntry(value);
        if (!path.ok() || !entry.ok()) {
          gap(GapAt(key, path.ok() ? entry.status() : path.status()));
          return true;
        }
        return each({std::move(path).value(), std::move(entry).value()});
      },
      [&](const MapGap& g) {
        gap(g);
        return true;
      });
}

// For comparing with a moment; a time that 64 bits of nanoseconds cannot hold counts as the earliest or latest there is.
int64_t MtimeNs(const FileEntry& entry) {
  constexpr int64_t kMaxSeconds = std::numeric_limits<int64_t>::max() / 1'000'000'000 - 1;
  const int64_t seconds = entry.mtime_seconds;
  if (seconds > kMaxSeconds) return std::numeric_limits<int64_t>::max();
  if (seconds < -kMaxSeconds) return std::numeric_limits<int64_t>::min();
  return seconds * 1'000'000'000 + entry.mtime_nanoseconds;
}

bool Matches(const FindQuery& query, const ListedEntry& listed) {
  const FileEntry& entry = listed.entry;
  if (query.type && entry.type != *query.type) return false;
  const bool by_path = query.glob.find('/') != std::string::npos;
  if (!query.glob.empty() && !GlobMatch(query.glob, by_path ? "/" + listed.path : std::string(BaseName(listed.path)))) return false;
  const bool needs_content = query.min_size || query.max_size || query.sha256;
  if (needs_content && entry.type != FileType::regular) return false;
  if (query.min_size && entry.content.size < *query.min_size) return false;
  if (query.max_size && entry.content.size > *query.max_size) return false;
  if (query.sha256 && (entry.content.digest_kind != DigestKind::sha256 || entry.content.digest != *query.sha256)) return false;
  const bool needs_time = query.newer_than_ns || query.older_than_ns;
  if (needs_time && entry.ancestor) return false;  // its time was not recorded
  if (query.newer_than_ns && MtimeNs(entry) <= *query.newer_than_ns) return false;
  if (query.older_than_ns && MtimeNs(entry) >= *query.older_than_ns) return false;
  return true;
}

bool GoesOn(const FindQuery& query) { return !query.goes_on || query.goes_on(); }

bool IsSameVersion(const FileEntry& a, const FileEntry& b) {
  return a.type == b.type && a.ancestor == b.ancestor && a.mtime_seconds == b.mtime_seconds &&
         a.mtime_nanoseconds == b.mtime_nanoseconds && a.content.size == b.content.size &&
         a.content.digest_kind == b.content.digest_kind && a.content.digest == b.content.digest &&
         a.symlink_target == b.symlink_target;
}

// The versions of the paths in one piece of the key space, which ends where enough was found.
class VersionWindow {
 public:
  VersionWindow(Bytes from, const FindLimits& limits) : limits_(limits) { range_.from = std::move(from); }

  const MapRange& range() const { return range_; }
  // False when this snapshot has given its share: the window ends before this entry.
  bool Add(size_t snapshot, const ListedEntry& listed, size_t& given) {
    Bytes key = KeyFromPath(listed.path);
    if (given++ == limits_.of_one_snapshot) {
      range_.to = std::move(key);
      return false;
    }
    std::vector<FoundVersion>& versions = paths_[std::move(key)];
    // Mostly it is as it was in the snapshot before.
    auto same = std::find_if(versions.rbegin(), versions.rend(),
                             [&](const FoundVersion& v) { return IsSameVersion(v.listed.entry, listed.entry); });
    if (same == versions.rend()) {
      FoundVersion& added = versions.emplace_back(FoundVersion{listed, snapshot, snapshot, 1});
      added.listed.entry.content.segments = {};
      added.listed.entry.xattrs = {};
      ++held_;
      return true;
    }
    same->last = snapshot;
    ++same->count;
    return true;
  }
  // Drops what lies behind the window's end, and moves that end when more is held than should be. One path always stays.
  void Trim() {
    if (!range_.to.empty()) EraseFrom(paths_.lower_bound(range_.to));
    while (held_ > limits_.versions && paths_.size() > 1) {
      const auto middle = std::next(paths_.begin(), static_cast<std::ptrdiff_t>(paths_.size() / 2));
      range_.to = middle->first;
      EraseFrom(middle);
    }
  }
  // False when `each` said so.
  bool Hand(const std::function<bool(const FoundVersion&)>& each) {
    for (auto& [key, versions] : paths_) {
      std::sort(versions.begin(), versions.end(), [](const FoundVersion& a, const FoundVersion& b) { return a.last < b.last; });
      for (const FoundVersion& version : versions) {
        if (!each(version)) return false;
      }
    }
    return true;
  }

 private:
  void EraseFrom(std::map<Bytes, std::vector<FoundVersion>>::iterator at) {
    for (auto it = at; it != paths_.end(); ++it) held_ -= it->second.size();
    paths_.erase(at, paths_.end());
  }

  const FindLimits limits_;
  MapRange range_;  // no end: to the last path
  std::map<Bytes, std::vector<FoundVersion>> paths_;
  size_t held_ = 0;
};

std::vector<std::string> ChangedFields(const FileEntry& a, const FileEntry& b) {
  std::vector<std::string> fields;
  const auto note = [&](bool differs, const char* name) {
    if (differs) fields.emplace_back(name);
  };
  note(a.type != b.type, "type");
  if (a.type == FileType::regular && b.type == FileType::regular) {
    note(a.content.digest_kind != b.content.digest_kind || a.content.digest != b.content.digest, "content");
    note(a.content.size != b.content.size, "size");
  }
  note(a.mode != b.mode, "mode");
  note(a.uid != b.uid || a.gid != b.gid || a.user != b.user || a.group != b.group, "owner");
  const bool other_time = a.mtime_seconds != b.mtime_seconds || a.mtime_nanoseconds != b.mtime_nanoseconds;
  note(!a.ancestor && !b.ancestor && other_time, "mtime");
  note(a.symlink_target != b.symlink_target, "target");
  note(a.device_major != b.device_major || a.device_minor != b.device_minor, "device");
  note(a.link != b.link, "links");
  note(a.xattrs != b.xattrs || a.xattr_map != b.xattr_map, "xattrs");
  return fields;
}

}  // namespace

Result<ObjectId> FilesRoot(const Snapshot& snapshot) {
  if (const auto root = snapshot.Root("files")) return *root;
  if (!snapshot.structure || !snapshot.content) {
    return Status(Code::wrong_key, "opening snapshot " + snapshot.id.hex().substr(0, 8) + ": the key at hand may not read what is in it",
                  "use the passphrase, or a key of role 'restore' that was made after the last `pulih key rotate`");
  }
  return Status(Code::not_found, "opening snapshot " + snapshot.id.hex().substr(0, 8) + ": it holds no files");
}

Result<FileEntry> LookUp(ReadSession& session, const Snapshot& snapshot, const std::string& path) {
  PULIH_TRY_ASSIGN(const ObjectId root, FilesRoot(snapshot));
  const auto value = MapGet(session.reader(), root, KeyFromPath(path));
  if (!value.ok()) {
    // A node that no pack has is "not found" to the reader; here that would say that the snapshot has no such path.
    const Status& why = value.status();
    const Code code = why.code() == Code::not_found ? Code::corrupt : why.code();
    return Status(code, "looking up /" + path + ": a part of the tree is damaged: " + why.message(), why.hint());
  }
  if (!*value) {
    return Status(Code::not_found, "looking up /" + path + ": snapshot " + snapshot.id.hex().substr(0, 8) + " does not hold it",
                  "see `pulih ls` and `pulih find`");
  }
  return DecodeFileEntry(**value);
}

Status ListTree(ReadSession& session, const Snapshot& snapshot, const std::string& path, bool recursive, const OnEntry& each, const OnGap& gap) {
  PULIH_TRY_ASSIGN(const ObjectId root, FilesRoot(snapshot));
  MapRange range;
  size_t depth = 0;  // of the children's keys, in separators
  if (!path.empty()) {
    PULIH_TRY_ASSIGN(FileEntry entry, LookUp(session, snapshot, path));
    const bool is_directory = entry.type == FileType::directory;
    if (!each({path, std::move(entry)}) || !is_directory) return OkStatus();
    range.from = KeyFromPath(path);
    range.to = EndOfSubtree(range.from);
    range.from.push_back(0x00);
    depth = static_cast<size_t>(std::count(path.begin(), path.end(), '/')) + 1;
  }
  if (recursive) return ScanEntries(session, root, range, each, gap);
  // One level: after each child the scan starts anew behind what is below it.
  bool more = true;
  while (more) {
    more = false;
    Bytes next;
    PULIH_TRY(ScanEntries(
        session, root, range,
        [&](const ListedEntry& listed) {
          const auto level = static_cast<size_t>(std::count(listed.path.begin(), listed.path.end(), '/'));
          if (level == depth) {
            if (!each(listed)) return false;
            if (listed.entry.type == FileType::directory) {
              next = EndOfSubtree(KeyFromPath(listed.path));
              more = true;
              return false;
            }
          }
          return true;
        },
        gap));
    if (more) range.from = std::move(next);
  }
  return OkStatus();
}

Status FindEntries(ReadSession& session, const Snapshot& snapshot, const FindQuery& query, const OnEntry& each, const OnGap& gap) {
  PULIH_TRY_ASSIGN(const ObjectId root, FilesRoot(snapshot));
  return ScanEntries(
      session, root, {}, [&](const ListedEntry& listed) { return GoesOn(query) && (!Matches(query, listed) || each(listed)); }, gap);
}

Status FindVersions(ReadSession& session, const std::vector<Snapshot>& snapshots, const FindQuery& query,
                    const std::function<bool(const FoundVersion&)>& each, const OnGap& gap, const FindLimits& limits) {
  std::set<ObjectId> told;
  const auto tell_once = [&](const MapGap& g) {
    if (told.insert(g.node).second) gap(g);
  };
  Bytes from;
  for (;;) {
    VersionWindow window(std::move(from), limits);
    for (size_t i = 0; i < snapshots.size(); ++i) {
      PULIH_TRY_ASSIGN(const ObjectId root, FilesRoot(snapshots[i]));
      size_t given = 0;
      const MapRange range = window.range();  // the end may move during the scan
      PULIH_TRY(ScanEntries(
          session, root, range,
          [&](const ListedEntry& listed) { return GoesOn(query) && (!Matches(query, listed) || window.Add(i, listed, given)); },
          tell_once));
      if (!GoesOn(query)) return OkStatus();
      window.Trim();
    }
    if (!window.Hand(each) || window.range().to.empty()) return OkStatus();
    from = window.range().to;
  }
}

Status DiffSnapshots(ReadSession& session, const Snapshot& before, const Snapshot& after, const std::string& path,
                     const std::function<bool(const EntryChange&)>& each) {
  PULIH_TRY_ASSIGN(const ObjectId old_root, FilesRoot(before));
  PULIH_TRY_ASSIGN(const ObjectId new_root, FilesRoot(after));
  MapRange range;
  if (!path.empty()) {
    range.from = KeyFromPath(path);
    range.to = EndOfSubtree(range.from);
  }
  Status failure;
  PULIH_TRY(MapDiff(session.reader(), old_root, new_root, range,
                    [&](ByteView key, std::optional<ByteView> old_value, std::optional<ByteView> new_value) {
                      EntryChange change;
                      const auto decode = [&](std::optional<ByteView> value, std::optional<FileEntry>& into) {
                        if (!value) return;
                        auto entry = DecodeFileEntry(*value);
                        if (entry.ok()) {
                          into = std::move(entry).value();
                        } else {
                          failure = entry.status();
                        }
                      };
                      auto decoded_path = PathFromKey(key);
                      if (!decoded_path.ok()) failure = decoded_path.status();
                      decode(old_value, change.before);
                      decode(new_value, change.after);
                      if (!failure.ok()) return false;
                      change.path = std::move(decoded_path).value();
                      change.kind = !change.before ? ChangeKind::added : !change.after ? ChangeKind::removed : ChangeKind::changed;
                      if (change.kind == ChangeKind::changed) {
                        change.fields = ChangedFields(*change.before, *change.after);
                        if (change.fields.empty()) return true;  // other extents, same file
                      }
                      return each(change);
                    }));
  return failure;
}

Result<std::vector<Segment>> SegmentsOf(NodeSource& nodes, const Content& content) {
  if (content.segment_map.is_zero()) return content.segments;
  std::vector<Segment> segments;
  Status failure;
  PULIH_TRY(MapScan(
      nodes, content.segment_map, {},
      [&](ByteView, ByteView value) {
        auto segment = DecodeSegment(value);
        if (!segment.ok()) failure = segment.status();
        if (segment.ok()) segments.push_back(*segment);
        return failure.ok();
      },
      [](const MapGap&) { return false; }));
  PULIH_TRY(failure);
  uint64_t total = 0;
  for (const Segment& segment : segments) total += SegmentLength(segment);
  if (total != content.size) return Status(Code::corrupt, "reading a file's segments: they do not add up to its size");
  return segments;
}

Result<std::vector<Xattr>> XattrsOf(NodeSource& nodes, const FileEntry& entry) {
  if (entry.xattr_map.is_zero()) return entry.xattrs;
  std::vector<Xattr> xattrs;
  PULIH_TRY(MapScan(
      nodes, entry.xattr_map, {},
      [&](ByteView key, ByteView value) {
        xattrs.push_back({ToText(key), ToBytes(value)});
        return true;
      },
      [](const MapGap&) { return false; }));
  return xattrs;
}

Status DumpFile(ReadSession& session, const FileEntry& entry, const std::function<Status(ByteView)>& out) {
  if (entry.type != FileType::regular) return Status(Code::invalid, "writing out content: it is not a regular file");
  PULIH_TRY_ASSIGN(const std::vector<Segment> segments, SegmentsOf(session.reader(), entry.content));
  static constexpr std::array<uint8_t, 64u << 10> kZeros{};
  ContentHash hash(entry.content, segments);
  for (const Segment& segment : segments) {
    if (const Hole* hole = std::get_if<Hole>(&segment)) {
      for (uint64_t left = hole->length; left > 0;) {
        const auto n = static_cast<size_t>(std::min<uint64_t>(left, kZeros.size()));
        PULIH_TRY(out(ByteView(kZeros).first(n)));
        left -= n;
      }
      hash.Add({});
      continue;
    }
    const Extent& extent = std::get<Extent>(segment);
    PULIH_TRY_ASSIGN(const Bytes plain, session.reader().ReadContent(extent.object));
    PULIH_TRY_ASSIGN(const ByteView piece, PieceOf(plain, extent));
    hash.Add(piece);
    PULIH_TRY(out(piece));
  }
  return hash.Check();
}

Result<RepositoryStats> CountRepository(ReadSession& session) {
  RepositoryStats stats;
  const Repository& repository = session.repository();
  PULIH_TRY(repository.store().List("", [&](const BlobInfo& blob) -> Status {
    stats.repository_bytes += blob.size;
    if (PackNameOf(blob.name)) {
      ++stats.packs;
      stats.pack_bytes += blob.size;
    }
    if (blob.name.compare(0, 10, "snapshots/") == 0) ++stats.snapshots;
    return OkStatus();
  }));
  stats.writers = repository.certificates().writers().size();
  ObjectId last;
  PULIH_TRY(session.index().catalog().ForEachObject([&](const ObjectId& id, const PlacedObject& place) {
    if (!session.index().IsPresent(place.pack)) return true;
    stats.sealed_bytes += place.sealed_size;
    if (id == last) return true;  // another place of the same object
    last = id;
    ++stats.objects;
    stats.plain_bytes += place.plain_size;
    stats.chunks += place.kind == ObjectKind::chunk;
    stats.groups += place.kind == ObjectKind::group;
    stats.nodes += place.kind == ObjectKind::node;
    return true;
  }));
  return stats;
}

}  // namespace pulih
