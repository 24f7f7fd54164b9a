#include "engine/recover/sandbox.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <new>
#include <stdexcept>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/os/clock.h"
#include "engine/os/errno_status.h"
#include "engine/os/unique_fd.h"
#include "engine/recover/seccomp_filter.h"

namespace pulih {
namespace {

constexpr int kPipeFd = 3;  // the child's only descriptor
constexpr int kExitOutOfMemory = 77, kExitNotReady = 78;
constexpr int kPollMs = 100;
constexpr size_t kSendAt = 64u << 10;
constexpr size_t kHeadSize = 5;
constexpr uint8_t kOwnKind = 0;
constexpr uint8_t kHello = 'H', kDone = 'D';
constexpr uint64_t kPageSize = 4096;

// --- the child ---------------------------------------------------------------------------------------------------------

void SetLimit(__rlimit_resource what, uint64_t soft, uint64_t hard) {
  rlimit limit{};
  if (::getrlimit(what, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(soft, limit.rlim_max);
  limit.rlim_max = std::min<rlim_t>(hard, limit.rlim_max);
  ::setrlimit(what, &limit);
}

// What the process has at the moment counts against the limits too: the fork brought it along.
void BoundMemory(uint64_t bytes) {
  unsigned long long size = 0, data = 0, unused = 0;
  std::FILE* statm = std::fopen("/proc/self/statm", "re");
  if (statm == nullptr) return SetLimit(RLIMIT_DATA, bytes, bytes);
  const bool read = std::fscanf(statm, "%llu %llu %llu %llu %llu %llu", &size, &unused, &unused, &unused, &unused, &data) == 6;
  std::fclose(statm);
  if (!read) return SetLimit(RLIMIT_DATA, bytes, bytes);
  SetLimit(RLIMIT_AS, size * kPageSize + bytes, size * kPageSize + bytes);
  SetLimit(RLIMIT_DATA, data * kPageSize + bytes, data * kPageSize + bytes);
}

// The C library's allocator looks into /proc before it gives an arena's memory back, and into /sys before it makes an arena:
// the child does neither. Without the second line each buffer of some size would be a map of its own.
void CalmAllocator() {
  ::mallopt(M_TRIM_THRESHOLD, INT_MAX);
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_ARENA_MAX, 8);
}

void IgnoreSignals() {
  // A terminal sends Ctrl-C to the child as well; the parent decides what becomes of it.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGSYS}) ::signal(number, SIG_DFL);
}

// All descriptors but the pipe are gone after this, those of the databases of the parent among them.
bool KeepOnly(int pipe) {
  if (pipe != kPipeFd && ::dup2(pipe, kPipeFd) < 0) return false;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
  if (::close_range(kPipeFd + 1, ~0u, 0) == 0) return true;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  for (rlim_t fd = kPipeFd + 1; fd < limit.rlim_cur; ++fd) ::close(static_cast<int>(fd));
  return true;
}

[[noreturn]] void RunChild(const SandboxJob& job, int pipe, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kExitNotReady);
  ::prctl(PR_SET_DUMPABLE, 0);
  IgnoreSignals();
  CalmAllocator();
  if (job.prepare) job.prepare();
  BoundMemory(job.limits.memory_bytes);
  SetLimit(RLIMIT_CORE, 0, 0);
  SetLimit(RLIMIT_CPU, job.limits.cpu_seconds, job.limits.cpu_seconds + 1);
  SetLimit(RLIMIT_FSIZE, 0, 0);
  if (!KeepOnly(pipe)) ::_exit(kExitNotReady);
  if (!kIsSanitized) SetLimit(RLIMIT_NOFILE, 0, 0);
  // From here on the child can do nothing but compute and write to the pipe.
  const uint8_t hello[] = {kHello, EnterSeccomp(kPipeFd) ? uint8_t{1} : uint8_t{0}};
  try {
    FrameWriter out(kPipeFd);
    if (!out.Send(kOwnKind, hello).ok() || !out.Flush().ok()) ::_exit(kExitNotReady);
    const Status status = job.work(out);
    ByteWriter done;
    done.U8(kDone);
    done.U8(static_cast<uint8_t>(status.code()));
    done.Sized(status.message());
    if (!out.Send(kOwnKind, done.view()).ok() || !out.Flush().ok()) ::_exit(kExitNotReady);
    ::_exit(0);
  } catch (const std::bad_alloc&) {
    ::_exit(kExitOutOfMemory);
  } catch (const std::length_error&) {
    ::_exit(kExitOutOfMemory);
  }
}

// --- the parent --------------------------------------------------------------------------------------------------------

// Kills the child and waits for it, unless it was waited for already.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    (void)Wait(nullptr);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void Kill() { ::kill(pid_, SIGKILL); }
  int Wait(rusage* usage) {
    int state = 0;
    while (::wait4(pid_, &state, 0, usage) < 0 && errno == EINTR) {}
    pid_ = -1;
    return state;
  }
  // For a child that closed its end: it is about to end. One that stays all the same is killed.
  int WaitSoon(rusage* usage) {
    int state = 0;
    for (int turns = 0; turns < 500; ++turns) {
      if (::wait4(pid_, &state, WNOHANG, usage) == pid_) {
        pid_ = -1;
        return state;
      }
      ::poll(nullptr, 0, 10);
    }
    Kill();
    return Wait(usage);
  }

