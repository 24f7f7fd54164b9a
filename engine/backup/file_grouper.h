// FileGrouper puts small files that are not known yet end to end into groups of about config.group_target bytes
// (formats/repo/group.h), in the order in which they come. A file whose content is known, stored or in the open
// group, gets the extent that is there.
//
// One thread. A placement in the open group has no object id before that group is closed: `closed` is called
// with it, once per group, from Add or Flush.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/crypto/sealer.h"
#include "engine/crypto/sha256.h"
#include "engine/repo/object_sink.h"

namespace pulih {

class FileGrouper {
 public:
  using OnClosed = std::function<Status(const ObjectId& group)>;
  // A known extent in a group that `avoid` says true of is not used: the file is stored again.
  using Avoid = std::function<bool(const ObjectId& group)>;
  FileGrouper(const Namer& namer, ObjectSink& sink, uint32_t group_target, Avoid avoid, OnClosed closed);

  struct Placement {
    Extent extent;             // `object` is not known yet when `pending`
    bool pending = false;      // it lies in the open group
    bool is_new = false;       // its content was not known
  };
  // `content` is not empty and at most kMaxObjectSize minus the group's table.
  Result<Placement> Add(ByteView content, const Digest& digest);
  // Closes the open group, if there is one.
  Status Flush();

 private:
  const Namer& namer_;
  ObjectSink& sink_;
  const uint32_t group_target_;
  Avoid avoid_;
  OnClosed closed_;
  Bytes plain_;
  std::vector<uint32_t> lengths_;
  std::vector<GroupMember> members_;
  Sha256 member_list_;
  std::unordered_map<FileId, size_t, FileId::Hash> in_open_group_;  // index into members_
};

}  // namespace pulih
