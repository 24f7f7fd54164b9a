#include "tools/passphrase_source.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "engine/crypto/passphrase.h"
#include "engine/os/errno_status.h"
#include "tools/terminal.h"

namespace pulih {
namespace {

constexpr size_t kMaxSecretBytes = 4096;
constexpr int kRecoveryLines = 4;
constexpr int kMostRecoveryLines = 8;  // that are read: more than there are, so that it can be said

// Reads up to the next newline, byte by byte; the caller has turned the library's buffer off.
Result<SecretBytes> ReadLine(std::FILE* file, const std::string& name) {
  SecretBytes buffer(kMaxSecretBytes);
  size_t size = 0;
  int c = 0;
  errno = 0;
  while ((c = std::fgetc(file)) != EOF && c != '\n') {
    if (size == kMaxSecretBytes) return Status(Code::too_large, "reading a passphrase: " + name + ": a line is too long");
    buffer.data()[size++] = static_cast<uint8_t>(c);
  }
  if (c == EOF && std::ferror(file) != 0) return ErrnoStatus(errno, "reading a passphrase", name);
  if (size == 0) return UsageError("reading a passphrase: " + name + ": it is empty");
  return SecretBytes::CopyOf(buffer.view().first(size));
}

// Whether this is one printed line of a recovery text, ABCDE-FGH-XY, with its number or without.
bool IsRecoveryLine(ByteView line) {
  constexpr std::string_view kForm = "*****-***-**";
  const auto is_blank = [](uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!line.empty() && is_blank(line.front())) line = line.subspan(1);
  while (!line.empty() && is_blank(line.back())) line = line.first(line.size() - 1);
  if (line.size() > 2 && line[0] >= '1' && line[0] <= '4' && line[1] == ':') {
    line = line.subspan(2);
    while (!line.empty() && is_blank(line.front())) line = line.subspan(1);
  }
  if (line.size() != kForm.size()) return false;
  for (size_t i = 0; i < line.size(); ++i) {
    const auto c = static_cast<char>(line[i]);
    const bool is_digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (kForm[i] == '-' ? c != '-' : !is_digit) return false;
  }
  return true;
}

SecretBytes Joined(const SecretBytes& first, const SecretBytes& second) {
  SecretBytes both(first.size() + 1 + second.size());
  std::copy_n(first.data(), first.size(), both.data());
  both.data()[first.size()] = ' ';
  std::copy_n(second.data(), second.size(), both.data() + first.size() + 1);
  return both;
}

// The first line; where that begins a recovery text in four lines, as `--recovery-file` writes it, all of its lines,
// also when they are too many or too few: whoever reads the text says so.
Result<SecretBytes> ReadSecret(std::FILE* file, const std::string& name) {
  std::setvbuf(file, nullptr, _IONBF, 0);  // so that no copy stays behind in a buffer of the library
  PULIH_TRY_ASSIGN(SecretBytes first, ReadLine(file, name));
  if (!IsRecoveryLine(first.view())) return first;
  SecretBytes text = SecretBytes::CopyOf(first.view());
  for (int number = 2; number <= kMostRecoveryLines; ++number) {
    const auto next = ReadLine(file, name);
    if (!next.ok() || !IsRecoveryLine(next->view())) break;
    text = Joined(text, *next);
  }
  // A passphrase that looks like such a line, and an older one below it, are no recovery text.
  if (!ParseRecoveryText(std::string_view(reinterpret_cast<const char*>(text.data()), text.size()))) return first;
  return text;
}

// Asks for a passphrase. Who types the first line of a recovery text is asked for the other three.
Result<SecretBytes> AskPassphrase(const std::string& hint) {
  PULIH_TRY_ASSIGN(SecretBytes typed, AskSecret("passphrase: ", hint));
  if (typed.empty()) return UsageError("the passphrase is empty");
  if (!IsRecoveryLine(typed.view())) return typed;
  for (int number = 2; number <= kRecoveryLines; ++number) {
    PULIH_TRY_ASSIGN(const SecretBytes next, AskSecret("recovery text, line " + std::to_string(number) + ": ", hint));
    typed = Joined(typed, next);
  }
  return typed;
}

Result<SecretBytes> CheckedText(const std::string& text) {
  if (text.size() > kMaxSecretBytes) return Status(Code::too_large, "the passphrase is too long");
  return SecretBytes::CopyOf(AsBytes(text));
}

constexpr const char* kHowToGive =
    "give --key, --passphrase-file or --passphrase-command, or set PULIH_PASSPHRASE";

// The passphrase that the options name; nothing when they name none.
Result<std::optional<SecretBytes>> NamedPassphrase(Context& context) {
  const GlobalOptions& global = context.global;
  const Origin best = std::max({global.passphrase_file_from, global.passphrase_command_from, global.passphrase_from});
  if (best == Origin::unset) return std::optional<SecretBytes>();
  Result<SecretBytes> secret = Status(Code::invalid, "none");
  if (global.passphrase_file_from == best) {
    secret = ReadSecretFile(context, global.passphrase_file);
  } else if (global.passphrase_command_from == best) {
    secret = ReadSecretFromCommand(global.passphrase_command);
  } else {
    if (best == Origin::config_file) {
      context.Warn("the passphrase stands in the config file: whoever reads that file can open the repository");
    }
    secret = CheckedText(global.passphrase);
  }
  if (!secret.ok()) return std::move(secret).error();
  return std::optional<SecretBytes>(std::move(secret).value());
}

Result<SecretBytes> TypedTwice(const char* how_else) {
  PULIH_TRY_ASSIGN(SecretBytes first, AskSecret("new passphrase: ", how_else));
  if (first.empty()) return UsageError("the passphrase is empty");
  PULIH_TRY_ASSIGN(const SecretBytes second, AskSecret("the same again: ", ""));
  if (!EqualSecrets(first.view(), second.view())) return UsageError("the two passphrases are not the same");
  return first;
}

}  // namespace

size_t CountRecoveryLines(ByteView text) {
  size_t count = 0;
  for (size_t start = 0; start < text.size();) {
    size_t end = start;
    while (end < text.size() && text[end] != ' ' && text[end] != '\n' && text[end] != '\t') ++end;
    if (IsRecoveryLine(text.subspan(start, end - start))) ++count;
    start = end + 1;
  }
  return count;
}

void WarnIfOthersMayRead(Context& context, const std::string& path, const std::string& what) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || (info.st_mode & (S_IRGRP | S_IROTH)) == 0) return;
  context.Warn("others may read the " + what + " " + path + ": chmod 600 it");
}

