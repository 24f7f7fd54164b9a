// pulih completion: a completion script for a shell.
#include <memory>

#include "tools/command_list.h"
#include "tools/completion.h"

namespace pulih {

CommandSpec CompletionCommand() {
  auto shell = std::make_shared<std::string>();
  CommandSpec spec;
  spec.name = "completion";
  spec.summary = "write a completion script for a shell";
  spec.description = "Writes the script to standard output. Where it belongs differs: see the examples.";
  spec.arguments = {{.names = "SHELL", .help = "bash, zsh or fish", .target = shell.get(), .choices = {"bash", "zsh", "fish"}, .required = true}};
  spec.examples = {
      {"bash, for this session", "source <(pulih completion bash)"},
      {"zsh", "pulih completion zsh > ~/.zfunc/_pulih"},
      {"fish", "pulih completion fish > ~/.config/fish/completions/pulih.fish"},
  };
  spec.has_json = false;
  spec.needs_repository = false;
  spec.run = [shell](Context& context) -> Result<Exit> {
    const auto make = *shell == "bash" ? BashCompletion : *shell == "zsh" ? ZshCompletion : FishCompletion;
    context.out.Write(make(context.program));
    return Exit::done;
  };
  return spec;
}

}  // namespace pulih
