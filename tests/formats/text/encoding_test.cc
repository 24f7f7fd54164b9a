#include "formats/text/encoding.h"

#include <random>

#include <catch2/catch.hpp>

namespace pulih {
namespace {

std::string Decoded(TextEncoding encoding, std::string_view bytes, size_t piece, bool* damaged = nullptr) {
  TextDecoder decoder(encoding);
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += piece) decoder.Feed(AsBytes(bytes.substr(at, piece)), out);
  decoder.Finish(out);
  if (damaged != nullptr) *damaged = decoder.damaged();
  return out;
}

constexpr std::string_view kBad = "\xEF\xBF\xBD";

}  // namespace

TEST_CASE("text in PostgreSQL's encodings becomes UTF-8") {
  CHECK(ToUtf8(AsBytes("caf\xE9"), "LATIN1") == "café");
  CHECK(ToUtf8(AsBytes("\x80 5"), "WIN1252") == "€ 5");
  CHECK(ToUtf8(AsBytes("\xCF\xF0\xE8"), "WIN1251") == "При");
  CHECK(ToUtf8(AsBytes("\xF0\xD2\xC9"), "KOI8R") == "При");
  CHECK(ToUtf8(AsBytes("\xC6\xFC\xCB\xDC"), "EUC_JP") == "日本");
  CHECK(ToUtf8(AsBytes("\x93\xFA\x96\x7B"), "SJIS") == "日本");
  CHECK(ToUtf8(AsBytes("\xC8\xD5"), "EUC_CN") == "日");
  CHECK(ToUtf8(AsBytes("\xA4"), "LATIN9") == "€");
  CHECK(ToUtf8(AsBytes("abc é"), "UTF8") == "abc é");
  CHECK(ToUtf8(AsBytes("abc é"), "SQL_ASCII") == "abc é");
  CHECK(ToUtf8(AsBytes(""), "LATIN1").empty());
  CHECK(CanConvert("UTF8"));
  CHECK(CanConvert("WIN1258"));
  CHECK_FALSE(CanConvert("SQL_ASCII"));
}

TEST_CASE("every encoding that has a name converts ASCII to itself") {
  for (const char* name : {"BIG5", "EUC_CN", "EUC_JIS_2004", "EUC_JP", "EUC_KR", "EUC_TW", "GB18030", "GBK", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7",
                           "ISO_8859_8", "JOHAB", "KOI8R", "KOI8U", "LATIN1", "LATIN10", "LATIN2", "LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7",
                           "LATIN8", "LATIN9", "SHIFT_JIS_2004", "SJIS", "UHC", "WIN1250", "WIN1251", "WIN1252", "WIN1253", "WIN1254", "WIN1255",
                           "WIN1256", "WIN1257", "WIN1258", "WIN866", "WIN874"}) {
    INFO(name);
    CHECK(CanConvert(name));
    CHECK(ToUtf8(AsBytes("Jembatan (2014) 100%"), name) == "Jembatan (2014) 100%");
  }
}

TEST_CASE("bytes that are no text become U+FFFD, and only they") {
  CHECK(ToUtf8(AsBytes("a\xFFz"), "UTF8") == "a" + std::string(kBad) + "z");
  CHECK(ToUtf8(AsBytes("a\xFFz"), "EUC_JP") == "a" + std::string(kBad) + "z");
  CHECK(ToUtf8(AsBytes("a\xC6"), "EUC_JP") == "a" + std::string(kBad));
  CHECK(MendUtf8("\xE2\x82z") == std::string(kBad) + "z");      // cut before its last byte: one
  CHECK(MendUtf8("z\xE2\x82") == "z" + std::string(kBad));
  CHECK(MendUtf8("\xC0\xAF") == std::string(kBad) + std::string(kBad));  // overlong
  CHECK(MendUtf8("\xED\xA0\x80").find("\xED") == std::string::npos);  // a surrogate
  CHECK(MendUtf8("\xF4\x90\x80\x80").find("\xF4") == std::string::npos);  // beyond U+10FFFF
  CHECK(IsUtf8("é日\xF0\x9F\x98\x80"));
  CHECK_FALSE(IsUtf8("\xE2\x82"));
}

