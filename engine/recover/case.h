// A Case is the folder in which one recovery happens:
//
//   case.json     id, format version, public key of the custody log; written once
//   keys          the seed of that key (mode 0600): whoever holds the case can add to the log, nobody can change it unseen
//   custody.log   what was done, by whom, when, from where (custody.h)
//   claims/       RocksDB: the register of evidence ('E…', evidence.h), marks of runs ('R…', run_marks.h), and what
//                 claim_store.h keeps
//   lock          held by the one process that writes
//
// Evidence itself is never in here: it stays where it is. One thread, but for kv(), which is thread-safe.
#pragma once

#include <memory>
#include <string>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/catalog/ordered_kv.h"
#include "engine/crypto/random.h"
#include "engine/os/clock.h"
#include "engine/os/file_system.h"
#include "engine/os/lock_file.h"
#include "engine/recover/custody.h"

namespace pulih {

inline constexpr uint32_t kCaseFormat = 2;

enum class CaseAccess : uint8_t {
  write,  // open, add, run: one process at a time
  read,   // report, export, explain: any number, also beside the one that writes; sees what was committed when it was opened
};

// What the engine takes from outside. Outlives the case.
struct CaseEnvironment {
  FileSystem& files;
  RandomSource& random;
  Clock& clock;
  std::string who;  // user and host, for the custody log
};

class Case {
 public:
  // Makes the folder (its parents too) and what is in it. already_exists where there is a case, or anything else.
  static Result<std::unique_ptr<Case>> Create(const std::string& path, const CaseEnvironment& environment);
  // The whole custody log is checked: corrupt when its chain is broken. in_use when another process has the case.
  // not_found when there is none.
  static Result<std::unique_ptr<Case>> Open(const std::string& path, CaseAccess access, const CaseEnvironment& environment);

  const std::string& path() const { return path_; }
  const std::string& id() const { return id_; }
  const PublicKey& public_key() const { return public_key_; }
  OrderedKv& kv() { return *kv_; }
  CustodyLog& custody() { return *custody_; }
  const CaseEnvironment& environment() const { return environment_; }

 private:
  Case(std::string path, const CaseEnvironment& environment) : path_(std::move(path)), environment_(environment) {}
  Status ReadDescription();
  Status Start(CaseAccess access);

  std::string path_, id_;
  CaseEnvironment environment_;
  PublicKey public_key_{};
  LockFile lock_;
  std::unique_ptr<OrderedKv> kv_;
  std::unique_ptr<CustodyLog> custody_;
};

}  // namespace pulih
