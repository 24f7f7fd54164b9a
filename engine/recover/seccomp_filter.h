// The system calls that a sandboxed child may make: memory, time, writing to its one descriptor, ending. Everything else
// kills it (SIGSYS). Written by hand for linux/seccomp.h; x86-64 and AArch64.
//
// Not the sandbox: see sandbox.h. Source of the layout: Documentation/userspace-api/seccomp_filter.rst of Linux.
#pragma once

namespace pulih {

// A build with sanitizers asks the kernel which memory can be read, by writing it to a pipe of its own: there such pipes
// are let through. Never in what people run.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

// For this thread and what it forks, for good. False when the kernel has no seccomp or refuses it.
bool EnterSeccomp(int writable_fd);

}  // namespace pulih
