// The two answers that every decoder of this folder gives: damaged, or newer than we are. Private to
// formats/repo.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace pulih {

// `what` names the structure ("pack tail"), `why` the rule that was broken.
inline Status CorruptIn(std::string_view what, std::string_view why) {
  return Status(Code::corrupt, "decode " + std::string(what) + ": " + std::string(why));
}

// A newer version is not damage: the message names it, so that a person knows to look for a newer program.
inline Status CheckVersion(std::string_view what, uint64_t found, uint64_t known) {
  if (found == known) return OkStatus();
  if (found < known) return CorruptIn(what, "version " + std::to_string(found) + " never existed");
  return Status(Code::unsupported, "decode " + std::string(what) + ": format version " + std::to_string(found) +
                                       " is newer than " + std::to_string(known) + ", the newest this program knows");
}

}  // namespace pulih
