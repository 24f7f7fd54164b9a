// The claim store keeps what extraction gave, in the case's key-value folder beside the register of evidence
// (evidence.h): every row claim, what became of every range, remarks, and the schema that the claims were made with.
// It never merges and never overwrites: which claim counts is decided when somebody asks (choose.h).
//
//   'S' be32 piece                                       the schema, in pieces
//   'C' table 0 'k' key ‖ be32 unit ‖ be64 number        a claim with its key: all claims of one row stand together, in the
//                                                        order of the key's values (formats/postgres/key_image.h)
//   'C' table 0 'u' be32 unit ‖ be64 number              a claim whose key is lost
//   'K' table 0 'k' key ‖ be32 unit ‖ be64 number        a key that an index names and of whose row that unit has nothing
//                                                        (extract.h): no claim of a row, and never read as one
//   'U' be32 unit ‖ be64 number                          a claim whose table could not be told
//   'J' be32 unit ‖ be64 number                          the keys of claims from that number on, each with its length
//                                                        before it: so that a unit can be taken back
//   'N' be32 unit ‖ be64 number                          a RangeNote
//   'M' be32 unit ‖ be64 number                          a remark
//
// Claims that were solved from other copies (solve.h) are derived: they stand among the others, but their numbers have the
// highest bit, and they are dropped and made anew while what was extracted stays as it is.
//
// A unit is the number of its evidence. Thread-safe as OrderedKv is; a UnitClaims is for one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/byte_writer.h"
#include "engine/base/result.h"
#include "engine/catalog/ordered_kv.h"
#include "engine/recover/claim.h"
#include "engine/recover/claim_codec.h"
#include "formats/postgres/schema.h"

namespace pulih {

inline constexpr uint64_t kDerivedNumber = uint64_t{1} << 63;
inline bool IsDerived(uint64_t number) { return (number & kDerivedNumber) != 0; }

struct StoredClaim {
  uint32_t unit = 0;
  uint64_t number = 0;  // in the order in which the unit told them
  RowClaim claim;
};

// What stands between 'k' and the unit: equal exactly for claims of one row. Of a table without a primary key (or a unique
// one of NOT NULL columns) it is a hash of all values. nullopt when a column of the key is not wholly known.
std::optional<Bytes> ClaimKey(const Schema& schema, const RowClaim& claim);
// The key's columns as places among a claim's fields; empty when the table has none.
std::vector<size_t> KeyFields(const SchemaTable& table);
// The same with their types, for many claims of one table.
struct KeyColumns {
  std::vector<size_t> places;
  std::vector<TypeIndex> types;
};
// The columns that a claim's fields are: without dropped ones.
std::vector<const SchemaColumn*> ClaimColumns(const SchemaTable& table);
// "public.paket" → the table of the schema, or null.
const SchemaTable* TableOf(const Schema& schema, std::string_view full_name);
std::string FullTableName(const SchemaTable& table);

class ClaimStore {
 public:
  explicit ClaimStore(OrderedKv& kv) : kv_(kv) {}

  Status PutSchema(const Schema& schema);
  Result<std::optional<Schema>> ReadSchema();

  // All that is known of a unit is taken back, in batches: after an interruption the rest goes with the next call.
  Status RemoveUnit(uint32_t unit);
  // Only what was derived, in the same way.
  Status RemoveDerived(uint32_t unit);

