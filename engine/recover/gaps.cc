#include "engine/recover/gaps.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "engine/base/checksum.h"
#include "engine/recover/choose.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/fuse.h"
#include "engine/records/row_key_text.h"
#include "engine/recover/tender_store.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;
using Keys = std::unordered_set<uint64_t>;

// A reference by a foreign key, as places among the fields of claims.
struct Link {
  const SchemaTable* child = nullptr;
  const SchemaTable* parent = nullptr;
  std::vector<size_t> from, to;
};

std::vector<size_t> PlacesOf(const SchemaTable& table, const std::vector<std::string>& names) {
  const std::vector<const SchemaColumn*> columns = ClaimColumns(table);
  std::vector<size_t> places;
  for (const std::string& name : names) {
    const auto at = std::find_if(columns.begin(), columns.end(), [&](const SchemaColumn* c) { return c->name == name; });
    if (at == columns.end()) return {};
    places.push_back(static_cast<size_t>(at - columns.begin()));
  }
  return places;
}

std::vector<Link> LinksOf(const Schema& schema) {
  std::vector<Link> links;
  for (const SchemaTable& child : schema.tables) {
    for (const SchemaReference& reference : child.references) {
      Link link{&child, schema.Find(reference.schema, reference.table), {}, {}};
      if (link.parent == nullptr) continue;
      std::vector<std::string> names;
      for (const uint32_t column : reference.columns)
        if (column < child.columns.size()) names.push_back(child.columns[column].name);
      link.from = PlacesOf(child, names);
      link.to = reference.ref_columns.empty() ? KeyFields(*link.parent) : PlacesOf(*link.parent, reference.ref_columns);
      // Only a reference to the parent's own key says which row is missing.
      if (!link.from.empty() && link.from.size() == link.to.size() && link.to == KeyFields(*link.parent)) links.push_back(std::move(link));
    }
  }
  return links;
}

// The values of one row that are known, as an export shows it.
class Shown {
 public:
  Shown(const std::vector<StoredClaim>& claims, const ChosenRow& chosen) : claims_(claims), chosen_(chosen) {}
  // nullopt when one of them is NULL or not known.
  std::optional<std::vector<std::string>> At(const std::vector<size_t>& places, bool proven) const {
    std::vector<std::string> values;
    for (const size_t place : places) {
      if (place >= chosen_.fields.size()) return std::nullopt;
      const ChosenRow::FieldChoice& choice = chosen_.fields[place];
      const ClaimedField& field = claims_[choice.claim].claim.fields[place];
      if (field.state != ClaimedField::State::value || (proven && !IsProven(choice.grade))) return std::nullopt;
      values.push_back(field.text);
    }
    return values;
  }

 private:
  const std::vector<StoredClaim>& claims_;
  const ChosenRow& chosen_;
};

uint64_t HashOf(const std::vector<std::string>& values) { return Checksum64(AsBytes(JoinKeyWords(values))); }

class Finder {
 public:
  Finder(Case& of, ClaimSources sources, Schema schema, ProgressListener& progress)
      : claims_(of.kv()), tenders_(of.kv()), sources_(std::move(sources)), schema_(std::move(schema)), progress_(progress) {}

  Result<Gaps> Find() {
    links_ = LinksOf(schema_);
    PULIH_TRY(ReadKeys());
    PULIH_TRY(FollowKeys());
    PULIH_TRY(AskSources());
    PULIH_TRY(AskIndexes());
    Gaps gaps;
    gaps.count = found_.size() + beyond_;
    for (auto& [name, record] : found_) {
      record.holders = HoldersOf(record);
      gaps.missing.push_back(std::move(record));
    }
    return gaps;
  }

