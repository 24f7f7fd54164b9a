#include "engine/source/names.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

namespace pulih {

namespace {

// The _r calls say ERANGE when a record (a group with very many members) needs more room.
constexpr size_t kFirstRecordBytes = 4u << 10;
constexpr size_t kLargestRecordBytes = 4u << 20;

// `ask` fills the buffer and returns an errno value, leaving the name in `found` when there is one.
template <typename Ask>
std::string AskWithRoom(Ask ask) {
  for (size_t room = kFirstRecordBytes; room <= kLargestRecordBytes; room *= 4) {
    std::vector<char> buffer(room);
    std::string found;
    if (ask(buffer, found) != ERANGE) return found;
  }
  return {};
}

std::string UserName(uint32_t uid) {
  return AskWithRoom([uid](std::vector<char>& buffer, std::string& found) {
    passwd record{};
    passwd* answer = nullptr;
    const int error = ::getpwuid_r(uid, &record, buffer.data(), buffer.size(), &answer);
    if (error == 0 && answer != nullptr) found = answer->pw_name;
    return error;
  });
}

std::string GroupName(uint32_t gid) {
  return AskWithRoom([gid](std::vector<char>& buffer, std::string& found) {
    group record{};
    group* answer = nullptr;
    const int error = ::getgrgid_r(gid, &record, buffer.data(), buffer.size(), &answer);
    if (error == 0 && answer != nullptr) found = answer->gr_name;
    return error;
  });
}

}  // namespace

const std::string& NameCache::User(uint32_t uid) {
  auto [place, is_new] = users_.try_emplace(uid);
  if (is_new) place->second = UserName(uid);
  return place->second;
}

const std::string& NameCache::Group(uint32_t gid) {
  auto [place, is_new] = groups_.try_emplace(gid);
  if (is_new) place->second = GroupName(gid);
  return place->second;
}

}  // namespace pulih
