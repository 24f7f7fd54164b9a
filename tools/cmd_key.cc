// pulih key add|list|remove: ways into a repository, and who may write to it.
#include <algorithm>
#include <memory>

#include "engine/base/time_text.h"
#include "engine/repo/key_store.h"
#include "tools/cmd_key.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/kdf_option.h"
#include "tools/passphrase_source.h"
#include "tools/render.h"
#include "tools/session.h"

namespace pulih {
namespace {

constexpr size_t kMaxLabelBytes = 64;

}  // namespace

Status NeedsRoot(const Repository& repository, std::string_view what) {
  if (repository.keyring().can_administer()) return OkStatus();
  return Status(Code::wrong_key,
                std::string(what) + ": a key of role '" + std::string(RoleName(repository.keyring().role)) + "' may not do this",
                "open the repository with a passphrase or the recovery text");
}

Status CheckLabel(const std::string& label) {
  bool is_utf8 = true;
  ToUtf8(label, &is_utf8);
  return is_utf8 && label.size() <= kMaxLabelBytes ? OkStatus() : UsageError("--label: at most 64 bytes of UTF-8");
}

void LogEvent(Context& context, Session& session, const std::string& note) {
  const Status logged = LogKeyEvent(session.repository(), note);
  if (!logged.ok()) context.Warn("it is done, but the log entry could not be written: " + logged.message());
}

std::vector<OptionSpec> NewPassphraseOptions(NewPassphraseSource& source) {
  return {
      {.names = "--new-passphrase-file", .value = "FILE", .help = "the new passphrase is the first line of this file", .target = &source.file, .completes = Completes::file},
      {.names = "--new-passphrase-command", .value = "COMMAND", .help = "the new passphrase is the first line that this shell command prints", .target = &source.command},
  };
}

namespace {

// --- add -------------------------------------------------------------------------------------------------------

struct AddArguments {
  NewPassphraseSource source;
  std::optional<uint64_t> kdf_memory;
  std::string label;
};

Result<Exit> Add(const AddArguments& arguments, Context& context) {
  PULIH_TRY(CheckLabel(arguments.label));
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::write));
  Repository& repository = session->repository();
  PULIH_TRY(NeedsRoot(repository, "adding a passphrase"));
  PULIH_TRY_ASSIGN(const SecretBytes passphrase, FindNewPassphrase(context, arguments.source));
  PULIH_TRY_ASSIGN(const std::string id,
                   StoreKeySlot(repository.store(), repository.keyring(), SlotKind::passphrase, passphrase.view(),
                                CostOf(arguments.kdf_memory), arguments.label, repository.environment()));
  LogEvent(context, *session, "added passphrase slot " + id);
  if (context.global.json) {
    context.json.BeginObject();
    context.json.Field("id", std::string_view(id));
    context.json.EndObject();
  } else if (!context.global.quiet) {
    context.out.Line("added passphrase " + ShortId(id));
  }
  return Exit::done;
}

CommandSpec AddCommand() {
  auto a = std::make_shared<AddArguments>();
  CommandSpec spec;
  spec.name = "key add";
  spec.summary = "add a passphrase";
  spec.description = "Adds another passphrase, which opens the repository as the present one does. It is asked for twice, or read.";
  spec.options = NewPassphraseOptions(a->source);
  spec.options.push_back({.names = "--label", .value = "TEXT", .help = "what it is called in `pulih key list`; whoever sees the repository can read it", .target = &a->label});
  spec.options.push_back(KdfMemoryOption(a->kdf_memory));
  spec.examples = {{"for a deputy", "pulih key add --label deputy"}};
  spec.run = [a](Context& context) { return Add(*a, context); };
  return spec;
}

// --- list ------------------------------------------------------------------------------------------------------

std::string_view SlotKindName(SlotKind kind) { return kind == SlotKind::recovery ? "recovery text" : "passphrase"; }

void WriteList(JsonWriter& json, const std::vector<SlotInfo>& slots, const std::vector<WriterInfo>& writers) {
  json.BeginArray();
  for (const SlotInfo& slot : slots) {
    json.BeginObject();
    json.Field("type", slot.problem.ok() ? SlotKindName(slot.kind) : "damaged");
    json.Field("id", std::string_view(slot.id));
    if (slot.problem.ok()) {
      json.Field("label", std::string_view(slot.label));
      json.Field("created", std::string_view(FormatUtc(slot.created_ns)));
      json.Field("kdf_passes", slot.kdf_passes);
      json.Field("kdf_memory_kib", slot.kdf_memory_kib);
    } else {
      json.Field("problem", std::string_view(slot.problem.message()));
    }
    json.EndObject();
  }
  for (const WriterInfo& writer : writers) {
    json.BeginObject();
    json.Field("type", "writer");
    json.Field("id", std::string_view(writer.writer.hex()));
    json.Field("role", RoleName(writer.role));
    json.Field("label", std::string_view(writer.label));
    json.Field("created", std::string_view(FormatUtc(writer.created_ns)));
    json.Field("revoked", writer.revoked);
    json.EndObject();
  }
  json.EndArray();
}

