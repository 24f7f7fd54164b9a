// pulih: backup and recovery. Read next: program.h, command_list.h, and cmd_<name>.cc for what a command does.
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "engine/crypto/random.h"
#include "tools/program.h"
#include "tools/signals.h"

namespace {

using pulih::Exit;

// No secret reaches a core file, and no other process of this user may look into this one.
void KeepSecretsInside() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::umask(077);
}

// RocksDB and deep trees need more descriptors than the usual soft limit.
void AllowManyFiles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// A system service of systemd runs without HOME: then the password file says where it is.
std::optional<std::string> HomeOfUser() {
  const passwd* user = ::getpwuid(::geteuid());
  if (user == nullptr || user->pw_dir == nullptr || user->pw_dir[0] != '/') return std::nullopt;
  return std::string(user->pw_dir);
}

std::optional<std::string> Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return name == "HOME" ? HomeOfUser() : std::nullopt;
  std::string text = value;
  // Commands that this one starts need not know it.
  if (name == "PULIH_PASSPHRASE") ::unsetenv(name.c_str());
  return text;
}

Exit Run(int argc, char** argv) {
  KeepSecretsInside();
  AllowManyFiles();
  pulih::InstallSignalHandlers();
  if (!pulih::InitialiseCrypto()) {
    std::fputs("pulih: libsodium cannot run on this machine\n", stderr);
    return Exit::failed;
  }
  pulih::Output out(stdout);
  return pulih::RunProgram(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), Environment, out);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(Run(argc, argv));
  } catch (const std::bad_alloc&) {
    std::fputs("pulih: out of memory\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pulih: internal error: %s\n", error.what());
  }
  return static_cast<int>(Exit::failed);
}
