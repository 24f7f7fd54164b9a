#include "engine/recover/extract_pages.h"

#include <algorithm>
#include <set>

#include "engine/recover/page_files.h"
#include "engine/recover/relation_match.h"
#include "engine/recover/table_pages.h"
#include "formats/postgres/ddl.h"

namespace pulih {
namespace {

constexpr size_t kMaxWitnesses = 4;  // indexes of a table that are asked; each costs a pass over its pages

PgCatalog CatalogOf(const DatabaseFiles& database, const PageFiles& all) {
  CatalogOptions options;
  options.major = all.major;
  options.xacts = all.xacts.empty() ? nullptr : &all.xacts;
  auto catalog = ReadCatalog(database.files, options);
  if (catalog.ok()) return std::move(catalog).value();
  PgCatalog none;
  none.remarks.push_back(catalog.status().message());
  return none;
}

std::string NameOf(const SchemaTable& table) { return table.schema + "." + table.name; }

// What is known of the tables, with the numbers of this database's files.
Schema LocalSchema(const Schema& known, const PgCatalog& catalog) {
  Schema local = known;
  for (SchemaTable& table : local.tables) {
    const SchemaTable* told = catalog.schema.Find(table.schema, table.name);
    if (told == nullptr) continue;
    table.oid = told->oid, table.filenode = told->filenode, table.toast_oid = told->toast_oid,
    table.toast_filenode = told->toast_filenode;
    table.has_oids = told->has_oids;
    if (told->columns.size() == table.columns.size()) table.indexes = told->indexes;
  }
  // Values of enumerations are numbers of this database alone.
  if (!catalog.schema.enum_labels.empty()) local.enum_labels = catalog.schema.enum_labels;
  return local;
}

// One database: which file is what, then table after table.
class DatabaseRows {
 public:
  DatabaseRows(const DatabaseFiles& files, const PageFiles& all, const Schema& known, ExtractSink& sink)
      : files_(files), all_(all), sink_(sink), catalog_(CatalogOf(files, all)), schema_(LocalSchema(known, catalog_)) {}

  Status Run() {
    for (const std::string& remark : catalog_.remarks) PULIH_TRY(sink_.Remark(Where() + remark));
    matches_ = MatchRelations(files_.files, catalog_, schema_);
    PULIH_TRY(NoteOthers());
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      if (schema_.tables[i].filenode != 0) PULIH_TRY(ReadTable(schema_.tables[i]));
    }
    for (const auto& [number, guess] : matches_.files) {
      if (guess.kind == RelationGuess::Kind::heap && guess.candidates.size() > 1)
        PULIH_TRY(ReadUndecided(number, guess));
    }
    return OkStatus();
  }

 private:
  std::string Where() const { return files_.folder.empty() ? "" : files_.folder + ": "; }
  PgMajor major() const { return catalog_.major != 0 ? catalog_.major : all_.major; }

  Status Note(uint32_t number, RangeFate fate, const std::string& what) {
    for (const RelationSegment& segment : files_.relations.at(number))
      PULIH_TRY(sink_.Range({{segment.file, 0, segment.bytes.size()}, fate, what}));
    return OkStatus();
  }

  // Every file that holds no rows of a table, by what it is. What a table uses is told again, later, as read.
  Status NoteOthers() {
    for (const auto& [number, segments] : files_.relations) {
      const auto told = catalog_.files.find(number);
      const auto guess = matches_.files.find(number);
      if (number < kFirstUserOid) {
        PULIH_TRY(Note(number, RangeFate::skipped, "system catalog"));
      } else if (told != catalog_.files.end() && told->second.kind != 'r') {
        const char kind = told->second.kind;
        PULIH_TRY(Note(number, RangeFate::skipped,
                       std::string(kind == 'i'   ? "index "
                                   : kind == 'S' ? "sequence "
                                   : kind == 't' ? "TOAST "
                                                 : "relation ") +
                           told->second.name));
      } else if (guess != matches_.files.end() && guess->second.kind != RelationGuess::Kind::heap) {
        PULIH_TRY(Note(number, RangeFate::skipped, KindText(guess->second.kind)));
      }
    }
    return OkStatus();
  }

  static std::string KindText(RelationGuess::Kind kind) {
    switch (kind) {
      case RelationGuess::Kind::empty: return "relation without tuples";
      case RelationGuess::Kind::toast: return "TOAST of an unknown table";
      case RelationGuess::Kind::index: return "index of an unknown table";
      case RelationGuess::Kind::other: return "sequence or system relation";
      default: return "relation that fits no known table";
    }
  }

  std::vector<RelationSegment> SegmentsOf(uint32_t number) const {
    const auto at = files_.relations.find(number);
    return number == 0 || at == files_.relations.end() ? std::vector<RelationSegment>{} : at->second;
  }

