// Where a passphrase comes from: a file, a command, the environment, the config file, or a person at a terminal.
// It never comes from the command line, where every process could read it.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/crypto/secret_bytes.h"
#include "tools/context.h"

namespace pulih {

// How a repository is to be opened: by a role file, or by what a person knows.
struct Credential {
  std::string key_file;  // empty: by passphrase
  SecretBytes passphrase;
};
// Takes the source of the highest origin (command line, environment, config file), among equals in the order
// key file, passphrase file, passphrase command, passphrase; without any it asks at the terminal.
Result<Credential> FindCredential(Context& context);

// A new passphrase: from the file or the command when one is named, else typed twice.
struct NewPassphraseSource {
  std::string file, command;
  bool is_named() const { return !file.empty() || !command.empty(); }
};
Result<SecretBytes> FindNewPassphrase(Context& context, const NewPassphraseSource& source);
// The same for a repository that is being made: the usual sources first.
Result<SecretBytes> FindFirstPassphrase(Context& context);

// The first line of a file, without its newline; of a recovery text in several lines all of them. Warns when others
// than its owner may read the file.
Result<SecretBytes> ReadSecretFile(Context& context, const std::string& path);
// The same of what a shell command prints.
Result<SecretBytes> ReadSecretFromCommand(const std::string& command);

// How many words of a text look like printed lines of a recovery text. A passphrase may look like one: this only
// explains why it does not open anything.
size_t CountRecoveryLines(ByteView text);
// A warning, once, where the mode of a file with a secret in it lets the group or everybody read it.
void WarnIfOthersMayRead(Context& context, const std::string& path, const std::string& what);

}  // namespace pulih