 private:
  template <typename Each>
  Status Scan(const SchemaTable& table, const Each& each) {
    const SourceOf source_of = sources_.source_of();
    const size_t key_fields = KeyFields(table).size();
    uint64_t seen = 0;
    return claims_.ScanRows(FullTableName(table), [&](auto& claims) { ThinClaims(claims, source_of); },
                            [&](ByteView, std::vector<StoredClaim>& claims) -> Result<bool> {
      if (++seen % 4096 == 0) {
        progress_.Report({.phase = "looking for gaps", .files_done = seen, .current = table.name});
        if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
      }
      const std::optional<ChosenRow> chosen = ChooseRow(claims, source_of, key_fields);
      if (chosen) each(Shown(claims, *chosen), *chosen);
      return true;
    });
  }

  // Of every table that something refers to, the keys of its rows; deleted ones count as known, they are not lost.
  Status ReadKeys() {
    std::set<const SchemaTable*> parents;
    for (const Link& link : links_) parents.insert(link.parent);
    for (const std::string_view name : {"lelang_seleksi", "peserta"})
      if (const SchemaTable* table = schema_.Find("public", std::string(name))) parents.insert(table);
    for (const SchemaTable* parent : parents) {
      Keys& keys = keys_[parent];
      const std::vector<size_t> places = KeyFields(*parent);
      PULIH_TRY(Scan(*parent, [&](const Shown& row, const ChosenRow&) {
        if (const auto values = row.At(places, false)) keys.insert(HashOf(*values));
      }));
    }
    return OkStatus();
  }

  Status FollowKeys() {
    std::set<const SchemaTable*> children;
    for (const Link& link : links_) children.insert(link.child);
    for (const SchemaTable* child : children) {
      const std::vector<size_t> own = KeyFields(*child);
      const std::vector<size_t> of_tender = PlacesOf(*child, {"lls_id"});
      PULIH_TRY(Scan(*child, [&](const Shown& row, const ChosenRow& chosen) {
        if (chosen.deleted) {
          // What a page told of it before is no loss.
          if (const auto code = of_tender.empty() ? std::nullopt : row.At(of_tender, false)) doubted_.insert({child->name, code->front()});
          return;
        }
        for (const Link& link : links_) {
          if (link.child != child) continue;
          // A doubtful value names nobody.
          const auto values = row.At(link.from, true);
          if (!values || keys_[link.parent].contains(HashOf(*values))) continue;
          const auto key = row.At(own, false);
          const auto code = of_tender.empty() ? std::nullopt : row.At(of_tender, true);
          std::string columns;
          for (const size_t place : link.from) columns += (columns.empty() ? "" : ", ") + ClaimColumns(*child)[place]->name;
          Note(FullTableName(*link.parent), JoinKeyWords(*values), code ? code->front() : std::string(), {},
               "named by " + FullTableName(*child) + (key ? " " + JoinKeyWords(*key) : std::string()) + " (" + columns + ")");
        }
      }));
    }
    return OkStatus();
  }

  // Things that a source tells of, and no row.
  Status AskSources() {
    const SourceOf source_of = sources_.source_of();
    for (const Entity entity : tender::kEntities) {
      PULIH_TRY(tenders_.Scan(entity, [&](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
        bool has_row = false;
        for (const StoredTender& stored : claims) {
          has_row = has_row || stored.claim.source.starts_with("row of ");
          const std::string witness = WitnessOf(stored, source_of);
          ++publishers_[entity][witness];
          if (!stored.claim.tender.empty()) by_tender_[stored.claim.tender].insert(witness);
          // A row of whose vendor no number is known may be the very one that a page names by its number.
          if (key.empty() && stored.claim.source == "row of public.peserta") doubted_.insert({"peserta", stored.claim.tender});
        }
        if (has_row && entity == Entity::step) step_names_.insert(key.substr(key.find('/') + 1));
        return true;
      }));
    }
    for (const Entity entity : tender::kEntities) {
      PULIH_TRY(tenders_.Scan(entity, [&](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
        const bool has_row = std::any_of(claims.begin(), claims.end(), [](const StoredTender& c) { return c.claim.source.starts_with("row of "); });
        if (!has_row && !key.empty()) NoteThing(entity, key, claims);
        return true;
      }));
    }
    return OkStatus();
  }

