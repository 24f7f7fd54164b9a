#include "engine/records/related_rows.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "engine/records/partitions.h"
#include "engine/records/row_key_text.h"
#include "formats/postgres/key_image.h"

namespace pulih {
namespace {

// What a row that is held costs beside its bytes: its places in two sets, its columns, why it was found.
constexpr uint64_t kRowOverhead = 400;

// How rows of one table name rows of another. `from` and `to` are columns of the two, side by side.
struct Link {
  size_t child = 0, parent = 0;  // places in the list of tables
  std::vector<uint32_t> from, to;
};

// The values of some columns, end to end, as one text to compare. False when one is NULL (which matches nothing) or was
// moved out (a key is never that long).
bool JoinValues(const std::vector<std::optional<ByteView>>& images, std::string& values) {
  values.clear();
  for (const auto& image : images) {
    if (!image) return false;
    const auto length = static_cast<uint32_t>(image->size());
    values.append(reinterpret_cast<const char*>(&length), sizeof length);
    values += AsText(*image);
  }
  return true;
}

// Columns are compared by their images: the two must then have the same type, or one below domains.
bool SameTypes(const TableDescriptor& a, const std::vector<uint32_t>& x, const TableDescriptor& b, const std::vector<uint32_t>& y) {
  const auto bottom = [](const TableDescriptor& table, uint32_t column) {
    TypeIndex type = table.columns[column].type;
    while (table.types[type].kind == PgTypeKind::domain) type = table.types[type].element;
    const PgType& t = table.types[type];
    return std::pair(t.schema, t.name);
  };
  for (size_t i = 0; i < x.size(); ++i) {
    if (bottom(a, x[i]) != bottom(b, y[i])) return false;
  }
  return true;
}

class Follower {
 public:
  Follower(ReadSession& session, std::vector<ListedTable> tables, unsigned jobs) : jobs_(std::max(1u, jobs)) {
    for (ListedTable& table : tables) readers_.emplace_back(session, std::move(table));
    found_.resize(readers_.size());
    FindLinks();
  }

  size_t PlaceOf(const TableDescriptor& table) const {
    const auto at = std::find_if(readers_.begin(), readers_.end(), [&](const TableReader& r) { return TableRootName(r.descriptor()) == TableRootName(table); });
    return static_cast<size_t>(at - readers_.begin());
  }
  const TableReader& reader(size_t table) const { return readers_[table]; }

  Status Add(size_t table, StoredRow row, std::string because) {
    if (!met_[table].insert(std::string(AsText(row.key))).second) return OkStatus();
    held_ += kRowOverhead + 3 * row.key.size() + row.value.size();
    if (held_ > kMaxRelatedBytes) return TooMuch(table);
    fresh_[table].push_back(row.key);
    const Bytes key = row.key;
    found_[table].emplace(key, RelatedRow{table, std::move(row), std::move(because)});
    return OkStatus();
  }

  Status TooMuch(size_t table) const {
    return Status(Code::too_large,
                  "following " + TableRootName(readers_[table].descriptor()) + ": more than " + std::to_string(kMaxRelatedBytes >> 20) +
                      " MiB of rows hang on what was asked for",
                  "leave out --follow, or rebuild the database beside with `pulih restore --postgres`");
  }

  // Until nothing new is found: rows that point at those found last; then what loose links name.
  Status Follow() {
    while (!fresh_.empty()) {
      const auto fresh = std::exchange(fresh_, {});
      PULIH_TRY(FollowDown(fresh));
      PULIH_TRY(FollowLoose(fresh));
    }
    return OkStatus();
  }

  RelatedRows Take() {
    RelatedRows result;
    for (const size_t table : InsertOrder()) {
      if (found_[table].empty()) continue;
      const size_t place = result.tables.size();
      result.tables.push_back(readers_[table]);
      for (auto& [key, row] : found_[table]) {
        row.table = place;
        result.rows.push_back(std::move(row));
      }
    }
    result.damaged = std::move(damaged_);
    return result;
  }

 private:
  using Fresh = std::map<size_t, std::vector<Bytes>>;  // keys, by table
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Sought {
    std::vector<uint32_t> columns;  // where to look, ascending
    // Their values → what the row is called that was found before.
    std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> values;
  };

  void FindLinks() {
    for (size_t child = 0; child < readers_.size(); ++child) {
      const TableDescriptor& table = readers_[child].descriptor();
      for (const ForeignKey& key : table.foreign_keys) AddForeignKey(child, key);
      for (const LooseLink& loose : kSpseLinks) AddLoose(child, loose);
    }
  }

  void AddForeignKey(size_t child, const ForeignKey& key) {
    for (size_t parent = 0; parent < readers_.size(); ++parent) {
      const TableDescriptor& target = readers_[parent].descriptor();
      if (target.schema != key.schema || target.name != key.table || target.database != readers_[child].descriptor().database) continue;
      Link link{child, parent, key.columns, {}};
      for (const std::string& name : key.ref_columns) {
        if (const auto column = ColumnNamed(target, name)) link.to.push_back(*column);
      }
      if (link.to.size() == link.from.size() && SameTypes(readers_[child].descriptor(), link.from, target, link.to)) links_.push_back(std::move(link));
    }
  }

