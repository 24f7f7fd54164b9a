// What the `pulih key` commands share: cmd_key.cc (add, list, remove), cmd_key_export.cc, cmd_key_rotate.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/repo/repository.h"
#include "tools/command.h"
#include "tools/context.h"
#include "tools/passphrase_source.h"
#include "tools/session.h"

namespace pulih {

// `wrong_key` unless the keys at hand hold the root key.
Status NeedsRoot(const Repository& repository, std::string_view what);
// Labels stand in slots and certificates: at most 64 bytes of UTF-8.
Status CheckLabel(const std::string& label);
// Notes in the log what was done, not with which secret. A log that cannot be written does not undo it: a warning.
void LogEvent(Context& context, Session& session, const std::string& note);
// --new-passphrase-file, --new-passphrase-command.
std::vector<OptionSpec> NewPassphraseOptions(NewPassphraseSource& source);

CommandSpec KeyExportCommand();
CommandSpec KeyRotateCommand();

}  // namespace pulih
