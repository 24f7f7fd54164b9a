// pulih key rotate: a new content key.
#include <memory>

#include "engine/repo/key_store.h"
#include "tools/cmd_key.h"
#include "tools/kdf_option.h"
#include "tools/recovery_output.h"
#include "tools/render.h"

namespace pulih {
namespace {

struct RotateArguments {
  NewPassphraseSource source;
  std::optional<uint64_t> kdf_memory;
  std::string recovery_file;
};

Result<SecretBytes> PassphraseAfterRotation(Context& context, const RotateArguments& arguments, const Session& session) {
  if (arguments.source.is_named()) return FindNewPassphrase(context, arguments.source);
  const bool by_recovery_text = ParseRecoveryText(AsText(session.passphrase().view())).has_value();
  // The recovery text is replaced as well, so it cannot stay the way in.
  return by_recovery_text ? FindNewPassphrase(context, {}) : session.passphrase().Clone();
}

// The passphrase keeps its label; where the recovery text was the way in, the new one takes that of the first passphrase.
Result<std::string> LabelAfterRotation(Session& session) {
  PULIH_TRY_ASSIGN(const auto slots, ListKeySlots(session.repository().store()));
  std::optional<std::string> first;
  for (const SlotInfo& slot : slots) {
    if (slot.kind != SlotKind::passphrase || !slot.problem.ok()) continue;
    if (slot.id == session.slot_id()) return slot.label;
    if (!first) first = slot.label;
  }
  return first.value_or("owner");
}

Result<Exit> Rotate(const RotateArguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::write));
  Repository& repository = session->repository();
  PULIH_TRY(NeedsRoot(repository, "rotating the content key"));
  FileSystem& files = *session->place().files;
  PULIH_TRY(CheckRecoveryFile(files, arguments.recovery_file));
  PULIH_TRY_ASSIGN(const SecretBytes passphrase, PassphraseAfterRotation(context, arguments, *session));
  RotateOptions options;
  options.passphrase = ToText(passphrase.view());
  PULIH_TRY_ASSIGN(options.label, LabelAfterRotation(*session));
  options.cost = CostOf(arguments.kdf_memory);
  auto rotated = RotateContentKey(repository, options);
  Wipe(options.passphrase);
  if (!rotated.ok()) return std::move(rotated).error();
  LogEvent(context, *session, "rotated the content key: config " + std::to_string(rotated->config_number));
  if (!rotated->unfinished.ok()) context.Warn("the content key is rotated, and not all is done: " + rotated->unfinished.message());
  if (rotated->sessions_lost > 0) {
    context.Warn(CountOf(rotated->sessions_lost, "session key") + " could not be opened and " +
                 (rotated->sessions_lost == 1 ? "was" : "were") + " not sealed again; run `pulih verify`");
  }
  if (context.global.json) {
    context.json.BeginObject();
    context.json.Field("config", rotated->config_number);
    context.json.Field("sessions", rotated->sessions);
    context.json.Field("sessions_lost", rotated->sessions_lost);
  } else if (!context.global.quiet) {
    context.out.Line("made a new content key and sealed " + CountOf(rotated->sessions, "session key") + " to it; no data was moved");
    context.out.Line("other passphrases and the old recovery text no longer open the repository; key files of role");
    context.out.Line("'restore' made before do not read what is written from now on");
    context.out.Line("");
  }
  HandOverRecoveryText(context, files, arguments.recovery_file, rotated->recovery_text);
  Wipe(rotated->recovery_text);
  if (context.global.json) context.json.EndObject();
  return rotated->unfinished.ok() ? Exit::done : Exit::incomplete;
}

}  // namespace

CommandSpec KeyRotateCommand() {
  auto a = std::make_shared<RotateArguments>();
  CommandSpec spec;
  spec.name = "key rotate";
  spec.summary = "make a new content key";
  spec.description =
      "Makes a new key for what is written from now on, and seals the keys of what is stored to it as well; no data is "
      "moved. All passphrases but the present one, or the new one, and the old recovery text no longer open the repository; "
      "a new recovery text is shown.\n\n"
      "Whoever kept the old keys can still open what was stored before: protecting that takes a new repository.";
  spec.options = NewPassphraseOptions(a->source);
  spec.options.push_back(RecoveryFileOption(a->recovery_file));
  spec.options.push_back(KdfMemoryOption(a->kdf_memory));
  spec.examples = {{"with the same passphrase", "pulih key rotate"},
                   {"with another", "pulih key rotate --new-passphrase-file new.txt"}};
  spec.run = [a](Context& context) { return Rotate(*a, context); };
  return spec;
}

}  // namespace pulih
