// NameCache turns numbers of users and groups into names. A look-up may ask a directory server, so each
// number is asked for once; one without a name has the empty name.
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace pulih {

class NameCache {
 public:
  // Valid as long as the cache.
  const std::string& User(uint32_t uid);
  const std::string& Group(uint32_t gid);

 private:
  std::unordered_map<uint32_t, std::string> users_, groups_;
};

}  // namespace pulih
