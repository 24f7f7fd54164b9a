#include "engine/recover/seccomp_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pulih {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = 0;  // none that we know the numbers of: no filter
#endif
constexpr uint32_t kX32Bit = 0x40000000;

constexpr uint32_t kKill = SECCOMP_RET_KILL_PROCESS, kAllow = SECCOMP_RET_ALLOW, kBadFd = SECCOMP_RET_ERRNO | EBADF,
                   kDenied = SECCOMP_RET_ERRNO | EACCES;

// The low half of an argument of the call; the machines that we run on are little-endian.
constexpr uint32_t ArgumentAt(unsigned n) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args) + n * sizeof(uint64_t));
}
static_assert(std::endian::native == std::endian::little);

class Filter {
 public:
  void Load(uint32_t at) { Add(BPF_LD | BPF_W | BPF_ABS, at); }
  void Answer(uint32_t what) { Add(BPF_RET | BPF_K, what); }
  void IfEqual(uint32_t value, uint32_t answer) { If(BPF_JEQ, value, answer); }
  void IfAtLeast(uint32_t value, uint32_t answer) { If(BPF_JGE, value, answer); }
  void UnlessEqual(uint32_t value, uint32_t answer) {
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    Answer(answer);
  }
  // For call `number`: the four instructions that look at one of its arguments. `test`: BPF_JSET or BPF_JEQ.
  void OnArgument(long number, unsigned argument, uint16_t test, uint32_t value, uint32_t yes, uint32_t no) {
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 4));
    Load(ArgumentAt(argument));
    program_.push_back(BPF_JUMP(static_cast<uint16_t>(BPF_JMP | test | BPF_K), value, 0, 1));
    Answer(yes);
    Answer(no);
  }
  bool Install() {
    const sock_fprog program{static_cast<unsigned short>(program_.size()), program_.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
  }

 private:
  void Add(uint16_t code, uint32_t k) { program_.push_back(BPF_STMT(code, k)); }
  void If(uint16_t test, uint32_t value, uint32_t answer) {
    program_.push_back(BPF_JUMP(static_cast<uint16_t>(BPF_JMP | test | BPF_K), value, 0, 1));
    Answer(answer);
  }
  std::vector<sock_filter> program_;
};

}  // namespace

bool EnterSeccomp(int writable_fd) {
  if (kArchitecture == 0) return false;
  Filter filter;
  filter.Load(offsetof(seccomp_data, arch));
  filter.UnlessEqual(kArchitecture, kKill);
  filter.Load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  filter.IfAtLeast(kX32Bit, kKill);
#endif
  // What allocators and the C library need without any effect outside of the process.
  for (const long number : {SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex, SYS_clock_gettime, SYS_gettimeofday,
                            SYS_getpid, SYS_gettid, SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_rt_sigreturn, SYS_sched_yield, SYS_sigaltstack,
                            SYS_exit, SYS_exit_group, SYS_restart_syscall}) {
    filter.IfEqual(static_cast<uint32_t>(number), kAllow);
  }
  if (kIsSanitized) {
    for (const long number : {SYS_pipe2, SYS_close, SYS_write}) filter.IfEqual(static_cast<uint32_t>(number), kAllow);
  }
  // A message of PULIH_CHECK or of the C library goes nowhere, which is no reason to hide why the child ends.
  filter.OnArgument(SYS_write, 0, BPF_JEQ, static_cast<uint32_t>(writable_fd), kAllow, kBadFd);
  filter.OnArgument(SYS_writev, 0, BPF_JEQ, static_cast<uint32_t>(writable_fd), kAllow, kBadFd);
  for (const long number : {SYS_fstat, SYS_newfstatat}) filter.IfEqual(static_cast<uint32_t>(number), kBadFd);
  // Nothing can be opened. The answer is an error and no death, because the C library's allocator looks into
  // /proc/sys/vm/overcommit_memory before it gives memory back, and can do without.
  for (const long number : {
#ifdef SYS_open
           static_cast<long>(SYS_open),
#endif
           static_cast<long>(SYS_openat)}) {
    filter.IfEqual(static_cast<uint32_t>(number), kDenied);
  }
  // Memory that can be run is not made.
  filter.OnArgument(SYS_mmap, 2, BPF_JSET, PROT_EXEC, kKill, kAllow);
  filter.OnArgument(SYS_mprotect, 2, BPF_JSET, PROT_EXEC, kKill, kAllow);
  // abort() signals its own process; others cannot be reached.
  filter.OnArgument(SYS_tgkill, 0, BPF_JEQ, static_cast<uint32_t>(::getpid()), kAllow, kKill);
  filter.Answer(kKill);
  return filter.Install();
}

}  // namespace pulih
