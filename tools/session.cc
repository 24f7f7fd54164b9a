#include "tools/session.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>

#include "engine/catalog/ordered_kv.h"
#include "engine/crypto/keyring.h"
#include "engine/crypto/passphrase.h"
#include "engine/repo/key_store.h"
#include "engine/repo/snapshots.h"
#include "engine/store/attempts.h"
#include "engine/store/local_store.h"
#include "formats/repo/signed_blob.h"
#include "tools/passphrase_source.h"
#include "tools/render.h"

namespace pulih {
namespace {

constexpr uint64_t kMaxRoleFileSize = 64u << 10;
constexpr uint64_t kMaxConfigBlobSize = 64u << 10;
constexpr unsigned kMostDefaultJobs = 4;
constexpr const char* kNoRepositoryHint = "`pulih init` makes one; check --repo and PULIH_REPO";

// "sftp" of "sftp://host/path"; empty for a path.
std::string SchemeOf(const std::string& url) {
  const size_t end = url.find("://");
  if (end == std::string::npos || end == 0) return "";
  const bool is_word = std::all_of(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
  });
  return is_word ? url.substr(0, end) : "";
}

Result<std::unique_ptr<Store>> OpenStore(FileSystem& files, const std::string& url) {
  if (url.empty()) return UsageError("no repository is named", "give --repo DIR, or set PULIH_REPO");
  const std::string scheme = SchemeOf(url);
  if (scheme.empty() || scheme == "file") {
    const std::string path = scheme.empty() ? url : url.substr(7);
    std::error_code ignored;
    const auto there = std::filesystem::status(path, ignored);
    if (std::filesystem::exists(there) && !std::filesystem::is_directory(there)) {
      return Status(Code::no_repository, "opening the repository: " + path + ": it is no folder", "name a folder, or for `pulih init` one that is not there yet");
    }
    return NewLocalStore(files, path);
  }
  const bool is_planned = scheme == "sftp" || scheme == "s3";
  return UsageError("opening the repository: " + scheme + "://: " +
                        (is_planned ? "not supported in this version" : "there is no such kind of repository"),
                    "this version keeps repositories in directories");
}

Result<Keyring> ReadRoleFile(Context& context, FileSystem& files, const std::string& path) {
  WarnIfOthersMayRead(context, path, "key file");
  auto text = ReadWholeFile(files, path, kMaxRoleFileSize);
  if (!text.ok()) return std::move(text).error().Within("reading the key file");
  auto keyring = DecodeRoleFile(*text);
  WipeMemory(*text);
  if (!keyring.ok()) return std::move(keyring).error().Within(path);
  return keyring;
}

// A key file of another repository shows as a config that is "not signed by the root key": true, but not what
// the person needs to know. The config's own word is enough to tell the two apart.
bool BelongsElsewhere(Store& store, const PublicKey& root) {
  auto blob = GetWhole(store, "config/0", kMaxConfigBlobSize);
  if (!blob.ok()) return false;
  const auto view = ParseSignedBlob(kConfigMagic, kConfigVersion, "config", *blob);
  if (!view.ok()) return false;
  const auto config = DecodeConfigBody(view->body);
  return config.ok() && config->root_key != root && VerifySignature(config->root_key, view->signed_bytes, view->signature);
}

}  // namespace

Result<std::unique_ptr<Place>> FindPlace(const GlobalOptions& global) {
  auto place = std::make_unique<Place>();
  place->files = NewPosixFileSystem();
  place->random = NewSystemRandom();
  PULIH_TRY_ASSIGN(place->store, OpenStore(*place->files, global.repo));
  place->state = {global.state, global.accept_rollback};
  return place;
}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::Open(Context& context, Intent intent) {
  std::unique_ptr<Session> session(new Session(context));
  PULIH_TRY_ASSIGN(session->place_, FindPlace(context.global));
  PULIH_TRY(session->OpenRepository(intent));
  return session;
}

