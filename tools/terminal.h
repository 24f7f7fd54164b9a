// What a terminal is asked: how wide it is, and, whatever stdin and stdout are, for a secret.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/result.h"
#include "engine/crypto/secret_bytes.h"

namespace pulih {

// 0 when the descriptor is no terminal; 80 for one that does not say, or says what cannot be.
size_t TerminalColumns(int fd);

// Reads a line from /dev/tty without showing it. `invalid`, with `hint`, when there is no terminal; `interrupted`
// on Ctrl-C. The terminal is as before in every case.
Result<SecretBytes> AskSecret(const std::string& prompt, const std::string& hint);

}  // namespace pulih
