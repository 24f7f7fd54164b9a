// MatchRelations: sample every file → tables that the rest of the catalog names → tables by the fit of their tuples →
// TOAST relations by pointers → indexes by their keys.
#include "engine/recover/relation_match.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "engine/recover/relation_sample.h"
#include "formats/postgres/btree_page.h"
#include "formats/postgres/toast.h"

namespace pulih {
namespace {

constexpr double kFitNeeded = 0.95;   // of a file's tuples; the rest may be damaged
constexpr double kRivalMisses = 0.01; // a table that misses more of them than the best is none
constexpr size_t kLeafPages = 64, kMostEntries = 2000;
constexpr double kKeysNeeded = 0.9;   // of the entries that point to a tuple: it has their key

class Matcher {
 public:
  Matcher(const std::vector<CatalogFile>& files, const PgCatalog& known, Schema& schema)
      : known_(known), schema_(schema), samples_(SampleRelations(files)) {
    for (const SchemaTable& table : schema.tables) fits_.emplace_back(schema, table);
  }

  RelationMatches Run() {
    for (size_t i = 0; i < schema_.tables.size(); ++i)
      if (schema_.tables[i].filenode != 0) taken_.insert(schema_.tables[i].filenode);
    Classify();
    MatchByName();
    MatchByTuples();
    MatchToast();
    MatchIndexes();
    for (const SchemaTable& table : schema_.tables)
      if (table.filenode != 0) ++out_.matched;
    return std::move(out_);
  }

 private:
  void Classify() {
    for (const auto& [filenode, sample] : samples_) {
      RelationGuess& guess = out_.files[filenode];
      guess.tuples = static_cast<uint32_t>(sample.tuples().size());
      if (filenode < kFirstUserOid || sample.kind() == PageKind::sequence) {
        guess.kind = RelationGuess::Kind::other;
      } else if (sample.kind() == PageKind::btree || (sample.kind() >= PageKind::hash && sample.kind() <= PageKind::brin)) {
        guess.kind = RelationGuess::Kind::index;
      } else if (sample.empty() || sample.kind() == PageKind::fresh) {
        guess.kind = RelationGuess::Kind::empty;
      } else if (IsToast(sample)) {
        guess.kind = RelationGuess::Kind::toast;
      }
    }
  }

  // The shape alone is that of any table of two numbers and a text. Chunks have numbers that the server gave out, and
  // all but the last of a value are full.
  static bool IsToast(const RelationSample& sample) {
    std::vector<TupleField> fields;
    size_t used = 0, fitting = 0;
    std::map<uint32_t, uint32_t> last;                          // sequence number, by value
    std::vector<std::pair<uint32_t, uint32_t>> not_full;
    for (const ByteView tuple : sample.tuples()) {
      if (WalkTuple(ToastShape(), tuple, true, fields, used) != TupleFault::none) continue;
      const auto chunk = ChunkOf(fields);
      if (!chunk || chunk->value_id < kFirstUserOid || chunk->bytes.empty() || chunk->bytes.size() > kToastChunkSize) continue;
      ++fitting;
      uint32_t& most = last[chunk->value_id];
      most = std::max(most, chunk->sequence);
      if (chunk->bytes.size() != kToastChunkSize) not_full.emplace_back(chunk->value_id, chunk->sequence);
    }
    const auto gaps = static_cast<size_t>(std::count_if(not_full.begin(), not_full.end(), [&](const auto& c) { return c.second < last[c.first]; }));
    return fitting > gaps && IsEnough(fitting - gaps, sample.tuples().size());
  }

  // Tuples may have fewer columns than the table, from the time before an ADD COLUMN; but not all of them.
  size_t CountFits(size_t table, const RelationSample& sample) {
    // A table that has missed more than it may is asked no further.
    const double may_miss = (1 - kFitNeeded + kRivalMisses) * static_cast<double>(sample.tuples().size());
    size_t fitting = 0, complete = 0, missed = 0;
    for (const ByteView tuple : sample.tuples()) {
      if (!fits_[table].Fits(tuple)) {
        if (static_cast<double>(++missed) > may_miss) return 0;
        continue;
      }
      ++fitting;
      if (ReadTupleHeader(tuple).column_count() == schema_.tables[table].columns.size()) ++complete;
    }
    return complete == 0 ? 0 : fitting;
  }

  static bool IsEnough(size_t fitting, size_t tuples) {
    return fitting > 0 && static_cast<double>(fitting) >= kFitNeeded * static_cast<double>(tuples);
  }

