#include "tools/entry_output.h"

#include <sys/stat.h>

#include "engine/base/time_text.h"
#include "tools/escape.h"
#include "tools/render.h"

namespace pulih {
namespace {

struct TypeWords {
  FileType type;
  std::string_view name;
  char letter;
};
constexpr TypeWords kTypes[] = {
    {FileType::regular, "file", '-'},          {FileType::directory, "directory", 'd'},
    {FileType::symlink, "symlink", 'l'},       {FileType::fifo, "fifo", 'p'},
    {FileType::character_device, "character-device", 'c'}, {FileType::block_device, "block-device", 'b'},
    {FileType::socket, "socket", 's'},
};

std::string OctalMode(uint16_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode));
  return text;
}

std::string OwnerText(const std::string& name, uint32_t id) { return name.empty() ? std::to_string(id) : EscapeName(name); }

// The path whose key this is: what a gap's ends are told by.
std::string PathOfKey(ByteView key) {
  auto path = PathFromKey(key);
  return path.ok() ? FullPath(*path) : "(an odd key)";
}

}  // namespace

std::string_view TypeName(FileType type) {
  for (const TypeWords& words : kTypes) {
    if (words.type == type) return words.name;
  }
  return "unknown";
}

std::optional<FileType> TypeOf(std::string_view name) {
  for (const TypeWords& words : kTypes) {
    if (words.name == name) return words.type;
  }
  return std::nullopt;
}

uint64_t SizeOf(const FileEntry& entry) { return entry.type == FileType::regular ? entry.content.size : 0; }

std::optional<int64_t> MtimeOf(const FileEntry& entry) {
  if (entry.ancestor) return std::nullopt;
  return entry.mtime_seconds * 1'000'000'000 + entry.mtime_nanoseconds;
}

std::string ModeText(const FileEntry& entry) {
  std::string text = "?";
  for (const TypeWords& words : kTypes) {
    if (words.type == entry.type) text[0] = words.letter;
  }
  for (int shift = 6; shift >= 0; shift -= 3) {
    const unsigned bits = (entry.mode >> shift) & 7u;
    text += (bits & 4) != 0 ? 'r' : '-';
    text += (bits & 2) != 0 ? 'w' : '-';
    text += (bits & 1) != 0 ? 'x' : '-';
  }
  const auto mark = [&](unsigned bit, size_t at, char with_x, char without) {
    if ((entry.mode & bit) != 0) text[at] = text[at] == 'x' ? with_x : without;
  };
  mark(S_ISUID, 3, 's', 'S');
  mark(S_ISGID, 6, 's', 'S');
  mark(S_ISVTX, 9, 't', 'T');
  return text;
}

void WriteEntryFields(JsonWriter& json, const std::string& stored_path, const FileEntry& entry) {
  json.PathField("path", FullPath(stored_path));
  json.Field("type", TypeName(entry.type));
  json.Field("size", SizeOf(entry));
  if (const auto mtime = MtimeOf(entry)) {
    json.Field("mtime", std::string_view(FormatUtc(*mtime)));
  } else {
    json.NullField("mtime");
  }
  json.Field("mode", std::string_view(OctalMode(entry.mode)));
  json.Field("uid", entry.uid);
  json.Field("gid", entry.gid);
  json.Field("user", std::string_view(entry.user));
  json.Field("group", std::string_view(entry.group));
  const bool has_sha256 = entry.type == FileType::regular && entry.content.digest_kind == DigestKind::sha256;
  if (has_sha256) {
    json.Field("sha256", std::string_view(entry.content.digest.hex()));
  } else {
    json.NullField("sha256");
  }
  if (entry.type == FileType::regular && !has_sha256) json.Field("sparse_sha256", std::string_view(entry.content.digest.hex()));
  if (entry.type == FileType::symlink) json.PathField("target", entry.symlink_target);
  if (entry.type == FileType::character_device || entry.type == FileType::block_device) {
    json.Field("device", std::string_view(std::to_string(entry.device_major) + ":" + std::to_string(entry.device_minor)));
  }
  if (!entry.link.is_zero()) json.Field("hard_link", std::string_view(entry.link.hex()));
  if (entry.incomplete) json.Field("incomplete", true);
  if (entry.ancestor) json.Field("ancestor", true);
  if (!entry.xattrs.empty()) {
    std::vector<std::string> names;
    for (const Xattr& xattr : entry.xattrs) names.push_back(xattr.name);
    json.Field("xattrs", names);
  } else if (!entry.xattr_map.is_zero()) {
    json.Field("has_large_xattrs", true);
  }
}

std::string LongLine(const ListedEntry& listed) {
  const FileEntry& entry = listed.entry;
  const auto mtime = MtimeOf(entry);
  std::string size = entry.type == FileType::regular ? SizeText(entry.content.size) : "";
  if (entry.type == FileType::character_device || entry.type == FileType::block_device) {
    size = std::to_string(entry.device_major) + "," + std::to_string(entry.device_minor);
  }
  std::string line = ModeText(entry);
  line += "  " + Pad(OwnerText(entry.user, entry.uid), 8, Align::left);
  line += "  " + Pad(OwnerText(entry.group, entry.gid), 8, Align::left);
  line += "  " + Pad(size, 10, Align::right);
  line += "  " + Pad(mtime ? TimeText(*mtime) : "", 26, Align::left);
  line += "  " + PathText(listed.path);
  if (entry.type == FileType::symlink) line += " -> " + EscapeName(entry.symlink_target);
  if (entry.incomplete) line += "  (not read whole)";
  return line;
}

void WarnOfGap(Context& context, const MapGap& gap) {
  std::string where = gap.is_first ? "from the beginning" : "after " + PathOfKey(gap.after);
  where += gap.is_last && gap.up_to.empty() ? " to the end" : " up to " + PathOfKey(gap.up_to);
  context.Warn("a part of the tree cannot be read, " + where + ": " + gap.why.message());
}

}  // namespace pulih
