// Prints what ReadCatalog and the leaves of B-trees say of one database of a stopped cluster, a line a thing, columns
// separated by tabs: for live_catalog.py, which asks the server the same.
//
//   catalog_lines DATA_DIRECTORY DATABASE_OID
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <list>

#include "formats/postgres/btree_page.h"
#include "formats/postgres/catalog.h"

namespace pulih {
namespace {

namespace fs = std::filesystem;

class Directory {
 public:
  ByteView Read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return kept_.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }

 private:
  std::list<Bytes> kept_;
};

std::string Names(const SchemaTable& table, const std::vector<uint32_t>& columns) {
  std::string out;
  for (const uint32_t i : columns) out += (out.empty() ? "" : ",") + table.columns[i].name;
  return out;
}

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\t') out += "\\t";
    else if (c == '\n') out += "\\n";
    else if (c == '\\') out += "\\\\";
    else out += c;
  }
  return out;
}

void PrintTable(const SchemaTable& t) {
  const std::string name = t.schema + "." + t.name;
  std::printf("table\t%s\t%u\t%u\t%u\t%u\n", name.c_str(), t.oid, t.filenode, t.toast_oid, t.toast_filenode);
  for (size_t i = 0; i < t.columns.size(); ++i) {
    const SchemaColumn& c = t.columns[i];
    std::printf("column\t%s\t%zu\t%s\t%s\t%d\t%d\t%c\t%d\t%d\n", name.c_str(), i + 1, c.name.c_str(), c.type_text.c_str(),
                c.modifier, c.length, c.align, c.not_null, c.dropped);
  }
  for (const SchemaKey& key : t.keys)
    std::printf("key\t%s\t%s\t%d\t%s\n", name.c_str(), key.name.c_str(), key.primary, Names(t, key.columns).c_str());
  for (const SchemaReference& r : t.references) {
    std::string to;
    for (const std::string& column : r.ref_columns) to += (to.empty() ? "" : ",") + column;
    std::printf("reference\t%s\t%s\t%s.%s\t%s\n", name.c_str(), Names(t, r.columns).c_str(), r.schema.c_str(), r.table.c_str(), to.c_str());
  }
  for (const SchemaIndex& i : t.indexes)
    std::printf("index\t%s\t%s\t%u\t%d\t%d\t%s\n", name.c_str(), i.name.c_str(), i.filenode, i.unique, i.primary, Names(t, i.columns).c_str());
}

int PrintLeaves(const Schema& schema, const SchemaTable& table, const SchemaIndex& index, ByteView file) {
  std::vector<IndexColumn> columns;
  for (const uint32_t i : index.columns) columns.push_back({table.columns[i].type, table.columns[i].length, table.columns[i].align});
  const IndexShape shape = ShapeOf(columns);
  int damaged = 0;
  for (size_t at = 0; at + kPageSize <= file.size(); at += kPageSize) {
    const LeafPage leaf = ReadLeafPage(file.subspan(at, kPageSize), shape);
    damaged += static_cast<int>(leaf.damaged);
    for (const IndexEntry& entry : leaf.entries) {
      const auto key = KeyTexts(ContextOf(schema), columns, entry);
      if (!key.ok()) {
        ++damaged;
        continue;
      }
      std::printf("entry\t%u\t(%u,%u)", index.filenode, entry.tid.block, entry.tid.item);
      for (const auto& text : *key) std::printf("\t%s", text ? Escaped(*text).c_str() : "\\N");
      std::printf("\n");
    }
  }
  return damaged;
}

int Run(const fs::path& data, const std::string& database) {
  Directory directory;
  XactLog log;
  for (const fs::directory_entry& entry : fs::directory_iterator(data / "pg_xact"))
    if (const auto number = XactLog::SegmentNumber(entry.path().filename().string()))
      log.AddSegment(*number, directory.Read(entry.path()));
  CatalogOptions options;
  options.xacts = &log;
  const auto control = ReadPgControl(directory.Read(data / "global" / "pg_control"));
  if (control.ok()) options.major = control->major;
  if (control.ok())
    std::printf("control\t%llu\t%s\t%d\t%u\t%u\n", static_cast<unsigned long long>(control->system_identifier),
                MajorText(control->major).c_str(), control->proven, control->checksum_version, control->state);
  std::string databases = "1262";
  if (const auto map = ReadFilenodeMap(directory.Read(data / "global" / "pg_filenode.map")); map.ok() && map->count(1262) != 0)
    databases = std::to_string(map->at(1262));
  for (const DatabaseEntry& entry : ReadDatabases(directory.Read(data / "global" / databases), options))
    std::printf("database\t%u\t%s\t%s\n", entry.oid, entry.name.c_str(), entry.encoding.c_str());
  std::vector<CatalogFile> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(data / "base" / database))
    files.push_back({entry.path().filename().string(), directory.Read(entry.path())});
  const auto catalog = ReadCatalog(files, options);
  if (!catalog.ok()) return std::fprintf(stderr, "%s\n", catalog.status().ToString().c_str()), 1;
  for (const std::string& remark : catalog->remarks) std::fprintf(stderr, "%s\n", remark.c_str());
  int damaged = 0;
  for (const SchemaTable& table : catalog->schema.tables) {
    PrintTable(table);
    for (const SchemaIndex& index : table.indexes)
      for (const CatalogFile& file : files)
        if (file.name == std::to_string(index.filenode) && !index.columns.empty())
          damaged += PrintLeaves(catalog->schema, table, index, file.bytes);
  }
  for (const auto& [type, words] : catalog->schema.enum_words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ",") + word;
    std::printf("enum\t%s\t%s\n", catalog->schema.types[type].name.c_str(), all.c_str());
  }
  for (const auto& [filenode, file] : catalog->files)
    std::printf("file\t%u\t%s.%s\t%u\t%c\n", filenode, file.schema.c_str(), file.name.c_str(), file.oid, file.kind);
  std::printf("damaged\t%d\ncomplete\t%d\n", damaged, catalog->complete);
  return 0;
}

}  // namespace
}  // namespace pulih

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: catalog_lines DATA_DIRECTORY DATABASE_OID\n"), 2;
  return pulih::Run(argv[1], argv[2]);
}
