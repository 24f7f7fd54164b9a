#include "engine/tender/names.h"

#include <algorithm>
#include <array>
#include <vector>

namespace pulih::tender {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// One character of UTF-8, or one byte that is none.
char32_t TakeCharacter(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(at);
  const size_t more = lead >= 0xF0 && lead < 0xF5 ? 3 : lead >= 0xE0 && lead < 0xF0 ? 2 : lead >= 0xC2 && lead < 0xE0 ? 1 : 0;
  if (more == 0 || at + more >= text.size() + (more == 0 ? 1 : 0)) {
    ++at;
    return lead < 0x80 ? lead : U'\uFFFD';
  }
  char32_t code = lead & (0x3F >> more);
  for (size_t i = 1; i <= more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) {
      ++at;
      return U'\uFFFD';
    }
    code = code << 6 | (byte(at + i) & 0x3F);
  }
  at += more + 1;
  return code;
}

bool IsBlank(char32_t c) { return c <= 0x20 || c == 0x7F || c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0xFEFF; }

// The letter under a mark, of the Latin letters that names have; compatibility forms (NFKC) of the full width.
char Plain(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
  if (c < 0x80) return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  constexpr std::string_view kLatin1 = "AAAAAAACEEEEIIIIDNOOOOO OUUUUY SAAAAAAACEEEEIIIIDNOOOOO OUUUUY Y";
  if (c >= 0xC0 && c <= 0xFF) return kLatin1[c - 0xC0];
  constexpr std::string_view kExtended = "AAAAAACCCCCCCCDDDDEEEEEEEEEEGGGGGGGGHHHHIIIIIIIIIIIIJJKKKLLLLLLLLLLNNNNNNNNNOOOOOOOORRRRRRSSSSSSSSTTTTTTUUUUUUUUUUUUWWYYYZZZZZZS";
  if (c >= 0x100 && c <= 0x17F) return kExtended[c - 0x100];
  return '\0';
}

}  // namespace

std::string Tidy(std::string_view text) {
  std::string out;
  bool blank = false;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = TakeCharacter(text, at);
    if (IsBlank(c)) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += text.substr(begin, at - begin);
  }
  return out;
}

std::string Fold(std::string_view text) {
  std::string out;
  bool blank = false;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = TakeCharacter(text, at);
    const char plain = Plain(c);
    const bool letter = (plain >= 'A' && plain <= 'Z') || IsDigit(plain);
    // What we have no letter for (another script) stays as it is: it tells names apart.
    const bool other = plain == '\0' && c != U'\uFFFD' && !IsBlank(c) && c >= 0x180 && !(c >= 0x2000 && c <= 0x206F);
    if (!letter && !other) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    if (letter) out += plain;
    else out += text.substr(begin, at - begin);
  }
  return out;
}

std::string FoldVendor(std::string_view text) {
  constexpr std::array<std::string_view, 9> kForms{"PT", "CV", "UD", "PD", "FA", "TBK", "PERSERO", "KOPERASI", "PERUSAHAAN"};
  const std::string folded = Fold(text);
  std::string out;
  for (size_t at = 0; at < folded.size();) {
    const size_t end = std::min(folded.find(' ', at), folded.size());
    const std::string_view word = std::string_view(folded).substr(at, end - at);
    if (std::find(kForms.begin(), kForms.end(), word) == kForms.end()) out += (out.empty() ? "" : " ") + std::string(word);
    at = end + 1;
  }
  return out.empty() ? folded : out;
}

std::optional<std::string> NpwpDigits(std::string_view text) {
  // As identifiers of OCDS have it.
  if (text.starts_with("ID-NPWP-")) text.remove_prefix(8);
  std::string digits;
  for (const char c : text) {
    if (IsDigit(c)) digits += c;
    else if (c != '.' && c != '-' && c != ' ') return std::nullopt;
  }
  if (digits.size() == 16 && digits[0] == '0') digits.erase(0, 1);
  if ((digits.size() != 15 && digits.size() != 16) || digits.find_first_not_of('0') == std::string::npos) return std::nullopt;
  return digits;
}

bool HoldsCheckDigit(std::string_view nine_digits) {
  if (nine_digits.size() != 9) return false;
  int sum = 0;
  for (size_t i = 0; i < 9; ++i) {
    if (!IsDigit(nine_digits[i])) return false;
    int digit = nine_digits[i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

std::optional<std::string> NpwpKey(std::string_view digits) {
  // 16 digits that do not begin with 0 are a person's number: its first nine are a district and a birthday.
  if (digits.size() != 15) return std::nullopt;
  const std::string_view nine = digits.substr(0, 9);
  if (nine == "000000000" || !HoldsCheckDigit(nine)) return std::nullopt;
  return std::string(nine);
}

std::optional<std::string> TenderCode(std::string_view text) {
  const std::string tidy = Tidy(text);
  if (tidy.size() < 4 || tidy.size() > 14 || tidy[0] == '0') return std::nullopt;
  return std::all_of(tidy.begin(), tidy.end(), IsDigit) ? std::optional(tidy) : std::nullopt;
}

std::string LpseOf(std::string_view code) {
  if (code.size() <= 3) return {};
  const size_t from = code.find_first_not_of('0', code.size() - 3);
  return from == std::string_view::npos ? "SPSE" : "LPSE " + std::string(code.substr(from));
}

}  // namespace pulih::tender
