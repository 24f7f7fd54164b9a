#include "engine/repo/repository.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/crypto/sha256.h"
#include "engine/repo/event_log.h"
#include "engine/repo/key_store.h"
#include "engine/store/attempts.h"
#include "formats/repo/signed_blob.h"

namespace pulih {
namespace {

// Features that this program knows. A repository may require more; then the operation is refused by name.
constexpr std::array<std::string_view, 0> kKnownFeatures{};

Status CheckFeatures(const std::vector<std::string>& required, std::string_view operation) {
  for (const std::string& feature : required) {
    if (std::find(kKnownFeatures.begin(), kKnownFeatures.end(), feature) == kKnownFeatures.end()) {
      return Status(Code::unsupported,
                    "opening the repository: to " + std::string(operation) + " it a program must know the feature '" + feature + "'",
                    "use a newer pulih");
    }
  }
  return OkStatus();
}

std::string ConfigName(uint64_t number);

// Taking a config away must not bring back the one before it.
Status CheckNothingFollows(Store& store, uint64_t first_missing) {
  return store.List("config/", [&](const BlobInfo& blob) -> Status {
    const std::string digits = AttemptBase(blob.name).substr(7);
    uint64_t number = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
    if (!is_number || number <= first_missing) return OkStatus();
    return Status(Code::corrupt, "opening the repository: " + ConfigName(first_missing) + " is missing, and " + blob.name + " is there");
  });
}

std::string ConfigName(uint64_t number) { return "config/" + std::to_string(number); }

}  // namespace

Result<bool> HasRepository(Store& store) {
  bool found = false, is_in_use = false;
  for (const char* prefix : {"config/", "snapshots/"}) {
    PULIH_TRY(store.List(prefix, [&](const BlobInfo& blob) -> Status {
      found = found || AttemptBase(blob.name) == ConfigName(0);
      is_in_use = true;
      return OkStatus();
    }));
    if (found) return true;
  }
  // Whoever would now be told to make a repository here would lose the one that there is.
  if (is_in_use) {
    return Status(Code::corrupt, "opening the repository: " + store.Describe() + ": config/0 is missing",
                  "put it back from a copy: every copy of this repository has the same");
  }
  return false;
}

Result<ConfigChain> ReadConfigChain(Store& store, const PublicKey& root) {
  ConfigChain chain;
  for (uint64_t number = 0;; ++number) {
    Config config;
    auto blob = GetFirstValid(store, ConfigName(number), kMaxConfigSize, [&](ByteView bytes) -> Status {
      PULIH_TRY_ASSIGN(const SignedBlobView view, ParseSignedBlob(kConfigMagic, kConfigVersion, "config", bytes));
      if (!VerifySignature(root, view.signed_bytes, view.signature)) {
        return Status(Code::corrupt, "damaged, or signed by another root key than that of the key at hand");
      }
      PULIH_TRY_ASSIGN(config, DecodeConfigBody(view.body));
      if (config.number != number || config.previous != chain.newest_digest || config.root_key != root) {
        return Status(Code::corrupt, "it does not follow the config before it");
      }
      return OkStatus();
    });
    if (!blob.ok()) {
      if (blob.status().code() != Code::not_found) return std::move(blob).error().Within("reading " + ConfigName(number));
      if (number == 0) return Status(Code::no_repository, "opening the repository: " + store.Describe() + ": there is none");
      PULIH_TRY(CheckNothingFollows(store, number));
      return chain;
    }
    chain.newest = config;
    chain.newest_digest = Sha256Of(*blob);
  }
}

Status PutConfig(Store& store, const Config& config, const SecretBytes& root_seed) {
  Bytes blob = EncodeSignedBlobHead(kConfigMagic, kConfigVersion, EncodeConfigBody(config));
  const Signature signature = Sign(root_seed, blob);
  Append(blob, signature);
  return store.Put(ConfigName(config.number), blob).Within("storing " + ConfigName(config.number));
}

Result<std::unique_ptr<Repository>> Repository::Open(Store& store, Keyring keyring, Intent intent, const LocalState& state,
                                                     const Environment& environment) {
  std::unique_ptr<Repository> repository(new Repository(store, std::move(keyring), environment));
  const Keyring& keys = repository->keyring_;
  PULIH_TRY_ASSIGN(const ConfigChain chain, ReadConfigChain(store, keys.root_public));
  repository->config_ = chain.newest;
  repository->config_digest_ = chain.newest_digest;
  if (chain.newest.domain != keys.domain) {
    return Status(Code::wrong_key, "opening the repository: the key at hand belongs to another domain");
  }
  PULIH_TRY(CheckFeatures(chain.newest.features.read, "read"));
  if (intent == Intent::write) PULIH_TRY(CheckFeatures(chain.newest.features.write, "write"));
  if (intent == Intent::check) PULIH_TRY(CheckFeatures(chain.newest.features.check, "check"));
  PULIH_TRY_ASSIGN(repository->certificates_, CertificateBook::Load(store, keys.domain, keys.root_public));
  for (const std::string& refused : repository->certificates_.refused()) repository->notes_.push_back("refused " + refused);
  if (!keys.k_id.empty()) repository->namer_ = std::make_unique<Namer>(keys.k_id.view());
  repository->sessions_ = std::make_unique<SessionBook>(keys, repository->certificates_);
  PULIH_TRY(repository->sessions_->LoadRotations(store));
  PULIH_TRY(repository->CheckPins(state, intent));
  return repository;
}

const Namer& Repository::namer() const {
  PULIH_CHECK(namer_ != nullptr);
  return *namer_;
}

// What was seen before must still be there: the config, and every writer's log at least as long, with the same
// root at the place where it was seen.
//
// What is seen for the first time may come from a process that was killed before it was durable. It is made so here:
// the pins outlast a power cut, and what a run writes leans on the newest config. A reader that cannot goes on
// without pinning.
Status Repository::CheckPins(const LocalState& state, Intent intent) {
  auto loaded = Pins::Load(environment_.files, state.state_directory, config_.repository);
  if (!loaded.ok() && state.accept_rollback && loaded.status().code() == Code::corrupt) {
    notes_.push_back("accepted: " + loaded.status().message());
    loaded = Pins::StartAnew(state.state_directory, config_.repository);
  }
  if (!loaded.ok() && intent != Intent::write && loaded.status().code() != Code::corrupt) {
    // A rescue system may have no place for state: that must not stand between a person and the data.
    notes_.push_back("what was seen before is not known here: " + loaded.status().message());
    return OkStatus();
  }
  PULIH_TRY(loaded.status());
  pins_ = std::move(loaded).value();
  std::vector<std::string> lost;
  Status settled;
  const auto settle = [&](const std::string& folder) {
    if (settled.ok()) settled = store_.Settle(folder);
  };
  if (pins_.config_digest != config_digest_) settle("config");
  if (config_.number < pins_.config_number ||
      (config_.number == pins_.config_number && !pins_.config_digest.is_zero() && pins_.config_digest != config_digest_)) {
    lost.push_back("config/" + std::to_string(pins_.config_number) + " was seen before");
  }
  PULIH_TRY_ASSIGN(const auto sizes, LogSizes(store_));
  std::map<WriterId, LogPin> now;
  for (const auto& [writer, certified] : certificates_.writers()) {
    const auto found = sizes.find(writer);
    const uint64_t size = found == sizes.end() ? 0 : found->second;
    const auto pinned = pins_.logs.find(writer);
    const uint64_t seen = pinned == pins_.logs.end() ? 0 : pinned->second.entries;
    if (size < seen) {
      lost.push_back("log of writer " + writer.hex() + ": " + std::to_string(size) + " entries, " + std::to_string(seen) + " were seen before");
    } else if (seen > 0) {
      auto entry = ReadEntry(store_, config_.repository, writer, certified.certificate.sign_key, seen - 1);
      if (!entry.ok()) {
        notes_.push_back(entry.status().message());
      } else if (entry->frontier.Root() != pinned->second.root) {
        lost.push_back("log of writer " + writer.hex() + ": its past is not the one that was seen before");
      }
    }
    if (size > seen) settle("log/" + writer.hex());
    if (size > 0 && (size != seen || state.accept_rollback)) {
      auto entry = ReadEntry(store_, config_.repository, writer, certified.certificate.sign_key, size - 1);
      if (!entry.ok()) {
        notes_.push_back(entry.status().message());
      } else {
        now[writer] = {size, entry->frontier.Root()};
      }
    }
  }
  if (!lost.empty() && !state.accept_rollback) {
    std::string all;
    for (const std::string& one : lost) all += (all.empty() ? "" : "; ") + one;
    return Status(Code::rollback, "opening the repository: it shows less than was seen before: " + all,
                  "if it was put back from an older copy on purpose, pass --accept-rollback");
  }
  if (!settled.ok()) {
    if (intent == Intent::write) return std::move(settled).Within("opening the repository");
    notes_.push_back("what is new was not noted: " + settled.message());
    return OkStatus();
  }
  for (const std::string& one : lost) notes_.push_back("accepted: " + one);
  if (!lost.empty()) {
    pins_.logs = now;
  } else {
    for (const auto& [writer, pin] : now) pins_.logs[writer] = pin;
  }
  pins_.config_number = config_.number;
  pins_.config_digest = config_digest_;
  Status saved = lost.empty() ? pins_.Save(environment_.files) : pins_.Overwrite(environment_.files);
  if (saved.ok() || intent == Intent::write) return saved;
  notes_.push_back("what is new was not noted: " + saved.message());
  return OkStatus();
}

namespace {

// Certificates and slots of an init that was killed. (Or of one under way: whoever puts config/0 first has won.)
Result<std::vector<std::string>> LeftByDeadInit(Store& store) {
  std::vector<std::string> names;
  for (const char* prefix : {"certs/", "keys/"}) {
    PULIH_TRY(store.List(prefix, [&](const BlobInfo& blob) -> Status {
      names.push_back(blob.name);
      return OkStatus();
    }));
  }
  return names;
}

}  // namespace

Result<CreatedRepository> CreateRepository(Store& store, const CreateOptions& options, const Environment& environment) {
  PULIH_TRY_ASSIGN(const bool there, HasRepository(store));
  if (there) {
    return Status(Code::already_exists, "making a repository: " + store.Describe() + ": there is one already",
                  "choose another place, or use it as it is");
  }
  PULIH_TRY(store.Initialise());
  PULIH_TRY_ASSIGN(const std::vector<std::string> leftovers, LeftByDeadInit(store));

  Keyring keyring = MakeDomain(environment.random);
  const int64_t now = environment.clock.NowNs();
  Certificate certificate;
  certificate.domain = keyring.domain;
  certificate.writer = keyring.writer->id;
  certificate.time_ns = now;
  certificate.role = Role::owner;
  certificate.sign_key = keyring.writer->sign.public_key;
  certificate.box_key = keyring.writer->box.public_key;
  certificate.label = options.label;
  keyring.writer->certificate = SignCertificate(certificate, keyring.root_seed);
  PULIH_TRY(PutCertificate(store, keyring.writer->certificate));

  RecoveryText recovery = MakeRecoveryText(environment.random);
  PULIH_TRY(PutKeySlot(store, keyring, SlotKind::passphrase, AsBytes(options.passphrase), options.cost, options.label, environment));
  PULIH_TRY(PutKeySlot(store, keyring, SlotKind::recovery, recovery.secret.view(), options.cost, "recovery text", environment));

  // From here on it is a repository.
  Config config;
  config.domain = keyring.domain;
  config.repository = keyring.repository;
  config.created_ns = now;
  config.root_key = keyring.root_public;
  config.content_key = keyring.content_public.rbegin()->second;
  config.structure_key = keyring.structure_public;
  config.content_generation = keyring.content_public.rbegin()->first;
  PULIH_TRY(PutConfig(store, config, keyring.root_seed));
  // config/0 is ours now, so what lay here before can never belong to a repository. Where it cannot be removed it
  // does no harm.
  for (const std::string& name : leftovers) (void)store.Remove(name).ok();
  return CreatedRepository{keyring.repository, keyring.writer->id, std::move(recovery.printed)};
}

}  // namespace pulih
