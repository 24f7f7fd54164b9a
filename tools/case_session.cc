#include "tools/case_session.h"

#include <pwd.h>
#include <unistd.h>

#include <climits>
#include <filesystem>
#include <system_error>

#include "engine/os/errno_status.h"

namespace pulih {
namespace {

// "budi@lpse": who the system says it is, not what the environment says.
std::string UserAndHost() {
  const passwd* user = ::getpwuid(::geteuid());
  char host[HOST_NAME_MAX + 1] = "";
  ::gethostname(host, sizeof host - 1);
  return (user == nullptr ? std::to_string(::geteuid()) : std::string(user->pw_name)) + "@" + (*host == '\0' ? "unknown" : host);
}

}  // namespace

CaseEnvironment CasePlace::environment() { return {*files, *random, clock, UserAndHost()}; }

Result<std::string> AbsolutePath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(path, error);
  if (error) return ErrnoStatus(error.value(), "find", path);
  return whole.string();
}

Result<OpenedCase> OpenCase(const std::string& path, CaseAccess access) {
  OpenedCase opened;
  opened.place = std::make_unique<CasePlace>();
  PULIH_TRY_ASSIGN(const std::string whole, AbsolutePath(path));
  PULIH_TRY_ASSIGN(opened.folder, Case::Open(whole, access, opened.place->environment()));
  return opened;
}

OptionSpec CaseArgument(std::string& target) {
  return {.names = "CASE", .help = "the folder of the case", .target = &target, .completes = Completes::directory, .required = true};
}

}  // namespace pulih
