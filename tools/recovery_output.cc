#include "tools/recovery_output.h"

#include "engine/os/atomic_file.h"
#include "tools/escape.h"

namespace pulih {

OptionSpec RecoveryFileOption(std::string& file) {
  return {.names = "--recovery-file", .value = "FILE", .help = "write the recovery text to this new file, for its owner only, instead of showing it",
          .target = &file, .completes = Completes::file};
}

Status CheckRecoveryFile(FileSystem& files, const std::string& file) {
  if (file.empty()) return OkStatus();
  const auto size = files.FileSize(file);
  if (size.ok()) return Status(Code::already_exists, "writing the recovery text: " + file + ": it is there already");
  return size.status().code() == Code::not_found ? OkStatus() : size.status();
}

void HandOverRecoveryText(Context& context, FileSystem& files, const std::string& file, const std::string& text) {
  bool in_file = false;
  if (!file.empty()) {
    const Status written = WriteFileOnce(files, file, AsBytes(text));
    in_file = written.ok();
    if (!in_file) context.Warn("the recovery text could not be written and is shown instead: " + written.message());
  }
  if (context.global.json) {
    if (in_file) {
      context.json.PathField("recovery_file", file);
    } else {
      context.json.Field("recovery_text", std::string_view(text));
    }
    return;
  }
  if (in_file) {
    context.out.Line("The recovery text is in " + EscapeName(file) + ". Keep it on paper, away from this machine: it opens the");
    context.out.Line("repository when the passphrase is lost.");
    return;
  }
  context.out.Line("Write this recovery text on paper and keep it away from this machine. It opens the repository when");
  context.out.Line("the passphrase is lost, and is not shown again:");
  context.out.Line("");
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    context.out.Line("    " + text.substr(from, end - from));
    from = end + 1;
  }
  context.out.Line("");
}

}  // namespace pulih