  void AddLoose(size_t from, const LooseLink& loose) {
    const TableDescriptor& table = readers_[from].descriptor();
    const auto column = ColumnNamed(table, loose.column);
    if (!column || table.name == loose.table) return;
    for (size_t to = 0; to < readers_.size(); ++to) {
      const TableDescriptor& target = readers_[to].descriptor();
      if (target.name != loose.table || target.schema != table.schema || target.database != table.database) continue;
      const auto named = ColumnNamed(target, loose.column);
      if (named && SameTypes(table, {*column}, target, {*named})) loose_.push_back({from, to, {*column}, {*named}});
    }
  }

  // What to look for in each table, from the rows found last.
  std::map<size_t, std::vector<Sought>> WhatToSeek(const std::vector<Link>& links, const Fresh& fresh, bool upwards) {
    std::map<size_t, std::vector<Sought>> sought;
    std::vector<std::optional<ByteView>> images;
    std::string values;
    for (const Link& link : links) {
      const size_t have = upwards ? link.child : link.parent;
      const auto rows = fresh.find(have);
      if (rows == fresh.end()) continue;
      // Both sides side by side, in the order of the columns that are searched.
      auto [there, here] = Sorted(upwards ? link.to : link.from, upwards ? link.from : link.to);
      Sought one{std::move(there), {}};
      for (const Bytes& key : rows->second) {
        const StoredRow& row = found_[have].at(key).row;
        images.clear();
        for (const uint32_t column : here) {
          const ByteView* image = std::get_if<ByteView>(&row.columns[column]);
          images.push_back(image != nullptr ? std::optional(*image) : std::nullopt);
        }
        if (JoinValues(images, values)) one.values.emplace(values, readers_[have].descriptor().name + " " + readers_[have].KeyText(row));
      }
      if (!one.values.empty()) sought[upwards ? link.parent : link.child].push_back(std::move(one));
    }
    return sought;
  }

  static std::pair<std::vector<uint32_t>, std::vector<uint32_t>> Sorted(const std::vector<uint32_t>& there, const std::vector<uint32_t>& here) {
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (size_t i = 0; i < there.size(); ++i) pairs.emplace_back(there[i], here[i]);
    std::sort(pairs.begin(), pairs.end());
    std::pair<std::vector<uint32_t>, std::vector<uint32_t>> sorted;
    for (const auto& [a, b] : pairs) sorted.first.push_back(a), sorted.second.push_back(b);
    return sorted;
  }

  Status FollowDown(const Fresh& fresh) { return Search(WhatToSeek(links_, fresh, false)); }
  Status FollowLoose(const Fresh& fresh) { return Search(WhatToSeek(loose_, fresh, true)); }

  // Reads each table once, several at a time, the largest first.
  Status Search(const std::map<size_t, std::vector<Sought>>& sought) {
    std::vector<size_t> order;
    for (const auto& [table, what] : sought) order.push_back(table);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return readers_[a].rows() > readers_[b].rows(); });
    std::atomic<size_t> next = 0;
    Status failure;
    const auto work = [&] {
      for (size_t at = next++; at < order.size(); at = next++) {
        Status status = SearchTable(order[at], sought.at(order[at]));
        const std::lock_guard lock(mutex_);
        if (!status.ok() && failure.ok()) failure = std::move(status);
      }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < jobs_ && i < order.size(); ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    return failure;
  }

  // Where what is sought stands first in the table's key, its rows lie together; all other tables are read whole.
  Status SearchTable(size_t table, const std::vector<Sought>& sought) {
    // A look-up costs about as much as reading so many rows in order.
    constexpr uint64_t kRowsPerLookUp = 100;
    std::vector<const Sought*> scattered;
    for (const Sought& one : sought) {
      PULIH_TRY_ASSIGN(const std::vector<Bytes> prefixes, KeyPrefixes(readers_[table].descriptor(), one));
      if (prefixes.empty() || prefixes.size() > readers_[table].rows() / kRowsPerLookUp) {
        scattered.push_back(&one);
        continue;
      }
      for (const Bytes& prefix : prefixes) PULIH_TRY(SearchRange(table, {prefix, AfterPrefix(prefix)}, {&one}));
    }
    return scattered.empty() ? OkStatus() : SearchRange(table, {}, scattered);
  }

  // How the keys of what is sought begin; none where its columns are not the first of the key.
  static Result<std::vector<Bytes>> KeyPrefixes(const TableDescriptor& table, const Sought& one) {
    std::vector<Bytes> prefixes;
    const auto& key = table.key;
    if (one.columns.size() > key.size() || !std::equal(one.columns.begin(), one.columns.end(), key.begin())) return prefixes;
    for (const auto& [values, because] : one.values) {
      Bytes prefix;
      ByteView left = AsBytes(std::string_view(values));  // as JoinValues wrote it
      for (const uint32_t column : one.columns) {
        uint32_t length = 0;
        std::memcpy(&length, left.data(), sizeof length);
        PULIH_TRY(AppendKeyImage(table.types, table.columns[column].type, left.subspan(sizeof length, length), prefix));
        left = left.subspan(sizeof length + length);
      }
      prefixes.push_back(std::move(prefix));
    }
    return prefixes;
  }

