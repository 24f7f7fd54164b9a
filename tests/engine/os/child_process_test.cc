#include "engine/os/child_process.h"

#include <chrono>

#include <catch2/catch.hpp>

namespace pulih {
namespace {

ChildRequest Shell(const std::string& script) {
  ChildRequest request;
  request.program = "/bin/sh";
  request.arguments = {"-c", script};
  request.environment = {"PATH=/usr/bin:/bin", "WORD=first", "WORD=last"};
  return request;
}

}  // namespace

TEST_CASE("a child's output, errors and exit code come back") {
  const auto result = RunChild(Shell("echo out; echo err >&2; exit 3"));
  REQUIRE(result.ok());
  CHECK(result->output == "out\n");
  CHECK(result->errors == "err\n");
  CHECK(result->exit_code == 3);
  CHECK(RunChild(Shell("kill -9 $$"))->exit_code == 137);
}

TEST_CASE("a child has the environment it is given, and no input") {
  CHECK(RunChild(Shell("echo \"$WORD$HOME\"; cat"))->output == "last\n");
}

TEST_CASE("a child that writes too much is stopped; too many errors are cut") {
  ChildRequest request = Shell("while :; do echo 0123456789; done");
  request.max_output = 1000;
  CHECK(RunChild(request).status().code() == Code::too_large);
  request = Shell("for i in 1 2 3 4 5 6 7 8; do echo 0123456789 >&2; done; echo done");
  request.max_errors = 15;
  const auto result = RunChild(request);
  CHECK(result->errors.size() == 15);
  CHECK(result->output == "done\n");
}

TEST_CASE("a child that takes long is stopped when asked, with its own children") {
  ChildRequest request = Shell("sleep 60 & sleep 60; echo never");
  int asked = 0;
  request.should_stop = [&] { return ++asked > 2; };
  const auto start = std::chrono::steady_clock::now();
  CHECK(RunChild(request).status().code() == Code::interrupted);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("a program that is not there is told") {
  ChildRequest request;
  request.program = "/no/such/program";
  CHECK(RunChild(request).status().code() == Code::not_found);
  CHECK(FindProgram("sh", {"HOME=/", "PATH=/nowhere:/bin:/usr/bin"}) == "/bin/sh");
  CHECK(FindProgram("sh", {"PATH=.:bin"}).empty());
  CHECK(FindProgram("sh", {}).empty());
  CHECK(FindProgram("/a/b", {}) == "/a/b");
}

}  // namespace pulih
