// RestorePreview is what a dry run lays entries into: it looks at what stands in the target, says what FileSink would
// do with each entry, and writes nothing, not even the target.
//
// One thread. Entries come in map order, as they would be laid.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "engine/os/path_jail.h"
#include "engine/restore/file_sink.h"

namespace pulih {

class RestorePreview {
 public:
  static Result<std::unique_ptr<RestorePreview>> Open(const RestoreOptions& options, RestoreReport& report);

  // Counts one entry. A failure is one of looking at the target: it would meet the restore as well.
  Status Look(const PlannedEntry& planned);

 private:
  RestorePreview(const RestoreOptions& options, RestoreReport& report, std::optional<PathJail> jail)
      : options_(options), report_(report), jail_(std::move(jail)) {}

  // What is at hand of the folder that an entry goes into.
  enum class Folder : uint8_t { missing, open, in_the_way };
  Result<Folder> FolderOf(const std::string& path);
  Result<RestoreAction> ActionFor(const PlannedEntry& planned);
  Result<RestoreAction> ActionForDirectory(const std::string& name);
  void Count(const PlannedEntry& planned, RestoreAction action);

  const RestoreOptions& options_;
  RestoreReport& report_;
  std::optional<PathJail> jail_;  // nothing: the target is not there yet
  std::optional<std::string> folder_path_;
  Folder folder_state_ = Folder::missing;
  std::unique_ptr<JailDirectory> folder_;
  static constexpr size_t kMaxSteps = 10'000;
  size_t room_for_losses_ = kMaxSteps / 2, room_for_others_ = kMaxSteps / 2;  // in the report's list of steps
  std::set<HardLinkId> first_names_;  // of which the first name was seen
};

}  // namespace pulih
