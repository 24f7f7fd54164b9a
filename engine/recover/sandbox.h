// Runs a function on hostile bytes in a child process that can do nothing but compute and answer: no file, no network,
// no other process, bounded memory and time. What it answers comes through a pipe in frames, and is hostile too.
//
// The child is a fork: it sees what the parent had mapped or read before (evidence, mapped read-only), and nothing that
// is opened later. Before `work` runs in it: all descriptors but the pipe are closed, RLIMIT_AS, RLIMIT_DATA, RLIMIT_CPU
// and RLIMIT_CORE are set, it dies with its parent, and a seccomp filter kills it for any system call but those that
// memory, time and the pipe need. Where the kernel has no seccomp (some containers) the rest still holds, and the
// outcome says so.
//
// Any thread; one run at a time in each. `work` must take no lock that another thread of the parent may hold.
// Frame: payload length le32 ‖ kind u8 ‖ payload. Kind 0 is the sandbox's own; the rest are the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/byte_writer.h"
#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

struct SandboxLimits {
  uint64_t memory_bytes = 2ull << 30;     // beyond what the parent has at the moment of the fork
  uint64_t cpu_seconds = 600;
  double wall_seconds = 1200;             // without the time that the parent takes for frames
  uint64_t frame_bytes = 300ull << 20;    // of one frame
  uint64_t output_bytes = 1ull << 40;     // of all
};

// The child's end. A failure means that nobody listens any more.
class FrameWriter {
 public:
  explicit FrameWriter(int fd) : fd_(fd) {}
  Status Send(uint8_t kind, ByteView payload);
  // The same for a payload that is written where it is sent from: what is put into the writer until End.
  ByteWriter& Begin(uint8_t kind);
  Status End();
  Status Flush();

 private:
  int fd_;
  ByteWriter buffer_;
  size_t frame_ = 0;  // where the one that was begun begins
};

struct SandboxOutcome {
  bool finished = false;    // `work` returned and its answer arrived whole
  Status status;            // finished: what `work` returned
  std::string how_it_died;  // else: "killed by signal 11 (Segmentation fault)", "its time was up", "its answer is not one"
  bool has_seccomp = false;
  double cpu_seconds = 0;
  uint64_t peak_bytes = 0;
};

struct SandboxJob {
  SandboxLimits limits;
  std::function<void()> prepare;               // in the child before the doors close: loads what `work` will need; may be empty
  std::function<Status(FrameWriter&)> work;    // in the child
};

// Calls `on_frame` in the parent for each frame in order. A failure of `on_frame` ends the child and is returned; so is
// `interrupted` when `should_stop` (asked some ten times a second, may be empty) says so.
Result<SandboxOutcome> RunSandboxed(const SandboxJob& job, const std::function<Status(uint8_t kind, ByteView payload)>& on_frame,
                                    const std::function<bool()>& should_stop);

}  // namespace pulih
