#include "engine/recover/case.h"

#include "engine/base/hex.h"
#include "engine/os/atomic_file.h"
#include "formats/text/json.h"

namespace pulih {
namespace {

constexpr uint64_t kMaxDescription = 64u << 10;
constexpr size_t kIdSize = 16;

std::string Description(const std::string& id, const PublicKey& key) {
  Json::Object members;
  members.push_back({"case", id});
  members.push_back({"format", JsonNumber{std::to_string(kCaseFormat)}});
  members.push_back({"public_key", ToHex(key)});
  return JsonText(std::move(members)) + "\n";
}

KvOptions ClaimOptions(CaseAccess access) {
  KvOptions options;
  options.read_only = access == CaseAccess::read;
  // Keys of the case begin with a letter and a number or a hash: look-ups are of whole keys of the register.
  options.filter_prefix_bytes = 34;
  return options;
}

Status NotACase(const std::string& path, std::string_view why) {
  return Status(Code::corrupt, "opening a case: " + path + ": " + std::string(why));
}

}  // namespace

// case.json is written last: a folder without it is no case, and one that was left half made can be made again.
Result<std::unique_ptr<Case>> Case::Create(const std::string& path, const CaseEnvironment& environment) {
  FileSystem& files = environment.files;
  PULIH_TRY(MakeDirectories(files, path));
  PULIH_TRY_ASSIGN(const auto items, files.List(path));
  for (const DirectoryItem& item : items) {
    if (item.name == "case.json") return Status(Code::already_exists, "making a case: " + path + ": there is one already", "add to it with `pulih recover add`");
    if (item.name != "lock" && item.name != "keys" && item.name != "claims")
      return Status(Code::already_exists, "making a case: " + path + ": the folder is not empty", "give the case a folder of its own");
  }
  PULIH_TRY_ASSIGN(LockFile lock, LockFile::TryAcquire(path + "/lock"));
  const SigningPair pair = MakeSigningPair(environment.random);
  PULIH_TRY(ReplaceFile(files, path + "/keys", pair.seed.view()));
  PULIH_TRY(files.MakeDirectory(path + "/claims"));
  PULIH_TRY(WriteFileOnce(files, path + "/case.json", AsBytes(Description(ToHex(environment.random.Array<kIdSize>()), pair.public_key))));
  // From here on it is a case.
  std::unique_ptr<Case> made(new Case(path, environment));
  lock = LockFile();  // Start() takes it for as long as the case is open
  PULIH_TRY(made->ReadDescription());
  PULIH_TRY(made->Start(CaseAccess::write));
  PULIH_TRY(made->custody_->Append("case opened", path));
  PULIH_TRY(files.SyncDirectory(path));
  return made;
}

Result<std::unique_ptr<Case>> Case::Open(const std::string& path, CaseAccess access, const CaseEnvironment& environment) {
  std::unique_ptr<Case> opened(new Case(path, environment));
  PULIH_TRY(opened->ReadDescription());
  PULIH_TRY(opened->Start(access));
  return opened;
}

Status Case::ReadDescription() {
  auto read = ReadWholeFile(environment_.files, path_ + "/case.json", kMaxDescription);
  if (read.status().code() == Code::not_found)
    return Status(Code::not_found, "opening a case: " + path_ + ": there is no case", "`pulih recover open` makes one");
  if (!read.ok()) return std::move(read).error();
  const auto json = ReadJson(AsText(*read));
  if (!json.ok() || json->object() == nullptr) return NotACase(path_, "case.json cannot be read");
  const Json* format = json->Find("format");
  if (format == nullptr || format->number() == nullptr) return NotACase(path_, "case.json cannot be read");
  if (format->number()->digits != std::to_string(kCaseFormat))
    return Status(Code::unsupported, "opening a case: " + path_ + ": its format is " + format->number()->digits + ", this version knows " + std::to_string(kCaseFormat));
  const Json* id = json->Find("case");
  const Json* key = json->Find("public_key");
  const auto raw = key == nullptr || key->string() == nullptr ? std::nullopt : FromHex(*key->string());
  if (id == nullptr || id->string() == nullptr || !raw || raw->size() != public_key_.size()) return NotACase(path_, "case.json cannot be read");
  id_ = *id->string();
  std::copy(raw->begin(), raw->end(), public_key_.begin());
  return OkStatus();
}

Status Case::Start(CaseAccess access) {
  if (access == CaseAccess::write) {
    auto lock = LockFile::TryAcquire(path_ + "/lock");
    if (lock.status().code() == Code::in_use) return Status(Code::in_use, "opening a case: " + path_ + ": another process is at work in it");
    if (!lock.ok()) return std::move(lock).error();
    lock_ = std::move(*lock);
  }
  PULIH_TRY_ASSIGN(custody_, CustodyLog::Open(path_ + "/custody.log", path_ + "/keys", public_key_, environment_.files,
                                              environment_.clock, environment_.who));
  PULIH_TRY_ASSIGN(kv_, OpenRocksKv(path_ + "/claims", ClaimOptions(access)));
  return OkStatus();
}

}  // namespace pulih
