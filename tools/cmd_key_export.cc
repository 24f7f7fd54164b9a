// pulih key export: a key file for a role.
#include <memory>

#include "engine/os/atomic_file.h"
#include "engine/repo/key_store.h"
#include "tools/cmd_key.h"
#include "tools/escape.h"

namespace pulih {
namespace {

struct ExportArguments {
  std::string role, file, label;
  bool structure = false;
};

Result<Role> RoleOf(const std::string& name) {
  for (const Role role : {Role::restore, Role::backup, Role::maintain, Role::audit}) {
    if (RoleName(role) == name) return role;
  }
  return UsageError("--role: '" + name + "': there is no such role");
}

// "/etc/pulih/web1.key" → "web1"
std::string LabelFromFile(const std::string& file) {
  std::string label = file.substr(file.rfind('/') + 1);
  if (const size_t dot = label.rfind('.'); dot != std::string::npos && dot > 0) label.resize(dot);
  return CheckLabel(label).ok() ? label : "";
}

Result<Exit> Export(const ExportArguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const Role role, RoleOf(arguments.role));
  const std::string label = arguments.label.empty() ? LabelFromFile(arguments.file) : arguments.label;
  PULIH_TRY(CheckLabel(label));
  if (arguments.structure && role != Role::audit) return UsageError("--structure goes with --role audit");
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::write));
  Repository& repository = session->repository();
  PULIH_TRY(NeedsRoot(repository, "exporting a key"));
  FileSystem& files = *session->place().files;
  // Before a certificate is made for a file that cannot be written.
  if (files.FileSize(arguments.file).ok()) {
    return Status(Code::already_exists, "writing the key file: " + arguments.file + ": it is there already");
  }
  PULIH_TRY_ASSIGN(const SecretBytes text, ExportRole(repository, role, label, arguments.structure));
  PULIH_TRY(WriteFileOnce(files, arguments.file, text.view()).Within("writing the key file"));
  LogEvent(context, *session, "exported a key of role " + arguments.role);
  if (context.global.json) {
    context.json.BeginObject();
    context.json.Field("role", std::string_view(arguments.role));
    context.json.PathField("file", arguments.file);
    context.json.Field("label", std::string_view(label));
    context.json.EndObject();
  } else if (!context.global.quiet) {
    context.out.Line("wrote a key of role '" + arguments.role + "' to " + EscapeName(arguments.file));
  }
  return Exit::done;
}

}  // namespace

CommandSpec KeyExportCommand() {
  auto a = std::make_shared<ExportArguments>();
  CommandSpec spec;
  spec.name = "key export";
  spec.summary = "make a key file for a role";
  spec.description =
      "Makes a file that opens the repository without a passphrase, with what its role needs and no more; --key uses it. "
      "It is not encrypted: only its owner may read it.\n\n"
      "backup: stores snapshots, and opens nothing, not even its own. restore: everything but managing keys. maintain: "
      "checks and moves packs; sees no name and no content. audit: checks signatures and names; with --structure also "
      "which objects belong to which snapshot.";
  spec.options = {
      {.names = "--role", .value = "ROLE", .help = "restore, backup, maintain or audit", .target = &a->role, .choices = {"restore", "backup", "maintain", "audit"}, .required = true},
      {.names = "-o,--output", .value = "FILE", .help = "the new file; one that is there is not overwritten", .target = &a->file, .completes = Completes::file, .required = true},
      {.names = "--label", .value = "TEXT", .help = "what it is called in `pulih key list`; by default the file's name without its ending", .target = &a->label},
      {.names = "--structure", .help = "an audit key may see how objects hang together", .target = &a->structure},
  };
  spec.examples = {{"for a host that backs itself up every night", "pulih key export --role backup -o web1.key"}};
  spec.run = [a](Context& context) { return Export(*a, context); };
  return spec;
}

}  // namespace pulih