  void Assign(size_t table, uint32_t filenode, bool named) {
    SchemaTable& t = schema_.tables[table];
    t.filenode = filenode;
    if (t.oid == 0) t.oid = filenode;  // as long as it was not rewritten
    taken_.insert(filenode);
    RelationGuess& guess = out_.files[filenode];
    if (guess.tuples != 0 || guess.kind != RelationGuess::Kind::empty) guess.kind = RelationGuess::Kind::heap;
    guess.candidates = {table};
    guess.named = named;
  }

  // A primary key's constraint has the name of its table in it, and the number.
  void MatchByName() {
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      SchemaTable& table = schema_.tables[i];
      const SchemaKey* const key = table.primary_key();
      if (table.filenode != 0 || key == nullptr) continue;
      std::set<uint32_t> owners;
      for (const ConstraintNote& note : known_.constraints)
        if (note.kind == 'p' && note.table >= kFirstUserOid && IsKeyOf(note, table, *key)) owners.insert(note.table);
      if (owners.size() != 1 || NameIsShared(i)) continue;
      table.oid = *owners.begin();
      const auto sample = samples_.find(table.oid);
      if (sample == samples_.end() || taken_.count(table.oid) != 0) continue;
      const RelationGuess& guess = out_.files[table.oid];
      const size_t fitting = CountFits(i, sample->second);
      out_.files[table.oid].fitting = static_cast<uint32_t>(fitting);
      // A file without a tuple that could be read says nothing against it.
      const bool says_nothing = guess.tuples == 0 && guess.kind != RelationGuess::Kind::index && guess.kind != RelationGuess::Kind::other;
      if (says_nothing || IsEnough(fitting, guess.tuples)) Assign(i, table.oid, true);
    }
  }

  static bool IsKeyOf(const ConstraintNote& note, const SchemaTable& table, const SchemaKey& key) {
    if (note.name != (key.name.empty() ? table.name + "_pkey" : key.name)) return false;
    return std::equal(note.columns.begin(), note.columns.end(), key.columns.begin(), key.columns.end(),
                      [](int number, uint32_t place) { return number == static_cast<int>(place) + 1; });
  }

  // Two tables of one name in two schemas have keys of one name.
  bool NameIsShared(size_t table) const {
    const auto same = [&](const SchemaTable& other) { return other.name == schema_.tables[table].name; };
    return std::count_if(schema_.tables.begin(), schema_.tables.end(), same) > 1;
  }

  // A file and the tables that fit it; a table that one file has for certain is no candidate of another.
  void MatchByTuples() {
    for (auto& [filenode, guess] : out_.files) {
      if (guess.kind != RelationGuess::Kind::unknown || taken_.count(filenode) != 0) continue;
      guess.candidates = Candidates(samples_.at(filenode), guess);
      if (!guess.candidates.empty()) guess.kind = RelationGuess::Kind::heap;
    }
    AssignSingles();
    NarrowByRows();
    AssignSingles();
    NarrowByOrder();
  }

  void AssignSingles() {
    for (bool again = true; again;) {
      again = false;
      for (auto& [filenode, guess] : out_.files) {
        if (taken_.count(filenode) != 0 || guess.kind != RelationGuess::Kind::heap) continue;
        std::erase_if(guess.candidates, [&](size_t i) { return schema_.tables[i].filenode != 0; });
        if (guess.candidates.size() != 1 || IsWantedElsewhere(guess.candidates[0], filenode)) continue;
        Assign(guess.candidates[0], filenode, false);
        again = true;
      }
    }
  }

  // Rows that the DDL script itself brings stand in its table and not in its likes.
  void NarrowByRows() {
    if (schema_.rows.empty()) return;
    for (auto& [filenode, guess] : out_.files) {
      if (guess.kind != RelationGuess::Kind::heap || guess.candidates.size() < 2) continue;
      std::vector<size_t> held;
      for (const size_t table : guess.candidates)
        if (HoldsRows(table, samples_.at(filenode))) held.push_back(table);
      if (held.size() == 1) guess.candidates = held;
    }
  }

  // At least two of the script's rows, or its only one, and at least half of them.
  bool HoldsRows(size_t table, const RelationSample& sample) {
    std::set<std::vector<std::optional<std::string>>> wanted;
    for (const SchemaRow& row : schema_.rows)
      if (row.table == table) wanted.insert(row.values);
    if (wanted.empty()) return false;
    std::set<std::vector<std::optional<std::string>>> found;
    for (const ByteView tuple : sample.tuples())
      if (auto values = fits_[table].Texts(tuple); values && wanted.count(*values) != 0) found.insert(std::move(*values));
    return found.size() >= std::min<size_t>(2, wanted.size()) && found.size() * 2 >= wanted.size();
  }

