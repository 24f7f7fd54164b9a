// What a log did to tables: every version of every tuple that its records tell, by relation and place, and which
// transactions committed. It decides neither what table a relation is (wal_tables.h) nor what a row is worth.
//
// Tuples come whole from inserts, multi-inserts and updates, and from images of pages. An update that names only what it
// changed is put together with the tuple before it when that is at hand; `sure` is false when records between the two
// are lost, for then the place may have changed hands.
//
// Memory grows with the tuples of the scope that is looked at (wal_plan.h), and a quarter of a byte for each transaction.
// One thread. Layouts: src/include/access/heapam_xlog.h, xact.h.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "engine/recover/wal_plan.h"
#include "formats/postgres/heap_tuple.h"
#include "formats/postgres/wal_record.h"

namespace pulih {

struct TupleVersion {
  Bytes tuple;                  // header and all
  uint64_t lsn = 0;             // of the record that last told it
  std::vector<WalPlace> places; // of that record, and of those that it builds upon
  bool from_image = false, sure = true;
  enum class End : uint8_t { none, deleted, updated, gone } end = End::none;  // gone: its place is empty or another's
  uint32_t ended_by = 0;        // transaction; 0: not known
};

using TupleVersions = std::vector<TupleVersion>;  // of one place, by LSN
using RelationHistory = std::map<Tid, TupleVersions>;

// Two bits for each transaction, in pieces as they are met: numbers are handed out one after the other.
class XidOutcomes {
 public:
  enum class Outcome : uint8_t { unknown, committed, aborted };
  // Of a transaction that is told both the commit counts.
  void Set(uint32_t xid, Outcome outcome) {
    uint8_t& byte = pieces_[xid / kPiece][xid % kPiece / 4];
    const unsigned shift = xid % 4 * 2;
    if (((byte >> shift) & 3) == static_cast<uint8_t>(Outcome::committed)) return;
    byte = static_cast<uint8_t>((byte & ~(3u << shift)) | static_cast<unsigned>(outcome) << shift);
  }
  Outcome Of(uint32_t xid) const {
    const auto piece = pieces_.find(xid / kPiece);
    return piece == pieces_.end() ? Outcome::unknown : static_cast<Outcome>(piece->second[xid % kPiece / 4] >> (xid % 4 * 2) & 3);
  }

 private:
  static constexpr uint32_t kPiece = 4096;
  std::map<uint32_t, std::array<uint8_t, kPiece / 4>> pieces_;
};

class WalHistory : public WalSink {
 public:
  explicit WalHistory(WalScope scope = {}) : scope_(std::move(scope)) {}
  Status Record(const WalRecord& record) override;
  Status Loss(const WalLoss& loss) override;

  using Outcome = XidOutcomes::Outcome;
  Outcome OutcomeOf(uint32_t xid) const { return outcomes_.Of(xid); }

  const std::map<RelationNode, RelationHistory>& relations() const { return relations_; }
  const std::vector<WalLoss>& losses() const { return losses_; }
  uint64_t records() const { return records_; }
  uint64_t incomplete_updates() const { return incomplete_updates_; }
  uint64_t unread_images() const { return unread_images_; }

 private:
  void Images(const WalRecord& record);
  void Image(const WalRecord& record, const WalBlock& block);
  void Heap(const WalRecord& record);
  void Insert(const WalRecord& record);
  void MultiInsert(const WalRecord& record);
  void Update(const WalRecord& record);
  void Delete(const WalRecord& record);
  void Transaction(const WalRecord& record);
  void Put(const WalBlock& block, uint16_t item, TupleVersion version);
  void Finish(const WalBlock& block, uint16_t item, TupleVersion::End end, uint32_t xid, uint64_t lsn);
  const TupleVersion* Current(const WalBlock& block, uint16_t item) const;

  const WalScope scope_;
  std::map<RelationNode, RelationHistory> relations_;
  XidOutcomes outcomes_;
  std::vector<WalLoss> losses_;
  uint64_t records_ = 0, incomplete_updates_ = 0, unread_images_ = 0;
  uint64_t last_lsn_ = 0, last_gap_ = 0;
};

}  // namespace pulih