  Status AddWitnesses(const SchemaTable& table, std::vector<IndexWitness>& witnesses) {
    std::vector<const SchemaIndex*> order;
    for (const SchemaIndex& index : table.indexes) order.push_back(&index);
    std::stable_sort(order.begin(), order.end(), [](const SchemaIndex* a, const SchemaIndex* b) {
      return std::pair(!a->primary, !a->unique) < std::pair(!b->primary, !b->unique);
    });
    for (const SchemaIndex* index : order) {
      std::vector<RelationSegment> pages = SegmentsOf(index->filenode);
      if (pages.empty() || index->columns.empty() || witnesses.size() == kMaxWitnesses) continue;
      IndexWitness witness(table, *index, std::move(pages));
      if (!witness.is_usable()) continue;
      witnesses.push_back(std::move(witness));
      PULIH_TRY(Note(index->filenode, RangeFate::read, "index " + index->name + " of " + NameOf(table)));
    }
    return OkStatus();
  }

  Status ReadTable(const SchemaTable& table) {
    TableEvidence evidence;
    evidence.table = NameOf(table);
    evidence.heap = SegmentsOf(table.filenode);
    if (const auto names = files_.names.find(table.filenode); names != files_.names.end())
      evidence.names = names->second;
    return ReadPages(table, std::move(evidence));
  }

  // Two tables fit alike: the rows are told, and that nobody knows whose they are.
  Status ReadUndecided(uint32_t number, const RelationGuess& guess) {
    TableEvidence evidence;
    for (const size_t i : guess.candidates) evidence.candidates.push_back(NameOf(schema_.tables[i]));
    std::sort(evidence.candidates.begin(), evidence.candidates.end());
    evidence.heap = SegmentsOf(number);
    evidence.names = files_.names.at(number);
    return ReadPages(schema_.tables[guess.candidates.front()], std::move(evidence));
  }

  Status ReadPages(const SchemaTable& table, TableEvidence evidence) {
    const bool has_heap = !evidence.heap.empty();
    std::unique_ptr<ToastRelation> toast;
    if (!evidence.table.empty()) {
      PULIH_TRY(AddWitnesses(table, evidence.witnesses));
      if (auto segments = SegmentsOf(table.toast_filenode); has_heap && !segments.empty()) {
        PULIH_TRY(Note(table.toast_filenode, RangeFate::read, "TOAST of " + evidence.table));
        toast = std::make_unique<ToastRelation>(std::move(segments));
        evidence.toast = toast.get();
        if (toast->overflowed())
          PULIH_TRY(sink_.Remark(Where() + "TOAST of " + evidence.table +
                                 ": more chunks than can be kept; some values are missing"));
      }
    }
    if (!all_.xacts.empty()) evidence.xacts = &all_.xacts;
    const std::string name = evidence.table.empty() ? "one of several tables" : evidence.table;
    const RowDecoder decoder(schema_, table, major(), all_.control.float_times);
    PageCounts counts;
    PULIH_TRY(TablePages(decoder, std::move(evidence), sink_).Run(counts));
    if (!has_heap && counts.without_tuple != 0)
      return sink_.Remark(Where() + name + ": its file is lost; an index names " +
                          std::to_string(counts.without_tuple) + " rows of it");
    if (counts.without_tuple != 0)
      PULIH_TRY(sink_.Remark(Where() + name + ": " + std::to_string(counts.without_tuple) +
                             " entries of its index lead to no row that is left"));
    if (counts.damaged_pages != 0)
      PULIH_TRY(sink_.Remark(Where() + name + ": " + std::to_string(counts.damaged_pages) + " of " +
                             std::to_string(counts.pages) + " pages have no sound header"));
    return OkStatus();
  }

  const DatabaseFiles& files_;
  const PageFiles& all_;
  ExtractSink& sink_;
  PgCatalog catalog_;
  Schema schema_;
  RelationMatches matches_;
};

class PagesExtractor : public Extractor {
 public:
  Status LearnSchema(const std::vector<UnitFile>& files, Schema& found) override {
    const PageFiles sorted = SortPageFiles(files);
    for (const DatabaseFiles& database : sorted.databases) {
      PgCatalog catalog = CatalogOf(database, sorted);
      if (found.tables.empty()) {
        found = std::move(catalog.schema);
      } else {
        AddSchema(found, catalog.schema);
      }
    }
    return OkStatus();
  }

  Status Extract(const std::vector<UnitFile>& files, const Schema& known, ExtractSink& sink) override {
    const PageFiles sorted = SortPageFiles(files);
    for (const SkippedFile& other : sorted.others)
      PULIH_TRY(sink.Range({{other.file, 0, files[other.file].bytes.size()}, RangeFate::skipped, other.what}));
    for (const DatabaseFiles& database : sorted.databases) PULIH_TRY(DatabaseRows(database, sorted, known, sink).Run());
    return OkStatus();
  }
};

}  // namespace

std::unique_ptr<Extractor> MakePagesExtractor() { return std::make_unique<PagesExtractor>(); }

}  // namespace pulih
