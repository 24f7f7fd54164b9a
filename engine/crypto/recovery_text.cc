// The recovery text of passphrase.h. A line is 40 bits in eight base32 digits and two check digits, which are
// a Reed-Solomon code over GF(32) on line number ‖ digits: any one or two wrong digits of a line, two that
// changed places, and a line on the wrong place are always found (a cut hash would miss 1 in 1024).
#include <algorithm>

#include "engine/crypto/passphrase.h"

namespace pulih {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";  // RFC 4648
constexpr size_t kLines = 4;
constexpr size_t kLineBytes = 5;
constexpr size_t kDataDigits = 8;
constexpr size_t kLineDigits = kDataDigits + 2;
constexpr size_t kMaxTyped = 1024;

// Times x in GF(2)[x] / (x^5 + x^2 + 1).
constexpr uint8_t TimesX(uint8_t v) { return static_cast<uint8_t>((v << 1) ^ ((v & 0x10) != 0 ? 0x25 : 0)); }

// The sum of all symbols, and their sum weighted by powers of x, none of which is used twice.
struct CheckDigits {
  uint8_t sum = 0, weighted = 0;
  void Add(uint8_t symbol) {
    sum ^= symbol;
    weighted = TimesX(weighted) ^ symbol;
  }
};

std::string PrintLine(size_t number, ByteView bytes) {
  uint64_t bits = 0;
  for (const uint8_t b : bytes) bits = bits << 8 | b;
  CheckDigits check;
  check.Add(static_cast<uint8_t>(number));
  std::string line = std::to_string(number) + ": ";
  for (size_t i = 0; i < kDataDigits; ++i) {
    if (i == 5) line += '-';
    const auto symbol = static_cast<uint8_t>(bits >> (5 * (kDataDigits - 1 - i)) & 31);
    check.Add(symbol);
    line += kAlphabet[symbol];
  }
  return line + '-' + kAlphabet[check.sum] + kAlphabet[check.weighted] + '\n';
}

// Lower case is fine, and so is what the eye takes for a digit that the alphabet left out for its sake.
std::optional<uint8_t> SymbolOf(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == '0') c = 'O';
  if (c == '1') c = 'I';
  if (c == '8') c = 'B';
  const size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<uint8_t>(at));
}

bool ReadLine(size_t number, std::string_view digits, MutableByteView out) {
  if (digits.size() != kLineDigits) return false;
  CheckDigits check;
  check.Add(static_cast<uint8_t>(number));
  uint64_t bits = 0;
  for (size_t i = 0; i < kLineDigits; ++i) {
    const auto symbol = SymbolOf(digits[i]);
    if (!symbol) return false;
    if (i < kDataDigits) {
      check.Add(*symbol);
      bits = bits << 5 | *symbol;
    } else if (*symbol != (i == kDataDigits ? check.sum : check.weighted)) {
      return false;
    }
  }
  for (size_t i = 0; i < kLineBytes; ++i) out[i] = static_cast<uint8_t>(bits >> (8 * (kLineBytes - 1 - i)));
  return true;
}

// What was typed, without blanks and dashes, and where it falls into four lines.
struct TypedLines {
  SecretBytes kept;  // what the lines borrow from
  std::array<std::string_view, kLines> lines;
  bool numbered = false;
};

// "1:…2:…3:…4:…"
bool SplitAtNumbers(std::string_view text, TypedLines& typed) {
  static constexpr std::array<std::string_view, kLines> kMarks = {"1:", "2:", "3:", "4:"};
  if (!text.starts_with(kMarks[0])) return false;
  size_t at = kMarks[0].size();
  for (size_t i = 0; i < kLines; ++i) {
    const size_t end = i + 1 < kLines ? text.find(kMarks[i + 1], at) : text.size();
    if (end == std::string_view::npos) return false;
    typed.lines[i] = text.substr(at, end - at);
    at = end + 2;
  }
  typed.numbered = true;
  return true;
}

// Forty digits, or forty-four with the lines' numbers among them.
bool SplitByLength(std::string_view text, TypedLines& typed) {
  const bool numbered = text.size() == kLines * (kLineDigits + 1);
  if (!numbered && text.size() != kLines * kLineDigits) return false;
  const size_t width = text.size() / kLines;
  for (size_t i = 0; i < kLines; ++i) {
    if (numbered && text[i * width] != static_cast<char>('1' + i)) return false;
    typed.lines[i] = text.substr(i * width, width).substr(numbered ? 1 : 0);
  }
  typed.numbered = numbered;
  return true;
}

