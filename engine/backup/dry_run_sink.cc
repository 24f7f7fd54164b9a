#include "engine/backup/dry_run_sink.h"

namespace pulih {

Result<bool> DryRunSink::Knows(const ObjectId& id) {
  if (objects_.contains(id)) return true;
  return index_.OwnHas(id);
}

Result<std::optional<Extent>> DryRunSink::FindFile(const FileId& id) {
  if (const auto it = files_.find(id); it != files_.end()) return std::optional<Extent>(it->second);
  PULIH_TRY_ASSIGN(const std::optional<PlacedFile> place, index_.OwnFile(id));
  if (!place) return std::optional<Extent>();
  return std::optional<Extent>(Extent{place->group, place->offset, place->length});
}

Status DryRunSink::Put(const ObjectId& id, ObjectKind, Bytes, std::vector<ObjectId>, const std::vector<GroupMember>& members) {
  objects_.insert(id);
  for (const GroupMember& member : members) files_[member.file] = Extent{id, member.offset, member.length};
  return OkStatus();
}

}  // namespace pulih