  Result<std::vector<std::string>> Tables();  // that have claims, sorted
  // The claims of one row after another, in the order of keys; false ends it. A log may hold a row a million times: of a
  // row with more than kThinAt claims `thin` is asked, now and then, to drop what does not matter (choose.h has one).
  using EachRow = std::function<Result<bool>(ByteView key, std::vector<StoredClaim>& claims)>;
  using Thin = std::function<void(std::vector<StoredClaim>& claims)>;
  static constexpr size_t kThinAt = 4096;
  Status ScanRows(const std::string& table, const Thin& thin, const EachRow& each);
  // Those of one row; `seen` is told how many there are.
  Result<std::vector<StoredClaim>> Row(const std::string& table, ByteView key, const Thin& thin, uint64_t* seen = nullptr);
  using EachClaim = std::function<Result<bool>(StoredClaim& claim)>;
  Status ScanUnkeyed(const std::string& table, const EachClaim& each);
  Status ScanUnassigned(const EachClaim& each);
  // Keys that indexes name, one after another, of which no row is claimed by anything in the case.
  Status ScanMissing(const std::string& table, const Thin& thin, const EachRow& each);
  // What indexes say of one key, whether rows have it or not.
  Result<std::vector<StoredClaim>> Indexed(const std::string& table, ByteView key, const Thin& thin);
  // Of one unit only: for who must not depend on the order in which evidence came.
  Status ScanUnkeyed(const std::string& table, uint32_t unit, const EachClaim& each);
  Status ScanUnassigned(uint32_t unit, const EachClaim& each);

  Status Ranges(uint32_t unit, const std::function<bool(const RangeNote&)>& each);
  // The same from the last to the first: of those that overlap the one told later counts.
  Status RangesFromLast(uint32_t unit, const std::function<bool(const RangeNote&)>& each);
  Result<std::vector<std::string>> Remarks(uint32_t unit);

 private:
  Status ScanFamily(char family, const std::string& table, const Thin& thin, const EachRow& each);
  Result<std::vector<StoredClaim>> RowOfFamily(char family, const std::string& table, ByteView key, const Thin& thin, uint64_t* seen);
  Status RemoveClaims(uint32_t unit, Bytes from);

  OrderedKv& kv_;
};

// Takes what one unit gives. What was added is in the store when Commit (or an Add that filled a batch) returned ok.
// Memory: one batch, 16 MiB of keys and values and their list, whatever the unit is.
class UnitClaims {
 public:
  enum class Kind : uint8_t { extracted, derived };
  UnitClaims(OrderedKv& kv, const Schema& schema, uint32_t unit, Kind kind = Kind::extracted)
      : kv_(kv), schema_(schema), unit_(unit), number_(kind == Kind::derived ? kDerivedNumber : 0) {}

  Status AddRow(const RowClaim& claim);
  // The same where its bytes are at hand: `claim` is what ReadRowClaim says of `encoded`.
  Status AddRow(const RowClaimView& claim, ByteView encoded);
  // One that has no whole key is left out.
  Status AddKey(const RowClaim& claim);
  Status AddKey(const RowClaimView& claim, ByteView encoded);
  Status AddRange(const RangeNote& note);
  Status AddRemark(const std::string& text);
  Status Commit();

  uint64_t rows() const { return rows_; }

 private:
  struct Entry {         // in bytes_: the key, then the value
    size_t at = 0;
    uint32_t key = 0, value = 0;
  };
  const KeyColumns& ColumnsOf(std::string_view table);
  void Put(std::vector<Entry>& entries, ByteView key, ByteView value);
  void Sort(std::vector<Entry>& entries) const;
  Status PutClaim(ByteView value);
  void PutJournal();
  Status CommitWhenFull();
  ByteView KeyOf(const Entry& entry) const { return ByteView(bytes_).subspan(entry.at, entry.key); }
  ByteView ValueOf(const Entry& entry) const { return ByteView(bytes_).subspan(entry.at + entry.key, entry.value); }

  OrderedKv& kv_;
  const Schema& schema_;
  const uint32_t unit_;
  uint64_t number_, rows_ = 0;
  std::map<std::string, KeyColumns, std::less<>> tables_;  // as they are met
  Bytes bytes_;
  std::vector<Entry> claims_, others_;  // claims of most dumps come in the order of their keys
  Bytes key_;
  RowClaimView view_;
  ByteWriter journal_;
  uint64_t journal_begin_ = 0;
};

}  // namespace pulih
