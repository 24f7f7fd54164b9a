// How an entry of a snapshot is shown: as a line for people, as a JSON object for scripts. `ls`, `find` and `diff`
// show the same.
#pragma once

#include <optional>
#include <string>

#include "engine/browse/browse.h"
#include "tools/context.h"

namespace pulih {

// "file", "directory", "symlink", …: as in JSON and in --type.
std::string_view TypeName(FileType type);
std::optional<FileType> TypeOf(std::string_view name);

std::string ModeText(const FileEntry& entry);  // "drwxr-xr-x"
uint64_t SizeOf(const FileEntry& entry);       // 0 for what is not a regular file
std::optional<int64_t> MtimeOf(const FileEntry& entry);  // nothing for an ancestor: it was not recorded

// path, type, size, mtime, mode, owner, sha256 and what else there is. Inside an object that is open.
void WriteEntryFields(JsonWriter& json, const std::string& stored_path, const FileEntry& entry);
// "-rw-r--r--  root     root      1.2 KiB  2014-10-04 10:20:00 +07:00  /srv/a -> b"
std::string LongLine(const ListedEntry& listed);

// A part of a tree that could not be read: a warning that names it.
void WarnOfGap(Context& context, const MapGap& gap);

}  // namespace pulih
