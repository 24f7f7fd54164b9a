// The image of inet and cidr (network_send): family u8 (2: IPv4, 3: IPv6) | bits u8 | is_cidr u8 | 4 or 16 | address.
// Private to formats/postgres. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "formats/postgres/image_reader.h"

namespace pulih {

struct NetAddress {
  bool v6 = false;
  unsigned bits = 0;  // of the network
  std::array<uint8_t, 16> bytes{};

  unsigned size() const { return v6 ? 16 : 4; }
  unsigned max_bits() const { return 8 * size(); }
  // Whether all bits behind the network's are zero, as those of a cidr are.
  bool IsNetwork() const;
};

// Fails the reader for what network_recv refuses.
NetAddress ReadNetAddress(ImageReader& in, bool is_cidr);

// "10.0.0.1", "fe80::1"; "/24" is left out for a whole inet address only.
void AppendNetAddress(const NetAddress& address, bool is_cidr, std::string& out);

// Whole addresses only (PostgreSQL also takes '10/8' for '10.0.0.0/8').
Result<Bytes> NetAddressImage(std::string_view text, bool is_cidr);

// As btree orders them: IPv4 first, then by the bits that both networks have, by their lengths, by the rest.
int CompareNetAddresses(const NetAddress& a, const NetAddress& b);

}  // namespace pulih
