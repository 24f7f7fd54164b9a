// pulih find: in which snapshots is a file.
#include <algorithm>
#include <memory>

#include "engine/browse/browse.h"
#include "tools/command_list.h"
#include "tools/entry_output.h"
#include "tools/quantity.h"
#include "tools/render.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  std::string glob, size, newer, older, sha256, type;
  std::vector<std::string> snapshots;
  SnapshotFilter filter;
};

Result<FindQuery> MakeQuery(const Arguments& arguments, int64_t now_ns) {
  FindQuery query;
  query.glob = arguments.glob;
  if (!arguments.size.empty()) {
    PULIH_TRY_ASSIGN(const SizeRange range, ParseSizeRange("--size", arguments.size));
    query.min_size = range.min;
    query.max_size = range.max;
  }
  const auto moment = [&](std::string_view name, const std::string& text, std::optional<int64_t>& into) -> Status {
    if (text.empty()) return OkStatus();
    PULIH_TRY_ASSIGN(into, ParseMoment(name, text, now_ns, LocalZoneMinutesOf(text, now_ns)));
    return OkStatus();
  };
  PULIH_TRY(moment("--newer", arguments.newer, query.newer_than_ns));
  PULIH_TRY(moment("--older", arguments.older, query.older_than_ns));
  if (!arguments.sha256.empty()) {
    std::string lower = arguments.sha256;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    query.sha256 = Digest::FromHexText(lower);
    if (!query.sha256) return UsageError("--sha256: '" + arguments.sha256 + "': not 64 hexadecimal digits");
  }
  if (!arguments.type.empty()) query.type = TypeOf(arguments.type);
  const bool asks_nothing = query.glob.empty() && arguments.size.empty() && arguments.newer.empty() &&
                            arguments.older.empty() && arguments.sha256.empty() && arguments.type.empty();
  if (asks_nothing) return UsageError("find: say what to find: a GLOB, --sha256, --size, --newer, --older or --type");
  return query;
}

Result<std::vector<Snapshot>> SnapshotsToSearch(const Arguments& arguments, const std::vector<Snapshot>& all) {
  std::vector<Snapshot> chosen;
  for (const std::string& words : arguments.snapshots) {
    PULIH_TRY_ASSIGN(Snapshot snapshot, ChooseSnapshot(all, words, arguments.filter));
    chosen.push_back(std::move(snapshot));
  }
  if (!arguments.snapshots.empty()) return chosen;
  for (const Snapshot& snapshot : all) {
    if (arguments.filter.Matches(snapshot)) chosen.push_back(snapshot);
  }
  return chosen;
}

void Show(Context& context, const Snapshot& snapshot, const ListedEntry& listed) {
  if (context.global.json) {
    context.json.BeginObject();
    context.json.Field("snapshot", std::string_view(snapshot.id.hex()));
    WriteEntryFields(context.json, listed.path, listed.entry);
    context.json.EndObject();
    return;
  }
  const auto mtime = MtimeOf(listed.entry);
  const bool is_file = listed.entry.type == FileType::regular;
  context.out.Line(ShortId(snapshot.id.hex()) + "  " + Pad(is_file ? SizeText(SizeOf(listed.entry)) : "", 10, Align::right) + "  " +
                   Pad(mtime ? TimeText(*mtime) : "", 26, Align::left) + "  " + PathText(listed.path) +
                   (listed.entry.type == FileType::directory ? "/" : ""));
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const FindQuery query, MakeQuery(arguments, SystemClock().NowNs()));
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto all, session->ListAll());
  PULIH_TRY_ASSIGN(const auto snapshots, SnapshotsToSearch(arguments, all));
  for (const Snapshot& snapshot : snapshots) PULIH_TRY(FilesRoot(snapshot).status());
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  bool has_gaps = false;
  if (context.global.json) context.json.BeginArray();
  for (const Snapshot& snapshot : snapshots) {
    PULIH_TRY(FindEntries(
        *reader, snapshot, query,
        [&](const ListedEntry& listed) {
          Show(context, snapshot, listed);
          return context.out.ok();
        },
        [&](const MapGap& gap) {
          has_gaps = true;
          WarnOfGap(context, gap);
        }));
  }
  if (context.global.json) context.json.EndArray();
  return has_gaps ? Exit::incomplete : Exit::done;
}

}  // namespace

CommandSpec FindCommand() {
  auto arguments = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "find";
  spec.summary = "find files in all snapshots";
  spec.description =
      "Looks for files in every snapshot, oldest first, and says in which each was found, with its size, time and path. "
      "All conditions must hold.\n\n"
      "GLOB is compared with the name, or with the whole path when it holds a slash: * and ? match anything but a "
      "slash, ** any number of folders, [a-z] one of a set. Put it into quotes, or the shell will expand it.";
  spec.arguments = {{.names = "GLOB", .help = "a pattern for the name, or with a slash for the whole path", .target = &arguments->glob}};
  spec.options = {
      {.names = "--size", .value = "RANGE", .help = "+10M at least, -10M at most, 1M..10M between, 4096 exactly", .target = &arguments->size},
      {.names = "--newer", .value = "TIME", .help = "changed after this: 2014-10-04, 2014-10-04T10:20, or an age such as 7d", .target = &arguments->newer},
      {.names = "--older", .value = "TIME", .help = "changed before this", .target = &arguments->older},
      {.names = "--sha256", .value = "HEX", .help = "with exactly this content", .target = &arguments->sha256},
      {.names = "--type", .value = "TYPE", .help = "of this type", .target = &arguments->type,
       .choices = {"file", "directory", "symlink", "fifo", "character-device", "block-device", "socket"}},
      {.names = "--snapshot", .value = "SNAP", .help = "only in this snapshot; may be repeated", .target = &arguments->snapshots},
  };
  for (OptionSpec& option : FilterOptions(arguments->filter)) spec.options.push_back(std::move(option));
  spec.examples = {{"by name", "pulih find '*.pdf'"},
                   {"by content", "pulih find --sha256 \"$(sha256sum report.pdf | cut -c1-64)\""},
                   {"large files of the newest snapshot", "pulih find --size +100M --snapshot latest"}};
  spec.run = [arguments](Context& context) { return Run(*arguments, context); };
  return spec;
}

}  // namespace pulih
