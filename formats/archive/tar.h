// Tar archives: ustar, with the long names of GNU tar and the records of pax (POSIX.1-2001), and the old V7 headers.
//
// Tolerant where tar programs give up: headers are found by their checksum alone, so damage costs a member and not the
// rest; members of somebody else (the `._` files that macOS adds) are listed like any other. It unpacks nothing and
// knows no files: a member is a stretch of the view.
//
// Pure functions; the list borrows from the bytes only for offsets. Source of the layout: POSIX pax(1), "ustar
// Interchange Format", and the GNU tar manual, "Basic Tar Format".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

namespace pulih {

inline constexpr size_t kTarBlock = 512;

struct TarMember {
  std::string name;          // as it stands there: may be absolute or have "..", to be judged before it becomes a path
  char type = '0';           // '0' file, '5' directory, '2' link, …
  uint64_t header = 0;       // where its header begins (that of its long name or pax records, where it has one)
  uint64_t begin = 0;        // of its content
  uint64_t size = 0;         // that stands in the archive
  uint64_t stated_size = 0;  // as its header has it; more than `size`: the archive is cut, or the next header came early
  int64_t mtime = 0;
  // True: no damage was met since the member before, so that the name belongs to the content.
  bool in_sequence = true;
};

struct TarStretch {
  uint64_t begin = 0, size = 0;
};

struct TarList {
  std::vector<TarMember> members;
  std::vector<TarStretch> damaged;  // neither a header nor a member's content nor zeros
  bool ended = false;               // by its two blocks of zeros
};

inline constexpr size_t kMostTarMembers = 1u << 20;

// Does a header stand here? Its checksum agrees and its size is a number.
bool IsTarHeader(ByteView block);

// Lists the members. Where a header is damaged the next is looked for in steps of 512 bytes. A member whose stated size
// leads to something that is no header ends where the next header stands, if one stands inside.
TarList ListTar(ByteView bytes, size_t most_members = kMostTarMembers);

}  // namespace pulih
