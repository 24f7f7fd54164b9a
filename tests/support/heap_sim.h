// A table that lives: rows are inserted, updated in place of a chain (HOT) or elsewhere, deleted, pages are pruned and
// compacted, line pointers used again, as PostgreSQL does it. Its pages at two moments are the two halves of torn ones.
// Rows are of one length, so that one version fits exactly where another was: the worst case for telling them apart.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "formats/postgres/schema.h"
#include "tests/support/heap_builder.h"

namespace pulih {

struct SimRow {
  int64_t id = 0;
  int32_t version = 0;
  std::string Text() const;  // all columns, joined
};

class HeapSim {
 public:
  explicit HeapSim(uint64_t seed) : random_(seed) {}

  void Insert(int count);
  // A day of work: some rows updated or deleted, some pages pruned, some vacuumed, some rows inserted.
  void Work(int updates, int deletes, int inserts);

  std::vector<Bytes> Pages(bool with_checksums) const;
  // Leaves of the primary key's index, dead entries included until vacuum takes them.
  Bytes Index() const;

  // id 8 | version 4 | name | stamp 8: the stamp follows from id and version, so that a mixture shows itself.
  static Schema MakeSchema();
  const std::set<std::string>& history() const { return history_; }  // texts of all versions there ever were
  const std::map<int64_t, SimRow>& live() const { return live_; }

 private:
  struct Version {
    SimRow row;
    uint32_t xmin = 0, xmax = 0;
    Tid next;
    bool heap_only = false, hot_updated = false, dead = false;
  };
  struct Item {
    ItemState state = ItemState::unused;
    uint16_t to = 0;   // redirect
    size_t order = 0;  // normal: place in the page's tuples
  };
  struct Page {
    std::vector<Item> items;
    std::vector<Version> tuples;  // in the order of their insertion: from the page's end downwards
  };
  struct Place {
    size_t page = 0;
    uint16_t item = 0;
  };

  static TupleBuilder Build(const Version& version);
  static size_t FreeSpace(const Page& page);
  uint16_t Put(Page& page, const Version& version);
  Place PutAnywhere(const Version& version);
  void Update(int64_t id);
  void Prune(size_t page, bool vacuum);

  std::mt19937_64 random_;
  uint32_t xid_ = 1000;
  int64_t next_id_ = 1;
  std::vector<Page> pages_;
  std::map<int64_t, SimRow> live_;
  std::map<int64_t, Place> places_;
  std::multimap<int64_t, Tid> index_;
  std::set<std::string> history_;
};

}  // namespace pulih