// Four words: a digit too few or too many can be told from the word it is in.
bool SplitAtWords(std::string_view text, const std::vector<size_t>& word_starts, TypedLines& typed) {
  if (word_starts.size() != kLines) return false;
  for (size_t i = 0; i < kLines; ++i) {
    const size_t end = i + 1 < kLines ? word_starts[i + 1] : text.size();
    typed.lines[i] = text.substr(word_starts[i], end - word_starts[i]);
  }
  return true;
}

std::optional<TypedLines> SplitTyped(std::string_view text) {
  if (text.size() > kMaxTyped) return std::nullopt;
  TypedLines typed;
  typed.kept = SecretBytes(text.size());
  std::vector<size_t> word_starts;
  size_t size = 0;
  bool after_blank = true;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank && c != '-') {
      if (after_blank) word_starts.push_back(size);
      typed.kept.data()[size++] = static_cast<uint8_t>(c);
      after_blank = false;
    }
    after_blank = after_blank || blank;
  }
  const std::string_view squeezed = AsText(typed.kept.view().first(size));
  if (SplitAtNumbers(squeezed, typed) || SplitByLength(squeezed, typed) ||
      SplitAtWords(squeezed, word_starts, typed)) {
    return typed;
  }
  return std::nullopt;
}

bool IsAboutALine(std::string_view digits) {
  return digits.size() + 1 >= kLineDigits && digits.size() <= kLineDigits + 1 &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return SymbolOf(c).has_value(); });
}

// Of a text that does not fall into four lines: how many lines it has whose check digits fit on one of the four places,
// and how many look like a line. Two that fit are no accident, as below.
struct LineCount {
  size_t words = 0, right = 0;
};
LineCount CountLines(std::string_view text) {
  LineCount count;
  SecretBytes line(kLineBytes), digits(kMaxTyped);
  size_t size = 0;
  const auto end_word = [&] {
    std::string_view word = AsText(digits.view().first(size));
    size = 0;
    if (word.size() >= 2 && word[0] >= '1' && word[0] <= '9' && word[1] == ':') word.remove_prefix(2);
    if (!IsAboutALine(word)) return;
    ++count.words;
    for (size_t number = 1; number <= kLines; ++number) {
      if (ReadLine(number, word, line.mutable_view())) {
        ++count.right;
        return;
      }
    }
  };
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      end_word();
    } else if (c != '-' && size < kMaxTyped) {
      digits.data()[size++] = static_cast<uint8_t>(c);
    }
  }
  end_word();
  return count;
}

}  // namespace

RecoveryText MakeRecoveryText(RandomSource& random) {
  RecoveryText text;
  text.secret = SecretBytes(kLines * kLineBytes);
  random.Fill(text.secret.mutable_view());
  for (size_t i = 0; i < kLines; ++i) text.printed += PrintLine(i + 1, text.secret.view().subspan(i * kLineBytes, kLineBytes));
  return text;
}

// A passphrase must not be mistaken for a recovery text with errors, for its owner could then never enter it:
// forty letters are not enough. Two lines whose check digits fit are, or the printed numbers with lines of
// about the right length.
std::optional<Result<SecretBytes>> ParseRecoveryText(std::string_view typed) {
  const LineCount count = typed.size() <= kMaxTyped ? CountLines(typed) : LineCount();
  const auto wrong_count = [&] {
    return Status(Code::invalid, "reading the recovery text failed: it has " + std::to_string(count.words) + " lines, and there must be " +
                                     std::to_string(kLines),
                  "give all lines of the paper, in their order");
  };
  if (count.words > kLines && count.right >= kLines) return wrong_count();
  const std::optional<TypedLines> split = SplitTyped(typed);
  SecretBytes secret(kLines * kLineBytes);
  std::string wrong;
  size_t right = 0;
  for (size_t i = 0; split && i < kLines; ++i) {
    if (ReadLine(i + 1, split->lines[i], secret.mutable_view().subspan(i * kLineBytes, kLineBytes))) {
      ++right;
    } else {
      wrong += (wrong.empty() ? "line " : ", line ") + std::to_string(i + 1);
    }
  }
  const bool printed_shape = split && split->numbered && std::all_of(split->lines.begin(), split->lines.end(), IsAboutALine);
  if (right < 2 && !printed_shape) {
    if (count.right >= 2 && count.words != kLines) return wrong_count();
    return std::nullopt;
  }
  if (!wrong.empty()) {
    return Status(Code::invalid, "reading the recovery text failed: " + wrong + ": the check digits do not fit",
                  "compare it with the paper, digit by digit");
  }
  return secret;
}

}  // namespace pulih
