#include "engine/recover/name_groups.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/recover/group_survey.h"

namespace pulih {

namespace {

// Values of sets of columns, of the groups where they are asked for.
class ColumnSets : public RowTaker {
 public:
  using Fields = std::vector<size_t>;
  void Ask(size_t group, const Fields& fields) {
    if (!fields.empty()) sets_[group][fields];
  }
  const KeySet* Of(size_t group, const Fields& fields) const {
    const auto at = sets_.find(group);
    if (at == sets_.end() || full_) return nullptr;
    const auto set = at->second.find(fields);
    return set == at->second.end() ? nullptr : &set->second;
  }
  bool empty() const { return sets_.empty(); }

  Status Group(const RowGroup& group) override {
    const auto at = sets_.find(group.number);
    current_ = at == sets_.end() ? nullptr : &at->second;
    return OkStatus();
  }
  bool WantsRows() const override { return current_ != nullptr; }
  Status Row(const TextLine& line) override {
    if (current_ == nullptr || full_ || line.torn_begin || line.torn_end || !line.unknown.empty()) return OkStatus();
    if (!row_.Read(line.text)) return OkStatus();
    for (auto& [fields, set] : *current_) {
      const auto hash = KeyHash(row_.values(), fields);
      if (hash && set.Insert(*hash) && ++hashes_ > kMaxKeyHashes) full_ = true;
    }
    return OkStatus();
  }

 private:
  std::map<size_t, std::map<Fields, KeySet>> sets_;
  std::map<Fields, KeySet>* current_ = nullptr;
  CopyRow row_;
  size_t hashes_ = 0;
  bool full_ = false;
};

class Namer {
 public:
  Namer(const Schema& schema, GroupSurvey& survey) : schema_(schema), survey_(survey), groups_(survey.groups()) {}

  Result<GroupNames> Name(DumpTexts& texts) {
    for (GroupState& group : groups_) {
      if (IsOpen(group)) ByScriptRows(group);
    }
    OneEach();
    if (std::any_of(groups_.begin(), groups_.end(), [&](const GroupState& g) { return InDoubt(g); })) {
      AskForKeys();
      if (!sets_.empty()) PULIH_TRY(TellRows(texts, schema_, sets_));
      for (int round = 0; round < 4; ++round) {
        for (GroupState& group : groups_) {
          if (InDoubt(group)) ByKeys(group);
        }
        OneEach();
      }
      ByOrder();
      OneEach();
    }
    GroupNames names;
    for (const GroupState& group : groups_) {
      names.groups.push_back(NameOf(group));
      names.unexplained = names.unexplained || group.suspicious() || group.group.state.unexplained;
    }
    return names;
  }

 private:
  static bool IsOpen(const GroupState& group) { return !(group.named && group.group.sure); }
  static bool InDoubt(const GroupState& group) { return IsOpen(group) && group.candidates.size() > 1; }
  static bool IsCertain(const GroupState& group) {
    return !IsOpen(group) || group.candidates.size() == 1;
  }
  size_t TableOf(const GroupState& group) const {
    return IsOpen(group) ? group.candidates.front().form.table_index() : *group.named;
  }
  TableForm FormOf(const GroupState& group) const {
    return IsOpen(group) ? group.candidates.front().form : TableForm(schema_, *group.named, group.group.target.columns);
  }

  // A table whose rows the script brings is known by them; one that should have them and has none of them is not it.
  void ByScriptRows(GroupState& group) {
    if (!group.clean) return;
    uint64_t most = 0;
    for (const Candidate& candidate : group.candidates) most = std::max(most, candidate.script_rows);
    if (most > 0) std::erase_if(group.candidates, [&](const Candidate& c) { return c.script_rows < most; });
    if (most == 0 && group.candidates.size() > 1) {
      std::erase_if(group.candidates, [&](const Candidate& c) { return survey_.script().Count(c.form.table_index()) > 0; });
    }
  }

