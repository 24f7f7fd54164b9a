#include "tools/config_file.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <map>

#include "tools/arguments.h"
#include "tools/command_list.h"
#include "tools/exit_code.h"

using namespace pulih;

namespace {

struct Fixture {
  GlobalOptions global;
  ProgramSpec program = DescribeProgram(global);
  const CommandSpec* backup = program.Find("backup");

  std::string Refusal(const std::string& text) {
    const auto read = ReadConfig(program, backup, text, "pulih.toml");
    REQUIRE_FALSE(read.ok());
    CHECK(read.status().code() == Code::invalid);
    return read.status().message();
  }
};

const EnvironmentLookup kEmpty = [](const std::string&) { return std::optional<std::string>(); };

}  // namespace

TEST_CASE("global keys stand at the top or in [global], a command's in its table") {
  Fixture f;
  const auto read = ReadConfig(f.program, f.backup,
                               "repo = \"/srv/backup\"\n[global]\nquiet = true\n[backup]\nexclude = [\"*.tmp\", \"x/\"]\n"
                               "jobs = 3\ntag = \"one\"\n[restore]\nto = \"/elsewhere\"\n[key.add]\nlabel = \"x\"\n",
                               "pulih.toml");
  REQUIRE(read.ok());
  std::map<std::string, std::vector<std::string>> values;
  for (const GivenOption& given : *read) values[given.option->long_name()] = given.values;
  CHECK(values["repo"] == std::vector<std::string>{"/srv/backup"});
  CHECK(values["quiet"] == std::vector<std::string>{"true"});
  CHECK(values["exclude"] == std::vector<std::string>{"*.tmp", "x/"});
  CHECK(values["jobs"] == std::vector<std::string>{"3"});
  CHECK(values["tag"] == std::vector<std::string>{"one"});
  CHECK_FALSE(values.contains("to"));  // another command's
}

TEST_CASE("a command's table may set a global option for that command, and beats the global one") {
  Fixture f;
  const auto read = ReadConfig(f.program, f.backup, "[backup]\nkey = \"b.key\"\n[global]\nkey = \"a.key\"\n", "pulih.toml");
  REQUIRE(read.ok());
  REQUIRE(read->size() == 1);  // how to open the repository is one question: the global answer is not heard at all
  CHECK(read->back().values == std::vector<std::string>{"b.key"});

  const auto another = ReadConfig(f.program, f.backup, "key = \"a.key\"\ncache = \"a\"\n[backup]\npassphrase-command = \"pass\"\n", "pulih.toml");
  REQUIRE(another.ok());
  REQUIRE(another->size() == 2);
  CHECK(another->front().option->long_name() == "cache");
  CHECK(another->back().option->long_name() == "passphrase-command");

  const auto both = ReadConfig(f.program, f.backup, "[backup]\ncache = \"b\"\n[global]\ncache = \"a\"\n", "pulih.toml");
  REQUIRE(both.ok());
  REQUIRE(both->size() == 2);
  CHECK(both->back().values == std::vector<std::string>{"b"});
}

TEST_CASE("a mistake in the file is told with its line and key, in whichever table") {
  Fixture f;
  CHECK(f.Refusal("repo = \"a\"\nfrobnicate = 1\n").find("line 2: unknown key 'frobnicate'") != std::string::npos);
  CHECK(f.Refusal("[backup]\n\nfrobnicate = 1\n").find("line 3: unknown key 'frobnicate'") != std::string::npos);
  CHECK(f.Refusal("[restore]\nfrobnicate = 1\n").find("frobnicate") != std::string::npos);
  CHECK(f.Refusal("[frobnicate]\nx = 1\n").find("[frobnicate]") != std::string::npos);
  CHECK(f.Refusal("[key]\nlabel = \"x\"\n").find("key.label") != std::string::npos);
  CHECK(f.Refusal("cache = 7\n").find("cache") != std::string::npos);
  CHECK(f.Refusal("quiet = \"yes\"\n").find("quiet") != std::string::npos);
  CHECK(f.Refusal("[backup]\nexclude = [1]\n").find("exclude") != std::string::npos);
  CHECK(f.Refusal("[backup]\njobs = \"3\"\n").find("jobs") != std::string::npos);
  CHECK(f.Refusal("config = \"other.toml\"\n").find("config") != std::string::npos);
  CHECK(f.Refusal("repo = \"unclosed\nx = 1\n").find("pulih.toml: line 1") != std::string::npos);
}

