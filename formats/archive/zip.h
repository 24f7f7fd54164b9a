// Zip archives: their members by the central directory, or, where that is lost or lies, by the headers before each of
// them. Unpacks single members; stored and deflated ones, that is all that documents and exports have.
//
// Pure; the list borrows nothing. Source: PKWARE APPNOTE 6.3, sections 4.3 and 4.4.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/archive/unpack.h"

namespace pulih {

inline constexpr size_t kMostZipMembers = 1u << 20;

struct ZipMember {
  std::string name;       // as it stands there, to be judged before it becomes a path
  uint16_t method = 0;    // 0 stored, 8 deflated
  bool encrypted = false;
  bool sizes_known = true;    // else they follow the content
  uint32_t crc32 = 0;
  uint64_t header = 0;        // of its own header
  uint64_t begin = 0;         // of its content
  uint64_t packed_size = 0, size = 0;
};

struct ZipList {
  std::vector<ZipMember> members;  // in the order of the archive
  bool directory_sound = false;    // the central directory was there and fits
};

bool IsZipHead(ByteView bytes);
ZipList ListZip(ByteView bytes);

// `proven`: its CRC-32 agrees. Encrypted members and other methods are `damaged`.
Unpacked UnpackZipMember(ByteView bytes, const ZipMember& member, uint64_t most);

}  // namespace pulih
