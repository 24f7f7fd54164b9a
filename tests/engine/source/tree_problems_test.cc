// Trees that resist: unreadable, changing, vanishing while they are walked.
#include <sys/wait.h>

#include "tests/engine/source/walk_record.h"

namespace pulih {

namespace {

// Runs `body` as a user without privileges, in a child where this is root. The child's answer is its exit code.
bool HoldsWithoutPrivileges(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool dropped = ::getuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0);
    ::_exit(dropped && body() ? 0 : 1);
  }
  int outcome = 0;
  REQUIRE(::waitpid(child, &outcome, 0) == child);
  return WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0;
}

}  // namespace

TEST_CASE("what may not be read is told, and the rest goes on") {
  const TemporaryDirectory top;
  REQUIRE(::chmod(top.path().c_str(), 0755) == 0);
  for (const char* folder : {"closed", "listable", "open"}) MakeFolder(top / folder);
  for (const char* file : {"closed/x", "listable/x", "open/x", "secret"}) WriteText(top / file);
  REQUIRE(::chmod((top / "closed").c_str(), 0) == 0);
  REQUIRE(::chmod((top / "listable").c_str(), 0444) == 0);  // names, but no way in
  REQUIRE(::chmod((top / "secret").c_str(), 0) == 0);

  CHECK(HoldsWithoutPrivileges([&] {
    Record record;
    Code secret = Code::ok;
    record.on_visit = [&](const SourceEntry& entry, SourceOpener& opener) {
      if (entry.path.ends_with("/secret")) secret = opener.Open().status().code();
      return OkStatus();
    };
    TreeSource source(At(top.path()));
    if (!source.Walk("/", record).ok()) return false;
    bool good = Below(record.visited, top.path()) == Names{"closed", "listable", "open", "open/x", "secret"};
    good = good && Below(record.left, top.path()) == Names{"closed", "listable", "open"};
    good = good && Below(record.incomplete, top.path()) == Names{"closed"};
    good = good && secret == Code::denied;
    good = good && record.problems.size() == 2;
    for (const auto& problem : record.problems) good = good && problem.kind == SourceProblemKind::unreadable;
    return good && record.problems[0].path == (top / "closed").substr(1) &&
           record.problems[1].path == (top / "listable/x").substr(1);
  }));
}

TEST_CASE("entries that vanish after they were listed are told") {
  const TemporaryDirectory top;
  for (const char* name : {"a", "b", "d"}) WriteText(top / name);
  MakeFolder(top / "c");
  WriteText(top / "c/x");
  Record record;
  Code opened = Code::ok;
  record.on_visit = [&](const SourceEntry& entry, SourceOpener& opener) {
    if (!entry.path.ends_with("/a")) return OkStatus();
    for (const char* name : {"a", "b", "c/x"}) CHECK(::unlink((top / name).c_str()) == 0);
    CHECK(::rmdir((top / "c").c_str()) == 0);
    opened = opener.Open().status().code();
    return OkStatus();
  };
  WalkInto(record, At(top.path()));
  CHECK(opened == Code::not_found);
  CHECK(Below(record.visited, top.path()) == Names{"a", "d"});
  REQUIRE(record.problems.size() == 2);
  CHECK(record.problems[0].path == (top / "b").substr(1));
  CHECK(record.problems[1].path == (top / "c").substr(1));
  for (const auto& problem : record.problems) CHECK(problem.kind == SourceProblemKind::vanished);
}

TEST_CASE("a folder that becomes a link meanwhile is not followed") {
  const TemporaryDirectory top, outside;
  WriteText(outside / "secret");
  WriteText(top / "a");
  MakeFolder(top / "b");
  Record record;
  record.on_visit = [&](const SourceEntry& entry, SourceOpener&) {
    if (!entry.path.ends_with("/a")) return OkStatus();
    CHECK(::rmdir((top / "b").c_str()) == 0);
    CHECK(::symlink(outside.path().c_str(), (top / "b").c_str()) == 0);
    return OkStatus();
  };
  WalkInto(record, At(top.path()));
  CHECK(Below(record.visited, top.path()) == Names{"a", "b"});
  CHECK(record.entries.at((top / "b").substr(1)).meta.type == FileType::symlink);
}

