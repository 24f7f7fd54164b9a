#include "engine/crypto/passphrase.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <regex>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/hex.h"

using namespace pulih;

namespace {

constexpr KdfCost kTinyCost{kMinKdfPasses, kMinKdfMemoryKib};
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

size_t ResidentKib() {
  size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

long PeakKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

Bytes Salt() {
  Bytes salt(16);
  for (size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<uint8_t>(i);
  return salt;
}

// The secret 100, 101, … 119, printed by another implementation.
constexpr std::string_view kPrinted =
    "1: MRSWM-Z3I-6Q\n"
    "2: NFVGW-3DN-2P\n"
    "3: NZXXA-4LS-SB\n"
    "4: ON2HK-5TX-J5\n";

bool OpensTo(std::string_view typed, std::string_view hex) {
  const auto parsed = ParseRecoveryText(typed);
  return parsed.has_value() && parsed->ok() && ToHex(parsed->value().view()) == hex;
}

// The message when `typed` is taken for a recovery text with an error, else nothing.
std::string ErrorIn(std::string_view typed) {
  const auto parsed = ParseRecoveryText(typed);
  if (!parsed || parsed->ok()) return {};
  CHECK(parsed->status().code() == Code::invalid);
  return parsed->status().message();
}

std::string Replaced(std::string_view text, const std::string& what, const std::string& by) {
  return std::regex_replace(std::string(text), std::regex(what), by);
}

}  // namespace

TEST_CASE("Argon2id gives the key and commitment that are fixed for good") {
  auto derived = DeriveFromPassphrase(AsBytes("lost and found"), Salt(), {2, 8u << 10});
  REQUIRE(derived.ok());
  CHECK(ToHex(derived->view()) ==
        "e5e4759bcdadf4261bcbc49b5e1b96df1ec91e4ae3ebb5cf4c2dff0baa69e50b36952aa2b0d588eaae150c303ed785f94d75c9829bd5301748827"
        "3a84fa72730");
}

TEST_CASE("passphrase, salt and each part of the cost change what is derived") {
  const auto derive = [](std::string_view passphrase, const Bytes& salt, const KdfCost& cost) {
    auto derived = DeriveFromPassphrase(AsBytes(passphrase), salt, cost);
    REQUIRE(derived.ok());
    return ToHex(derived->view());
  };
  const std::string base = derive("a", Salt(), kTinyCost);
  CHECK(derive("a", Salt(), kTinyCost) == base);
  CHECK(derive("b", Salt(), kTinyCost) != base);
  CHECK(derive("a", Bytes(16, 1), kTinyCost) != base);
  CHECK(derive("a", Salt(), {kTinyCost.passes + 1, kTinyCost.memory_kib}) != base);
  CHECK(derive("a", Salt(), {kTinyCost.passes, kTinyCost.memory_kib + 1}) != base);
  CHECK(derive("", Salt(), kTinyCost) != base);
}

TEST_CASE("a cost out of bounds is refused before memory is taken") {
  CHECK(IsAcceptable(KdfCost{}));
  CHECK(IsAcceptable({kMinKdfPasses, kMinKdfMemoryKib}));
  CHECK(IsAcceptable({kMaxKdfPasses, kMaxKdfMemoryKib}));
  const long peak_before = PeakKib();
  const KdfCost bad[] = {{0, kMinKdfMemoryKib},
                         {kMaxKdfPasses + 1, kMinKdfMemoryKib},
                         {UINT32_MAX, kMinKdfMemoryKib},
                         {1, kMinKdfMemoryKib - 1},
                         {1, 0},
                         {1, kMaxKdfMemoryKib + 1},
                         {1, UINT32_MAX},
                         {UINT32_MAX, UINT32_MAX}};
  for (const KdfCost& cost : bad) {
    CHECK_FALSE(IsAcceptable(cost));
    CHECK(DeriveFromPassphrase(AsBytes("x"), Salt(), cost).status().code() == Code::invalid);
  }
  CHECK(PeakKib() - peak_before < 4 << 10);
}

TEST_CASE("the memory of a derivation is given back to the system") {
  REQUIRE(DeriveFromPassphrase(AsBytes("x"), Salt(), kTinyCost).ok());
  const size_t before = ResidentKib();
  REQUIRE(DeriveFromPassphrase(AsBytes("x"), Salt(), {1, 64u << 10}).ok());
  CHECK(PeakKib() > static_cast<long>(before + (48u << 10)));  // it was taken
  CHECK(ResidentKib() < before + (8u << 10));                  // and is gone
}

TEST_CASE("a recovery text is printed as another implementation prints it") {
  class Counting final : public RandomSource {
    void Fill(MutableByteView into) override {
      for (size_t i = 0; i < into.size(); ++i) into[i] = static_cast<uint8_t>(100 + i);
    }
  } random;
  const RecoveryText text = MakeRecoveryText(random);
  CHECK(text.printed == kPrinted);
  CHECK(text.secret.size() == 20);
}

TEST_CASE("a recovery text opens in every form in which it may be typed") {
  auto random = NewSeededRandom(5);
  for (int round = 0; round < 50; ++round) {
    const RecoveryText text = MakeRecoveryText(*random);
    const std::string secret = ToHex(text.secret.view());
    const std::string& printed = text.printed;
    REQUIRE(std::regex_match(printed, std::regex("1: [A-Z2-7]{5}-[A-Z2-7]{3}-[A-Z2-7]{2}\n2: .{12}\n3: .{12}\n4: .{12}\n")));
    std::string lower = printed;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::string bare = Replaced(Replaced(printed, "[0-9]: ", ""), "-", "");
    const std::string forms[] = {
        printed,
        lower,
        Replaced(printed, "\n", "\r\n"),
        Replaced(printed, "\n", " "),
        Replaced(printed, "[\n -]", ""),
        Replaced(printed, ": ", ":"),
        Replaced(printed, ": ", " : "),
        Replaced(printed, ":", ""),
        Replaced(printed, "[: \n-]", ""),
        Replaced(printed, "-", " "),
        Replaced(printed, "[0-9]: ", ""),
        Replaced(Replaced(printed, "[0-9]: ", ""), "\n", " "),
        bare,
        Replaced(bare, "\n", " "),
        Replaced(bare, "\n", ""),
        Replaced(bare, "\n", "-"),
        Replaced(bare, "(.)", "$1 "),
        "\t " + printed + "\n\n",
        Replaced(Replaced(bare, "O", "0"), "B", "8"),
        Replaced(Replaced(Replaced(bare, "I", "1"), "O", "0"), "\n", ""),
    };
    for (const std::string& form : forms) {
      CAPTURE(form);
      REQUIRE(OpensTo(form, secret));
    }
  }
}

TEST_CASE("each single wrong digit is found, on its line") {
  const std::string secret = ToHex(ParseRecoveryText(kPrinted)->value().view());
  const std::string printed(kPrinted), flat = Replaced(Replaced(kPrinted, "[0-9]: ", ""), "[\n-]", "");
  REQUIRE(OpensTo(flat, secret));
  for (size_t i = 0; i < flat.size(); ++i) {
    const std::string line = "line " + std::to_string(i / 10 + 1) + ":";
    for (const char digit : kBase32) {
      if (digit == flat[i]) continue;
      std::string typed = flat;
      typed[i] = digit;
      REQUIRE(ErrorIn(typed).find(line) != std::string::npos);
    }
    std::string typed = flat;
    typed[i] = '9';
    REQUIRE(ErrorIn(typed).find(line) != std::string::npos);
  }
}

TEST_CASE("two wrong digits of a line, swapped digits and swapped lines are found") {
  const std::string flat = Replaced(Replaced(kPrinted, "[0-9]: ", ""), "[\n-]", "");
  for (size_t a = 0; a < 10; ++a) {
    for (size_t b = a + 1; b < 10; ++b) {
      std::string swapped = flat;
      std::swap(swapped[20 + a], swapped[20 + b]);
      if (swapped != flat) REQUIRE(ErrorIn(swapped).find("line 3:") != std::string::npos);
      for (const char first : kBase32) {
        for (const char second : {'A', 'Q', '5'}) {
          std::string typed = flat;
          typed[a] = first;
          typed[b] = second;
          if (typed != flat) REQUIRE(ErrorIn(typed).find("line 1:") != std::string::npos);
        }
      }
    }
  }
  const std::string lines_swapped = flat.substr(0, 10) + flat.substr(20, 10) + flat.substr(10, 10) + flat.substr(30);
  CHECK(ErrorIn(lines_swapped).find("line 2, line 3:") != std::string::npos);
}

TEST_CASE("a digit too few or too many is found on its line where lines can be told apart") {
  const std::string printed(kPrinted);
  for (const std::string& form : {printed, Replaced(printed, "[0-9]: ", "")}) {
    const size_t at = form.find("3DN");
    std::string shorter = form, longer = form;
    shorter.erase(at, 1);
    longer.insert(at, "Q");
    CHECK(ErrorIn(shorter).find("line 2:") != std::string::npos);
    CHECK(ErrorIn(longer).find("line 2:") != std::string::npos);
  }
}

TEST_CASE("a printed text that is wrong on every line is still seen to be one") {
  CHECK(ErrorIn("1: AAAAA-AAA-AA\n2: AAAAA-AAA-AA\n3: AAAAA-AAA-AA\n4: AAAAA-AAA-AA\n").find("line 1, line 2, line 3, line 4:") !=
        std::string::npos);
}

TEST_CASE("a recovery text with too few lines or too many says how many it has") {
  const std::string printed(kPrinted);
  for (const std::string& form : {printed, Replaced(printed, "[0-9]: ", "")}) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < form.size();) {
      const size_t end = form.find('\n', at);
      lines.push_back(form.substr(at, end + 1 - at));
      at = end + 1;
    }
    REQUIRE(lines.size() == 4);
    CHECK(ErrorIn(lines[0] + lines[1] + lines[2]).find("it has 3 lines") != std::string::npos);
    CHECK(ErrorIn(lines[0] + lines[2] + lines[3]).find("it has 3 lines") != std::string::npos);
    CHECK(ErrorIn(lines[2] + lines[3]).find("it has 2 lines") != std::string::npos);
    CHECK(ErrorIn(form + lines[3]).find("it has 5 lines") != std::string::npos);
    CHECK(ErrorIn(form + lines[0] + lines[1]).find("it has 6 lines") != std::string::npos);
    CHECK_FALSE(ParseRecoveryText(lines[0]).has_value());  // one line may be a passphrase
  }
}

TEST_CASE("a passphrase is never taken for a recovery text") {
  const std::string passphrases[] = {"",
                                     " ",
                                     "-",
                                     "correct horse battery staple",
                                     "hunter2",
                                     "1: foo 2: bar 3: baz 4: qux",
                                     "1:2:3:4:",
                                     std::string(40, 'a'),
                                     std::string(44, 'z'),
                                     "correct horse battery staple and so forths",  // forty letters
                                     "mrswmz3i6q horse battery staple",             // one line fits by accident
                                     "mrswmz3i6q" + std::string(30, 'x'),
                                     std::string(2000, 'A'),
                                     "\xff\xfe\x00 1:",
                                     "satu dua tiga empat"};
  for (const std::string& passphrase : passphrases) {
    CAPTURE(passphrase);
    CHECK_FALSE(ParseRecoveryText(passphrase).has_value());
  }
}
