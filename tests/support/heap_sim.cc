#include "tests/support/heap_sim.h"

#include <algorithm>

#include "engine/base/endian.h"

namespace pulih {

namespace {

constexpr size_t kFillStop = 100;  // bytes that inserts leave free: less than a row

int64_t StampOf(const SimRow& row) { return row.id * 1000003 + int64_t{row.version} * 7919; }
std::string NameOf(const SimRow& row) {
  const std::string digits = std::to_string(100000 + row.id * 31 % 900000) + std::to_string(100 + row.version % 900);
  return "Paket " + digits + std::string(60 - digits.size() % 2, 'x');
}

}  // namespace

std::string SimRow::Text() const {
  return std::to_string(id) + "|" + std::to_string(version) + "|" + NameOf(*this) + "|" +
         std::to_string(StampOf(*this));
}

Schema HeapSim::MakeSchema() {
  Schema schema;
  for (const auto& [name, oid] :
       std::vector<std::pair<std::string, uint32_t>>{{"int8", 20}, {"int4", 23}, {"text", 25}}) {
    PgType type;
    type.schema = "pg_catalog";
    type.name = name;
    type.oid = oid;
    schema.types.push_back(type);
  }
  SchemaTable table;
  table.schema = "public";
  table.name = "paket";
  const auto add = [&](const char* name, TypeIndex type, int16_t length, char align) {
    SchemaColumn& column = table.columns.emplace_back();
    column.name = name;
    column.type = type;
    column.length = length;
    column.align = align;
    column.not_null = true;
  };
  add("id", 0, 8, 'd');
  add("version", 1, 4, 'i');
  add("name", 2, -1, 'i');
  add("stamp", 0, 8, 'd');
  table.keys.push_back({"paket_pkey", true, {0}});
  table.indexes.push_back({"paket_pkey", 2, true, true, {0}});
  table.filenode = 1;
  schema.tables.push_back(table);
  return schema;
}

TupleBuilder HeapSim::Build(const Version& version) {
  using namespace tuple_bits;
  TupleBuilder tuple;
  tuple.Int(version.row.id).Int(version.row.version).Text(NameOf(version.row)).Int(StampOf(version.row));
  tuple.header.xmin = version.xmin;
  tuple.header.xmax = version.xmax;
  tuple.header.infomask = static_cast<uint16_t>(kXminCommitted | (version.xmax == 0 ? kXmaxInvalid : kXmaxCommitted));
  tuple.header.infomask2 =
      static_cast<uint16_t>((version.heap_only ? kHeapOnly : 0) | (version.hot_updated ? kHotUpdated : 0));
  tuple.header.ctid = version.next;
  return tuple;
}

size_t HeapSim::FreeSpace(const Page& page) {
  size_t used = kPageHeaderSize + page.items.size() * kItemIdSize;
  for (const Version& version : page.tuples) used += AlignUp(Build(version).Build().size(), kMaxAlign);
  return kPageSize - used;
}

uint16_t HeapSim::Put(Page& page, const Version& version) {
  size_t at = 0;
  while (at < page.items.size() && page.items[at].state != ItemState::unused) ++at;
  if (at == page.items.size()) page.items.emplace_back();
  page.items[at] = {ItemState::normal, 0, page.tuples.size()};
  page.tuples.push_back(version);
  return static_cast<uint16_t>(at + 1);
}

HeapSim::Place HeapSim::PutAnywhere(const Version& version) {
  const size_t size = AlignUp(Build(version).Build().size(), kMaxAlign) + kItemIdSize;
  size_t at = pages_.size();
  for (size_t i = 0; i < pages_.size() && at == pages_.size(); ++i) {
    if (FreeSpace(pages_[i]) >= size + (i + 1 < pages_.size() && random_() % 4 != 0 ? kFillStop : 0)) at = i;
  }
  if (at == pages_.size()) pages_.emplace_back();
  const uint16_t item = Put(pages_[at], version);
  pages_[at].tuples.back().next = {static_cast<uint32_t>(at), item};
  return {at, item};
}

void HeapSim::Insert(int count) {
  for (int i = 0; i < count; ++i) {
    Version version;
    version.row = {next_id_++, 0};
    version.xmin = ++xid_;
    const Place place = PutAnywhere(version);
    live_[version.row.id] = version.row;
    history_.insert(version.row.Text());
    places_[version.row.id] = place;
    index_.emplace(version.row.id, Tid{static_cast<uint32_t>(place.page), place.item});
  }
}

void HeapSim::Update(int64_t id) {
  const Place old = places_.at(id);
  Version next;
  next.row = live_.at(id);
  ++next.row.version;
  next.xmin = ++xid_;
  const size_t size = AlignUp(Build(next).Build().size(), kMaxAlign) + kItemIdSize;
  const bool is_hot = FreeSpace(pages_[old.page]) >= size;
  next.heap_only = is_hot;
  Place place;
  if (is_hot) {
    place = {old.page, Put(pages_[old.page], next)};
    pages_[old.page].tuples.back().next = {static_cast<uint32_t>(old.page), place.item};
  } else {
    place = PutAnywhere(next);
    index_.emplace(id, Tid{static_cast<uint32_t>(place.page), place.item});
  }
  Page& page = pages_[old.page];
  Version& last = page.tuples[page.items[old.item - 1u].order];
  last.xmax = next.xmin;
  last.hot_updated = is_hot;
  last.next = {static_cast<uint32_t>(place.page), place.item};
  places_[id] = place;
  live_[id] = next.row;
  history_.insert(next.row.Text());
}

// Chains lose their dead heads; what no index names any more is free, what one names is dead until vacuum.
void HeapSim::Prune(size_t number, bool vacuum) {
  Page& page = pages_[number];
  for (size_t i = 0; i < page.items.size(); ++i) {
    Item& root = page.items[i];
    if (root.state == ItemState::unused || root.state == ItemState::dead) continue;
    if (root.state == ItemState::normal && page.tuples[root.order].heap_only) continue;
    size_t at = root.state == ItemState::redirect ? root.to - 1u : i;
    const size_t first = at;
    while (page.tuples[page.items[at].order].xmax != 0) {
      Version& version = page.tuples[page.items[at].order];
      version.dead = true;
      if (at != i) page.items[at] = {};
      if (!version.hot_updated) {
        at = SIZE_MAX;
        break;
      }
      at = version.next.item - 1u;
    }
    if (at == SIZE_MAX) {
      root = {ItemState::dead, 0, 0};
    } else if (at != i && (at != first || root.state == ItemState::redirect)) {
      root = {ItemState::redirect, static_cast<uint16_t>(at + 1), 0};
    }
  }
  std::vector<Version> kept;
  std::vector<size_t> moved(page.tuples.size());
  for (size_t i = 0; i < page.tuples.size(); ++i) {
    moved[i] = kept.size();
    if (!page.tuples[i].dead) kept.push_back(page.tuples[i]);
  }
  for (size_t i = 0; i < page.items.size(); ++i) {
    Item& item = page.items[i];
    if (item.state == ItemState::normal) item.order = moved[item.order];
    if (!vacuum || item.state != ItemState::dead) continue;
    for (auto entry = index_.begin(); entry != index_.end();) {
      const bool is_here = entry->second == Tid{static_cast<uint32_t>(number), static_cast<uint16_t>(i + 1)};
      entry = is_here ? index_.erase(entry) : std::next(entry);
    }
    item = {};
  }
  page.tuples = std::move(kept);
}

void HeapSim::Work(int updates, int deletes, int inserts) {
  const auto any = [&] {
    auto at = live_.lower_bound(static_cast<int64_t>(random_() % static_cast<uint64_t>(next_id_)));
    return at == live_.end() ? live_.begin()->first : at->first;
  };
  for (int i = 0; i < updates; ++i) {
    const int64_t id = any();
    if (random_() % 2 == 0) Prune(places_.at(id).page, random_() % 3 == 0);
    Update(id);
    if (random_() % 2 == 0) Prune(places_.at(id).page, random_() % 3 == 0);
  }
  for (int i = 0; i < deletes; ++i) {
    const int64_t id = any();
    const Place place = places_.at(id);
    Page& page = pages_[place.page];
    page.tuples[page.items[place.item - 1u].order].xmax = ++xid_;
    live_.erase(id);
    places_.erase(id);
    if (random_() % 2 == 0) Prune(place.page, random_() % 2 == 0);
  }
  Insert(inserts);
}

std::vector<Bytes> HeapSim::Pages(bool with_checksums) const {
  std::vector<Bytes> pages;
  for (size_t i = 0; i < pages_.size(); ++i) {
    Bytes page(kPageSize, 0);
    size_t upper = kPageSize;
    std::vector<size_t> offsets;
    for (const Version& version : pages_[i].tuples) {
      const Bytes tuple = Build(version).Build();
      upper -= AlignUp(tuple.size(), kMaxAlign);
      offsets.push_back(upper);
      std::copy(tuple.begin(), tuple.end(), page.begin() + static_cast<std::ptrdiff_t>(upper));
    }
    size_t at = kPageHeaderSize;
    for (const Item& item : pages_[i].items) {
      uint32_t word = static_cast<uint32_t>(item.state) << 15;
      if (item.state == ItemState::redirect) word |= item.to;
      if (item.state == ItemState::normal)
        word |= static_cast<uint32_t>(offsets[item.order]) |
                static_cast<uint32_t>(Build(pages_[i].tuples[item.order]).Build().size() << 17);
      StoreLe(page.data() + at, word);
      at += kItemIdSize;
    }
    StoreLe(page.data() + 12, static_cast<uint16_t>(at));
    StoreLe(page.data() + 14, static_cast<uint16_t>(upper));
    StoreLe(page.data() + 16, static_cast<uint16_t>(kPageSize));
    StoreLe(page.data() + 18, static_cast<uint16_t>(kPageSize | kPageLayoutVersion));
    if (with_checksums) StoreLe(page.data() + 8, PageChecksum(page, static_cast<uint32_t>(i)));
    pages.push_back(std::move(page));
  }
  return pages;
}

Bytes HeapSim::Index() const {
  constexpr size_t kTuple = 16, kSpecial = kPageSize - 16, kPerPage = 300;
  std::vector<std::pair<int64_t, Tid>> entries(index_.begin(), index_.end());
  Bytes pages;
  for (size_t from = 0; from < entries.size(); from += kPerPage) {
    Bytes page(kPageSize, 0);
    const size_t count = std::min(kPerPage, entries.size() - from);
    size_t upper = kSpecial;
    for (size_t i = 0; i < count; ++i) {
      const auto& [key, tid] = entries[from + i];
      upper -= kTuple;
      StoreLe(page.data() + upper, static_cast<uint16_t>(tid.block >> 16));
      StoreLe(page.data() + upper + 2, static_cast<uint16_t>(tid.block));
      StoreLe(page.data() + upper + 4, tid.item);
      StoreLe(page.data() + upper + 6, static_cast<uint16_t>(kTuple));
      StoreLe(page.data() + upper + 8, key);
      StoreLe(page.data() + kPageHeaderSize + i * kItemIdSize,
              static_cast<uint32_t>(upper | (1u << 15) | (kTuple << 17)));
    }
    StoreLe(page.data() + 12, static_cast<uint16_t>(kPageHeaderSize + count * kItemIdSize));
    StoreLe(page.data() + 14, static_cast<uint16_t>(upper));
    StoreLe(page.data() + 16, static_cast<uint16_t>(kSpecial));
    StoreLe(page.data() + 18, static_cast<uint16_t>(kPageSize | kPageLayoutVersion));
    StoreLe(page.data() + kSpecial + 12, uint16_t{1});  // a leaf, without a right neighbour: no high key
    Append(pages, page);
  }
  return pages;
}

}  // namespace pulih