  // A dump holds the data of a table once.
  void OneEach() {
    for (bool changed = true; changed;) {
      changed = false;
      std::set<size_t> taken;
      for (const GroupState& group : groups_)
        // What follows a gap may be the rest of the same table.
        if (group.clean && !group.group.state.damaged && group.rows > 0 && IsCertain(group)) taken.insert(TableOf(group));
      for (GroupState& group : groups_) {
        if (!InDoubt(group) || !group.clean) continue;
        changed |= std::erase_if(group.candidates, [&](const Candidate& c) {
                     return taken.count(c.form.table_index()) != 0;
                   }) > 0;
      }
    }
  }

  std::optional<size_t> Find(const SchemaReference& reference) const {
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      if (schema_.tables[i].schema == reference.schema && schema_.tables[i].name == reference.table) return i;
    }
    return std::nullopt;
  }
  std::vector<size_t> Referenced(const TableForm& form, const SchemaReference& reference) const {
    if (reference.ref_columns.empty()) return form.table().primary_key() == nullptr ? std::vector<size_t>() : form.key();
    std::vector<uint32_t> columns;
    for (const std::string& name : reference.ref_columns) {
      for (uint32_t i = 0; i < form.table().columns.size(); ++i)
        if (form.table().columns[i].name == name) columns.push_back(i);
    }
    return columns.size() == reference.ref_columns.size() ? form.FieldsOf(columns) : std::vector<size_t>();
  }

  // Both ends of every foreign key that touches a candidate.
  template <typename Each>
  void ForEachLink(const Candidate& candidate, const Each& each) const {
    for (const SchemaReference& reference : candidate.form.table().references) {
      const auto parent = Find(reference);
      if (!parent) continue;
      for (const GroupState& other : groups_) {
        if (!IsCertain(other) || !other.clean || TableOf(other) != *parent) continue;
        const TableForm form = FormOf(other);
        each(candidate.form.FieldsOf(reference.columns), true, other, Referenced(form, reference));
      }
    }
    for (const GroupState& other : groups_) {
      if (!IsCertain(other)) continue;
      const TableForm form = FormOf(other);
      for (const SchemaReference& reference : form.table().references) {
        if (Find(reference) != candidate.form.table_index()) continue;
        each(Referenced(candidate.form, reference), false, other, form.FieldsOf(reference.columns));
      }
    }
  }

  void AskForKeys() {
    for (const GroupState& group : groups_) {
      if (!IsOpen(group)) continue;
      for (const Candidate& candidate : group.candidates) {
        // Whatever its links are: groups that become certain later have sets then, too.
        for (const SchemaReference& reference : candidate.form.table().references)
          sets_.Ask(group.group.number, candidate.form.FieldsOf(reference.columns));
        if (!candidate.form.key().empty()) sets_.Ask(group.group.number, candidate.form.key());
      }
    }
    for (const GroupState& group : groups_) {
      if (!InDoubt(group)) continue;
      for (const Candidate& candidate : group.candidates) {
        ForEachLink(candidate, [&](const std::vector<size_t>& mine, bool, const GroupState& other, const std::vector<size_t>& theirs) {
          sets_.Ask(group.group.number, mine);
          sets_.Ask(other.group.number, theirs);
        });
      }
    }
  }

  // A candidate with a value that its parent does not have, or without one that a child refers to, is not the table. Behind
  // damage one value in twenty may be broken itself.
  void ByKeys(GroupState& group) {
    std::erase_if(group.candidates, [&](const Candidate& candidate) {
      bool broken = false;
      ForEachLink(candidate, [&](const std::vector<size_t>& mine, bool i_refer, const GroupState& other, const std::vector<size_t>& theirs) {
        const auto* own = sets_.Of(group.group.number, mine);
        const auto* others = sets_.Of(other.group.number, theirs);
        if (own == nullptr || others == nullptr) return;
        const auto& child = i_refer ? *own : *others;
        const auto& parent = i_refer ? *others : *own;
        if (!i_refer && !group.clean) return;
        uint64_t values = 0, lost = 0;
        child.ForEach([&](uint64_t hash) {
          ++values;
          lost += parent.Has(hash) ? 0 : 1;
        });
        broken = broken || (group.clean ? lost > 0 : lost * 20 > values);
      });
      return broken;
    });
  }

