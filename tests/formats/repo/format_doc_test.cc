// docs/format.md cannot drift: every constant that it names, every offset in its tables and every byte of its
// examples is compared with the code.
//
// When a format changes, `test_format_doc "[.print]"` prints the example blocks as they have to stand.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "engine/chunk/chunker.h"
#include "engine/crypto/passphrase.h"
#include "engine/map/map_builder.h"
#include "engine/store/attempts.h"
#include "formats/repo/certificate.h"
#include "formats/repo/config.h"
#include "formats/repo/file_entry.h"
#include "formats/repo/frame.h"
#include "formats/repo/group.h"
#include "formats/repo/key_slot.h"
#include "formats/repo/log_entry.h"
#include "formats/repo/manifest.h"
#include "formats/repo/node.h"
#include "formats/repo/pack.h"
#include "formats/repo/row.h"
#include "formats/repo/signed_blob.h"
#include "formats/repo/table.h"
#include "formats/repo/wraps.h"
#include "tests/formats/repo/example_repository.h"

namespace pulih {
namespace {

std::string ReadDocument() {
  std::ifstream in(PULIH_FORMAT_DOC, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

const std::map<std::string, uint64_t>& Constants() {
#define PULIH_CONSTANT(name) {#name, static_cast<uint64_t>(name)}
  static const std::map<std::string, uint64_t> constants = {
      PULIH_CONSTANT(kMaxObjectSize), PULIH_CONSTANT(kMaxAttempts),
      PULIH_CONSTANT(kSignedBlobHeadSize), PULIH_CONSTANT(kSignedBlobSignatureSize),
      PULIH_CONSTANT(kConfigVersion), PULIH_CONSTANT(kCertificateVersion), PULIH_CONSTANT(kWrapsVersion), PULIH_CONSTANT(kMaxWrapsPerBlob),
      PULIH_CONSTANT(kKeySlotVersion), PULIH_CONSTANT(kMaxKeySlotSize), PULIH_CONSTANT(kMaxKeySlots),
      PULIH_CONSTANT(kMinKdfPasses), PULIH_CONSTANT(kMaxKdfPasses), PULIH_CONSTANT(kMinKdfMemoryKib), PULIH_CONSTANT(kMaxKdfMemoryKib),
      PULIH_CONSTANT(kFrameVersion), PULIH_CONSTANT(kFrameAlignment), PULIH_CONSTANT(kFrameNonceSize), PULIH_CONSTANT(kFrameCommitmentSize),
      PULIH_CONSTANT(kFrameTagSize), PULIH_CONSTANT(kFrameHeadSize), PULIH_CONSTANT(kFrameInnerHeadSize), PULIH_CONSTANT(kFrameOverhead),
      PULIH_CONSTANT(kMaxFrameSize),
      PULIH_CONSTANT(kPackVersion), PULIH_CONSTANT(kPackHeadFixedSize), PULIH_CONSTANT(kPackTailSize), PULIH_CONSTANT(kWrapSize),
      PULIH_CONSTANT(kMaxPackWraps), PULIH_CONSTANT(kMaxPackSize), PULIH_CONSTANT(kMaxDirectorySize), PULIH_CONSTANT(kSealedKeySize),
      PULIH_CONSTANT(kMaxGroupMembers),
      PULIH_CONSTANT(kNodeVersion), PULIH_CONSTANT(kMaxNodeLevel), PULIH_CONSTANT(kMaxNodeKeyBytes), PULIH_CONSTANT(kMaxMapEntryWeight),
      PULIH_CONSTANT(kFileEntryVersion), PULIH_CONSTANT(kMaxInlineValue), PULIH_CONSTANT(kMaxHashedHoles),
      PULIH_CONSTANT(kTableVersion), PULIH_CONSTANT(kMaxColumns), PULIH_CONSTANT(kMaxTableTypes), PULIH_CONSTANT(kFirstUserOid),
      PULIH_CONSTANT(kRowVersion), PULIH_CONSTANT(kMaxInlineRow),
      PULIH_CONSTANT(kManifestVersion), PULIH_CONSTANT(kMaxManifestSize),
      PULIH_CONSTANT(kLogEntryVersion), PULIH_CONSTANT(kMaxLogLeaf), PULIH_CONSTANT(kMaxLogBlob)};
#undef PULIH_CONSTANT
  return constants;
}

TEST_CASE("every constant that the format document names has that value") {
  const std::string document = ReadDocument();
  const std::regex named("`(k[A-Z][A-Za-z0-9]*)` = ([0-9]+)");
  std::set<std::string> found;
  for (std::sregex_iterator it(document.begin(), document.end(), named), end; it != end; ++it) {
    const std::string name = (*it)[1];
    INFO(name);
    const auto constant = Constants().find(name);
    REQUIRE(constant != Constants().end());
    CHECK(constant->second == std::strtoull((*it)[2].str().c_str(), nullptr, 10));
    found.insert(name);
  }
  for (const auto& [name, value] : Constants()) {
    INFO(name << " = " << value << " is not in the document");
    CHECK(found.contains(name));
  }
}

TEST_CASE("a constant is not named in the format document without its value") {
  const std::string document = ReadDocument();
  const std::regex named("\\bk[A-Z][A-Za-z0-9]*");
  for (std::sregex_iterator it(document.begin(), document.end(), named), end; it != end; ++it) {
    INFO(it->str());
    CHECK(Constants().contains(it->str()));
  }
}

TEST_CASE("the examples of the format document are what the encoders write") {
  std::map<std::string, std::string> shown;
  std::string name, block;
  for (const std::string& line : Lines(ReadDocument())) {
    if (name.empty()) {
      const bool opens = line.rfind("```example ", 0) == 0;
      if (opens) name = line.substr(11), block.clear();
    } else if (line == "```") {
      INFO("example " << name);
      CHECK(shown.emplace(name, block).second);
      name.clear();
    } else {
      block += line + "\n";
    }
  }
  const auto examples = FormatExamples();
  for (const auto& [example, text] : examples) {
    INFO("example " << example);
    CHECK(shown[example] == text);
  }
  CHECK(shown.size() == examples.size());
}

TEST_CASE("the examples of the format document, for pasting", "[.print]") {
  for (const auto& [name, text] : FormatExamples()) std::cout << "```example " << name << "\n" << text << "```\n\n";
}

// "| 0 | 8 | bytes | magic | … |": where a row's offset and size are numbers, the next offset is their sum. A table
// starts at 0, unless the sentence before it says that it "goes on".
TEST_CASE("offsets in the tables of the format document add up") {
  const std::regex row("^\\| *([0-9]+|[^|]*) *\\| *([0-9]+|[^|]*) *\\| *([^|]+?) *\\|.*");
  auto number = [](const std::string& text) {
    char* end = nullptr;
    const uint64_t value = std::strtoull(text.c_str(), &end, 10);
    while (*end == ' ') ++end;
    return !text.empty() && *end == '\0' ? std::optional<uint64_t>(value) : std::nullopt;
  };
  bool in_table = false;
  size_t rows = 0;
  std::optional<uint64_t> expected;
  std::string sentence;
  for (const std::string& line : Lines(ReadDocument())) {
    if (line.rfind("| offset | size |", 0) == 0) {
      in_table = true;
      expected = sentence.find("goes on") == std::string::npos ? std::optional<uint64_t>(0) : std::nullopt;
      continue;
    }
    if (!line.empty() && line.front() != '|') sentence = line;
    std::smatch match;
    if (!in_table || line.rfind("| ---", 0) == 0) continue;
    if (!std::regex_match(line, match, row)) {
      in_table = false;
      continue;
    }
    const auto offset = number(match[1]), size = number(match[2]);
    INFO(line);
    if (offset && expected) CHECK(*offset == *expected);
    expected = offset && size ? std::optional(*offset + *size) : std::nullopt;
    const std::string type = match[3];
    if (size && type == "le16") CHECK(*size == 2);
    if (size && type == "le32") CHECK(*size == 4);
    if (size && type == "le64") CHECK(*size == 8);
    if (size && type == "u8") CHECK(*size == 1);
    ++rows;
  }
  CHECK(rows > 80);
}

}  // namespace
}  // namespace pulih
