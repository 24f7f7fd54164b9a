// What a decoder in hostile hands might try, and that each attempt costs its own unit and nothing else.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/os/clock.h"
#include "engine/recover/sandbox.h"
#include "formats/text/encoding.h"
#include "tests/support/temporary_directory.h"

namespace pulih {
namespace {

Status Nobody(uint8_t, ByteView) { return OkStatus(); }

SandboxOutcome Run(const std::function<Status(FrameWriter&)>& work, SandboxLimits limits = {}) {
  auto outcome = RunSandboxed({.limits = limits, .prepare = {}, .work = work}, Nobody, {});
  REQUIRE(outcome.ok());
  return std::move(*outcome);
}

bool HasSeccomp() {
  static const bool has = Run([](FrameWriter&) { return OkStatus(); }).has_seccomp;
  return has;
}

[[noreturn]] void Spin() {
  volatile uint64_t turns = 0;
  for (;;) (void)turns;
}

}  // namespace

TEST_CASE("what a child sends arrives in order and whole") {
  std::vector<Bytes> frames;
  const auto outcome = RunSandboxed(
      {.limits = {}, .prepare = {}, .work = [](FrameWriter& out) -> Status {
        for (uint8_t i = 1; i <= 200; ++i) PULIH_TRY(out.Send(i, Bytes(i * 1000u, i)));
        return OkStatus();
      }},
      [&](uint8_t kind, ByteView payload) {
        CHECK(payload.size() == kind * 1000u);
        frames.push_back(ToBytes(payload));
        return OkStatus();
      }, {});
  REQUIRE(outcome.ok());
  CHECK(outcome->finished);
  CHECK(outcome->status.ok());
  REQUIRE(frames.size() == 200);
  CHECK(frames[99] == Bytes(100000, 100));
}

TEST_CASE("a failure of the work is told as one") {
  const SandboxOutcome outcome = Run([](FrameWriter&) { return Status(Code::corrupt, "not a dump"); });
  CHECK(outcome.finished);
  CHECK(outcome.status.code() == Code::corrupt);
  CHECK(outcome.status.message() == "not a dump");
}

TEST_CASE("a child that makes a socket or a process, or memory that can be run, is killed") {
  if (!HasSeccomp()) {
    WARN("skipped: this kernel has no seccomp");
    return;
  }
  const auto attempt = GENERATE(0, 1, 2, 3);
  const SandboxOutcome outcome = Run([&](FrameWriter&) {
    switch (attempt) {
      case 0: (void)!::socket(AF_INET, SOCK_STREAM, 0); break;
      case 1: (void)!::fork(); break;
      case 2: (void)!::kill(::getppid(), SIGTERM); break;
      case 3: (void)!::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); break;
    }
    return OkStatus();
  });
  CHECK_FALSE(outcome.finished);
  CHECK(outcome.how_it_died.find("signal 31") != std::string::npos);
}

TEST_CASE("a child can open nothing, and goes on without") {
  if (!HasSeccomp()) {
    WARN("skipped: this kernel has no seccomp");
    return;
  }
  const TemporaryDirectory folder;
  const std::string path = folder / "made";
  const SandboxOutcome outcome = Run([&](FrameWriter&) {
    if (::open("/etc/passwd", O_RDONLY) >= 0) return Status(Code::invalid, "read");
    if (::open(path.c_str(), O_WRONLY | O_CREAT, 0600) >= 0) return Status(Code::invalid, "made");
    return OkStatus();
  });
  CHECK(outcome.finished);
  CHECK(outcome.status.ok());
  CHECK(::access(path.c_str(), F_OK) != 0);
}

TEST_CASE("a child holds none of the parent's descriptors") {
  const TemporaryDirectory folder;
  const int mine = ::open((folder / "log").c_str(), O_RDWR | O_CREAT, 0600);
  REQUIRE(mine > 3);
  const SandboxOutcome outcome = Run([mine](FrameWriter&) {
    for (int fd = 0; fd < 64; ++fd)
      if (fd != 3 && ::write(fd, "x", 1) >= 0) return Status(Code::invalid, "wrote to " + std::to_string(fd));
    (void)mine;
    return OkStatus();
  });
  CHECK(outcome.finished);
  CHECK(outcome.status.ok());
  struct stat s{};
  REQUIRE(::fstat(mine, &s) == 0);
  CHECK(s.st_size == 0);
  ::close(mine);
}

TEST_CASE("a child that eats memory ends without taking the machine along") {
  SandboxLimits limits;
  limits.memory_bytes = 64u << 20;
  const SandboxOutcome outcome = Run([](FrameWriter&) {
    std::vector<Bytes> all;
    for (;;) all.emplace_back(1u << 20, 1);
    return OkStatus();
  }, limits);
  CHECK_FALSE(outcome.finished);
  // With a sanitizer the allocator itself gives up.
  CHECK_FALSE(outcome.how_it_died.empty());
  CHECK(outcome.peak_bytes < (1ull << 30));
}

TEST_CASE("a child that loops is ended by its processor time, one that waits by the clock") {
  SandboxLimits limits;
  SECTION("processor") {
    limits.cpu_seconds = 1;
    const SandboxOutcome outcome = Run([](FrameWriter&) -> Status { Spin(); }, limits);
    CHECK(outcome.how_it_died.find("processor time") != std::string::npos);
  }
  SECTION("clock") {
    limits.wall_seconds = 0.3;
    const double began = MonotonicSeconds();
    const SandboxOutcome outcome = Run([](FrameWriter&) -> Status { Spin(); }, limits);
    CHECK(outcome.how_it_died.find("its time was up") != std::string::npos);
    CHECK(MonotonicSeconds() - began < 5);
  }
}