Result<SecretBytes> ReadSecretFile(Context& context, const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file == nullptr) return ErrnoStatus(errno, "reading a passphrase", path);
  WarnIfOthersMayRead(context, path, "passphrase file");
  return ReadSecret(file.get(), path);
}

Result<SecretBytes> ReadSecretFromCommand(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) return ErrnoStatus(errno, "starting the passphrase command", command);
  Result<SecretBytes> secret = ReadSecret(pipe, "the command's output");
  while (std::fgetc(pipe) != EOF) {
  }
  if (::pclose(pipe) != 0) return Status(Code::io, "reading a passphrase: the command failed: " + command);
  return secret;
}

Result<Credential> FindCredential(Context& context) {
  const GlobalOptions& global = context.global;
  const Origin best_passphrase =
      std::max({global.passphrase_file_from, global.passphrase_command_from, global.passphrase_from});
  if (global.key_from != Origin::unset && global.key_from >= best_passphrase) return Credential{global.key, {}};
  PULIH_TRY_ASSIGN(std::optional<SecretBytes> named, NamedPassphrase(context));
  if (named) return Credential{"", std::move(*named)};
  PULIH_TRY_ASSIGN(SecretBytes typed, AskPassphrase(kHowToGive));
  return Credential{"", std::move(typed)};
}

Result<SecretBytes> FindNewPassphrase(Context& context, const NewPassphraseSource& source) {
  if (!source.file.empty()) return ReadSecretFile(context, source.file);
  if (!source.command.empty()) return ReadSecretFromCommand(source.command);
  return TypedTwice("give --new-passphrase-file or --new-passphrase-command");
}

Result<SecretBytes> FindFirstPassphrase(Context& context) {
  PULIH_TRY_ASSIGN(std::optional<SecretBytes> named, NamedPassphrase(context));
  if (named) return std::move(*named);
  return TypedTwice("give --passphrase-file or --passphrase-command, or set PULIH_PASSPHRASE");
}

}  // namespace pulih
