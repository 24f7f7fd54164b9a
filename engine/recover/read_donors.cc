#include "engine/recover/read_donors.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>

#include "engine/base/checksum.h"
#include "engine/recover/choose.h"
#include "formats/postgres/copy_text.h"

namespace pulih {
namespace {

using State = ClaimedField::State;

bool IsWhole(const RowClaim& claim) {
  return std::all_of(claim.fields.begin(), claim.fields.end(), [](const ClaimedField& f) { return f.state == State::value || f.state == State::null; });
}

bool IsFit(const StoredClaim& stored) {
  const Grade grade = stored.claim.grade;
  return !IsDerived(stored.number) && stored.claim.standing == Standing::live && (grade == Grade::a || grade == Grade::b || grade == Grade::c) && IsWhole(stored.claim);
}

std::string Written(const ClaimedField& field) {
  std::string text;
  if (field.state == State::null) return "\\N";
  AppendCopyField(field.text, text);
  return text;
}

std::string CopyLine(const RowClaim& claim) {
  std::string line;
  for (const ClaimedField& field : claim.fields) line += (&field == &claim.fields.front() ? "" : "\t") + Written(field);
  return line;
}

class Collector {
 public:
  Collector(ClaimStore& store, const ClaimSources& sources, uint32_t patient, uint64_t budget)
      : store_(store), source_of_(sources.source_of()), patient_(patient), budget_(budget) {
    std::map<std::string, uint32_t> by_id;
    for (const auto& [unit, evidence] : sources.all())
      if (unit != patient) by_id.emplace(sources.Find(unit).id, unit);
    for (const auto& [id, unit] : by_id) {
      if (rows_.sources.size() == kMostSources) break;
      bit_[unit] = rows_.sources.size();
      rows_.sources.push_back(id.substr(0, 12));
    }
    worst_.fill('A');
  }

  Status Table(const std::string& name, const SchemaTable& table) {
    DonorTable added;
    added.name = name;
    added.key = KeyFields(table);
    if (added.key.empty()) return OkStatus();
    const size_t columns = ClaimColumns(table).size();
    added.histories.assign(rows_.sources.size(), CopyHistory{0, std::vector<bool>(columns), {}, true});
    changes_.assign(rows_.sources.size(), {});
    table_ = &added;
    PULIH_TRY(store_.ScanRows(name, [this](auto& all) { ThinClaims(all, source_of_); }, [&](ByteView key, std::vector<StoredClaim>& claims) -> Result<bool> {
      Row(key, claims, columns);
      return true;
    }));
    for (size_t source = 0; source < rows_.sources.size(); ++source)
      for (const auto& [hash, change] : changes_[source]) added.histories[source].changes.push_back(change);
    rows_.tables.push_back(std::move(added));
    return OkStatus();
  }

  DonorRows Finish() {
    Pack();
    for (size_t i = 0; i < rows_.sources.size(); ++i) rows_.sources[i] += std::string(" (") + worst_[i] + ")";
    // Without a witness the rest is of no use.
    if (std::none_of(rows_.rows.begin(), rows_.rows.end(), [](const DonorRow& row) { return row.witness; })) rows_.rows.clear();
    return std::move(rows_);
  }

 private:
  void Row(ByteView key, const std::vector<StoredClaim>& claims, size_t columns) {
    const StoredClaim* own = nullptr;
    for (const StoredClaim& stored : claims)
      if (stored.unit == patient_ && IsFit(stored)) own = &stored;
    if (own != nullptr) Add(key, own->claim, 0, false);
    for (const StoredClaim& stored : claims) {
      const auto bit = bit_.find(stored.unit);
      if (bit == bit_.end() || !IsFit(stored) || stored.claim.fields.size() != columns) continue;
      worst_[bit->second] = std::max(worst_[bit->second], static_cast<char>(stored.claim.grade));
      if (own == nullptr) {
        Add(key, stored.claim, uint64_t{1} << bit->second, true);
        continue;
      }
      if (own->claim.fields.size() == columns) Compare(own->claim, stored.claim, bit->second);
    }
  }

