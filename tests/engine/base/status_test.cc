#include "engine/base/status.h"

#include <memory>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "engine/base/result.h"

namespace pulih {
namespace {

Status Fail() { return Status(Code::no_space, "write: pack: disk full", "free some space"); }

TEST_CASE("status: ok carries nothing") {
  const Status status;
  CHECK(status.ok());
  CHECK(status.code() == Code::ok);
  CHECK(status.message().empty());
  CHECK(status.hint().empty());
  CHECK(status.ToString() == "ok");
  CHECK(Status(Code::ok, "ignored", "ignored").ok());
  CHECK(OkStatus().ok());
}

TEST_CASE("status: a failure keeps code, message and hint through copies, moves and assignments") {
  const Status status = Fail();
  Status copy = status;
  Status assigned;
  assigned = copy;
  const Status& self = assigned;
  assigned = self;
  Status moved = std::move(copy);
  for (const Status* each : {&status, &self, static_cast<const Status*>(&moved)}) {
    CHECK_FALSE(each->ok());
    CHECK(each->code() == Code::no_space);
    CHECK(each->message() == "write: pack: disk full");
    CHECK(each->hint() == "free some space");
    CHECK(each->ToString() == "write: pack: disk full (free some space)");
  }
  assigned = OkStatus();
  CHECK(assigned.ok());
}

TEST_CASE("status: a level up may be named, and ok stays ok") {
  const Status status = Fail().Within("backup");
  CHECK(status.message() == "backup: write: pack: disk full");
  CHECK(status.hint() == "free some space");
  CHECK(status.code() == Code::no_space);
  CHECK(OkStatus().Within("backup").ok());
  CHECK(Status(Code::io, "a").Within("b").ToString() == "b: a");
}

TEST_CASE("status: every code has a name of its own") {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(Code::too_large); ++code)
    names.insert(std::string(CodeName(static_cast<Code>(code))));
  CHECK(names.size() == static_cast<size_t>(Code::too_large) + 1);
  CHECK_FALSE(names.contains("unknown"));
  CHECK(CodeName(static_cast<Code>(200)) == "unknown");
}

TEST_CASE("result: a value or the reason why there is none") {
  Result<std::string> value = std::string("hello");
  REQUIRE(value.ok());
  CHECK(value);
  CHECK(*value == "hello");
  CHECK(value->size() == 5);
  CHECK(value.status().ok());
  value.value() += "!";
  CHECK(std::move(value).value() == "hello!");

  const Result<std::string> failure = Fail();
  CHECK_FALSE(failure.ok());
  CHECK_FALSE(failure.has_value());
  CHECK(failure.status().code() == Code::no_space);
  CHECK(Result<std::string>(failure).error().message() == "write: pack: disk full");
}

TEST_CASE("result: values that only move pass through") {
  const auto make = [](bool fail) -> Result<std::unique_ptr<int>> {
    if (fail) return Fail();
    return std::make_unique<int>(7);
  };
  const auto pass = [&](bool fail) -> Result<int> {
    PULIH_TRY_ASSIGN(const std::unique_ptr<int> number, make(fail));
    PULIH_TRY_ASSIGN(const std::unique_ptr<int> again, make(false));
    return *number + *again;
  };
  CHECK(*pass(false) == 14);
  CHECK(pass(true).status().ToString() == Fail().ToString());
}

TEST_CASE("try: the first failure returns, and nothing after it is done") {
  int done = 0;
  const auto recipe = [&](bool fail) -> Status {
    PULIH_TRY(OkStatus());
    ++done;
    PULIH_TRY(fail ? Fail() : OkStatus());
    ++done;
    return OkStatus();
  };
  CHECK(recipe(true).code() == Code::no_space);
  CHECK(done == 1);
  CHECK(recipe(false).ok());
  CHECK(done == 3);
}

}  // namespace
}  // namespace pulih