  // The first key behind all that begin with `prefix`; empty, and so no end, when there is none.
  static Bytes AfterPrefix(Bytes prefix) {
    while (!prefix.empty() && prefix.back() == 0xFF) prefix.pop_back();
    if (!prefix.empty()) ++prefix.back();
    return prefix;
  }

  Status SearchRange(size_t table, const MapRange& range, const std::vector<const Sought*>& sought) {
    Status failure;
    std::vector<std::pair<StoredRow, std::string>> hits;
    std::vector<std::optional<ByteView>> images;
    std::string values;
    uint64_t held = 0;
    const auto look = [&](ByteView key, ByteView value) -> Status {
      for (const Sought* one : sought) {
        PULIH_TRY(ReadColumns(value, one->columns, images));
        if (!JoinValues(images, values)) continue;
        const auto hit = one->values.find(std::string_view(values));
        if (hit == one->values.end()) continue;
        PULIH_TRY_ASSIGN(StoredRow row, readers_[table].RowOf(key, value));
        held += kRowOverhead + row.key.size() + row.value.size();
        hits.emplace_back(std::move(row), hit->second);
        if (held > kMaxRelatedBytes) return TooMuch(table);
        return OkStatus();
      }
      return OkStatus();
    };
    PULIH_TRY(readers_[table].ScanEncoded(
        range,
        [&](ByteView key, ByteView value) {
          failure = look(key, value);
          return failure.ok();
        },
        [&](const MapGap& gap) {
          const std::lock_guard lock(mutex_);
          damaged_.push_back(TableRootName(readers_[table].descriptor()) + ": a part cannot be read: " + gap.why.message());
        }));
    PULIH_TRY(std::move(failure));
    const std::lock_guard lock(mutex_);
    for (auto& [row, because] : hits) PULIH_TRY(Add(table, std::move(row), std::move(because)));
    return OkStatus();
  }

  // Tables so that what is pointed at comes first; those in a loop come in the order of their names.
  std::vector<size_t> InsertOrder() const {
    std::vector<size_t> order;
    std::vector<uint8_t> state(readers_.size());  // 0 not met, 1 being visited, 2 done
    const auto visit = [&](size_t table, const auto& self) -> void {
      if (state[table] != 0) return;
      state[table] = 1;
      for (const std::vector<Link>* links : {&links_, &loose_}) {
        for (const Link& link : *links) {
          if (link.child == table) self(link.parent, self);
        }
      }
      state[table] = 2;
      order.push_back(table);
    };
    for (size_t table = 0; table < readers_.size(); ++table) visit(table, visit);
    return order;
  }

  std::vector<TableReader> readers_;
  std::vector<Link> links_, loose_;
  const unsigned jobs_;
  std::mutex mutex_;  // guards what follows, while threads search
  std::vector<std::map<Bytes, RelatedRow>> found_;  // by table, by key
  std::map<size_t, std::unordered_set<std::string>> met_;
  Fresh fresh_;
  std::vector<std::string> damaged_;
  uint64_t held_ = 0;  // bytes of rows found, roughly
};

}  // namespace

Result<RelatedRows> FindRelatedRows(ReadSession& session, const Snapshot& snapshot, const TableName& name,
                                    const std::vector<std::string>& keys, bool follow, unsigned jobs) {
  PULIH_TRY_ASSIGN(const std::vector<ListedTable> asked, FindTableOrPartitions(session, snapshot, name));
  std::vector<ListedTable> tables = asked;
  if (follow) {
    PULIH_TRY_ASSIGN(tables, ListTables(session, snapshot));
    std::erase_if(tables, [&](const ListedTable& other) { return other.descriptor.database != asked.front().descriptor.database; });
  }
  Follower follower(session, std::move(tables), jobs);
  for (const std::string& words : keys) {
    bool is_there = false;
    for (size_t i = 0; i < asked.size() && !is_there; ++i) {
      const size_t place = follower.PlaceOf(asked[i].descriptor);
      const TableReader& reader = follower.reader(place);
      PULIH_TRY_ASSIGN(const Bytes key, reader.KeyOf(words));
      PULIH_TRY_ASSIGN(std::optional<StoredRow> row, reader.Get(key));
      is_there = row.has_value();
      if (row) PULIH_TRY(follower.Add(place, std::move(*row), ""));
    }
    if (!is_there) {
      const std::string where = asked.size() == 1 ? TableRootName(asked.front().descriptor) : QuoteName(name.table) + ", in any of its partitions";
      return Status(Code::not_found, where + ": no row " + words + " in snapshot " + snapshot.id.hex().substr(0, 8),
                    "`pulih records history` shows in which snapshots it was");
    }
  }
  if (follow) PULIH_TRY(follower.Follow());
  return follower.Take();
}

}  // namespace pulih