 private:
  pid_t pid_;
};

// Takes frames out of what arrives. The first thing that is not a frame ends the child.
class FrameTaker {
 public:
  FrameTaker(const SandboxLimits& limits, const std::function<Status(uint8_t, ByteView)>& on_frame, SandboxOutcome& outcome)
      : limits_(limits), on_frame_(on_frame), outcome_(outcome) {}

  // False when the child is not to be believed any more; the reason is in why().
  Result<bool> Take(ByteView bytes) {
    total_ += bytes.size();
    if (total_ > limits_.output_bytes) return Refuse("it answered more than " + std::to_string(limits_.output_bytes) + " bytes");
    // Only what is behind the last whole frame is kept.
    if (!buffer_.empty()) Append(buffer_, bytes);
    const ByteView all = buffer_.empty() ? bytes : ByteView(buffer_);
    size_t at = 0;
    while (all.size() - at >= kHeadSize) {
      const uint32_t length = LoadLe<uint32_t>(all.data() + at);
      if (length > limits_.frame_bytes) return Refuse("its answer is not one: a frame is longer than a frame may be");
      if (all.size() - at - kHeadSize < length) break;
      PULIH_TRY_ASSIGN(const bool sound, TakeFrame(all[at + 4], all.subspan(at + kHeadSize, length)));
      if (!sound) return false;
      at += kHeadSize + length;
    }
    if (buffer_.empty()) buffer_ = ToBytes(all.subspan(at));
    else buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(at));
    return true;
  }
  bool done() const { return done_ && buffer_.empty(); }
  const std::string& why() const { return why_; }

 private:
  Result<bool> Refuse(std::string why) {
    why_ = std::move(why);
    return false;
  }
  Result<bool> TakeFrame(uint8_t kind, ByteView payload) {
    if (done_) return Refuse("its answer is not one: it goes on behind its end");
    if (kind != kOwnKind) {
      if (!greeted_) return Refuse("its answer is not one: it does not begin like one");
      Status taken = on_frame_(kind, payload);
      if (taken.ok()) return true;
      // What cannot be decoded is the child's fault; anything else is ours.
      if (taken.code() == Code::corrupt || taken.code() == Code::too_large) return Refuse("its answer is not one: " + taken.message());
      return taken;
    }
    ByteReader in(payload);
    const uint8_t what = in.U8();
    if (what == kHello && !greeted_) {
      greeted_ = true;
      outcome_.has_seccomp = in.U8() == 1;
    } else if (what == kDone && greeted_) {
      done_ = true;
      const uint8_t code = in.U8();
      const std::string message(in.SizedText());
      if (code > static_cast<uint8_t>(Code::too_large)) in.Fail();
      if (code != 0) outcome_.status = Status(static_cast<Code>(code), message);
    } else {
      in.Fail();
    }
    if (!in.Finish()) return Refuse("its answer is not one: a frame of the sandbox is not as it is written");
    return true;
  }

  const SandboxLimits& limits_;
  const std::function<Status(uint8_t, ByteView)>& on_frame_;
  SandboxOutcome& outcome_;
  Bytes buffer_;
  uint64_t total_ = 0;
  bool greeted_ = false, done_ = false;
  std::string why_;
};

