// Asking a person at the terminal, whatever stdin and stdout are.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/crypto/secret_bytes.h"

namespace pulih {

// Reads a line from /dev/tty without showing it. `invalid`, with `hint`, when there is no terminal; `interrupted`
// on Ctrl-C. The terminal is as before in every case.
Result<SecretBytes> AskSecret(const std::string& prompt, const std::string& hint);

}  // namespace pulih
