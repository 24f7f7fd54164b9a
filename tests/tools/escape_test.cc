#include "tools/escape.h"

#include <catch2/catch.hpp>
#include <string>

using namespace pulih;

TEST_CASE("an ordinary name is shown as it is") {
  for (const char* name : {"laporan tahunan.pdf", "naïve", "調達", "-dash", "quo'te", "$HOME", "a:b"}) {
    CHECK(EscapeName(name) == name);
  }
}

TEST_CASE("nothing that a name holds can move the cursor, hide or turn around what is shown") {
  CHECK(EscapeName("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(EscapeName("\x1b[2J\x07\x7f") == "\\x1b[2J\\x07\\x7f");
  CHECK(EscapeName("\u202egnp.exe") == "\\u{202e}gnp.exe");
  CHECK(EscapeName("\u2066x\u2069\u200b\ufeff\u2028\u061c") == "\\u{2066}x\\u{2069}\\u{200b}\\u{feff}\\u{2028}\\u{61c}");
  CHECK(EscapeName("\xc2\x9b") == "\\u{9b}");  // CSI in one character
  CHECK(EscapeName("\xf3\xa0\x81\xa1") == "\\u{e0061}");
}

TEST_CASE("no byte below blank, and no DEL, survives in any position") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name = std::string("a") + static_cast<char>(byte) + "b";
    for (const char c : EscapeName(name)) {
      const auto shown = static_cast<unsigned char>(c);
      CHECK((shown >= 0x20 && shown != 0x7f));
    }
  }
}

TEST_CASE("what is not UTF-8 is shown byte by byte") {
  CHECK(EscapeName("\xff\xfe") == "\\xff\\xfe");
  CHECK(EscapeName("\xc0\xaf") == "\\xc0\\xaf");              // overlong
  CHECK(EscapeName("\xed\xa0\x80") == "\\xed\\xa0\\x80");     // a surrogate
  CHECK(EscapeName("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  CHECK(EscapeName("\xe2\x82") == "\\xe2\\x82");              // cut short
}

TEST_CASE("an escaped name is unambiguous, a message keeps its backslashes") {
  CHECK(EscapeName("a\\nb") == "a\\\\nb");
  CHECK(EscapeText("a\\nb") == "a\\nb");
  CHECK(EscapeText("x: a\nb") == "x: a\\nb");
}

TEST_CASE("UTF-8 for JSON has U+FFFD for each byte that is not, and says whether anything was lost") {
  bool lossless = false;
  CHECK(ToUtf8("naïve", &lossless) == "naïve");
  CHECK(lossless);
  CHECK(ToUtf8("a\xff\xfe" "b", &lossless) == "a\ufffd\ufffd" "b");
  CHECK_FALSE(lossless);
  CHECK(ToUtf8("\ufffd", &lossless) == "\ufffd");
  CHECK(lossless);
}

TEST_CASE("cutting back keeps the beginning, whole characters, and the width asked for") {
  CHECK(CutBack("abc", 3) == "abc");
  CHECK(CutBack("abcdef", 4) == "abc…");
  CHECK(CutBack("ééééé", 3) == "éé…");
  CHECK(CutBack("abc", 0).empty());
  for (size_t columns = 1; columns < 8; ++columns) CHECK(DisplayWidth(CutBack("aébécdefg", columns)) == columns);
}

TEST_CASE("cutting keeps the end, whole characters, and the width asked for") {
  CHECK(CutFront("abc", 3) == "abc");
  CHECK(CutFront("abcdef", 4) == "…def");
  CHECK(CutFront("ééééé", 3) == "…éé");
  CHECK(CutFront("abc", 0).empty());
  for (size_t columns = 1; columns < 8; ++columns) CHECK(DisplayWidth(CutFront("aébécdefg", columns)) == columns);
}
