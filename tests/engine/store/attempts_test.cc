#include "engine/store/attempts.h"

#include <catch2/catch.hpp>

#include "engine/store/fault_store.h"
#include "engine/store/memory_store.h"

namespace pulih {
namespace {

const Status kBroken(Code::io, "connection lost");

// Accepts blobs that begin with "good".
Status Authenticate(ByteView bytes) {
  return AsText(bytes).starts_with("good") ? OkStatus() : Status(Code::corrupt, "not authentic: " + ToText(bytes));
}

TEST_CASE("attempts: each try takes the next free name") {
  MemoryStore store;
  CHECK(*PutAttempt(store, "wraps/3", AsBytes("a")) == "wraps/3");
  CHECK(*PutAttempt(store, "wraps/3", AsBytes("b")) == "wraps/3.1");
  CHECK(*PutAttempt(store, "wraps/3", AsBytes("c")) == "wraps/3.2");
  CHECK(ToText(*GetWhole(store, "wraps/3", 10)) == "a");
}

TEST_CASE("attempts: an attempt with the same bytes will do, wherever it stands") {
  MemoryStore store;
  store.Plant("wraps/3", ToBytes("x"));
  store.Plant("wraps/3.1", ToBytes("b"));
  CHECK(*PutAttempt(store, "wraps/3", AsBytes("b")) == "wraps/3.1");
  CHECK(*PutAttempt(store, "wraps/3", AsBytes("y")) == "wraps/3.2");  // same length, other bytes
}

TEST_CASE("attempts: after sixteen the name is used up") {
  MemoryStore store;
  for (unsigned i = 0; i < kMaxAttempts; ++i) REQUIRE(PutAttempt(store, "wraps/3", AsBytes(std::to_string(i))).ok());
  CHECK(PutAttempt(store, "wraps/3", AsBytes("one more")).status().code() == Code::already_exists);
  CHECK(*PutAttempt(store, "wraps/3", AsBytes("15")) == "wraps/3.15");
  CHECK(store.Size("wraps/3.16").status().code() == Code::not_found);
}

TEST_CASE("attempts: a put whose answer was lost is found done") {
  MemoryStore base;
  FaultStore store(base);
  store.LoseAnswerOf(0, kBroken);
  CHECK(PutAttempt(store, "log/w/0", AsBytes("a")).status().code() == Code::io);
  CHECK(*PutAttempt(store, "log/w/0", AsBytes("a")) == "log/w/0");
}

TEST_CASE("attempts: a torn upload is passed over by writer and reader") {
  MemoryStore base;
  FaultStore store(base);
  store.TruncateAt(0, 2, kBroken);
  CHECK(PutAttempt(store, "log/w/0", AsBytes("good entry")).status().code() == Code::io);
  CHECK(*store.Size("log/w/0") == 2);
  CHECK(*PutAttempt(store, "log/w/0", AsBytes("good entry")) == "log/w/0.1");
  CHECK(ToText(*GetFirstValid(store, "log/w/0", 100, Authenticate)) == "good entry");
}

TEST_CASE("attempts: an attempt that cannot be read does not stop the writer") {
  MemoryStore base;
  base.Plant("log/w/0", ToBytes("good"));
  FaultStore store(base);
  store.FailAt(1, kBroken);  // the Size that follows the refused Put
  CHECK(*PutAttempt(store, "log/w/0", AsBytes("good")) == "log/w/0.1");
}

TEST_CASE("attempts: a store that is full or broken says so") {
  MemoryStore base;
  FaultStore store(base);
  store.FailAt(0, Status(Code::no_space, "full"));
  CHECK(PutAttempt(store, "log/w/0", AsBytes("good")).status().code() == Code::no_space);
}

TEST_CASE("attempts: the reader takes the first that authenticates") {
  MemoryStore store;
  store.Plant("config/0", ToBytes("bad 0"));
  store.Plant("config/0.1", ToBytes("good 1"));
  store.Plant("config/0.2", ToBytes("good 2"));
  CHECK(ToText(*GetFirstValid(store, "config/0", 100, Authenticate)) == "good 1");
}

TEST_CASE("attempts: without a valid one the reader tells what was wrong with the first") {
  MemoryStore store;
  CHECK(GetFirstValid(store, "config/0", 100, Authenticate).status().code() == Code::not_found);
  store.Plant("config/0.2", ToBytes("bad 2"));
  store.Plant("config/0.7", ToBytes("bad 7"));
  CHECK(GetFirstValid(store, "config/0", 100, Authenticate).status().message() == "not authentic: bad 2");
  // Too large is a failure of that attempt only.
  store.Plant("config/0", Bytes(101, 'x'));
  CHECK(GetFirstValid(store, "config/0", 100, Authenticate).status().code() == Code::too_large);
  store.Plant("config/0.15", ToBytes("good 15"));
  CHECK(ToText(*GetFirstValid(store, "config/0", 100, Authenticate)) == "good 15");
}

TEST_CASE("attempts: what is there but refused is never reported as not found") {
  MemoryStore store;
  store.Plant("config/0", ToBytes("x"));
  const auto unknown_writer = [](ByteView) { return Status(Code::not_found, "no certificate of that writer"); };
  const Status refused = GetFirstValid(store, "config/0", 100, unknown_writer).status();
  CHECK(refused.message() == "no certificate of that writer");
}

TEST_CASE("attempts: a gap is no end") {
  MemoryStore store;
  store.Plant("packs/aa/aa1.3", ToBytes("good"));
  CHECK(GetFirstValid(store, "packs/aa/aa1", 100, Authenticate).ok());
}

TEST_CASE("attempts: base and name are halves of one rule") {
  for (unsigned i = 0; i < kMaxAttempts; ++i) CHECK(AttemptBase(AttemptName("log/w.x/12", i)) == "log/w.x/12");
  for (const std::string name : {"log/w/12", "a.16", "a.01", "a.0", "a.", "a.1x", "a.-1"})
    CHECK(AttemptBase(name) == name);
  CHECK(AttemptBase("a.1.2") == "a.1");
}

TEST_CASE("fault store: faults strike the operation that they were set for, and once") {
  MemoryStore base;
  FaultStore store(base);
  store.FailAt(1, kBroken);
  CHECK(store.Put("keys/a", AsBytes("a")).ok());
  CHECK(store.Put("keys/b", AsBytes("b")).message() == "connection lost");
  CHECK(base.Size("keys/b").status().code() == Code::not_found);
  CHECK(store.Put("keys/b", AsBytes("b")).ok());
  CHECK(store.operations() == 3);
  store.LoseAnswerOf(3, kBroken);
  CHECK(store.Remove("keys/b").code() == Code::io);
  CHECK(base.Size("keys/b").status().code() == Code::not_found);
  store.FailFrom(5, kBroken);
  CHECK(store.Size("keys/a").ok());
  CHECK(store.Size("keys/a").status().code() == Code::io);
  CHECK(store.Get("keys/a", 0, 1).status().code() == Code::io);
  CHECK(store.List("", [](const BlobInfo&) { return OkStatus(); }).code() == Code::io);
  CHECK(store.Initialise().code() == Code::io);
  CHECK(store.StartUpload().status().code() == Code::io);
  store.ClearFaults();
  CHECK(store.Get("keys/a", 0, 1).ok());
  CHECK(store.gets() == 2);
  CHECK(store.bytes_read() == 1);
  CHECK(store.puts() == 3);
  CHECK(store.bytes_written() == 2);
}

TEST_CASE("fault store: a truncated commit leaves the beginning, whatever its caller is told") {
  MemoryStore base;
  FaultStore store(base);
  const bool lies = GENERATE(false, true);
  store.TruncateAt(1, 3, lies ? OkStatus() : kBroken);
  auto upload = store.StartUpload();
  REQUIRE((*upload)->Append(AsBytes("01234")).ok());
  REQUIRE((*upload)->Append(AsBytes("56789")).ok());
  CHECK((*upload)->Commit("packs/aa/aa1").ok() == lies);
  CHECK(ToText(*GetWhole(base, "packs/aa/aa1", 100)) == "012");
}

}  // namespace
}  // namespace pulih
