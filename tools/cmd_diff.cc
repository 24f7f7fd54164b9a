// pulih diff: what changed between two snapshots.
#include <array>
#include <memory>

#include "engine/browse/browse.h"
#include "engine/source/tree_source.h"
#include "tools/command_list.h"
#include "tools/entry_output.h"
#include "tools/render.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  std::string before, after, path;
  SnapshotFilter filter;
};

struct Pair {
  Snapshot before, after;
  std::string path;
};

void WriteChange(JsonWriter& json, const EntryChange& change) {
  json.BeginObject();
  if (change.kind != ChangeKind::changed) {
    WriteEntryFields(json, change.path, change.kind == ChangeKind::added ? *change.after : *change.before);
  } else {
    json.PathField("path", FullPath(change.path));
    json.Field("fields", change.fields);
    for (const auto& [name, entry] : {std::pair("before", &change.before), std::pair("after", &change.after)}) {
      json.Key(name);
      json.BeginObject();
      WriteEntryFields(json, change.path, **entry);
      json.EndObject();
    }
  }
  json.EndObject();
}

// One list after the other: three passes, each as cheap as the changes are few, instead of memory for all of them.
Status WriteJson(Context& context, ReadSession& reader, const Pair& pair) {
  JsonWriter& json = context.json;
  for (const auto& [name, kind] : {std::pair("added", ChangeKind::added), std::pair("removed", ChangeKind::removed),
                                   std::pair("changed", ChangeKind::changed)}) {
    if (kind == ChangeKind::added) json.BeginObject();
    json.Key(name);
    json.BeginArray();
    PULIH_TRY(DiffSnapshots(reader, pair.before, pair.after, pair.path, [&, wanted = kind](const EntryChange& change) {
      if (change.kind == wanted) WriteChange(json, change);
      return context.out.ok();
    }));
    json.EndArray();
  }
  json.EndObject();
  return OkStatus();
}

Status PrintChanges(Context& context, ReadSession& reader, const Pair& pair) {
  std::array<uint64_t, 3> counts{};
  PULIH_TRY(DiffSnapshots(reader, pair.before, pair.after, pair.path, [&](const EntryChange& change) {
    ++counts[static_cast<size_t>(change.kind)];
    static constexpr std::string_view kMarks = "+-~";
    const FileEntry& entry = change.after ? *change.after : *change.before;
    std::string line = std::string(1, kMarks[static_cast<size_t>(change.kind)]) + " " + PathText(change.path) +
                       (entry.type == FileType::directory ? "/" : "");
    std::string fields;
    for (const std::string& field : change.fields) fields += (fields.empty() ? "" : ", ") + field;
    if (!fields.empty()) line += "  (" + fields + ")";
    context.out.Line(line);
    return context.out.ok();
  }));
  if (!context.global.quiet) {
    if (pair.before.meta.tables + pair.after.meta.tables > 0) context.out.Line("of files; for rows see `pulih records diff`:");
    context.out.Line(CountText(counts[0]) + " added, " + CountText(counts[1]) + " removed, " + CountText(counts[2]) + " changed");
  }
  return OkStatus();
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto snapshots, session->ListAll());
  Pair pair;
  PULIH_TRY_ASSIGN(pair.before, ChooseSnapshot(snapshots, arguments.before, arguments.filter));
  PULIH_TRY_ASSIGN(pair.after, ChooseSnapshot(snapshots, arguments.after, arguments.filter));
  pair.path = StoredPath(arguments.path, "/");
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  PULIH_TRY(FilesRoot(pair.before).status());
  PULIH_TRY(FilesRoot(pair.after).status());
  PULIH_TRY(context.global.json ? WriteJson(context, *reader, pair) : PrintChanges(context, *reader, pair));
  return Exit::done;
}

}  // namespace

CommandSpec DiffCommand() {
  auto arguments = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "diff";
  spec.summary = "show what changed between two snapshots";
  spec.description =
      "Lists what was added (+), removed (-) and changed (~) from snapshot A to snapshot B, and for what changed, in "
      "which respects: content, size, mode, owner, mtime, target, device, links, xattrs. Contents are compared by their "
      "SHA-256; the time that this takes follows the number of changes, not the size of the snapshots.";
  spec.arguments = {
      {.names = "A", .help = "the snapshot before: an id, latest~1, a date", .target = &arguments->before, .required = true},
      {.names = "B", .help = "the snapshot after", .target = &arguments->after, .required = true},
      {.names = "PATH", .help = "only this file, or this folder and what is below it", .target = &arguments->path},
  };
  spec.options = FilterOptions(arguments->filter);
  spec.examples = {{"since the run before", "pulih diff latest~1 latest"},
                   {"of one folder since a day", "pulih diff 2014-10-04 latest /srv/documents"}};
  spec.run = [arguments](Context& context) { return Run(*arguments, context); };
  return spec;
}

}  // namespace pulih
