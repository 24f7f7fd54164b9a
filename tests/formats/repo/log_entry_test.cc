#include "formats/repo/log_entry.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

// --- entries -----------------------------------------------------------------------------------------------------

LogEntry Entry() {
  LogEntry entry;
  entry.leaf = ToBytes("{}");
  entry.checkpoint = "abc";
  entry.frontier.resize(1);
  entry.frontier[0].bytes.fill(0xf0);
  return entry;
}
Bytes Golden() { return Hex("50554c49484c4f47 01000000 02000000 03000000 01000000 7b7d 616263" + Repeated(0xf0, 32)); }

TEST_CASE("a log entry has the bytes that the format says") {
  CHECK(ToHex(EncodeLogEntry(Entry())) == ToHex(Golden()));
  const auto back = DecodeLogEntry(Golden());
  REQUIRE(back.ok());
  CHECK(AsText(back->leaf) == "{}");
  CHECK(back->checkpoint == "abc");
  CHECK(back->frontier == Entry().frontier);
}

TEST_CASE("a log entry is canonical") {
  IsCanonical(Golden(), ReencodeLogEntry);
  ATrailingByteIsRefused(Golden(), ReencodeLogEntry);
  RandomValuesComeBack(300, LogEntrySpecimen, ReencodeLogEntry);
}

TEST_CASE("a log entry's magic, version and lengths are checked") {
  Bytes bytes = Golden();
  bytes[0] = 'p';
  CHECK(DecodeLogEntry(bytes).status().code() == Code::corrupt);
  bytes = Golden();
  bytes[8] = 2;
  CHECK(DecodeLogEntry(bytes).status().code() == Code::unsupported);
  for (const size_t at : {12, 16, 20}) {
    bytes = Golden();
    for (size_t i = 0; i < 4; ++i) bytes[at + i] = 0xff;
    CHECK(DecodeLogEntry(bytes).status().code() == Code::corrupt);
  }
  LogEntry entry = Entry();
  entry.leaf.assign(kMaxLogLeaf, ' ');
  entry.frontier.resize(64);
  Bytes largest = EncodeLogEntry(entry);
  CHECK(DecodeLogEntry(largest).ok());
  entry.leaf.pop_back();
  Bytes too_many = EncodeLogEntry(entry);
  too_many[20] = 65;
  too_many.resize(too_many.size() + 32);
  CHECK_FALSE(DecodeLogEntry(too_many).ok());
  CHECK_FALSE(DecodeLogEntry(Bytes(kMaxLogBlob + 1)).ok());
}

// --- checkpoints -------------------------------------------------------------------------------------------------

const std::string kBody = "pulih/a/b\n7\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n";
const std::string kLine = "\xe2\x80\x94 pulih/a/b AQIDBAkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n";

CheckpointBody Body() {
  CheckpointBody body;
  body.origin = "pulih/a/b";
  body.size = 7;
  body.root.bytes.fill(0xab);
  return body;
}

TEST_CASE("a checkpoint is a signed note of three lines") {
  CHECK(EncodeCheckpointBody(Body()) == kBody);
  CHECK(EncodeCheckpoint(Body(), "pulih/a/b", Hex("01020304"), Bytes(64, 9)) == kBody + "\n" + kLine);

  const auto parsed = ParseCheckpoint(kBody + "\n" + kLine + "\xe2\x80\x94 witness AQIDBAU=\n");
  REQUIRE(parsed.ok());
  CHECK(parsed->body.origin == "pulih/a/b");
  CHECK(parsed->body.size == 7);
  CHECK(parsed->body.root == Body().root);
  CHECK(parsed->signed_text == kBody);
  REQUIRE(parsed->signatures.size() == 2);
  CHECK(parsed->signatures[0].name == "pulih/a/b");
  CHECK(ToHex(parsed->signatures[0].key_id) == "01020304");
  CHECK(parsed->signatures[0].signature == Bytes(64, 9));
  CHECK(parsed->signatures[1].name == "witness");
  CHECK(parsed->signatures[1].signature == Bytes{5});
}

TEST_CASE("a checkpoint is canonical") {
  IsCanonical(ToBytes(kBody + "\n" + kLine), ReencodeCheckpoint);
  ATrailingByteIsRefused(ToBytes(kBody + "\n" + kLine), ReencodeCheckpoint);
  RandomValuesComeBack(300, CheckpointSpecimen, ReencodeCheckpoint);
}

TEST_CASE("a checkpoint that is not one is refused") {
  auto accepted = [](const std::string& text) { return ParseCheckpoint(text).ok(); };
  const std::string root = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";
  auto with = [&](const std::string& origin, const std::string& size, const std::string& hash) {
    return origin + "\n" + size + "\n" + hash + "\n\n" + kLine;
  };
  CHECK(accepted(with("o", "0", root)));
  CHECK(accepted(with("o", "18446744073709551615", root)));
  CHECK_FALSE(accepted(with("o", "18446744073709551616", root)));
  CHECK_FALSE(accepted(with("o", "007", root)));
  CHECK_FALSE(accepted(with("o", "+7", root)));
  CHECK_FALSE(accepted(with("o", "-7", root)));
  CHECK_FALSE(accepted(with("o", " 7", root)));
  CHECK_FALSE(accepted(with("o", "", root)));
  CHECK_FALSE(accepted(with("", "7", root)));
  CHECK_FALSE(accepted(with("o\r", "7", root)));
  CHECK_FALSE(accepted(with("o", "7", "AQID")));
  CHECK_FALSE(accepted(with("o", "7", root + "\nextension")));
  CHECK_FALSE(accepted(kBody + kLine));             // no blank line
  CHECK_FALSE(accepted(kBody + "\n"));              // no signature
  CHECK_FALSE(accepted(kBody + "\n" + kLine + "\n"));
  CHECK_FALSE(accepted(kBody + "\n- k AQIDBAU=\n"));
  CHECK_FALSE(accepted(kBody + "\n\xe2\x80\x94 k AQIDBA==\n"));       // a key id and no signature
  CHECK_FALSE(accepted(kBody + "\n\xe2\x80\x94 k+ AQIDBAU=\n"));
  CHECK_FALSE(accepted(kBody + "\n\xe2\x80\x94  AQIDBAU=\n"));
  CHECK_FALSE(accepted(kBody + "\n\xe2\x80\x94 k\n"));
  CHECK(accepted(kBody + "\n\xe2\x80\x94 k AQIDBAU=\n"));
}

// --- base64 ------------------------------------------------------------------------------------------------------

TEST_CASE("base64 is that of RFC 4648, section 10") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},         {"f", "Zg=="},     {"fo", "Zm8="},        {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    CHECK(ToBase64(AsBytes(plain)) == text);
    const auto back = FromBase64(text);
    REQUIRE(back.ok());
    CHECK(AsText(*back) == plain);
  }
  CHECK(ToBase64(Hex("fbefff")) == "++//");
  CHECK(*FromBase64("++//") == Hex("fbefff"));
  RandomValuesComeBack(500, Base64Specimen, ReencodeBase64);
}

TEST_CASE("base64 that is not canonical is refused") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "====", "=AAA", "A=AA", "AA=A", "Zg==Zg==", "Zm9v\n", "Z g=", "-_-_", "A==="}) {
    CHECK_FALSE(FromBase64(text).ok());
  }
}

}  // namespace
}  // namespace pulih
