#include "formats/text/encoding.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace pulih {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct EncodingName {
  std::string_view postgres, iconv;
};
// src/common/encnames.c of PostgreSQL, and what glibc calls them. UTF8 and SQL_ASCII are not here: see MendUtf8.
constexpr EncodingName kNames[] = {
    {"BIG5", "CP950"}, {"EUC_CN", "EUC-CN"}, {"EUC_JIS_2004", "EUC-JISX0213"}, {"EUC_JP", "EUC-JP"},
    {"EUC_KR", "EUC-KR"}, {"EUC_TW", "EUC-TW"}, {"GB18030", "GB18030"}, {"GBK", "GBK"},
    {"ISO_8859_5", "ISO-8859-5"}, {"ISO_8859_6", "ISO-8859-6"}, {"ISO_8859_7", "ISO-8859-7"}, {"ISO_8859_8", "ISO-8859-8"},
    {"JOHAB", "JOHAB"}, {"KOI8R", "KOI8-R"}, {"KOI8U", "KOI8-U"},
    {"LATIN1", "ISO-8859-1"}, {"LATIN10", "ISO-8859-16"}, {"LATIN2", "ISO-8859-2"}, {"LATIN3", "ISO-8859-3"},
    {"LATIN4", "ISO-8859-4"}, {"LATIN5", "ISO-8859-9"}, {"LATIN6", "ISO-8859-10"}, {"LATIN7", "ISO-8859-13"},
    {"LATIN8", "ISO-8859-14"}, {"LATIN9", "ISO-8859-15"}, {"SHIFT_JIS_2004", "SHIFT_JISX0213"}, {"SJIS", "CP932"},
    {"UHC", "CP949"}, {"WIN1250", "CP1250"}, {"WIN1251", "CP1251"}, {"WIN1252", "CP1252"}, {"WIN1253", "CP1253"},
    {"WIN1254", "CP1254"}, {"WIN1255", "CP1255"}, {"WIN1256", "CP1256"}, {"WIN1257", "CP1257"}, {"WIN1258", "CP1258"},
    {"WIN866", "CP866"}, {"WIN874", "CP874"}};

// 0x80 to 0x9F of windows-1252. The five that it leaves out stand for themselves, as the web has it: nothing is lost.
constexpr uint16_t kWindows1252[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
    0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

const EncodingName* FindEncoding(std::string_view postgres) {
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames), [&](const EncodingName& n) { return n.postgres == postgres; });
  return found == std::end(kNames) ? nullptr : found;
}

// What stands at the start of `text`: a character, a piece that is none, or the beginning of one that may go on.
struct Utf8Step {
  size_t length = 1;
  bool valid = false, incomplete = false;
};

// Table 3-7 of the Unicode standard: what may follow the first byte.
Utf8Step StepUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {1, true, false};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return {1, false, false};
  uint8_t low = 0x80, high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  for (size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {i, false, true};
    if (byte(i) < low || byte(i) > high) return {i, false, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true, false};
}

size_t AsciiPrefix(std::string_view text) {
  size_t at = 0;
  for (uint64_t word; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (at < text.size() && static_cast<uint8_t>(text[at]) < 0x80) ++at;
  return at;
}

// Appends `text` mended. Stops before a character that the end cuts; returns how much was taken.
size_t AppendMended(std::string_view text, std::string& out, bool& damaged) {
  size_t at = 0, good_from = 0;
  while (at < text.size()) {
    at += AsciiPrefix(text.substr(at));
    if (at == text.size()) break;
    const Utf8Step step = StepUtf8(text.substr(at));
    if (step.incomplete) break;
    if (!step.valid) {
      damaged = true;
      out.append(text, good_from, at - good_from).append(kReplacement);
      good_from = at + step.length;
    }
    at += step.length;
  }
  out.append(text, good_from, at - good_from);
  return at;
}

void AppendWindows1252(ByteView bytes, std::string& out) {
  for (const uint8_t byte : bytes) {
    if (byte < 0x80) {
      out.push_back(static_cast<char>(byte));
    } else {
      AppendUtf8(byte < 0xA0 ? kWindows1252[byte - 0x80] : byte, out);
    }
  }
}

// One descriptor of iconv, closed at the end.
class Converter {
 public:
  explicit Converter(std::string_view from) : descriptor_(::iconv_open("UTF-8", std::string(from).c_str())) {}
  ~Converter() {
    if (valid()) ::iconv_close(descriptor_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool valid() const { return descriptor_ != reinterpret_cast<iconv_t>(-1); }

  std::string Convert(ByteView text) {
    std::string out;
    char* in = const_cast<char*>(AsText(text).data());  // iconv does not write there; its interface is older than const
    size_t left = text.size();
    char buffer[4096];
    bool flushing = false;
    for (;;) {
      char* to = buffer;
      size_t room = sizeof buffer;
      const size_t result = ::iconv(descriptor_, flushing ? nullptr : &in, flushing ? nullptr : &left, &to, &room);
      const int error = errno;
      out.append(buffer, sizeof buffer - room);
      if (result != static_cast<size_t>(-1)) {
        if (flushing) return out;
        flushing = true;  // what it still holds back of combining characters
      } else if (error != E2BIG) {
        if (flushing || left == 0) return out;
        out.append(kReplacement);
        if (error == EINVAL) return out;  // the text ends inside a character
        ++in;
        --left;
      }
    }
  }

 private:
  iconv_t descriptor_;
};

}  // namespace

void AppendUtf8(uint32_t code_point, std::string& out) {
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | (code_point >> shift & 0x3F))); };
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code_point >> 12));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool IsUtf8(std::string_view text) {
  for (size_t at = 0;;) {
    at += AsciiPrefix(text.substr(at));
    if (at == text.size()) return true;
    const Utf8Step step = StepUtf8(text.substr(at));
    if (!step.valid) return false;
    at += step.length;
  }
}