  // pg_dump numbers tables in the order in which they were made, which is that of the script. It counts only where
  // enough groups that are certain show it.
  void ByOrder() {
    constexpr size_t kEnough = 6;
    std::map<int64_t, size_t> certain;
    for (const GroupState& group : groups_) {
      if (group.group.order > 0 && IsCertain(group) && group.whole_rows > 0) certain[group.group.order] = TableOf(group);
    }
    if (certain.size() < kEnough) return;
    const size_t* before = nullptr;
    for (const auto& [order, table] : certain) {
      if (before != nullptr && table <= *before) return;
      before = &table;
    }
    for (GroupState& group : groups_) {
      if (!InDoubt(group) || group.group.order <= 0) continue;
      const auto above = certain.upper_bound(group.group.order);
      const std::optional<size_t> low = above == certain.begin() ? std::nullopt : std::optional(std::prev(above)->second);
      const std::optional<size_t> high = above == certain.end() ? std::nullopt : std::optional(above->second);
      const auto outside = [&](const Candidate& c) {
        return (low && c.form.table_index() <= *low) || (high && c.form.table_index() >= *high);
      };
      // Where order leaves nothing it does not hold.
      if (!std::all_of(group.candidates.begin(), group.candidates.end(), outside)) std::erase_if(group.candidates, outside);
    }
  }

  // How much a shape says: few texts are moments by chance, or numbers with two decimals; any is a text.
  bool IsWeak(const GroupState& group) const {
    constexpr unsigned kEnough = 10;
    const Candidate& only = group.candidates.front();
    if (only.script_rows > 0) return false;
    unsigned sum = 0, texts = 0, numbers = 0;
    for (size_t i = 0; i < only.form.listed() && i < group.values.size(); ++i) {
      const SchemaColumn* column = only.form.column(i);
      sum += 1;
      if (column == nullptr || group.values[i] == 0 || column->type >= schema_.types.size()) continue;
      switch (schema_.types[column->type].oid) {
        case 0: break;
        case pg_oid::kText:
        case pg_oid::kVarchar:
          // Text that is always a date, or most texts always numbers: the columns are of another table.
          if (group.values[i] >= 3 && group.moments[i] == group.values[i]) return true;
          ++texts;
          numbers += group.numbers[i] == group.values[i] ? 1 : 0;
          break;
        case pg_oid::kNumeric: sum += column->modifier >= 4 && ((column->modifier - 4) & 0x7ff) != 0 ? 2 : 1; break;
        case pg_oid::kDate:
        case pg_oid::kTimestamp:
        case pg_oid::kTimestamptz:
        case pg_oid::kUuid: sum += 4; break;
        default: sum += 1;
      }
    }
    return sum < kEnough || (numbers > 1 && 2 * numbers >= texts);
  }

  GroupName NameOf(const GroupState& group) const {
    GroupName name;
    name.rows = group.rows;
    name.suspicious = group.suspicious();
    name.doubtful_behind = group.broken_behind;
    if (!IsOpen(group)) {
      name.table = group.named;
      return name;
    }
    name.by_shape = true;
    if (group.candidates.size() == 1) {
      name.table = group.candidates.front().form.table_index();
      name.weak = IsWeak(group);
    }
    if (group.candidates.size() > 1)
      for (const Candidate& candidate : group.candidates) name.candidates.push_back(candidate.form.table_index());
    return name;
  }

  const Schema& schema_;
  GroupSurvey& survey_;
  std::vector<GroupState>& groups_;
  ColumnSets sets_;
};

}  // namespace

Result<GroupNames> NameGroups(DumpTexts& texts, const Schema& schema, const Schema& own) {
  GroupSurvey survey(schema, own, texts.encoding());
  PULIH_TRY(TellRows(texts, schema, survey));
  survey.CloseGroup();
  Namer namer(schema, survey);
  return namer.Name(texts);
}

}  // namespace pulih
