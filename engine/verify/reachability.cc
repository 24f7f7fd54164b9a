#include "engine/verify/reachability.h"

#include <algorithm>

#include "engine/browse/browse.h"
#include "engine/catalog/run_notes.h"
#include "engine/repo/pack_reader.h"
#include "formats/repo/node.h"
#include "formats/repo/row.h"

namespace pulih {
namespace {

constexpr size_t kMaxPathsPerObject = 1000;

// Topics of the run's notes. A node is walked as files, as rows or as a part of a file; the one does not stand for the other.
enum Topic : uint8_t { kMetFilesNode = 1, kMetContent = 2, kMetPartMap = 3, kMet = 4, kLinks = 5, kMetRowsNode = 6 };

// What the values of a map are, by its name in the manifest.
enum class MapKind : uint8_t { files, descriptors, rows };
MapKind KindOfRoot(std::string_view name) {
  if (name == "files") return MapKind::files;
  return name.ends_with('/') ? MapKind::descriptors : MapKind::rows;
}

// True when some present place of the object was not forgotten as damaged.
Result<bool> IsThere(ReadSession& session, const ObjectId& id) {
  PULIH_TRY_ASSIGN(const auto places, session.index().Find(id));
  return !places.empty();
}

// Walks maps node by node; a node that several snapshots share is opened once.
class MapWalk {
 public:
  MapWalk(ReadSession& session, RunNotes& notes, ReachabilityResult& result, ProgressListener& progress)
      : session_(session), notes_(notes), result_(result), progress_(progress) {}

  Status Walk(const ObjectId& root, MapKind kind) {
    if (kind == MapKind::descriptors) return WalkPlain(root);
    std::vector<ObjectId> open{root};
    while (!open.empty()) {
      const ObjectId id = open.back();
      open.pop_back();
      PULIH_TRY_ASSIGN(const bool is_new, notes_.Add(kind == MapKind::files ? kMetFilesNode : kMetRowsNode, id));
      if (!is_new) continue;
      if (progress_.ShouldStop()) return Status(Code::interrupted, "verifying: asked to stop");
      ++result_.objects;
      auto bytes = session_.reader().GetNode(id);
      auto node = bytes.ok() ? DecodeNode(**bytes) : Result<Node>(bytes.status());
      if (!node.ok()) {
        result_.lost.emplace(id, node.status().message());
        continue;
      }
      for (const NodeEntry& entry : node->entries) {
        if (node->level > 0) {
          open.push_back(entry.child);
          continue;
        }
        PULIH_TRY(kind == MapKind::files ? CheckEntry(entry.value, id) : CheckRow(entry.value, id));
      }
    }
    return OkStatus();
  }

 private:
  // An entry of the leaf `node`.
  Status CheckEntry(ByteView value, const ObjectId& node) {
    const auto entry = DecodeFileEntry(value);
    if (!entry.ok()) {
      result_.lost.emplace(node, entry.status().message());
      return OkStatus();
    }
    for (const Segment& segment : entry->content.segments) PULIH_TRY(CheckSegment(segment));
    if (!entry->content.segment_map.is_zero()) PULIH_TRY(WalkSegments(entry->content.segment_map));
    if (!entry->xattr_map.is_zero()) PULIH_TRY(WalkPlain(entry->xattr_map));
    return OkStatus();
  }

  Status CheckRow(ByteView value, const ObjectId& node) {
    const auto row = DecodeRow(value);
    if (!row.ok()) {
      result_.lost.emplace(node, row.status().message());
      return OkStatus();
    }
    for (const RowColumn& column : row->columns) {
      const MovedColumn* moved = std::get_if<MovedColumn>(&column);
      if (moved == nullptr) continue;
      for (const Extent& extent : moved->extents) PULIH_TRY(CheckSegment(extent));
    }
    return OkStatus();
  }

  Status CheckSegment(const Segment& segment) {
    const Extent* extent = std::get_if<Extent>(&segment);
    if (extent == nullptr || extent->object == last_content_) return OkStatus();
    last_content_ = extent->object;
    PULIH_TRY_ASSIGN(const bool is_new, notes_.Add(kMetContent, extent->object));
    if (!is_new) return OkStatus();
    ++result_.objects;
    PULIH_TRY_ASSIGN(const bool there, IsThere(session_, extent->object));
    if (!there) result_.lost.emplace(extent->object, "no pack in the store has it whole");
    return OkStatus();
  }