  void Compare(const RowClaim& own, const RowClaim& other, size_t source) {
    CopyHistory& history = table_->histories[source];
    ++history.compared;
    std::vector<RowByte> change;
    bool same_length = true;
    for (size_t i = 0; i < own.fields.size(); ++i) {
      if (own.fields[i] == other.fields[i]) continue;
      history.differs[i] = true;
      const std::string a = Written(own.fields[i]), b = Written(other.fields[i]);
      same_length = same_length && a.size() == b.size();
      for (size_t at = 0; at < std::min(a.size(), b.size()) && at < kLongestDonor; ++at)
        if (a[at] != b[at]) change.push_back({static_cast<uint16_t>(i), static_cast<uint16_t>(at)});
    }
    if (change.empty() || !same_length) return;
    const Bytes image = ToBytes(AsBytes(std::string_view(reinterpret_cast<const char*>(change.data()), change.size() * sizeof(RowByte))));
    auto& kept = changes_[source];
    kept.emplace(Checksum64(image), std::move(change));
    if (kept.size() <= kMostChanges) return;
    kept.erase(std::prev(kept.end()));
    history.all_changes = false;
  }

  void Add(ByteView key, const RowClaim& claim, uint64_t source, bool witness) {
    Bytes of = ToBytes(AsBytes(claim.table));
    of.push_back(0);
    Append(of, key);
    const uint64_t identity = std::max<uint64_t>(1, Checksum64(of));
    if (identity > most_) return;
    const std::string line = CopyLine(claim);
    if (line.size() > kLongestDonor) return;
    for (size_t i = rows_.rows.size(); i > 0 && rows_.rows[i - 1].identity == identity; --i) {
      DonorRow& same = rows_.rows[i - 1];
      if (same.witness != witness || rows_.Text(same) != line) continue;
      same.sources |= source;
      return;
    }
    rows_.rows.push_back({static_cast<uint32_t>(rows_.tables.size()), static_cast<uint32_t>(rows_.text.size()), static_cast<uint32_t>(line.size()), identity, source, witness});
    rows_.text += line;
    used_ += line.size();
    // Any part of the rows needs as much halving at most as all of them, so what is kept does not depend on their order.
    while (used_ > budget_ && most_ > 1) Halve();
  }

  void Halve() {
    most_ /= 2;
    std::erase_if(rows_.rows, [this](const DonorRow& row) { return row.identity > most_; });
    Pack();
  }

  void Pack() {
    std::string text;
    for (DonorRow& row : rows_.rows) {
      const std::string_view line = rows_.Text(row);
      row.begin = static_cast<uint32_t>(text.size());
      text += line;
    }
    rows_.text = std::move(text);
    used_ = rows_.text.size();
  }

  ClaimStore& store_;
  const SourceOf source_of_;
  const uint32_t patient_;
  const uint64_t budget_;
  DonorRows rows_;
  std::map<uint32_t, size_t> bit_;  // of a unit
  std::array<char, kMostSources> worst_{};
  DonorTable* table_ = nullptr;     // that is read now
  std::vector<std::set<std::pair<uint64_t, std::vector<RowByte>>>> changes_;  // by source, with a hash by which to drop some
  uint64_t most_ = UINT64_MAX, used_ = 0;
};

}  // namespace

Result<DonorRows> ReadDonors(ClaimStore& store, const Schema& schema, const ClaimSources& sources, uint32_t patient, uint64_t budget) {
  Collector collector(store, sources, patient, budget);
  PULIH_TRY_ASSIGN(const std::vector<std::string> tables, store.Tables());
  for (const std::string& name : tables)
    if (const SchemaTable* table = TableOf(schema, name)) PULIH_TRY(collector.Table(name, *table));
  return collector.Finish();
}

}  // namespace pulih