TEST_CASE("the command line beats the environment, which beats the file") {
  const std::string path = "config_file_test.toml";
  std::ofstream(path) << "repo = \"file\"\ncache = \"file\"\nkey = \"file\"\n[backup]\ntag = [\"file\"]\nname = \"file\"\n";
  Fixture f;
  const EnvironmentLookup environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "PULIH_REPO") return "environment";
    if (name == "PULIH_KEY") return "environment";
    return std::nullopt;
  };
  auto line = ParseCommandLine(f.program, {"--config", path, "--repo", "line", "backup", "--tag", "line", "x"});
  REQUIRE(line.ok());
  REQUIRE(FillIn(f.program, *line, f.global, environment).ok());
  std::remove(path.c_str());
  CHECK(f.global.repo == "line");
  CHECK(f.global.cache == "file");
  CHECK(f.global.key == "environment");
  CHECK(f.global.key_from == Origin::environment);
  for (const OptionSpec& option : f.backup->options) {
    if (option.long_name() == "tag") CHECK(**std::get_if<std::vector<std::string>*>(&option.target) == std::vector<std::string>{"line"});
    if (option.long_name() == "name") CHECK(**std::get_if<std::string*>(&option.target) == "file");
  }
}

TEST_CASE("a config file that was named must be there, the usual one need not") {
  Fixture f;
  const auto named = ParseCommandLine(f.program, {"snapshots", "--config", "not-there.toml"});
  CHECK(FillIn(f.program, *named, f.global, kEmpty).code() == Code::not_found);
  Fixture g;
  const auto unnamed = ParseCommandLine(g.program, {"snapshots"});
  const EnvironmentLookup home = [](const std::string& name) -> std::optional<std::string> {
    return name == "HOME" ? std::optional<std::string>("/not-there") : std::nullopt;
  };
  CHECK(FillIn(g.program, *unnamed, g.global, home).ok());
}

TEST_CASE("what a command cannot do without is asked for by name") {
  Fixture f;
  const auto line = ParseCommandLine(f.program, {"records", "export", "latest"});
  const Status status = FillIn(f.program, *line, f.global, kEmpty);
  CHECK(status.code() == Code::invalid);
  CHECK(status.message().find("--to DIR") != std::string::npos);
  Fixture g;
  const auto help = ParseCommandLine(g.program, {"records", "export", "--help"});
  CHECK(FillIn(g.program, *help, g.global, kEmpty).ok());
}

TEST_CASE("the XDG variables count only when they are absolute") {
  const auto with = [](const std::string& xdg) {
    return [xdg](const std::string& name) -> std::optional<std::string> {
      if (name == "XDG_CACHE_HOME") return xdg;
      if (name == "HOME") return "/home/a";
      return std::nullopt;
    };
  };
  CHECK(*XdgPlace(with("/var/c"), "XDG_CACHE_HOME", ".cache") == "/var/c/pulih");
  CHECK(*XdgPlace(with("relative"), "XDG_CACHE_HOME", ".cache") == "/home/a/.cache/pulih");
  CHECK_FALSE(XdgPlace(kEmpty, "XDG_CACHE_HOME", ".cache").has_value());
}

TEST_CASE("each code of a failure has the exit code that scripts rely on") {
  CHECK(static_cast<int>(ExitOf(Code::ok)) == 0);
  CHECK(static_cast<int>(ExitOf(Code::io)) == 1);
  CHECK(static_cast<int>(ExitOf(Code::rollback)) == 1);
  CHECK(static_cast<int>(ExitOf(Code::unsupported)) == 1);
  CHECK(static_cast<int>(ExitOf(Code::invalid)) == 2);
  CHECK(static_cast<int>(ExitOf(Code::no_repository)) == 10);
  CHECK(static_cast<int>(ExitOf(Code::in_use)) == 11);
  CHECK(static_cast<int>(ExitOf(Code::wrong_key)) == 12);
  CHECK(static_cast<int>(ExitOf(Code::interrupted)) == 130);
}