TEST_CASE("a file that becomes a link after it was looked at is not opened through it") {
  const TemporaryDirectory top;
  WriteText(top / "a");
  WriteText(top / "b");
  Record record;
  record.on_visit = [&](const SourceEntry& entry, SourceOpener& opener) {
    if (!entry.path.ends_with("/a")) return OkStatus();
    CHECK(::unlink((top / "a").c_str()) == 0);
    CHECK(::symlink("b", (top / "a").c_str()) == 0);
    CHECK_FALSE(opener.Open().ok());
    return OkStatus();
  };
  WalkInto(record, At(top.path()));
}

TEST_CASE("a folder that is moved away while the walk is inside it costs only what cannot be reached") {
  const TemporaryDirectory top, elsewhere;
  for (const char* folder : {"p", "p/q", "p/q/r"}) MakeFolder(top / folder);
  for (const char* file : {"p/q/r/1", "p/q/2", "p/3", "z"}) WriteText(top / file);
  // Made later, so that "r" must be left before these are visited.
  WriteText(top / "p/q/s");
  WriteText(top / "p/t");
  TreeOptions options = At(top.path());
  options.max_open_levels = 1;
  Record record;
  const auto when_at = [&](const std::string& name, const std::string& from, const std::string& to) {
    record.on_visit = [&record, &top, name, from, to](const SourceEntry& entry, SourceOpener&) {
      if (entry.path == (top / name).substr(1)) CHECK(::rename((top / from).c_str(), to.c_str()) == 0);
      return OkStatus();
    };
  };
  SECTION("the innermost: its holder is found again from the root") {
    when_at("p/q/r/1", "p/q/r", elsewhere / "r");
    WalkInto(record, std::move(options));
    CHECK(record.problems.empty());
    CHECK(Below(record.visited, top.path()) ==
          Names{"p", "p/3", "p/q", "p/q/2", "p/q/r", "p/q/r/1", "p/q/s", "p/t", "z"});
  }
  SECTION("its holder, moved with everything in it: '..' still leads there") {
    when_at("p/q/r/1", "p/q", elsewhere / "q");
    WalkInto(record, std::move(options));
    CHECK(record.problems.empty());
    CHECK(Below(record.visited, top.path()).back() == "z");
  }
  SECTION("both, to different places: the holder is given up, the rest goes on") {
    record.on_visit = [&](const SourceEntry& entry, SourceOpener&) {
      if (entry.path != (top / "p/q/r/1").substr(1)) return OkStatus();
      CHECK(::rename((top / "p/q/r").c_str(), (elsewhere / "r").c_str()) == 0);
      CHECK(::rename((top / "p/q").c_str(), (elsewhere / "q").c_str()) == 0);
      return OkStatus();
    };
    WalkInto(record, std::move(options));
    REQUIRE(record.problems.size() == 1);
    CHECK(record.problems[0].kind == SourceProblemKind::changed);
    CHECK(record.problems[0].path == (top / "p/q").substr(1));
    CHECK(Below(record.incomplete, top.path()) == Names{"p/q"});
    CHECK(Below(record.visited, top.path()) == Names{"p", "p/3", "p/q", "p/q/2", "p/q/r", "p/q/r/1", "p/t", "z"});
    CHECK(Below(record.left, top.path()) == Names{"p/q/r", "p/q", "p"});
  }
}

TEST_CASE("only the visitor's own failure stops a walk") {
  const TemporaryDirectory top;
  for (const char* name : {"a", "b", "c"}) WriteText(top / name);
  Record record;
  record.on_visit = [](const SourceEntry& entry, SourceOpener&) {
    return entry.path.ends_with("/b") ? Status(Code::no_space, "store: full") : OkStatus();
  };
  TreeSource source(At(top.path()));
  CHECK(source.Walk("/", record).code() == Code::no_space);
  CHECK(Below(record.visited, top.path()) == Names{"a", "b"});
}

}  // namespace pulih
