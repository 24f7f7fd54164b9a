#include <algorithm>

#include "formats/postgres/base_text.h"
#include "formats/postgres/net_address.h"

namespace pulih {

namespace {

constexpr uint8_t kFamilyV4 = 2, kFamilyV6 = 3;
constexpr unsigned kWords = 8;

void AppendV4(ByteView bytes, std::string& out) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0) out.push_back('.');
    AppendInteger(bytes[i], out);
  }
}

struct Run {
  unsigned at = kWords, length = 0;
};

// The first of the longest runs of zero words; a single one is not shortened.
Run LongestZeros(const std::array<uint16_t, kWords>& words) {
  Run best;
  for (unsigned i = 0; i < kWords; ++i) {
    unsigned end = i;
    while (end < kWords && words[end] == 0) ++end;
    if (end - i > std::max(best.length, 1u)) best = {i, end - i};
    i = end;
  }
  return best;
}

// An IPv4 address inside an IPv6 one ("::10.0.0.1", "::ffff:10.0.0.1") is shown as such.
bool EmbedsV4(const Run& zeros, const std::array<uint16_t, kWords>& words) {
  if (zeros.at != 0) return false;
  return zeros.length == 6 || (zeros.length == 7 && words[7] != 1) || (zeros.length == 5 && words[5] == 0xffff);
}

void AppendV6(ByteView bytes, std::string& out) {
  std::array<uint16_t, kWords> words;
  for (unsigned i = 0; i < kWords; ++i) words[i] = LoadBe<uint16_t>(bytes.data() + 2 * i);
  const Run zeros = LongestZeros(words);
  for (unsigned i = 0; i < kWords; ++i) {
    if (i >= zeros.at && i < zeros.at + zeros.length) {
      if (i == zeros.at) out.push_back(':');
      continue;
    }
    if (i != 0) out.push_back(':');
    if (i == 6 && EmbedsV4(zeros, words)) return AppendV4(bytes.subspan(12), out);
    AppendInteger(words[i], out, 16);
  }
  if (zeros.at + zeros.length == kWords && zeros.length != 0) out.push_back(':');
}

void AppendMac(ByteView bytes, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0) out.push_back(':');
    out.push_back(kDigits[bytes[i] >> 4]);
    out.push_back(kDigits[bytes[i] & 15]);
  }
}

// The bits of `bytes` from `from` to `to`, compared.
int CompareBits(const NetAddress& a, const NetAddress& b, unsigned from, unsigned to) {
  for (unsigned i = from; i < to; ++i) {
    const int x = (a.bytes[i / 8] >> (7 - i % 8)) & 1, y = (b.bytes[i / 8] >> (7 - i % 8)) & 1;
    if (x != y) return x - y;
  }
  return 0;
}

}  // namespace

bool NetAddress::IsNetwork() const {
  for (unsigned i = bits; i < max_bits(); ++i) {
    if ((bytes[i / 8] >> (7 - i % 8)) & 1) return false;
  }
  return true;
}

NetAddress ReadNetAddress(ImageReader& in, bool is_cidr) {
  NetAddress address;
  const uint8_t family = in.U8();
  address.v6 = family == kFamilyV6;
  address.bits = in.U8();
  in.U8();  // is_cidr: what type it is, is known
  const uint8_t size = in.U8();
  if (family != kFamilyV4 && family != kFamilyV6) in.Fail("its family is none");
  if (address.bits > address.max_bits()) in.Fail("its network has too many bits");
  if (size != address.size()) in.Fail("its address has not its length");
  const ByteView bytes = in.Raw(address.size());
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  if (in.failed()) return {};
  if (is_cidr && !address.IsNetwork()) in.Fail("bits are set behind its network");
  return address;
}

void AppendNetAddress(const NetAddress& address, bool is_cidr, std::string& out) {
  const ByteView bytes = ByteView(address.bytes).first(address.size());
  address.v6 ? AppendV6(bytes, out) : AppendV4(bytes, out);
  if (!is_cidr && address.bits == address.max_bits()) return;
  out.push_back('/');
  AppendInteger(address.bits, out);
}

int CompareNetAddresses(const NetAddress& a, const NetAddress& b) {
  if (a.v6 != b.v6) return a.v6 ? 1 : -1;
  const unsigned common = std::min(a.bits, b.bits);
  if (const int c = CompareBits(a, b, 0, common); c != 0) return c;
  if (a.bits != b.bits) return a.bits < b.bits ? -1 : 1;
  return CompareBits(a, b, common, a.max_bits());
}

void InetText(ImageReader& in, std::string& out) { AppendNetAddress(ReadNetAddress(in, false), false, out); }
void CidrText(ImageReader& in, std::string& out) { AppendNetAddress(ReadNetAddress(in, true), true, out); }
void MacaddrText(ImageReader& in, std::string& out) { AppendMac(in.Raw(6), out); }

void Macaddr8Text(ImageReader& in, std::string& out) {
  if (in.remaining() == 6) {  // macaddr8_recv takes a macaddr and puts FF FE in its middle
    AppendMac(in.Raw(3), out);
    out += ":ff:fe:";
    AppendMac(in.Raw(3), out);
  } else {
    AppendMac(in.Raw(8), out);
  }
}

}  // namespace pulih
