// Which table a relation of the log is. The log names relations by number; where the catalog (or another unit) told the
// numbers, that is it. Else a relation is the table that all its tuples fit, to the grammar of every value, and whose
// primary key its live rows do not repeat; where several do, all of them are candidates, and none is chosen. A table of
// which all rows would lack columns gives way to one whose columns are all there.
//
// Borrows everything. One thread.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/recover/key_set.h"
#include "engine/recover/row_fit.h"
#include "engine/recover/wal_history.h"
#include "engine/recover/wal_rows.h"
#include "formats/postgres/toast.h"

namespace pulih {

// Chunks of every TOAST relation of the log.
class WalToast : public ToastSource {
 public:
  explicit WalToast(const WalHistory& history);
  void Chunks(const ToastPointer& pointer, std::vector<ToastChunk>& found) const override;
  bool IsToast(const RelationNode& node) const { return relations_.contains(node.relation); }

 private:
  std::map<uint32_t, std::map<uint32_t, std::vector<ToastChunk>>> relations_;  // relation, value
};

struct RelationTable {
  std::vector<size_t> tables;  // that it can be: in the schema, ascending
  bool told = false;           // by the catalog
};

// Tells it from all tuples of a relation, which may come in parts.
class RelationFit {
 public:
  RelationFit(const Schema& schema, const RelationNode& node);
  void Feed(const RelationHistory& part, const ToastSource& toast);
  RelationTable Result() const;

 private:
  enum class Fit : uint8_t { none, shorter, full };  // shorter: all fit, and all lack columns that the table has
  struct Try {
    size_t table;
    TableForm form;
    WalRowReader reader;
    bool fits = true;
    Fit fit = Fit::none;       // of the best tuple
    KeySet keys;               // of live rows; full: keys tell nothing more
  };
  static bool Takes(Try& candidate, const TupleVersion& version, const ToastSource& toast);

  const Schema& schema_;
  const RelationNode node_;
  std::vector<Try> tries_;
};

}  // namespace pulih
