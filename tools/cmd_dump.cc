// pulih dump: one file's content to stdout.
#include <memory>

#include "engine/browse/browse.h"
#include "tools/command_list.h"
#include "tools/render.h"
#include "tools/session.h"
#include "tools/signals.h"

namespace pulih {
namespace {

struct Arguments {
  std::string file;
  SnapshotFilter filter;
};

Result<Exit> Run(const Arguments& arguments, Context& context) {
  const SnapshotPath wanted = SplitSnapshotPath(arguments.file);
  if (wanted.path.empty()) return UsageError("dump: '" + arguments.file + "' names no file", "give SNAP:PATH");
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto snapshots, session->ListAll());
  PULIH_TRY_ASSIGN(const Snapshot snapshot, ChooseSnapshot(snapshots, wanted.snapshot, arguments.filter));
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  PULIH_TRY_ASSIGN(const FileEntry entry, LookUp(*reader, snapshot, wanted.path));
  Status written = DumpFile(*reader, entry, [&](ByteView piece) -> Status {
    if (StopRequested()) return Status(Code::interrupted, "interrupted");
    context.out.Write(AsText(piece));
    return context.out.ok() ? OkStatus() : context.out.Flush();
  }).Within("writing out " + FullPath(wanted.path));
  if (!written.ok() && context.out.reader_left()) return Exit::done;  // `pulih dump … | head` has what it wanted
  PULIH_TRY(std::move(written));
  if (!entry.incomplete) return Exit::done;
  context.Warn(FullPath(wanted.path) + " was not read whole when it was backed up");
  return Exit::incomplete;
}

}  // namespace

CommandSpec DumpCommand() {
  auto arguments = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "dump";
  spec.summary = "write one file of a snapshot to standard output";
  spec.description =
      "Writes the content of a regular file, byte for byte; holes come out as zeros. Every piece is checked before it is "
      "written; when one is damaged the output ends there, with exit code 1. The whole is held against the SHA-256 that was "
      "recorded.";
  spec.arguments = {{.names = "SNAP:PATH", .help = "the snapshot and the file in it", .target = &arguments->file, .required = true}};
  spec.options = FilterOptions(arguments->filter);
  spec.examples = {{"look at a file as it was", "pulih dump latest~1:/etc/fstab | less"}};
  spec.has_json = false;
  spec.run = [arguments](Context& context) { return Run(*arguments, context); };
  return spec;
}

}  // namespace pulih
