#include "engine/restore/preview.h"

#include <sys/stat.h>

namespace pulih {
namespace {

bool IsDevice(FileType type) { return type == FileType::character_device || type == FileType::block_device; }

}  // namespace

Result<std::unique_ptr<RestorePreview>> RestorePreview::Open(const RestoreOptions& options, RestoreReport& report) {
  PULIH_TRY_ASSIGN(auto jail, PathJail::OpenIfThere(options.target));
  return std::unique_ptr<RestorePreview>(new RestorePreview(options, report, std::move(jail)));
}

Result<RestorePreview::Folder> RestorePreview::FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  std::string wanted = slash == std::string::npos ? "" : path.substr(0, slash);
  if (folder_path_ && *folder_path_ == wanted) return folder_state_;
  folder_path_.reset();
  folder_.reset();
  folder_state_ = Folder::missing;
  if (jail_) {
    auto opened = jail_->OpenExisting(wanted);
    if (opened.ok()) {
      folder_ = std::move(opened).value();
      folder_state_ = Folder::open;
    } else if (opened.status().code() != Code::not_found) {
      return std::move(opened).error();
    } else {
      PULIH_TRY_ASSIGN(const bool blocked, jail_->IsBlocked(wanted));
      if (blocked) folder_state_ = Folder::in_the_way;
    }
  }
  folder_path_ = std::move(wanted);
  return folder_state_;
}

Result<RestoreAction> RestorePreview::ActionForDirectory(const std::string& name) {
  PULIH_TRY_ASSIGN(const auto there, folder_->Look(name));
  if (!there) return RestoreAction::create;
  if (S_ISDIR(there->st_mode)) return RestoreAction::keep_same;
  return options_.overwrite == Overwrite::never ? RestoreAction::skip : RestoreAction::overwrite;
}

Result<RestoreAction> RestorePreview::ActionFor(const PlannedEntry& planned) {
  if (planned.path.empty()) return jail_ ? RestoreAction::keep_same : RestoreAction::create;
  PULIH_TRY_ASSIGN(const Folder folder, FolderOf(planned.path));
  // Something that is no folder stands where a folder is to be: it goes, and then nothing stands there; or it stays,
  // and nothing can be laid beneath it.
  if (folder == Folder::in_the_way) {
    if (options_.overwrite != Overwrite::never) return RestoreAction::create;
    return Status(Code::already_exists, "create folder: above " + options_.target + "/" + planned.path + ": something else stands there");
  }
  if (folder == Folder::missing) return RestoreAction::create;
  const std::string name = planned.path.substr(planned.path.rfind('/') + 1);
  if (planned.entry.type == FileType::directory) return ActionForDirectory(name);
  PULIH_TRY_ASSIGN(const auto there, folder_->Look(name));
  if (!there) return RestoreAction::create;
  if (options_.overwrite == Overwrite::never) return RestoreAction::skip;
  if (S_ISDIR(there->st_mode)) {
    PULIH_TRY_ASSIGN(const bool empty, folder_->IsEmptyFolder(name));
    if (!empty) {
      return Status(Code::already_exists, "create file: " + folder_->path() + "/" + name + ": a folder that is not empty stands there");
    }
  }
  if (planned.entry.type == FileType::regular) {
    const bool same = options_.overwrite == Overwrite::if_changed && HoldsTheSame(*folder_, name, planned, *there);
    return same ? RestoreAction::keep_same : RestoreAction::overwrite;
  }
  return IsTheSameLink(*folder_, name, planned.entry) ? RestoreAction::keep_same : RestoreAction::overwrite;
}

// As FileSink counts what it did.
void RestorePreview::Count(const PlannedEntry& planned, RestoreAction action) {
  const FileEntry& entry = planned.entry;
  if (entry.type == FileType::directory) {
    if (planned.path.empty()) return;
    if (action == RestoreAction::skip) {
      ++report_.skipped;
    } else {
      ++report_.directories;
    }
    if (action != RestoreAction::overwrite && action != RestoreAction::skip) return;  // folders that are there or made are no news
  } else if (action == RestoreAction::skip) {
    ++report_.skipped;
  } else if (entry.type != FileType::regular) {
    ++report_.others;
  } else if (action == RestoreAction::keep_same) {
    ++report_.unchanged;
  } else if (!entry.link.is_zero() && !first_names_.insert(entry.link).second) {
    ++report_.hard_links;
  } else {
    ++report_.files;
    report_.bytes += entry.content.size;
    if (entry.incomplete) ++report_.incomplete;
  }
  if (action == RestoreAction::overwrite && entry.type != FileType::directory) ++report_.overwritten;
  ++report_.steps_count;
  // What would be lost has a list of its own length: a thousand files that stay must not hide it.
  const bool loses = action == RestoreAction::overwrite;
  if (loses) ++report_.overwrite_steps_count;
  size_t& room = loses ? room_for_losses_ : room_for_others_;
  if (room == 0) return;
  --room;
  report_.steps.push_back({planned.stored_path, options_.target + "/" + planned.path, action});
}

Status RestorePreview::Look(const PlannedEntry& planned) {
  if (IsDevice(planned.entry.type) && !options_.privileged) {
    ++report_.stripped;
    return OkStatus();
  }
  PULIH_TRY_ASSIGN(const RestoreAction action, ActionFor(planned));
  Count(planned, action);
  return OkStatus();
}

}  // namespace pulih