  Status WalkSegments(const ObjectId& root) {
    PULIH_TRY_ASSIGN(const bool is_new, notes_.Add(kMetPartMap, root));
    if (!is_new) return OkStatus();
    Status failure;
    PULIH_TRY(MapScan(
        session_.reader(), root, {},
        [&](ByteView, ByteView value) {
          if (auto segment = DecodeSegment(value); segment.ok()) failure = CheckSegment(*segment);
          return failure.ok();
        },
        [&](const MapGap& gap) {
          result_.lost.emplace(gap.node, gap.why.message());
          return true;
        }));
    return failure;
  }

  Status WalkPlain(const ObjectId& root) {
    PULIH_TRY_ASSIGN(const bool is_new, notes_.Add(kMetPartMap, root));
    if (!is_new) return OkStatus();
    return MapScan(
        session_.reader(), root, {}, [](ByteView, ByteView) { return true; },
        [&](const MapGap& gap) {
          result_.lost.emplace(gap.node, gap.why.message());
          return true;
        });
  }

  ReadSession& session_;
  RunNotes& notes_;
  ReachabilityResult& result_;
  ProgressListener& progress_;
  ObjectId last_content_;
};

bool UsesLost(const Content& content, ReadSession& session, const LostObjects& lost, std::vector<ObjectId>& which) {
  const auto note = [&](const Segment& segment) {
    const Extent* extent = std::get_if<Extent>(&segment);
    if (extent != nullptr && lost.contains(extent->object)) which.push_back(extent->object);
  };
  for (const Segment& segment : content.segments) note(segment);
  if (!content.segment_map.is_zero()) {
    (void)MapScan(
        session.reader(), content.segment_map, {},
        [&](ByteView, ByteView value) {
          if (auto segment = DecodeSegment(value); segment.ok()) note(*segment);
          return true;
        },
        [&](const MapGap& gap) {
          which.push_back(gap.node);
          return true;
        })
        .ok();
  }
  std::sort(which.begin(), which.end());
  which.erase(std::unique(which.begin(), which.end()), which.end());
  return !which.empty();
}

Bytes BytesOf(const std::vector<ObjectId>& ids) {
  Bytes bytes;
  bytes.reserve(ids.size() * ObjectId::kSize);
  for (const ObjectId& id : ids) Append(bytes, id.view());
  return bytes;
}

// Which lost objects the rows of a table, or what is known of the tables of a database, name.
Status FindUsesInRows(ReadSession& session, const ObjectId& root, const LostObjects& lost,
                      const std::function<void(const ObjectId& object, bool is_node)>& use) {
  return MapScan(
      session.reader(), root, {},
      [&](ByteView, ByteView value) {
        const auto row = DecodeRow(value);
        if (!row.ok()) return true;
        for (const ObjectId& object : LinksOfRow(row->columns)) {
          if (lost.contains(object)) use(object, false);
        }
        return true;
      },
      [&](const MapGap& gap) {
        use(gap.node, true);
        return true;
      });
}

std::string DescribeGap(const MapGap& gap) {
  const auto after = PathFromKey(gap.after), up_to = PathFromKey(gap.up_to);
  return "entries after /" + (after.ok() ? *after : "") + " up to /" + (up_to.ok() ? *up_to : "…");
}

}  // namespace

Result<ReachabilityResult> FindLostObjects(ReadSession& session, const std::vector<Snapshot>& snapshots, ProgressListener& progress) {
  ReachabilityResult result;
  PULIH_TRY_ASSIGN(const auto notes, RunNotes::Start(session.index().catalog()));
  MapWalk walk(session, *notes, result, progress);
  for (const Snapshot& snapshot : snapshots) {
    if (!snapshot.structure || !snapshot.content) continue;
    const auto& names = snapshot.content->root_names;
    for (size_t i = 0; i < names.size() && i < snapshot.structure->roots.size(); ++i) {
      PULIH_TRY(walk.Walk(snapshot.structure->roots[i], KindOfRoot(names[i])));
    }
  }
  return result;
}

Result<std::map<ObjectId, Damage>> FindUses(ReadSession& session, const std::vector<Snapshot>& snapshots, const LostObjects& lost) {
  std::map<ObjectId, Damage> damage;
  for (const auto& [id, why] : lost) damage[id] = {"object", id.hex(), why, {}, 0, {}};
  const auto hit = [&](const ObjectId& id, const std::string& path, const std::string& snapshot) {
    const auto it = damage.find(id);
    if (it == damage.end()) return;
    Damage& d = it->second;
    if (d.snapshots.empty() || d.snapshots.back() != snapshot) d.snapshots.push_back(snapshot);
    if (std::find(d.paths.begin(), d.paths.end(), path) != d.paths.end()) return;
    ++d.paths_count;
    if (d.paths.size() < kMaxPathsPerObject) d.paths.push_back(path);
  };
  for (const Snapshot& snapshot : snapshots) {
    const std::string id = snapshot.id.hex();
    PULIH_TRY(ListTree(
        session, snapshot, "", /*recursive=*/true,
        [&](const ListedEntry& listed) {
          std::vector<ObjectId> which;
          if (listed.entry.type == FileType::regular && UsesLost(listed.entry.content, session, lost, which)) {
            for (const ObjectId& object : which) hit(object, listed.path, id);
          }
          if (lost.contains(listed.entry.xattr_map)) hit(listed.entry.xattr_map, listed.path, id);
          return true;
        },
        [&](const MapGap& gap) {
          if (const auto it = damage.find(gap.node); it != damage.end()) it->second.what = "map node";
          hit(gap.node, DescribeGap(gap), id);
        }));
  }
  for (const Snapshot& snapshot : snapshots) {
    if (!snapshot.structure || !snapshot.content) continue;
    const auto& names = snapshot.content->root_names;
    for (size_t i = 0; i < names.size() && i < snapshot.structure->roots.size(); ++i) {
      if (KindOfRoot(names[i]) == MapKind::files) continue;
      const std::string id = snapshot.id.hex();
      PULIH_TRY(FindUsesInRows(session, snapshot.structure->roots[i], lost, [&](const ObjectId& object, bool is_node) {
        const auto it = damage.find(object);
        if (it == damage.end()) return;
        Damage& d = it->second;
        if (is_node) d.what = "map node";
        if (d.snapshots.empty() || d.snapshots.back() != id) d.snapshots.push_back(id);
        if (std::find(d.tables.begin(), d.tables.end(), names[i]) == d.tables.end()) d.tables.push_back(names[i]);
      }));
    }
  }
  std::erase_if(damage, [](const auto& one) { return one.second.snapshots.empty(); });
  return damage;
}

Result<ReachabilityResult> FindLostByLinks(ReadSession& session, const std::vector<Snapshot>& snapshots, ProgressListener& progress) {
  // Links of all nodes, from the directories of the tree packs.
  PULIH_TRY_ASSIGN(const auto notes, RunNotes::Start(session.index().catalog()));
  const Repository& repository = session.repository();
  PULIH_TRY(repository.store().List("packs/", [&](const BlobInfo& blob) -> Status {
    if (progress.ShouldStop()) return Status(Code::interrupted, "verifying: asked to stop");
    if (!PackNameOf(blob.name)) return OkStatus();
    auto contents = ReadPackContents(repository.store(), blob.name, blob.size, repository.keyring(), repository.certificates());
    if (!contents.ok()) return OkStatus();  // told by the pack check
    for (const PackEntry& entry : contents->entries) {
      if (entry.kind == ObjectKind::node) PULIH_TRY(notes->Add(kLinks, entry.id, BytesOf(entry.links)).status());
    }
    return OkStatus();
  }));
  ReachabilityResult result;
  std::vector<ObjectId> open;
  for (const Snapshot& snapshot : snapshots) {
    if (snapshot.structure) open.insert(open.end(), snapshot.structure->roots.begin(), snapshot.structure->roots.end());
  }
  while (!open.empty()) {
    const ObjectId id = open.back();
    open.pop_back();
    PULIH_TRY_ASSIGN(const bool is_new, notes->Add(kMet, id));
    if (!is_new) continue;
    ++result.objects;
    PULIH_TRY_ASSIGN(const bool there, IsThere(session, id));
    if (!there) result.lost.emplace(id, "no pack in the store has it whole");
    PULIH_TRY_ASSIGN(const std::optional<Bytes> links, notes->Find(kLinks, id));
    for (size_t at = 0; links && at < links->size(); at += ObjectId::kSize) {
      open.push_back(*ObjectId::FromView(ByteView(*links).subspan(at, ObjectId::kSize)));
    }
  }
  return result;
}

}  // namespace pulih