// Reads until the child closes its end, or is not listened to any more: then why is told.
Result<std::string> Listen(int pipe, const SandboxLimits& limits, FrameTaker& taker, const std::function<bool()>& should_stop) {
  Bytes buffer(256u << 10);
  double spent = 0;  // waiting for the child
  for (;;) {
    if (should_stop && should_stop()) return Status(Code::interrupted, "interrupted");
    if (spent > limits.wall_seconds) return std::string("its time was up (" + std::to_string(static_cast<uint64_t>(limits.wall_seconds)) + " s)");
    const double began = MonotonicSeconds();
    pollfd ready{pipe, POLLIN, 0};
    const int polled = ::poll(&ready, 1, kPollMs);
    spent += MonotonicSeconds() - began;
    if (polled < 0 && errno != EINTR) return ErrnoStatus(errno, "waiting for a decoder", "pipe");
    if (polled <= 0) continue;
    const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "reading from a decoder", "pipe");
    if (got == 0) return std::string();
    PULIH_TRY_ASSIGN(const bool sound, taker.Take(ByteView(buffer).first(static_cast<size_t>(got))));
    if (!sound) return taker.why();
  }
}

std::string HowItDied(int state) {
  if (WIFSIGNALED(state)) {
    const int number = WTERMSIG(state);
    std::string text = "killed by signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
    if (number == SIGSYS) text += ": it made a system call that a decoder may not make";
    if (number == SIGXCPU) text += ": its processor time was up";
    if (number == SIGBUS) text += ": the disk did not give the evidence, or the evidence was cut while it was read";
    return text;
  }
  if (WEXITSTATUS(state) == kExitOutOfMemory) return "it needed more memory than a decoder may have";
  if (WEXITSTATUS(state) == kExitNotReady) return "its sandbox could not be set up";
  return "ended with code " + std::to_string(WEXITSTATUS(state)) + " without an answer";
}

}  // namespace

Status FrameWriter::Send(uint8_t kind, ByteView payload) {
  if (payload.size() > UINT32_MAX) return Status(Code::too_large, "sending a frame: it is too long");
  Begin(kind).Raw(payload);
  return End();
}

ByteWriter& FrameWriter::Begin(uint8_t kind) {
  frame_ = buffer_.size();
  buffer_.Le32(0);
  buffer_.U8(kind);
  return buffer_;
}

Status FrameWriter::End() {
  const size_t length = buffer_.size() - frame_ - kHeadSize;
  if (length > UINT32_MAX) {
    buffer_.bytes().resize(frame_);
    return Status(Code::too_large, "sending a frame: it is too long");
  }
  StoreLe(buffer_.bytes().data() + frame_, static_cast<uint32_t>(length));
  return buffer_.size() >= kSendAt ? Flush() : OkStatus();
}

Status FrameWriter::Flush() {
  const ByteView bytes = buffer_.view();
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t wrote = ::write(fd_, bytes.data() + at, bytes.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoStatus(errno, "sending a frame", "pipe");
    at += static_cast<size_t>(wrote);
  }
  buffer_.bytes().clear();
  return OkStatus();
}

Result<SandboxOutcome> RunSandboxed(const SandboxJob& job, const std::function<Status(uint8_t, ByteView)>& on_frame,
                                    const std::function<bool()>& should_stop) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "making a pipe for", "a decoder");
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  ::fcntl(write_end.get(), F_SETPIPE_SZ, 1 << 20);  // fewer turns; where it is refused, 64 KiB do

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return ErrnoStatus(errno, "starting a decoder", "fork");
  if (pid == 0) RunChild(job, write_end.get(), parent);
  Child child(pid);
  write_end.reset();

  SandboxOutcome outcome;
  FrameTaker taker(job.limits, on_frame, outcome);
  auto why = Listen(read_end.get(), job.limits, taker, should_stop);
  if (!why.ok()) return std::move(why).error();
  // Where it goes on although nobody listens, it is ended.
  if (!why->empty()) child.Kill();
  rusage usage{};
  const int state = why->empty() ? child.WaitSoon(&usage) : child.Wait(&usage);
  outcome.cpu_seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                        static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  outcome.peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) << 10;
  outcome.finished = why->empty() && taker.done() && WIFEXITED(state) && WEXITSTATUS(state) == 0;
  if (!outcome.finished) {
    outcome.how_it_died = !why->empty() ? *why : HowItDied(state);
    outcome.status = OkStatus();
  }
  return outcome;
}

}  // namespace pulih
