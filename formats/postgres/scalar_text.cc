#include "engine/base/hex.h"
#include "formats/postgres/base_text.h"

namespace pulih {

namespace {

constexpr uint8_t kTextVersion = 1;        // of jsonb_send and jsonpath_send
constexpr uint64_t kCentsPerDollar = 100;  // with lc_monetary C

// A lsn is two numbers of 32 bits.
void AppendUpperHex(uint32_t value, std::string& out) {
  const size_t at = out.size();
  AppendInteger(value, out, 16);
  for (size_t i = at; i < out.size(); ++i) {
    if (out[i] >= 'a') out[i] = static_cast<char>(out[i] - 'a' + 'A');
  }
}

// int2vector and oidvector travel as arrays of one dimension, from 0 and without nulls; their text is plain.
template <typename Element>
void VectorText(ImageReader& in, std::string& out, Element element) {
  const uint32_t dimensions = in.U32();
  const uint32_t flags = in.U32();
  in.U32();  // the type of the elements is known
  if (dimensions > 1 || flags != 0) in.Fail("a vector has one dimension and no nulls");
  if (dimensions == 0 || in.failed()) return;
  const uint32_t count = in.U32();
  if (in.U32() != 0) in.Fail("a vector counts from 0");
  for (uint32_t i = 0; i < count && !in.failed(); ++i) {
    if (i != 0) out.push_back(' ');
    element(in, out);
  }
}

}  // namespace

void BoolText(ImageReader& in, std::string& out) { out.push_back(in.U8() != 0 ? 't' : 'f'); }
void Int2Text(ImageReader& in, std::string& out) { AppendInteger(in.I16(), out); }
void Int4Text(ImageReader& in, std::string& out) { AppendInteger(in.I32(), out); }
void Int8Text(ImageReader& in, std::string& out) { AppendInteger(in.I64(), out); }
void Unsigned4Text(ImageReader& in, std::string& out) { AppendInteger(in.U32(), out); }
void Unsigned8Text(ImageReader& in, std::string& out) { AppendInteger(in.U64(), out); }

void MoneyText(ImageReader& in, std::string& out) {
  const int64_t cents = in.I64();
  const uint64_t size = cents < 0 ? 0 - static_cast<uint64_t>(cents) : static_cast<uint64_t>(cents);
  out += cents < 0 ? "-$" : "$";
  const uint64_t dollars = size / kCentsPerDollar;
  uint64_t unit = 1;  // of the group of three digits that is next
  while (dollars / unit >= 1000) unit *= 1000;
  AppendInteger(dollars / unit, out);
  while (unit > 1) {
    unit /= 1000;
    out.push_back(',');
    AppendPadded(dollars / unit % 1000, 3, out);
  }
  out.push_back('.');
  AppendPadded(size % kCentsPerDollar, 2, out);
}

void PlainText(ImageReader& in, std::string& out) {
  const std::string_view text = AsText(in.Rest());
  if (text.find('\0') != std::string_view::npos) in.Fail("a text holds a zero byte");
  out += text;
}

void VersionedText(ImageReader& in, std::string& out) {
  if (in.U8() != kTextVersion) in.Fail("its version is unknown");
  PlainText(in, out);
}

// A byte above 127 is no character of its own in most encodings: PostgreSQL 16 writes it so, earlier ones as it is.
void CharText(ImageReader& in, std::string& out) {
  const uint8_t c = in.U8();
  if (c == 0) return;
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
    return;
  }
  out.push_back('\\');
  for (const int shift : {6, 3, 0}) out.push_back(static_cast<char>('0' + ((c >> shift) & 7)));
}

void ByteaText(ImageReader& in, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const ByteView bytes = in.Rest();
  out += "\\x";
  const size_t at = out.size();
  out.resize(at + 2 * bytes.size());
  char* to = out.data() + at;
  for (const uint8_t byte : bytes) {
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 15];
  }
}

void UuidText(ImageReader& in, std::string& out) {
  for (const size_t part : {4, 2, 2, 2, 6}) {
    if (part == 2 || part == 6) out.push_back('-');
    out += ToHex(in.Raw(part));
  }
}

void BitText(ImageReader& in, std::string& out) {
  const int32_t count = in.I32();
  if (count < 0) in.Fail("its length is negative");
  const ByteView bytes = in.Raw((static_cast<uint64_t>(count) + 7) / 8);
  if (in.failed()) return;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) out.push_back((bytes[i / 8] >> (7 - i % 8)) & 1 ? '1' : '0');
}

void LsnText(ImageReader& in, std::string& out) {
  AppendUpperHex(in.U32(), out);
  out.push_back('/');
  AppendUpperHex(in.U32(), out);
}

void TidText(ImageReader& in, std::string& out) {
  out.push_back('(');
  AppendInteger(in.U32(), out);
  out.push_back(',');
  AppendInteger(in.U16(), out);
  out.push_back(')');
}

void SnapshotText(ImageReader& in, std::string& out) {
  const uint32_t count = in.U32();
  const uint64_t lowest = in.U64(), highest = in.U64();
  if (lowest == 0 || lowest > highest) in.Fail("its limits are not in order");
  AppendInteger(lowest, out);
  out.push_back(':');
  AppendInteger(highest, out);
  out.push_back(':');
  uint64_t last = 0;
  for (uint32_t i = 0; i < count && !in.failed(); ++i) {
    const uint64_t xid = in.U64();
    if (xid <= last || xid < lowest || xid >= highest) in.Fail("its transactions are not in order");
    if (i != 0) out.push_back(',');
    AppendInteger(xid, out);
    last = xid;
  }
}

void Int2VectorText(ImageReader& in, std::string& out) {
  VectorText(in, out, [](ImageReader& from, std::string& to) {
    if (from.U32() != 2) from.Fail("an element has not its length");
    Int2Text(from, to);
  });
}

void OidVectorText(ImageReader& in, std::string& out) {
  VectorText(in, out, [](ImageReader& from, std::string& to) {
    if (from.U32() != 4) from.Fail("an element has not its length");
    Unsigned4Text(from, to);
  });
}

}  // namespace pulih