  // A script makes its tables one after the other, and numbers grow. Where every table that is certain follows that
  // order, a file between two of them is of a table between those two. That is likely, and no proof: the tables that
  // are left stay candidates, and none is assigned.
  void NarrowByOrder() {
    constexpr size_t kFewestAnchors = 5;
    std::map<uint32_t, size_t> anchors;  // by filenode
    for (size_t i = 0; i < schema_.tables.size(); ++i)
      if (schema_.tables[i].filenode != 0) anchors[schema_.tables[i].filenode] = i;
    size_t last = 0;
    for (const auto& [filenode, table] : anchors) {
      if (table < last) return;
      last = table;
    }
    if (anchors.size() < kFewestAnchors) return;
    for (auto& [filenode, guess] : out_.files) {
      if (guess.kind != RelationGuess::Kind::heap || guess.candidates.size() < 2) continue;
      const auto after = anchors.upper_bound(filenode);
      std::vector<size_t> between;
      for (const size_t table : guess.candidates)
        if ((after == anchors.end() || table < after->second) && (after == anchors.begin() || table > std::prev(after)->second))
          between.push_back(table);
      if (between.empty() || between.size() == guess.candidates.size()) continue;
      guess.candidates = std::move(between);
      guess.by_order = true;
    }
  }

  std::vector<size_t> Candidates(const RelationSample& sample, RelationGuess& guess) {
    std::vector<size_t> counts(schema_.tables.size());
    size_t best = 0;
    for (size_t i = 0; i < counts.size(); ++i) best = std::max(best, counts[i] = CountFits(i, sample));
    guess.fitting = static_cast<uint32_t>(best);
    std::vector<size_t> out;
    if (!IsEnough(best, guess.tuples)) return out;
    for (size_t i = 0; i < counts.size(); ++i)
      if (static_cast<double>(best - counts[i]) <= kRivalMisses * static_cast<double>(guess.tuples)) out.push_back(i);
    return out;
  }

  // One table for which two files apply belongs to neither.
  bool IsWantedElsewhere(size_t table, uint32_t filenode) const {
    for (const auto& [other, guess] : out_.files) {
      if (other == filenode || guess.kind != RelationGuess::Kind::heap || taken_.count(other) != 0) continue;
      if (std::count(guess.candidates.begin(), guess.candidates.end(), table) != 0) return true;
    }
    return false;
  }

  void MatchToast() {
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      SchemaTable& table = schema_.tables[i];
      if (table.filenode == 0 || table.toast_filenode != 0) continue;
      const auto sample = samples_.find(table.filenode);
      if (sample == samples_.end()) continue;
      std::map<uint32_t, std::set<uint32_t>> values;  // by TOAST relation
      for (const ByteView tuple : sample->second.tuples()) {
        if (!fits_[i].Fits(tuple)) continue;
        for (const TupleField& field : fits_[i].fields()) {
          if (field.kind != TupleField::Kind::external) continue;
          if (const auto pointer = ReadToastPointer(field.bytes)) values[pointer->relation].insert(pointer->value_id);
        }
      }
      const auto most = std::max_element(values.begin(), values.end(),
                                         [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
      if (most == values.end()) continue;
      table.toast_oid = most->first;
      table.toast_filenode = ToastFile(most->first, most->second);
      if (table.toast_filenode != 0) out_.files[table.toast_filenode].candidates = {i};
    }
  }

  // The relation's own number, or where its values are.
  uint32_t ToastFile(uint32_t oid, const std::set<uint32_t>& values) {
    const auto own = out_.files.find(oid);
    if (own != out_.files.end() && own->second.kind == RelationGuess::Kind::toast) return oid;
    size_t best = 0;
    uint32_t found = 0;
    for (const auto& [filenode, guess] : out_.files) {
      if (guess.kind != RelationGuess::Kind::toast || !guess.candidates.empty()) continue;
      std::set<uint32_t> hits;
      std::vector<TupleField> fields;
      size_t used = 0;
      for (const ByteView tuple : samples_.at(filenode).tuples()) {
        if (WalkTuple(ToastShape(), tuple, true, fields, used) != TupleFault::none) continue;
        if (const auto chunk = ChunkOf(fields); chunk && values.count(chunk->value_id) != 0) hits.insert(chunk->value_id);
      }
      if (hits.size() <= best) continue;
      best = hits.size();
      found = filenode;
    }
    return best >= 2 || best == values.size() ? found : 0;
  }

  void MatchIndexes() {
    for (auto& [filenode, guess] : out_.files) {
      if (guess.kind != RelationGuess::Kind::index || samples_.at(filenode).kind() != PageKind::btree) continue;
      if (const IndexNote* const note = NoteOf(filenode)) {
        AddNoted(filenode, *note, guess);
      } else {
        AddByKeys(filenode, guess);
      }
    }
  }

  const IndexNote* NoteOf(uint32_t filenode) const {
    for (const IndexNote& note : known_.indexes)
      if (note.oid == filenode) return &note;
    return nullptr;
  }

  void AddNoted(uint32_t filenode, const IndexNote& note, RelationGuess& guess) {
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      SchemaTable& table = schema_.tables[i];
      if (table.oid != note.table || table.filenode == 0) continue;
      SchemaIndex index{"", filenode, note.unique, note.primary, {}};
      for (const int number : note.columns) {
        if (number < 1 || static_cast<size_t>(number) > table.columns.size()) return;
        index.columns.push_back(static_cast<uint32_t>(number - 1));
      }
      if (!Agrees(filenode, i, index.columns)) return;
      guess.candidates = {i};
      table.indexes.push_back(std::move(index));
      return;
    }
  }

