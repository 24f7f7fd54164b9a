// pulih stats: how much is stored.
#include "engine/browse/browse.h"
#include "tools/command_list.h"
#include "tools/render.h"
#include "tools/session.h"

namespace pulih {
namespace {

void WriteJson(JsonWriter& json, const RepositoryStats& stats) {
  json.BeginObject();
  json.Field("repository_bytes", stats.repository_bytes);
  json.Field("packs", stats.packs);
  json.Field("pack_bytes", stats.pack_bytes);
  json.Field("objects", stats.objects);
  json.Field("chunks", stats.chunks);
  json.Field("groups", stats.groups);
  json.Field("nodes", stats.nodes);
  json.Field("plain_bytes", stats.plain_bytes);
  json.Field("sealed_bytes", stats.sealed_bytes);
  json.Field("snapshots", stats.snapshots);
  json.Field("writers", stats.writers);
  json.EndObject();
}

void Print(Output& out, const RepositoryStats& stats) {
  const auto line = [&](std::string_view name, const std::string& value) { out.Line(Pad(name, 12, Align::left) + value); };
  line("repository", SizeText(stats.repository_bytes));
  line("packs", CountText(stats.packs) + ", " + SizeText(stats.pack_bytes));
  line("objects", CountText(stats.objects) + ": " + CountOf(stats.chunks, "chunk") + ", " + CountOf(stats.groups, "group") +
                      " of small files, " + CountOf(stats.nodes, "map node"));
  if (stats.sealed_bytes > 0) {
    char ratio[32];
    std::snprintf(ratio, sizeof ratio, "%.2f", static_cast<double>(stats.plain_bytes) / static_cast<double>(stats.sealed_bytes));
    line("content", SizeText(stats.plain_bytes) + " stored in " + SizeText(stats.sealed_bytes) + " (" + ratio + " : 1)");
  }
  line("snapshots", CountText(stats.snapshots));
  line("writers", CountText(stats.writers));
}

Result<Exit> Run(Context& context) {
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  PULIH_TRY_ASSIGN(const RepositoryStats stats, CountRepository(*reader));
  if (context.global.json) {
    WriteJson(context.json, stats);
  } else {
    Print(context.out, stats);
  }
  return Exit::done;
}

}  // namespace

CommandSpec StatsCommand() {
  CommandSpec spec;
  spec.name = "stats";
  spec.summary = "say how much is stored";
  spec.description =
      "Counts the repository: bytes of all that lies in it, packs, objects and what they hold, snapshots, writers. "
      "Content is counted once, however many snapshots share it.";
  spec.examples = {{"", "pulih stats"}};
  spec.run = Run;
  return spec;
}

}  // namespace pulih
