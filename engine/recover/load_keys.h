// The foreign keys of the tables that are loaded: which rows have no parent, in which order the tables go, and which keys must
// stand aside for it. A key stands aside (is dropped, and put back as it was) when rows would break it, then NOT VALID; or when
// tables point at each other in a circle by keys that cannot be deferred. All others stay and are checked by the server.
//
// One thread, one transaction. Borrows the client and the tables.
#pragma once

#include <string>
#include <vector>

#include "engine/recover/load_table.h"

namespace pulih {

class LoadKeys {
 public:
  LoadKeys(PgClient& client, std::vector<LoadTable*> tables) : client_(client), tables_(std::move(tables)) {}

  // Lists orphans in provenance.orphans and counts them, once the tables' checks are done.
  Status FindOrphans(const std::string& load, LoadReport& report);
  // Drops the keys that must stand aside and says in which order the tables go: parents before children, else by name.
  Result<std::vector<LoadTable*>> Open();
  // Puts them back, when all rows are in.
  Status Close(LoadReport& report);

 private:
  struct Aside {
    const LoadTable* table;
    std::string name, definition, comment;
    bool not_valid = false;
  };
  Status FindOrphansOf(LoadTable& child, const TargetForeignKey& key, const std::string& load, LoadReport& report);
  const LoadTable* Parent(const TargetForeignKey& key) const;
  bool IsAside(const LoadTable& table, const std::string& key) const;
  Status PutAside(const LoadTable& table, const std::string& key, bool not_valid);

  PgClient& client_;
  std::vector<LoadTable*> tables_;
  std::vector<Aside> aside_;
};

}  // namespace pulih