TEST_CASE("random bytes in any encoding become UTF-8") {
  std::mt19937 random(5);
  for (int run = 0; run < 2000; ++run) {
    Bytes bytes(random() % 40);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    for (const char* name : {"UTF8", "EUC_JP", "SJIS", "BIG5", "GB18030", "JOHAB", "EUC_TW", "WIN1255", "LATIN3", "SHIFT_JIS_2004", "unheard-of"}) {
      if (!IsUtf8(ToUtf8(bytes, name))) FAIL(name);
    }
    const size_t piece = 1 + random() % 9;
    for (const auto encoding : {TextEncoding::utf8, TextEncoding::utf16le, TextEncoding::utf16be, TextEncoding::windows1252}) {
      const std::string text = Decoded(encoding, AsText(bytes), piece);
      if (!IsUtf8(text) || text != Decoded(encoding, AsText(bytes), 1000)) FAIL(TextEncodingName(encoding));
    }
    if (Decoded(TextEncoding::utf8, AsText(bytes), piece) != MendUtf8(AsText(bytes))) FAIL("not as MendUtf8");
  }
}

TEST_CASE("a decoder takes characters that are split between pieces") {
  using namespace std::string_literals;
  const std::string text = "a é 日 \xF0\x9F\x98\x80 z";
  const std::string little = "a\0 \0\xE9\0 \0\xE5\x65 \0\x3D\xD8\x00\xDE \0z\0"s, big = "\0a\0 \0\xE9\0 \x65\xE5\0 \xD8\x3D\xDE\x00\0 \0z"s;
  for (size_t piece = 1; piece < 8; ++piece) {
    CHECK(Decoded(TextEncoding::utf8, text, piece) == text);
    CHECK(Decoded(TextEncoding::utf16le, little, piece) == text);
    CHECK(Decoded(TextEncoding::utf16be, big, piece) == text);
  }
  bool damaged = false;
  CHECK(Decoded(TextEncoding::utf16le, "a\0\x00\xDE"s, 1, &damaged) == "a" + std::string(kBad));
  CHECK(damaged);
  CHECK(Decoded(TextEncoding::windows1252, "\x81\x93x\x94", 1, &damaged) == "\xC2\x81“x”");
  CHECK_FALSE(damaged);
}

TEST_CASE("the encoding of a file is seen from its first bytes") {
  CHECK(DetectEncoding(AsBytes("\xEF\xBB\xBF" "a")).mark_size == 3);
  CHECK(DetectEncoding(AsBytes("\xFF\xFE")).encoding == TextEncoding::utf16le);
  CHECK(DetectEncoding(AsBytes("\xFE\xFF")).encoding == TextEncoding::utf16be);
  CHECK(DetectEncoding(AsBytes("caf\xE9 x")).encoding == TextEncoding::windows1252);
  CHECK(DetectEncoding(AsBytes("café")).encoding == TextEncoding::utf8);
  CHECK(DetectEncoding(AsBytes("caf\xC3")).encoding == TextEncoding::utf8);  // the sample ends inside a character
}

TEST_CASE("what a person types goes back into the database's encoding") {
  CHECK(FromUtf8("clé", "LATIN1").value() == "cl\xE9");
  CHECK(FromUtf8("clé", "UTF8").value() == "clé");
  CHECK(FromUtf8("“x”", "WIN1252").value() == "\x93x\x94");
  CHECK(FromUtf8("日本", "EUC_JP").value() == "\xC6\xFC\xCB\xDC");
  CHECK_FALSE(FromUtf8("日本", "LATIN1").has_value());
  CHECK_FALSE(FromUtf8("cl\xE9", "LATIN1").has_value());  // not UTF-8
  CHECK(FromUtf8("", "LATIN1").value().empty());
}

}  // namespace pulih