Status Session::OpenRepository(Intent intent) {
  Store& store = *place_->store;
  // Before anybody is asked for a passphrase.
  PULIH_TRY_ASSIGN(const bool there, HasRepository(store));
  if (!there) return Status(Code::no_repository, "opening the repository: " + store.Describe() + ": there is none", kNoRepositoryHint);

  PULIH_TRY_ASSIGN(Credential credential, FindCredential(context_));
  Keyring keyring;
  const bool by_file = !credential.key_file.empty();
  if (by_file) {
    PULIH_TRY_ASSIGN(keyring, ReadRoleFile(context_, *place_->files, credential.key_file));
    if (BelongsElsewhere(store, keyring.root_public)) {
      return Status(Code::wrong_key, "opening the repository: " + credential.key_file + " is a key of another repository");
    }
  } else {
    const std::string_view typed = AsText(credential.passphrase.view());
    if (const auto recovery = ParseRecoveryText(typed); recovery && !recovery->ok()) {
      return Status(Code::wrong_key, recovery->status().message(), recovery->status().hint());
    }
    auto opened = OpenByPassphrase(store, typed);
    if (!opened.ok()) {
      // What was typed has been checked: an `invalid` now is about a slot's own parameters.
      const Status why = opened.status();
      const size_t lines = CountRecoveryLines(credential.passphrase.view());
      if (why.code() == Code::wrong_key && lines > 0 && lines != 4) {
        return Status(Code::wrong_key, "opening the repository: wrong passphrase; what was given looks like " + CountOf(lines, "line") +
                                           " of a recovery text, which has 4");
      }
      return why.code() == Code::invalid ? Status(Code::corrupt, why.message(), why.hint()) : why;
    }
    keyring = std::move(opened->keyring);
    slot_id_ = opened->slot_id;
    passphrase_ = std::move(credential.passphrase);
  }
  PULIH_TRY_ASSIGN(repository_, Repository::Open(store, std::move(keyring), intent, place_->state, place_->environment()));
  for (const std::string& note : repository_->notes()) context_.Warn(note);
  // Where a file system cannot make nameless files, a killed run leaves what it had not finished.
  if (intent == Intent::write) (void)RemoveStaleTemporaries(context_.global.repo + "/tmp").ok();
  return OkStatus();
}

Result<Catalog*> Session::catalog() {
  if (catalog_) return catalog_.get();
  auto opened = OpenCatalog(context_.global.cache, repository_->config().repository, KvOptions());
  if (opened.ok()) {
    catalog_ = std::move(opened->catalog);
    if (opened->is_private) context_.Warn("another process uses the catalog: working with a private one, which takes longer");
    if (opened->was_rebuilt) context_.Warn("the catalog was damaged and is made anew from the packs");
    return catalog_.get();
  }
  // It is derived (I1): a machine without a place for it works all the same.
  if (opened.status().code() == Code::wrong_key) return opened.status();
  context_.Warn(opened.status().message() + "; working without a kept catalog, which takes longer");
  PULIH_TRY_ASSIGN(catalog_, Catalog::Open(NewMemoryKv()));
  return catalog_.get();
}

Result<ReadSession*> Session::reader() {
  if (reader_) return reader_.get();
  PULIH_TRY_ASSIGN(Catalog * catalog_here, catalog());
  PULIH_TRY_ASSIGN(reader_, ReadSession::Start(*repository_, *catalog_here));
  return reader_.get();
}

Result<std::vector<Snapshot>> Session::ListAll() {
  PULIH_TRY_ASSIGN(SnapshotList list, ListSnapshots(*repository_));
  // What a removed key wrote afterwards is left out as it should be: nothing is damaged.
  refused_snapshots_ = static_cast<size_t>(std::count_if(
      list.refused.begin(), list.refused.end(), [](const RefusedSnapshot& r) { return r.why.code() != Code::denied; }));
  for (const RefusedSnapshot& refused : list.refused) {
    context_.Warn("left out " + refused.blob_name + ": " + refused.why.message());
  }
  return std::move(list.snapshots);
}

std::vector<OptionSpec> FilterOptions(SnapshotFilter& filter) {
  return {
      {.names = "--host", .value = "HOST", .help = "only snapshots of this host count, also for `latest`", .target = &filter.host},
      {.names = "--name", .value = "NAME", .help = "only snapshots of this name count", .target = &filter.name},
      {.names = "--tag", .value = "TAG", .help = "only snapshots with this tag count; may be repeated, then all are needed", .target = &filter.tags},
  };
}

Result<Snapshot> ChooseSnapshot(const std::vector<Snapshot>& snapshots, std::string_view words, const SnapshotFilter& filter) {
  return SelectSnapshot(snapshots, words, filter, LocalZoneMinutesOf(words, SystemClock().NowNs()));
}

OptionSpec JobsOption(std::optional<uint64_t>& jobs) {
  return {.names = "--jobs", .value = "N", .help = "how many threads work; by default as many as there are processors, at most 4",
          .target = &jobs, .min = 1, .max = 64};
}

unsigned JobsOf(const std::optional<uint64_t>& jobs) {
  if (jobs) return static_cast<unsigned>(*jobs);
  return std::clamp(std::thread::hardware_concurrency(), 1u, kMostDefaultJobs);
}

}  // namespace pulih
