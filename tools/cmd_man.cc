// pulih man: the man pages.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/os/atomic_file.h"
#include "engine/os/errno_status.h"
#include "engine/os/file_system.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/man_page.h"
#include "tools/render.h"

namespace pulih {
namespace {

Status LetAllRead(const std::string& path, mode_t mode) {
  return ::chmod(path.c_str(), mode) == 0 ? OkStatus() : ErrnoStatus(errno, "writing man pages", path);
}

}  // namespace

CommandSpec ManCommand() {
  auto folder = std::make_shared<std::string>();
  CommandSpec spec;
  spec.name = "man";
  spec.summary = "write the man pages";
  spec.description = "Writes a man page for the program and one for each command, replacing those that are there.";
  spec.options = {{.names = "--to", .value = "DIR", .help = "where to; made when it is not there", .target = folder.get(),
                   .completes = Completes::directory, .required = true}};
  spec.examples = {{"", "pulih man --to ~/.local/share/man/man1"}};
  spec.needs_repository = false;
  spec.run = [folder](Context& context) -> Result<Exit> {
    const auto files = NewPosixFileSystem();
    // All else that this program writes is for its user only; man pages are for everybody.
    std::vector<std::string> made;
    for (std::filesystem::path at = *folder; !at.empty() && ::access(at.c_str(), F_OK) != 0; at = at.parent_path()) made.push_back(at);
    PULIH_TRY(MakeDirectories(*files, *folder).Within("writing man pages"));
    for (const std::string& path : made) PULIH_TRY(LetAllRead(path, 0755));
    const auto pages = ManPages(context.program);
    for (const auto& [name, text] : pages) {
      const std::string path = *folder + "/" + name;
      PULIH_TRY(ReplaceFile(*files, path, AsBytes(text)).Within("writing man pages"));
      PULIH_TRY(LetAllRead(path, 0644));
    }
    if (context.global.json) {
      context.json.BeginArray();
      for (const auto& [name, text] : pages) context.json.Text(name);
      context.json.EndArray();
    } else if (!context.global.quiet) {
      context.out.Line("wrote " + CountOf(pages.size(), "man page") + " to " + EscapeName(*folder));
    }
    return Exit::done;
  };
  return spec;
}

}  // namespace pulih