  // Rows that only an index knows.
  Status AskIndexes() {
    for (const SchemaTable& table : schema_.tables) {
      const std::vector<size_t> key = KeyFields(table);
      if (key.empty()) continue;
      uint64_t seen = 0;
      PULIH_TRY(claims_.ScanMissing(FullTableName(table), DropAllButFirst, [&](ByteView, std::vector<StoredClaim>& claims) -> Result<bool> {
        if (++seen % 4096 == 0) {
          progress_.Report({.phase = "looking for gaps", .files_done = seen, .current = table.name});
          if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
        }
        std::vector<std::string> words;
        const std::vector<ClaimedField>& fields = claims.front().claim.fields;
        for (const size_t place : key) words.push_back(place < fields.size() ? fields[place].text : std::string());
        const IndexedKey told = ReadIndexedKey(claims, sources_);
        MissingRecord* record = Note(FullTableName(table), JoinKeyWords(words), {}, {}, told.why);
        if (record == nullptr) return true;
        record->by_index = true;
        // What a row or a page names, too, was there.
        record->may_be_deleted = told.may_be_deleted && record->mentions == 1;
        return true;
      }));
    }
    return OkStatus();
  }
  // Several entries of one key say the same.
  static void DropAllButFirst(std::vector<StoredClaim>& claims) { claims.resize(std::min<size_t>(claims.size(), 16)); }

  bool IsDoubted(const std::string& table, const std::string& code) const { return code.empty() || doubted_.contains({table, code}); }

  void NoteThing(Entity entity, const std::string& key, const std::vector<StoredTender>& claims) {
    const tender::TenderClaim* sound = nullptr;
    for (const StoredTender& stored : claims)
      if (sound == nullptr && stored.claim.grade != 'D' && stored.claim.grade != 'F') sound = &stored.claim;
    if (sound == nullptr) return;
    const std::string why = "told of by " + WitnessOf(claims.front(), sources_.source_of()) + " (" + sound->source + ")";
    switch (entity) {
      case Entity::tender:
        if (Has("lelang_seleksi")) NoteUnlessThere("lelang_seleksi", key, key, {}, why);
        break;
      case Entity::bid:
        for (const StoredTender& stored : claims)
          for (const tender::TenderField& field : stored.claim.fields)
            if (field.field == Field::bid_id && Has("peserta")) return NoteUnlessThere("peserta", field.value, stored.claim.tender, {}, why);
        if (Has("peserta") && !IsDoubted("peserta", sound->tender)) Note("public.peserta", {}, sound->tender, "bidder with NPWP " + key.substr(key.find('/') + 1), why, key);
        break;
      case Entity::step:
        // Another generation of SPSE has other words for steps.
        if (Has("jadwal") && !IsDoubted("jadwal", sound->tender) && step_names_.contains(key.substr(key.find('/') + 1))) Note("public.jadwal", {}, sound->tender, "step " + key.substr(key.find('/') + 1), why, key);
        break;
      case Entity::contract:
        if (Has("kontrak") && !IsDoubted("kontrak", sound->tender)) Note("public.kontrak", {}, sound->tender, "contract", why, key);
        break;
      case Entity::vendor:
      case Entity::unit: break;  // they are named by what needs them
    }
  }

  bool Has(const std::string& table) const { return schema_.Find("public", table) != nullptr; }
  void NoteUnlessThere(const std::string& table, const std::string& key, const std::string& code, const std::string& what, const std::string& why) {
    if (!keys_[schema_.Find("public", table)].contains(HashOf({key}))) Note("public." + table, key, code, what, why);
  }

