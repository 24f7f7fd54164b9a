#include "engine/os/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "engine/os/errno_status.h"
#include "engine/os/unique_fd.h"

namespace pulih {
namespace {

constexpr int kPollMs = 200;
constexpr size_t kReadSize = 64u << 10;

// posix_spawn's two structures, destroyed at the end.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    // A group of its own: a Ctrl-C is ours to hear, and the whole group can be killed.
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Kills the child and waits for it, unless it was waited for already.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    (void)Wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int Wait() {
    int state = 0;
    while (::waitpid(pid_, &state, 0) < 0 && errno == EINTR) {}
    pid_ = -1;
    return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
  }

 private:
  pid_t pid_;
};

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::string_view NameOf(std::string_view variable) { return variable.substr(0, variable.find('=')); }

std::vector<std::string> LastOfEach(const std::vector<std::string>& environment) {
  std::vector<std::string> kept;
  for (const std::string& variable : environment) {
    std::erase_if(kept, [&](const std::string& earlier) { return NameOf(earlier) == NameOf(variable); });
    kept.push_back(variable);
  }
  return kept;
}

Result<pid_t> Spawn(const ChildRequest& request, int output, int errors) {
  SpawnSettings settings;
  ::posix_spawn_file_actions_addopen(&settings.actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&settings.actions_, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&settings.actions_, errors, STDERR_FILENO);
  std::vector<std::string> words = {request.program};
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  const std::vector<std::string> environment = LastOfEach(request.environment);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, request.program.c_str(), &settings.actions_, &settings.attributes_,
                                  Pointers(words).data(), Pointers(environment).data());
  if (error != 0) return ErrnoStatus(error, "starting a program", request.program);
  return pid;
}

Status Drain(const ChildRequest& request, UniqueFd& output, UniqueFd& errors, ChildResult& result) {
  std::array<char, kReadSize> buffer;
  while (output.valid() || errors.valid()) {
    if (request.should_stop && request.should_stop())
      return Status(Code::interrupted, "running " + request.program + ": asked to stop");
    // poll leaves out descriptors below 0.
    std::array<pollfd, 2> ready{pollfd{output.get(), POLLIN, 0}, pollfd{errors.get(), POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), kPollMs) < 0 && errno != EINTR)
      return ErrnoStatus(errno, "waiting for a program", request.program);
    for (size_t i = 0; i < ready.size(); ++i) {
      if (ready[i].revents == 0) continue;
      UniqueFd& from = i == 0 ? output : errors;
      const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return ErrnoStatus(errno, "reading from a program", request.program);
      if (got == 0) {
        from.reset();
        continue;
      }
      const std::string_view bytes(buffer.data(), static_cast<size_t>(got));
      if (i == 1) {
        result.errors.append(bytes.substr(0, request.max_errors - std::min(request.max_errors, result.errors.size())));
        continue;
      }
      if (bytes.size() > request.max_output - result.output.size()) {
        return Status(Code::too_large, "running " + request.program + ": it writes more than " +
                                           std::to_string(request.max_output) + " bytes");
      }
      result.output.append(bytes);
    }
  }
  return OkStatus();
}

}  // namespace

Result<ChildResult> RunChild(const ChildRequest& request) {
  int output[2], errors[2];
  if (::pipe2(output, O_CLOEXEC) != 0) return ErrnoStatus(errno, "making a pipe for", request.program);
  UniqueFd output_read(output[0]), output_write(output[1]);
  if (::pipe2(errors, O_CLOEXEC) != 0) return ErrnoStatus(errno, "making a pipe for", request.program);
  UniqueFd errors_read(errors[0]), errors_write(errors[1]);

  PULIH_TRY_ASSIGN(const pid_t pid, Spawn(request, output_write.get(), errors_write.get()));
  Child child(pid);
  output_write.reset();
  errors_write.reset();
  ChildResult result;
  PULIH_TRY(Drain(request, output_read, errors_read, result));
  result.exit_code = child.Wait();
  return result;
}

std::string FindProgram(const std::string& name, const std::vector<std::string>& environment) {
  if (name.find('/') != std::string::npos) return name;
  constexpr std::string_view kVariable = "PATH=";
  for (const std::string& variable : environment) {
    if (variable.rfind(kVariable, 0) != 0) continue;
    const std::string folders = variable.substr(kVariable.size());
    for (size_t at = 0; at <= folders.size();) {
      const size_t end = std::min(folders.find(':', at), folders.size());
      const std::string path = folders.substr(at, end - at) + "/" + name;
      // A relative folder would let the working directory choose the program.
      if (path[0] == '/' && end > at && ::access(path.c_str(), X_OK) == 0) return path;
      at = end + 1;
    }
    return "";
  }
  return "";
}

}  // namespace pulih