void PrintList(Output& out, const std::vector<SlotInfo>& slots, const std::vector<WriterInfo>& writers) {
  Table ways({{"ID"}, {"OPENS BY"}, {"CREATED"}, {"MEMORY", Align::right}, {"LABEL"}});
  for (const SlotInfo& slot : slots) {
    if (slot.problem.ok()) {
      ways.Add({ShortId(slot.id), std::string(SlotKindName(slot.kind)), TimeText(slot.created_ns),
                SizeText(uint64_t{slot.kdf_memory_kib} << 10), EscapeName(slot.label)});
    } else {
      ways.Add({ShortId(slot.id), "(damaged)", "", "", EscapeText(slot.problem.message())});
    }
  }
  if (!ways.empty()) ways.Print(out);
  if (writers.empty()) return;
  out.Line("");
  Table table({{"WRITER"}, {"ROLE"}, {"CREATED"}, {"STATE"}, {"LABEL"}});
  for (const WriterInfo& writer : writers) {
    table.Add({ShortId(writer.writer.hex()), std::string(RoleName(writer.role)), TimeText(writer.created_ns),
               writer.revoked ? "revoked" : "certified", EscapeName(writer.label)});
  }
  table.Print(out);
}

Result<Exit> List(Context& context) {
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto slots, ListKeySlots(session->repository().store()));
  const auto writers = ListWriters(session->repository());
  if (context.global.json) {
    WriteList(context.json, slots, writers);
  } else {
    PrintList(context.out, slots, writers);
  }
  const bool damaged = std::any_of(slots.begin(), slots.end(), [](const SlotInfo& slot) { return !slot.problem.ok(); });
  return damaged ? Exit::incomplete : Exit::done;
}

CommandSpec ListCommand() {
  CommandSpec spec;
  spec.name = "key list";
  spec.summary = "list passphrases, recovery texts and writers";
  spec.description =
      "Lists the ways into the repository, and the writers: who holds a key file that may write. The labels and times are "
      "readable to whoever sees the repository; no secret is shown.";
  spec.examples = {{"", "pulih key list"}};
  spec.run = List;
  return spec;
}

// --- remove ------------------------------------------------------------------------------------------------------

struct RemoveArguments {
  std::string id;
};

Result<Exit> Remove(const RemoveArguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::write));
  Repository& repository = session->repository();
  PULIH_TRY(NeedsRoot(repository, "removing a key"));
  PULIH_TRY_ASSIGN(const auto slots, ListKeySlots(repository.store()));
  const auto fits = [&](const std::string& id) { return id.starts_with(arguments.id); };
  const bool is_slot = std::any_of(slots.begin(), slots.end(), [&](const SlotInfo& slot) { return fits(slot.id); });
  const auto writers = ListWriters(repository);
  const bool is_writer = std::any_of(writers.begin(), writers.end(), [&](const WriterInfo& writer) { return fits(writer.writer.hex()); });
  if (is_slot && is_writer) return UsageError("removing a key: " + arguments.id + ": it fits a passphrase and a writer", "give more digits");
  if (!is_slot && !is_writer) {
    return Status(Code::not_found, "removing a key: " + EscapeName(arguments.id) + ": no passphrase, recovery text or writer has such an id", "see `pulih key list`");
  }

  std::string done;
  if (is_slot) {
    PULIH_TRY(RemoveKeySlot(repository, arguments.id));
    done = "removed the way in " + arguments.id;
  } else {
    PULIH_TRY_ASSIGN(const WriterId writer, RevokeWriter(repository, arguments.id));
    done = "revoked writer " + writer.hex();
  }
  LogEvent(context, *session, done);
  if (context.global.json) {
    context.json.BeginObject();
    context.json.Field(is_slot ? "removed" : "revoked", std::string_view(arguments.id));
    context.json.EndObject();
  } else if (!context.global.quiet) {
    context.out.Line(done);
  }
  return Exit::done;
}

CommandSpec RemoveCommand() {
  auto a = std::make_shared<RemoveArguments>();
  CommandSpec spec;
  spec.name = "key remove";
  spec.summary = "remove a passphrase, or revoke a writer";
  spec.description =
      "Removes a passphrase or recovery text, by the id that `pulih key list` shows; the last way in stays. The id of a "
      "writer revokes it: what it wrote until now still counts, nothing that it writes later does.\n\n"
      "This takes away a way in, not what it opened: whoever has opened the repository before may have kept the keys. "
      "After a theft use `pulih key rotate` too.";
  spec.arguments = {{.names = "ID", .help = "the first digits of an id", .target = &a->id, .required = true}};
  spec.examples = {{"", "pulih key remove 5f0c93a1"}};
  spec.run = [a](Context& context) { return Remove(*a, context); };
  return spec;
}

}  // namespace

std::vector<CommandSpec> KeyCommands() {
  return {AddCommand(), ListCommand(), RemoveCommand(), KeyExportCommand(), KeyRotateCommand()};
}

}  // namespace pulih
