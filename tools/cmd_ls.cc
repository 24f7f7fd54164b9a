// pulih ls: what is in a snapshot.
#include <cstdio>
#include <memory>

#include "engine/browse/browse.h"
#include "tools/command_list.h"
#include "tools/entry_output.h"
#include "tools/render.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  std::string snapshot;
  bool long_format = false, recursive = false;
  SnapshotFilter filter;
};

class Listing {
 public:
  Listing(const Arguments& arguments, Context& context, ReadSession& session, const Snapshot& snapshot)
      : arguments_(arguments), context_(context), session_(session), snapshot_(snapshot) {}

  // What is in `path`; the entry itself when it is not a folder.
  Status List(const std::string& path, bool recursive) {
    std::vector<std::string> ancestors;
    PULIH_TRY(ListTree(
        session_, snapshot_, path, recursive,
        [&](const ListedEntry& listed) {
          has_any_ = true;
          const bool is_the_folder = listed.path == path && listed.entry.type == FileType::directory;
          if (is_the_folder) return true;
          Show(listed);
          if (listed.entry.ancestor && !recursive) ancestors.push_back(listed.path);
          return context_.out.ok();
        },
        [&](const MapGap& gap) {
          has_gaps_ = true;
          WarnOfGap(context_, gap);
        }));
    // Folders on the way to what was backed up hold little: they are opened, so that `ls SNAP` shows where it is.
    for (const std::string& ancestor : ancestors) PULIH_TRY(List(ancestor, recursive));
    return OkStatus();
  }
  bool has_any() const { return has_any_; }
  bool has_gaps() const { return has_gaps_; }

 private:
  void Show(const ListedEntry& listed) {
    if (context_.global.json) {
      context_.json.BeginObject();
      WriteEntryFields(context_.json, listed.path, listed.entry);
      context_.json.EndObject();
    } else if (arguments_.long_format) {
      context_.out.Line(LongLine(listed));
    } else {
      const bool is_folder = listed.entry.type == FileType::directory;
      context_.out.Line(PathText(listed.path) + (is_folder ? "/" : ""));
    }
  }

  const Arguments& arguments_;
  Context& context_;
  ReadSession& session_;
  const Snapshot& snapshot_;
  bool has_any_ = false, has_gaps_ = false;
};

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto snapshots, session->ListAll());
  const SnapshotPath wanted = SplitSnapshotPath(arguments.snapshot);
  PULIH_TRY_ASSIGN(const Snapshot snapshot, ChooseSnapshot(snapshots, wanted.snapshot, arguments.filter));
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  // A path that is not there is told before the list begins.
  if (!wanted.path.empty()) PULIH_TRY(LookUp(*reader, snapshot, wanted.path).status());
  PULIH_TRY(FilesRoot(snapshot).status());
  Listing listing(arguments, context, *reader, snapshot);
  if (context.global.json) context.json.BeginArray();
  PULIH_TRY(listing.List(wanted.path, arguments.recursive));
  // What `backup --stdin a/b` stored stands in no folder: it is found at its depth only.
  if (!listing.has_any() && !listing.has_gaps() && wanted.path.empty()) PULIH_TRY(listing.List("", true));
  if (context.global.json) context.json.EndArray();
  if (!listing.has_any() && snapshot.meta.tables > 0 && !context.global.json && !context.global.quiet) {
    std::fprintf(stderr, "pulih: this snapshot holds tables and no files: `pulih records tables %s` lists them\n", ShortId(snapshot.id.hex()).c_str());
  }
  return listing.has_gaps() ? Exit::incomplete : Exit::done;
}

}  // namespace

CommandSpec LsCommand() {
  auto arguments = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "ls";
  spec.summary = "list what is in a snapshot, or in one folder of it";
  spec.description =
      "Lists what is in a folder of a snapshot, one path a line; without a PATH what was backed up. A folder ends in a "
      "slash. PATH is absolute, with or without the leading slash.\n\n"
      "Names that hold control characters, or bytes that are not UTF-8, are shown with \\n, \\x1b and the like, and a "
      "backslash as two. With --json a path is UTF-8, and `path_b64` holds the bytes where that loses any.";
  spec.arguments = {{.names = "SNAP[:PATH]", .help = "an id of 8 or more digits, latest, latest~N, or a date; the first colon ends it",
                     .target = &arguments->snapshot, .required = true}};
  spec.options = {
      {.names = "-l,--long", .help = "with mode, owner, size and time", .target = &arguments->long_format},
      {.names = "-R,--recursive", .help = "with everything below", .target = &arguments->recursive},
  };
  for (OptionSpec& option : FilterOptions(arguments->filter)) spec.options.push_back(std::move(option));
  spec.examples = {{"what was backed up last", "pulih ls latest"},
                   {"a folder as it was on a day", "pulih ls -l 2014-10-04:/srv/documents"}};
  spec.run = [arguments](Context& context) { return Run(*arguments, context); };
  return spec;
}

}  // namespace pulih
