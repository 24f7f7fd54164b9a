#include "engine/recover/custody.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/hex.h"
#include "engine/base/time_text.h"
#include "engine/crypto/sha256.h"
#include "engine/os/errno_status.h"
#include "engine/os/unique_fd.h"
#include "formats/text/encoding.h"
#include "formats/text/json.h"

namespace pulih {
namespace {

constexpr uint64_t kMaxLog = 1ull << 30;
constexpr std::string_view kContext = "pulih/custody/1\n";
constexpr std::string_view kSignatureKey = "\"signature\":";

// All of a line but the signature.
std::string Body(const CustodyEntry& entry, const Digest& before) {
  std::string text = "{\"sequence\":" + std::to_string(entry.sequence);
  const auto add = [&](std::string_view key, std::string_view value) {
    text += ",";
    WriteJsonString(key, text);
    text += ":";
    WriteJsonString(value, text);
  };
  add("time", entry.time);
  add("who", entry.who);
  add("what", entry.what);
  add("from", entry.from);
  text += ",\"detail\":{";
  for (size_t i = 0; i < entry.detail.size(); ++i) {
    if (i > 0) text += ",";
    WriteJsonString(entry.detail[i].first, text);
    text += ":";
    WriteJsonString(entry.detail[i].second, text);
  }
  text += "}";
  add("before", before.hex());
  return text + ",";
}

std::string SignedBytes(std::string_view body) { return std::string(kContext) + std::string(body); }

std::string Line(const std::string& body, const Signature& signature) {
  return body + std::string(kSignatureKey) + "\"" + ToHex(signature) + "\"}";
}

const std::string* TextOf(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member == nullptr ? nullptr : member->string();
}

bool TakeFields(const Json& json, CustodyEntry& entry) {
  const auto take = [&](std::string_view key, std::string& into) {
    const std::string* text = TextOf(json, key);
    if (text != nullptr) into = *text;
    return text != nullptr;
  };
  if (!take("time", entry.time) || !take("who", entry.who) || !take("what", entry.what) || !take("from", entry.from)) return false;
  const Json* detail = json.Find("detail");
  if (detail == nullptr || detail->object() == nullptr) return false;
  for (const JsonMember& member : *detail->object()) {
    if (member.value.string() == nullptr) return false;
    entry.detail.emplace_back(member.key, *member.value.string());
  }
  return true;
}

Status WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoStatus(errno, "write custody log", path);
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return OkStatus();
}

}  // namespace

Result<std::unique_ptr<CustodyLog>> CustodyLog::Open(const std::string& path, const std::string& keys, const PublicKey& key,
                                                     FileSystem& files, Clock& clock, std::string who) {
  std::unique_ptr<CustodyLog> log(new CustodyLog(path, keys, key, files, clock, std::move(who)));
  PULIH_TRY(log->ReadAll());
  return log;
}

Status CustodyLog::ReadAll() {
  auto read = ReadWholeFile(files_, path_, kMaxLog);
  if (read.status().code() == Code::not_found) return OkStatus();
  if (!read.ok()) return std::move(read).error();
  std::string_view text = AsText(*read);
  while (!text.empty()) {
    const size_t end = text.find('\n');
    Status taken = end == text.npos ? Status(Code::corrupt, "it is cut short") : TakeLine(text.substr(0, end));
    if (!taken.ok()) {
      return Status(Code::corrupt,
                    "reading the custody log: " + path_ + " line " + std::to_string(entries_.size() + 1) + ": " + taken.message(),
                    "the log, or the case's key, was changed or damaged since it was written: keep both as they are and compare with a copy");
    }
    text.remove_prefix(end + 1);
  }
  return OkStatus();
}

Status CustodyLog::TakeLine(std::string_view line) {
  const size_t at = line.rfind(kSignatureKey);
  if (at == line.npos) return Status(Code::corrupt, "it has no signature");
  const std::string_view body = line.substr(0, at);
  auto json = ReadJson(line);
  if (!json.ok()) return Status(Code::corrupt, "it is not JSON");
  const std::string* hex = TextOf(*json, "signature");
  const auto signature = hex == nullptr ? std::nullopt : FromHex(*hex);
  if (!signature || !VerifySignature(key_, AsBytes(SignedBytes(body)), *signature)) {
    return Status(Code::corrupt, "its signature does not fit");
  }
  CustodyEntry entry;
  entry.sequence = entries_.size() + 1;
  if (!TakeFields(*json, entry)) return Status(Code::corrupt, "it lacks a field");
  // Written again it is the same line: no spelling of our own, the number in its place, the line before as it was.
  Signature fixed;
  std::copy(signature->begin(), signature->end(), fixed.begin());
  if (Line(Body(entry, head_), fixed) != line) return Status(Code::corrupt, "it does not follow the line before");
  entries_.push_back(std::move(entry));
  head_ = Sha256Of(AsBytes(line));
  return OkStatus();
}

Status CustodyLog::Append(const std::string& what, const std::string& from, const Detail& detail) {
  PULIH_TRY(AppendUnsynced(what, from, detail));
  return Sync();
}

Status CustodyLog::Sync() {
  const UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return OkStatus();
  if (!fd || ::fsync(fd.get()) != 0) return ErrnoStatus(errno, "sync custody log", path_);
  return OkStatus();
}

Status CustodyLog::AppendUnsynced(const std::string& what, const std::string& from, const Detail& detail) {
  CustodyEntry entry{.sequence = entries_.size() + 1, .time = FormatUtc(clock_.NowNs()), .who = MendUtf8(who_), .what = what, .from = MendUtf8(from), .detail = detail};
  for (auto& [key, value] : entry.detail) value = MendUtf8(value);
  // JSON is UTF-8 and a path need not be.
  if (entry.from != from) entry.detail.emplace_back("from_bytes", ToHex(AsBytes(from)));
  PULIH_TRY_ASSIGN(Bytes raw, ReadWholeFile(files_, keys_, kSecretKeySize));
  if (raw.size() != kSecretKeySize) return Status(Code::corrupt, "reading the key of a case: " + keys_ + ": it is not one");
  const SecretBytes seed = SecretBytes::CopyOf(raw);
  WipeMemory(raw);
  if (SigningPublicKey(seed) != key_) return Status(Code::corrupt, "reading the key of a case: " + keys_ + ": it belongs to another case");
  const std::string body = Body(entry, head_);
  const std::string line = Line(body, Sign(seed, AsBytes(SignedBytes(body))));

  const UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return ErrnoStatus(errno, "open custody log", path_);
  PULIH_TRY(WriteAll(fd.get(), line + "\n", path_));
  entries_.push_back(std::move(entry));
  head_ = Sha256Of(AsBytes(line));
  return OkStatus();
}

}  // namespace pulih