TEST_CASE("a child that crashes is told with its signal, and what it sent before counts") {
  size_t frames = 0;
  const auto outcome = RunSandboxed({.limits = {}, .prepare = {}, .work = [](FrameWriter& out) -> Status {
                                      PULIH_TRY(out.Send(1, {}));
                                      PULIH_TRY(out.Flush());
                                      ::raise(SIGSEGV);
                                      volatile int* nowhere = nullptr;
                                      *nowhere = 1;
                                      return OkStatus();
                                    }},
                                    [&](uint8_t, ByteView) { ++frames; return OkStatus(); }, {});
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->finished);
  CHECK_FALSE(outcome->how_it_died.empty());
  CHECK(frames == 1);
}

TEST_CASE("evidence that is cut while a child reads it costs that child only") {
  const TemporaryDirectory folder;
  const int fd = ::open((folder / "evidence").c_str(), O_RDWR | O_CREAT, 0600);
  REQUIRE(::ftruncate(fd, 1 << 20) == 0);
  const auto* at = static_cast<const volatile uint8_t*>(::mmap(nullptr, 1 << 20, PROT_READ, MAP_PRIVATE, fd, 0));
  REQUIRE(::ftruncate(fd, 0) == 0);
  const SandboxOutcome outcome = Run([&](FrameWriter&) { return at[500000] == 1 ? Status(Code::invalid, "?") : OkStatus(); });
  CHECK_FALSE(outcome.finished);
  ::munmap(const_cast<uint8_t*>(at), 1 << 20);
  ::close(fd);
}

TEST_CASE("an answer that is not made of frames ends the child") {
  const Bytes bad = GENERATE(Bytes{0xff, 0xff, 0xff, 0xff, 1}, Bytes{2, 0, 0, 0, 0, 'D', 99}, Bytes{1, 0, 0, 0, 0, 'H'}, Bytes{0, 0, 0, 0, 0},
                             Bytes{3, 0, 0, 0, 0, 'D', 0, 0, 0, 0, 0, 0, 9});
  const SandboxOutcome outcome = Run([&](FrameWriter& out) {
    PULIH_TRY(out.Flush());
    (void)!::write(3, bad.data(), bad.size());
    return OkStatus();
  });
  CHECK_FALSE(outcome.finished);
  CHECK(outcome.how_it_died.find("its answer is not one") != std::string::npos);
}

TEST_CASE("a frame that ends early is not taken for an answer") {
  const SandboxOutcome outcome = Run([](FrameWriter&) -> Status {
    const uint8_t half[] = {100, 0, 0, 0, 1, 'x'};
    (void)!::write(3, half, sizeof half);
    ::_exit(0);
  });
  CHECK_FALSE(outcome.finished);
}

TEST_CASE("a child may answer so much and no more") {
  SandboxLimits limits;
  limits.output_bytes = 1u << 20;
  const SandboxOutcome outcome = Run([](FrameWriter& out) -> Status {
    for (;;) PULIH_TRY(out.Send(1, Bytes(1000)));
  }, limits);
  CHECK_FALSE(outcome.finished);
}

TEST_CASE("a failure of the one who takes frames ends the child and is passed on") {
  const auto outcome = RunSandboxed({.limits = {}, .prepare = {}, .work = [](FrameWriter& out) -> Status {
                                      PULIH_TRY(out.Send(1, {}));
                                      PULIH_TRY(out.Flush());
                                      Spin();
                                    }},
                                    [](uint8_t, ByteView) { return Status(Code::no_space, "full"); }, {});
  CHECK(outcome.status().code() == Code::no_space);
}

TEST_CASE("a run that is asked to stop ends its child") {
  int asked = 0;
  const auto outcome = RunSandboxed({.limits = {}, .prepare = {}, .work = [](FrameWriter&) -> Status { Spin(); }}, Nobody, [&] { return ++asked > 2; });
  CHECK(outcome.status().code() == Code::interrupted);
}

// The allocator of the C library once opened a file of /proc when it gave memory of a thread's arena back.
TEST_CASE("a child of any thread may take and give back memory as it likes") {
  SandboxOutcome outcome;
  std::thread([&] {
    outcome = Run([](FrameWriter&) {
      for (int turn = 0; turn < 20; ++turn) {
        std::vector<std::unique_ptr<Bytes>> all;
        for (size_t size = 16; size < (8u << 20); size = size * 5 / 4) all.push_back(std::make_unique<Bytes>(size, 1));
        for (int i = 0; i < 2000; ++i) all.push_back(std::make_unique<Bytes>(30000, 1));
      }
      return OkStatus();
    });
  }).join();
  CHECK(outcome.how_it_died == "");
  CHECK(outcome.finished);
}

TEST_CASE("an old encoding can be read in the sandbox once it was loaded") {
  const auto outcome = RunSandboxed({.limits = {}, .prepare = [] { (void)ToUtf8(AsBytes("\xe9"), "LATIN1"); (void)ToUtf8(AsBytes("\xe9"), "WIN1252"); },
                                     .work = [](FrameWriter&) {
                                       for (int i = 0; i < 10; ++i)
                                         for (const char* name : {"LATIN1", "WIN1252"})
                                           if (ToUtf8(AsBytes("caf\xe9"), name) != "caf\xc3\xa9") return Status(Code::corrupt, name);
                                       return OkStatus();
                                     }}, Nobody, {});
  REQUIRE(outcome.ok());
  CHECK(outcome->how_it_died == "");
  CHECK(outcome->finished);
  CHECK(outcome->status.ok());
}

}  // namespace pulih
