// One run of the program, from words to the answer: what scripts rely on whatever goes wrong.
#include "tools/program.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace pulih;

namespace {

std::optional<std::string> NoEnvironment(const std::string&) { return std::nullopt; }

struct Answered {
  Exit exit;
  std::string text;
};
Answered RunWords(const std::vector<std::string>& words) {
  Output out;
  const Exit exit = RunProgram(words, NoEnvironment, out);
  return {exit, out.text()};
}

}  // namespace

TEST_CASE("with --json every way to mistype a command line ends with exactly one document") {
  const std::vector<std::string> words = GENERATE(std::vector<std::string>{"snapshots", "--json", "--frobnicate"},
                                                  std::vector<std::string>{"--json", "snapshots", "--frobnicate"},
                                                  std::vector<std::string>{"snapshots", "--json", "extra"},
                                                  std::vector<std::string>{"frobnicate", "--json"},
                                                  std::vector<std::string>{"--json"},
                                                  std::vector<std::string>{"key", "--json"},
                                                  std::vector<std::string>{"restore", "--json", "latest", "--to"},
                                                  std::vector<std::string>{"restore", "--json", "latest"},
                                                  std::vector<std::string>{"verify", "--sample", "abc", "-r", "/nowhere", "--json"},
                                                  std::vector<std::string>{"backup", "--compression", "99", "x", "--json"},
                                                  std::vector<std::string>{"dump", "latest:x", "--json"},
                                                  std::vector<std::string>{"snapshots", "--json"},
                                                  std::vector<std::string>{"snapshots", "--json", "--config", "/nowhere/config.toml"});
  const Answered answered = RunWords(words);
  INFO(words.front() << " …: " << answered.text);
  CHECK(answered.exit != Exit::done);
  const auto document = nlohmann::json::parse(answered.text, nullptr, /*allow_exceptions=*/false);
  REQUIRE(document.is_object());
  REQUIRE(document.contains("error"));
  CHECK(document["error"]["code"].is_string());
  CHECK_FALSE(document["error"]["message"].get<std::string>().empty());
  CHECK(document["error"].contains("hint"));
}

TEST_CASE("without --json a mistyped command line leaves standard output empty") {
  CHECK(RunWords({"snapshots", "--frobnicate"}).text.empty());
  CHECK(RunWords({"snapshots", "--frobnicate"}).exit == Exit::usage);
  CHECK(RunWords({"restore", "latest", "--", "--json"}).text.empty());  // a PATH
}
