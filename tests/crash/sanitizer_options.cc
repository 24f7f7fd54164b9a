// Thousands of repositories are made, read and thrown away here. The address sanitizer keeps what was freed for a
// while, by default 256 MiB of it, so that each of our megabyte buffers would be new memory from the kernel: half the
// time of the run. A smaller stock finds the same mistakes, only not as long after.
#if defined(__SANITIZE_ADDRESS__)
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=16:malloc_context_size=8"; }
#endif
