// pulih find: in which snapshots is a file.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>

#include "engine/browse/browse.h"
#include "tools/command_list.h"
#include "tools/entry_output.h"
#include "tools/quantity.h"
#include "tools/render.h"
#include "tools/session.h"
#include "tools/signals.h"

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

std::string SizeTimePath(const ListedEntry& listed) {
  const auto mtime = MtimeOf(listed.entry);
  const bool is_file = listed.entry.type == FileType::regular;
  return Pad(is_file ? SizeText(SizeOf(listed.entry)) : "", 10, Align::right) + "  " +
         Pad(mtime ? TimeText(*mtime) : "", 26, Align::left) + "  " + PathText(listed.path) +
         (listed.entry.type == FileType::directory ? "/" : "");
}

// One search on its way: what was found, and what could not be read.
struct Search {
  Context& context;
  ReadSession& reader;
  const FindQuery& query;
  const std::vector<Snapshot>& snapshots;
  uint64_t found = 0;
  bool has_gaps = false;

  bool GoesOn() const { return context.out.ok() && !StopRequested(); }
  OnGap Gap() {
    return [this](const MapGap& gap) {
      has_gaps = true;
      WarnOfGap(context, gap);
    };
  }

  // Each snapshot by itself: for scripts, and with --verbose for people.
  Status EachSnapshot(const std::function<void(const Snapshot&, const ListedEntry&)>& show) {
    for (const Snapshot& snapshot : snapshots) {
      PULIH_TRY(FindEntries(
          reader, snapshot, query,
          [&](const ListedEntry& listed) {
            ++found;
            show(snapshot, listed);
            return GoesOn();
          },
          Gap()));
      if (!GoesOn()) break;
    }
    return OkStatus();
  }

  Status AsJson() {
    context.json.BeginArray();
    PULIH_TRY(EachSnapshot([this](const Snapshot& snapshot, const ListedEntry& listed) {
      context.json.BeginObject();
      context.json.Field("snapshot", std::string_view(snapshot.id.hex()));
      WriteEntryFields(context.json, listed.path, listed.entry);
      context.json.EndObject();
    }));
    if (!StopRequested()) context.json.EndArray();
    return OkStatus();
  }

  Status AsLines() {
    return EachSnapshot([this](const Snapshot& snapshot, const ListedEntry& listed) {
      context.out.Line(ShortId(snapshot.id.hex()) + "  " + SizeTimePath(listed));
    });
  }

  // A file that was the same for a hundred nights is one line.
  Status AsVersions() {
    return FindVersions(
        reader, snapshots, query,
        [this](const FoundVersion& version) {
          if (found++ == 0) context.out.Line("NEWEST    SNAPSHOTS        SIZE  CHANGED                     PATH");
          context.out.Line(ShortId(snapshots[version.last].id.hex()) + "  " + Pad(CountText(version.count), 9, Align::right) + "  " +
                           SizeTimePath(version.listed));
          return GoesOn();
        },
        Gap());
  }
};

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(FindQuery query, MakeQuery(arguments, SystemClock().NowNs()));
  query.goes_on = [] { return !StopRequested(); };
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto all, session->ListAll());
  PULIH_TRY_ASSIGN(const auto snapshots, SnapshotsToSearch(arguments, all));
  for (const Snapshot& snapshot : snapshots) PULIH_TRY(FilesRoot(snapshot).status());
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  Search search{context, *reader, query, snapshots};
  PULIH_TRY(context.global.json ? search.AsJson() : context.global.verbose ? search.AsLines() : search.AsVersions());
  if (StopRequested()) return Status(Code::interrupted, "interrupted");
  if (search.found == 0 && !context.global.json && !context.global.quiet) {
    std::fprintf(stderr, "pulih: no entry matches in %s\n", CountOf(snapshots.size(), "snapshot").c_str());
  }
  return search.has_gaps ? Exit::incomplete : Exit::done;
}

}  // namespace

CommandSpec FindCommand() {
  auto arguments = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "find";
  spec.summary = "find files in all snapshots";
  spec.description =
      "Looks for files in every snapshot. Each version of a file (the same path, size, time and content) is one line: the "
      "newest snapshot that holds it, how many do, its size, time and path; --verbose gives a line for each snapshot, "
      "oldest first, and so does --json. All conditions must hold.\n\n"
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
