// pulih init: makes a repository.
#include <memory>

#include "engine/crypto/passphrase.h"
#include "tools/cmd_key.h"
#include "tools/command_list.h"
#include "tools/kdf_option.h"
#include "tools/passphrase_source.h"
#include "tools/recovery_output.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  std::optional<uint64_t> kdf_memory;
  std::string recovery_file, label = "owner";
};

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY(CheckLabel(arguments.label));
  PULIH_TRY_ASSIGN(const auto place, FindPlace(context.global));
  PULIH_TRY(CheckRecoveryFile(*place->files, arguments.recovery_file));
  // Before anybody is asked for a passphrase twice.
  PULIH_TRY_ASSIGN(const bool there, HasRepository(*place->store));
  if (there) {
    return Status(Code::already_exists, "making a repository: " + place->store->Describe() + ": there is one already",
                  "choose another place, or use it as it is");
  }
  PULIH_TRY_ASSIGN(const SecretBytes passphrase, FindFirstPassphrase(context));
  CreateOptions options;
  options.passphrase = ToText(passphrase.view());
  options.cost = CostOf(arguments.kdf_memory);
  options.label = arguments.label;
  auto created = CreateRepository(*place->store, options, place->environment());
  Wipe(options.passphrase);
  if (!created.ok()) return std::move(created).error();

  if (context.global.json) {
    context.json.BeginObject();
    context.json.Field("repository", std::string_view(created->repository.hex()));
    context.json.Field("writer", std::string_view(created->writer.hex()));
  } else if (!context.global.quiet) {
    context.out.Line("made repository " + created->repository.hex() + " in " + place->store->Describe());
    context.out.Line("");
  }
  // Also with --quiet: it exists only once.
  HandOverRecoveryText(context, *place->files, arguments.recovery_file, created->recovery_text);
  Wipe(created->recovery_text);
  if (context.global.json) context.json.EndObject();
  return Exit::done;
}

}  // namespace

CommandSpec InitCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "init";
  spec.summary = "make a repository and its keys";
  spec.description =
      "Makes the repository that --repo names, with new keys that the passphrase opens, and shows a recovery text: four "
      "lines to be kept on paper, which open the repository when the passphrase is lost. Without both nobody can read what "
      "is stored.\n\n"
      "The folder must be empty or not be there. For nightly runs make a key file that cannot read anything back, with "
      "`pulih key export --role backup`.";
  spec.options = {
      KdfMemoryOption(a->kdf_memory),
      RecoveryFileOption(a->recovery_file),
      {.names = "--label", .value = "TEXT", .help = "what the first passphrase and writer are called in `pulih key list`; whoever sees the repository can read it", .target = &a->label},
  };
  spec.examples = {{"", "pulih init --repo /srv/backup"},
                   {"from a script", "pulih init -r /srv/backup --passphrase-file /etc/pulih/pass --recovery-file /etc/pulih/recovery.txt"}};
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih
