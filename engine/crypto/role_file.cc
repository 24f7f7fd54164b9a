// Role files: a key list as text that a person can recognise, copy and put into a configuration tool. Not
// encrypted (mode 0600 protects it); the eight bytes of SHA-256 tell a damaged file from a strange one.
//
// A reader takes exactly what the writer writes (I5): one spelling for each keyring.
#include <sodium.h>

#include "engine/base/check.h"
#include "engine/crypto/keyring.h"
#include "engine/crypto/sha256.h"

namespace pulih {
namespace {

constexpr size_t kLineWidth = 64;
constexpr size_t kCheckSize = 8;
constexpr size_t kMaxRoleFileSize = 64u << 10;
constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;
constexpr Role kRoles[] = {Role::owner, Role::restore, Role::backup, Role::maintain, Role::audit};

// "-----BEGIN PULIH BACKUP KEY-----\n"
std::string Fence(std::string_view word, Role role) {
  std::string name(RoleName(role));
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return "-----" + std::string(word) + " PULIH " + name + " KEY-----\n";
}

Digest CheckOf(ByteView keys) { return Sha256Of(keys); }

// The base64 text of `bytes`, without libsodium's closing zero byte.
SecretBytes ToBase64(ByteView bytes) {
  SecretBytes with_zero(sodium_base64_encoded_len(bytes.size(), kBase64));
  sodium_bin2base64(reinterpret_cast<char*>(with_zero.data()), with_zero.size(), bytes.data(), bytes.size(), kBase64);
  return SecretBytes::CopyOf(with_zero.view().first(with_zero.size() - 1));
}

Status BadRoleFile(std::string_view why) {
  return Status(Code::corrupt, "reading a role file failed: key file: " + std::string(why));
}

// Takes the lines apart: every line but the last is full, and each ends in a newline.
Result<SecretBytes> JoinLines(ByteView body) {
  if (body.empty()) return BadRoleFile("it is cut short");
  SecretBytes joined(body.size());
  size_t size = 0;
  while (!body.empty()) {
    const auto newline = std::find(body.begin(), body.end(), '\n');
    const auto width = static_cast<size_t>(newline - body.begin());
    const bool last = width + 1 >= body.size();
    if (newline == body.end() || width == 0 || width > kLineWidth || (width < kLineWidth && !last)) {
      return BadRoleFile("its lines are not as they were written");
    }
    std::memcpy(joined.data() + size, body.data(), width);
    size += width;
    body = body.subspan(width + 1);
  }
  return SecretBytes::CopyOf(joined.view().first(size));
}

// Compares with what the bytes are written as, for libsodium 1.0.18 takes some bytes above 0x7f for digits.
Result<SecretBytes> FromBase64(ByteView text) {
  SecretBytes room(text.size());
  size_t size = 0;
  const int done = sodium_base642bin(room.data(), room.size(), reinterpret_cast<const char*>(text.data()), text.size(),
                                     nullptr, &size, nullptr, kBase64);
  SecretBytes bytes = SecretBytes::CopyOf(room.view().first(size));
  if (done != 0 || !EqualSecrets(ToBase64(bytes.view()).view(), text)) return BadRoleFile("it is not base64");
  return bytes;
}

}  // namespace

SecretBytes EncodeRoleFile(const Keyring& keyring) {
  const SecretBytes keys = EncodeKeyring(keyring);
  SecretBytes checked(keys.size() + kCheckSize);
  std::memcpy(checked.data(), keys.data(), keys.size());
  std::memcpy(checked.data() + keys.size(), CheckOf(keys.view()).bytes.data(), kCheckSize);
  const SecretBytes base64 = ToBase64(checked.view());

  const std::string begin = Fence("BEGIN", keyring.role), end = Fence("END", keyring.role);
  const size_t lines = (base64.size() + kLineWidth - 1) / kLineWidth;
  SecretBytes text(begin.size() + base64.size() + lines + end.size());
  uint8_t* at = std::copy(begin.begin(), begin.end(), text.data());
  for (size_t from = 0; from < base64.size(); from += kLineWidth) {
    const ByteView line = base64.view().subspan(from, std::min(kLineWidth, base64.size() - from));
    at = std::copy(line.begin(), line.end(), at);
    *at++ = '\n';
  }
  at = std::copy(end.begin(), end.end(), at);
  PULIH_CHECK(at == text.data() + text.size());
  return text;
}

Result<Keyring> DecodeRoleFile(ByteView text) {
  if (text.size() > kMaxRoleFileSize) return BadRoleFile("it is too long to be one");
  for (const Role role : kRoles) {
    const std::string begin = Fence("BEGIN", role), end = Fence("END", role);
    if (!AsText(text).starts_with(begin)) continue;
    if (!AsText(text).ends_with(end) || text.size() < begin.size() + end.size()) return BadRoleFile("it is cut short");
    PULIH_TRY_ASSIGN(const SecretBytes base64,
                     JoinLines(text.subspan(begin.size(), text.size() - begin.size() - end.size())));
    PULIH_TRY_ASSIGN(const SecretBytes checked, FromBase64(base64.view()));
    if (checked.size() < kCheckSize) return BadRoleFile("it is cut short");
    const ByteView keys = checked.view().first(checked.size() - kCheckSize);
    if (!Equal(checked.view().last(kCheckSize), CheckOf(keys).view().first(kCheckSize))) {
      return BadRoleFile("its checksum does not fit");
    }
    PULIH_TRY_ASSIGN(Keyring keyring, DecodeKeyring(keys));
    if (keyring.role != role) return BadRoleFile("its first line names another role");
    return keyring;
  }
  return BadRoleFile("it does not start like one");
}

}  // namespace pulih