  // Keys of the schema only: other indexes say nothing that is needed.
  void AddByKeys(uint32_t filenode, RelationGuess& guess) {
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      SchemaTable& table = schema_.tables[i];
      if (table.filenode == 0) continue;
      for (const SchemaKey& key : table.keys) {
        if (!Agrees(filenode, i, key.columns)) continue;
        guess.candidates = {i};
        table.indexes.push_back({key.name, filenode, true, key.primary, key.columns});
        return;
      }
    }
  }

  // Whether the leaves of a file have keys of these columns, and those stand in the rows that they point to.
  bool Agrees(uint32_t filenode, size_t place, const std::vector<uint32_t>& columns) {
    const SchemaTable& table = schema_.tables[place];
    const auto heap = samples_.find(table.filenode);
    if (heap == samples_.end() || columns.empty()) return false;
    std::vector<IndexColumn> key;
    for (const uint32_t i : columns) key.push_back({table.columns[i].type, table.columns[i].length, table.columns[i].align});
    const IndexShape shape = ShapeOf(key);
    size_t entries = 0, damaged = 0, rows = 0, same = 0;
    for (const ByteView page : samples_.at(filenode).Pages(kLeafPages)) {
      const LeafPage leaf = ReadLeafPage(page, shape);
      damaged += leaf.damaged;
      for (const IndexEntry& entry : leaf.entries) {
        if (++entries > kMostEntries) break;
        const std::optional<ByteView> tuple = entry.dead ? std::nullopt : heap->second.TupleAt(entry.tid);
        if (!tuple || !fits_[place].Fits(*tuple)) continue;
        ++rows;
        if (HasKey(fits_[place].fields(), columns, entry.fields)) ++same;
      }
    }
    return same > 0 && static_cast<double>(damaged) <= (1 - kFitNeeded) * static_cast<double>(entries + damaged) &&
           static_cast<double>(same) >= kKeysNeeded * static_cast<double>(rows);
  }

  static bool HasKey(const std::vector<TupleField>& row, const std::vector<uint32_t>& columns, const std::vector<TupleField>& key) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const TupleField& in_row = row[columns[i]];
      const bool row_null = in_row.kind == TupleField::Kind::null || in_row.kind == TupleField::Kind::absent;
      if (row_null != (key[i].kind == TupleField::Kind::null)) return false;
      if (row_null || in_row.kind == TupleField::Kind::external) continue;
      // One may be compressed and the other not.
      if (in_row.kind == key[i].kind && !Equal(in_row.bytes, key[i].bytes)) return false;
    }
    return true;
  }

  const PgCatalog& known_;
  Schema& schema_;
  std::map<uint32_t, RelationSample> samples_;
  std::vector<TableFit> fits_;
  std::set<uint32_t> taken_;
  RelationMatches out_;
};

}  // namespace

RelationMatches MatchRelations(const std::vector<CatalogFile>& files, const PgCatalog& known, Schema& schema) {
  return Matcher(files, known, schema).Run();
}

}  // namespace pulih
