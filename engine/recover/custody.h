// The custody log: what was done with a case and its evidence, one line of JSON after another, append-only.
//
//   {"sequence":3,"time":"2014-10-04T15:00:00Z","who":"budi@lpse","what":"evidence added","from":"/media/usb/db.dump",
//    "detail":{…},"before":"<SHA-256 of the line before>","signature":"<Ed25519>"}
//
// The signature is over a context and the line's bytes up to and with the comma before "signature". So a line that is
// changed, missing, or put elsewhere is found. What the chain cannot show is that its last lines were cut off together:
// the public key's owner notes head() elsewhere for that (the report prints it).
//
// One thread. An entry is durable when Append returned ok.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/crypto/sign.h"
#include "engine/os/clock.h"
#include "engine/os/file_system.h"

namespace pulih {

struct CustodyEntry {
  uint64_t sequence = 0;
  std::string time, who, what, from;
  std::vector<std::pair<std::string, std::string>> detail;
};

class CustodyLog {
 public:
  // Reads and checks the whole log; one that is not there is empty. corrupt names the first line that does not hold.
  // `keys`: the file with the seed, read for each entry, so that no key lies in memory while evidence is decoded.
  static Result<std::unique_ptr<CustodyLog>> Open(const std::string& path, const std::string& keys, const PublicKey& key,
                                                  FileSystem& files, Clock& clock, std::string who);

  using Detail = std::vector<std::pair<std::string, std::string>>;
  Status Append(const std::string& what, const std::string& from, const Detail& detail = {});
  // The same without waiting for the disk: for many in a row, which Sync() makes durable together.
  Status AppendUnsynced(const std::string& what, const std::string& from, const Detail& detail);
  Status Sync();

  const std::vector<CustodyEntry>& entries() const { return entries_; }
  const Digest& head() const { return head_; }  // SHA-256 of the last line; zeros when there is none

 private:
  CustodyLog(std::string path, std::string keys, const PublicKey& key, FileSystem& files, Clock& clock, std::string who)
      : path_(std::move(path)), keys_(std::move(keys)), key_(key), files_(files), clock_(clock), who_(std::move(who)) {}
  Status ReadAll();
  Status TakeLine(std::string_view line);

  std::string path_, keys_;
  PublicKey key_;
  FileSystem& files_;
  Clock& clock_;
  std::string who_;
  std::vector<CustodyEntry> entries_;
  Digest head_;
};

}  // namespace pulih