std::string MendUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool damaged = false;
  if (AppendMended(text, out, damaged) < text.size()) out.append(kReplacement);
  return out;
}

bool CanConvert(std::string_view encoding) { return encoding == "UTF8" || FindEncoding(encoding) != nullptr; }

std::string ToUtf8(ByteView text, std::string_view encoding) {
  const EncodingName* name = FindEncoding(encoding);
  if (name == nullptr) return MendUtf8(AsText(text));
  if (encoding == "WIN1252") {
    std::string out;
    AppendWindows1252(text, out);
    return out;
  }
  Converter converter(name->iconv);
  return converter.valid() ? converter.Convert(text) : MendUtf8(AsText(text));
}

std::optional<std::string> FromUtf8(std::string_view text, std::string_view encoding) {
  const EncodingName* name = FindEncoding(encoding);
  if (name == nullptr) return std::string(text);
  const iconv_t descriptor = ::iconv_open(std::string(name->iconv).c_str(), "UTF-8");
  if (descriptor == reinterpret_cast<iconv_t>(-1)) return std::string(text);
  char* in = const_cast<char*>(text.data());  // iconv does not write there; its interface is older than const
  size_t left = text.size();
  // No server encoding takes more than four bytes for what takes one in UTF-8.
  std::string out(4 * text.size() + 16, '\0');
  char* to = out.data();
  size_t room = out.size();
  const bool converted = ::iconv(descriptor, &in, &left, &to, &room) != static_cast<size_t>(-1) &&
                         ::iconv(descriptor, nullptr, nullptr, &to, &room) != static_cast<size_t>(-1);
  ::iconv_close(descriptor);
  if (!converted) return std::nullopt;
  out.resize(out.size() - room);
  return out;
}

std::string_view TextEncodingName(TextEncoding encoding) {
  switch (encoding) {
    case TextEncoding::utf8: return "UTF-8";
    case TextEncoding::utf16le: return "UTF-16LE";
    case TextEncoding::utf16be: return "UTF-16BE";
    case TextEncoding::windows1252: break;
  }
  return "windows-1252";
}

DetectedEncoding DetectEncoding(ByteView first) {
  const std::string_view text = AsText(first);
  if (text.substr(0, 3) == "\xEF\xBB\xBF") return {TextEncoding::utf8, 3};
  if (text.substr(0, 2) == "\xFF\xFE") return {TextEncoding::utf16le, 2};
  if (text.substr(0, 2) == "\xFE\xFF") return {TextEncoding::utf16be, 2};
  TextDecoder decoder(TextEncoding::utf8);
  std::string ignored;
  decoder.Feed(first, ignored);
  return {decoder.damaged() ? TextEncoding::windows1252 : TextEncoding::utf8, 0};
}

void TextDecoder::Feed(ByteView bytes, std::string& out) {
  switch (encoding_) {
    case TextEncoding::utf8: return FeedUtf8(bytes, out);
    case TextEncoding::utf16le:
    case TextEncoding::utf16be: return FeedUtf16(bytes, out);
    case TextEncoding::windows1252: return AppendWindows1252(bytes, out);
  }
}

void TextDecoder::FeedUtf8(ByteView bytes, std::string& out) {
  std::string_view text = AsText(bytes);
  // Completes a cut character byte by byte: at most three times.
  while (!partial_.empty() && !text.empty()) {
    partial_.push_back(text.front());
    text.remove_prefix(1);
    std::string mended;
    const size_t taken = AppendMended(partial_, mended, damaged_);
    partial_.erase(0, taken);
    out += mended;
  }
  const size_t taken = AppendMended(text, out, damaged_);
  partial_.append(text.substr(taken));
}

void TextDecoder::FeedUtf16(ByteView bytes, std::string& out) {
  for (const uint8_t byte : bytes) {
    if (first_byte_ < 0) {
      first_byte_ = byte;
      continue;
    }
    const auto first = static_cast<uint16_t>(std::exchange(first_byte_, -1));
    TakeUnit(static_cast<uint16_t>(encoding_ == TextEncoding::utf16le ? first | byte << 8 : first << 8 | byte), out);
  }
}

void TextDecoder::TakeUnit(uint16_t unit, std::string& out) {
  const bool is_low = unit >= 0xDC00 && unit < 0xE000;
  if (high_ != 0 && is_low) {
    AppendUtf8(0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00u), out);
    high_ = 0;
    return;
  }
  if (high_ != 0 || is_low) {
    damaged_ = true;
    out.append(kReplacement);
    high_ = 0;
    if (is_low) return;
  }
  if (unit >= 0xD800 && unit < 0xDC00) {
    high_ = unit;
  } else {
    AppendUtf8(unit, out);
  }
}

void TextDecoder::Finish(std::string& out) {
  if (partial_.empty() && first_byte_ < 0 && high_ == 0) return;
  damaged_ = true;
  out.append(kReplacement);
  partial_.clear();
  first_byte_ = -1;
  high_ = 0;
}

}  // namespace pulih
