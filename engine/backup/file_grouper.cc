#include "engine/backup/file_grouper.h"

#include "engine/base/endian.h"
#include "formats/repo/group.h"

namespace pulih {

FileGrouper::FileGrouper(const Namer& namer, ObjectSink& sink, uint32_t group_target, Avoid avoid, OnClosed closed)
    : namer_(namer), sink_(sink), group_target_(group_target), avoid_(std::move(avoid)), closed_(std::move(closed)) {}

Result<FileGrouper::Placement> FileGrouper::Add(ByteView content, const Digest& digest) {
  const FileId file = namer_.FileName(digest);
  if (const auto it = in_open_group_.find(file); it != in_open_group_.end()) {
    const GroupMember& member = members_[it->second];
    return Placement{{ObjectId{}, member.offset, member.length}, /*pending=*/true, /*is_new=*/false};
  }
  PULIH_TRY_ASSIGN(const std::optional<Extent> known, sink_.FindFile(file));
  if (known && known->length == content.size() && !avoid_(known->object)) return Placement{*known, false, false};
  if (!plain_.empty() && (plain_.size() + content.size() > group_target_ || members_.size() == kMaxGroupMembers)) {
    PULIH_TRY(Flush());
  }
  if (plain_.empty()) plain_.reserve(group_target_ + (group_target_ >> 3));
  const GroupMember member{file, static_cast<uint32_t>(plain_.size()), static_cast<uint32_t>(content.size())};
  Append(plain_, content);
  uint8_t length[4];
  StoreLe(length, member.length);
  member_list_.Update(length);
  member_list_.Update(digest.view());
  in_open_group_.emplace(file, members_.size());
  members_.push_back(member);
  lengths_.push_back(member.length);
  return Placement{{ObjectId{}, member.offset, member.length}, true, true};
}

Status FileGrouper::Flush() {
  if (members_.empty()) return OkStatus();
  const ObjectId id = namer_.ObjectName(ObjectKind::group, member_list_.Finish());
  AppendGroupTable(plain_, lengths_);
  // The same files met in the same order are the same group: then it is there already.
  PULIH_TRY_ASSIGN(const bool known, sink_.Knows(id));
  if (!known) PULIH_TRY(sink_.Put(id, ObjectKind::group, std::move(plain_), {}, members_));
  plain_ = Bytes();
  lengths_.clear();
  members_.clear();
  in_open_group_.clear();
  member_list_ = Sha256();
  return closed_(id);
}

}  // namespace pulih