  // Null when there are too many to be listed.
  MissingRecord* Note(const std::string& table, const std::string& key, const std::string& code, const std::string& what, const std::string& why, const std::string& name = {}) {
    const std::pair<std::string, std::string> id{table, key.empty() ? "\x01" + name : key};
    const auto at = found_.find(id);
    if (at != found_.end()) {
      ++at->second.mentions;
      if (at->second.tender.empty()) at->second.tender = code;
      return &at->second;
    }
    if (found_.size() >= kMaxMissing) {
      ++beyond_;
      return nullptr;
    }
    MissingRecord record;
    record.table = table;
    record.key = key;
    record.tender = code;
    record.what = what;
    record.why = why;
    record.mentions = 1;
    return &found_.emplace(id, std::move(record)).first->second;
  }

  static std::optional<Entity> EntityOf(const std::string& table) {
    if (table == "public.lelang_seleksi" || table == "public.paket") return Entity::tender;
    if (table == "public.jadwal") return Entity::step;
    if (table == "public.rekanan") return Entity::vendor;
    if (table == "public.peserta") return Entity::bid;
    if (table == "public.kontrak") return Entity::contract;
    if (table == "public.satuan_kerja") return Entity::unit;
    return std::nullopt;
  }

  std::vector<std::string> HoldersOf(const MissingRecord& record) const {
    const auto entity = EntityOf(record.table);
    if (!entity) return {};
    const auto of_kind = publishers_.find(*entity);
    if (of_kind == publishers_.end()) return {};
    const auto known = by_tender_.find(record.tender);
    std::vector<std::pair<std::string, uint64_t>> holders(of_kind->second.begin(), of_kind->second.end());
    std::stable_sort(holders.begin(), holders.end(), [&](const auto& a, const auto& b) {
      const bool x = known != by_tender_.end() && known->second.contains(a.first), y = known != by_tender_.end() && known->second.contains(b.first);
      return x != y ? x : a.second > b.second;
    });
    std::vector<std::string> names;
    for (const auto& [name, told] : holders) names.push_back(name);
    if (names.size() > 4) names.resize(4);
    return names;
  }

  ClaimStore claims_;
  TenderStore tenders_;
  const ClaimSources sources_;
  const Schema schema_;
  ProgressListener& progress_;
  std::vector<Link> links_;
  std::map<const SchemaTable*, Keys> keys_;
  std::map<std::pair<std::string, std::string>, MissingRecord> found_;
  std::map<Entity, std::map<std::string, uint64_t>> publishers_;
  std::map<std::string, std::set<std::string>> by_tender_;
  std::set<std::pair<std::string, std::string>> doubted_;  // table and tender: a row may be there, or may be gone rightly
  std::set<std::string> step_names_;                       // that rows have
  uint64_t beyond_ = 0;
};

}  // namespace

IndexedKey ReadIndexedKey(const std::vector<StoredClaim>& claims, const ClaimSources& sources) {
  const StoredClaim* best = &claims.front();
  for (const StoredClaim& claim : claims)
    if (claim.claim.standing == Standing::live && best->claim.standing != Standing::live) best = &claim;
  IndexedKey told;
  const Evidence* evidence = sources.evidence(best->unit);
  told.why = "named by " + best->claim.path + " of evidence " + std::to_string(best->unit) + (evidence == nullptr ? "" : " (" + evidence->name + ")");
  told.may_be_deleted = best->claim.standing != Standing::live;
  if (told.may_be_deleted) told.why += "; may have been deleted";
  return told;
}

Result<Gaps> FindGaps(Case& of, ProgressListener& progress) {
  EvidenceRegister evidence(of.kv());
  PULIH_TRY_ASSIGN(ClaimSources sources, ClaimSources::Read(evidence));
  PULIH_TRY_ASSIGN(std::optional<Schema> schema, ClaimStore(of.kv()).ReadSchema());
  return Finder(of, std::move(sources), schema.value_or(Schema()), progress).Find();
}

}  // namespace pulih
