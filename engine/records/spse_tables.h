// The tables of an SPSE database that say what a tender is, as a snapshot has them: found by their names and columns
// (SPSE 3.x and 4.x), their rows read as texts. Databases differ: some columns may be missing, those that join the
// tables may not.
//
// Borrows the session. A lookup is for one thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/records/table_reader.h"

namespace pulih {

enum class SpseTableId : uint8_t { tender, package, unit, method, schedule, step, bidder, vendor, contract, award };
inline constexpr size_t kSpseTables = 10;

// Places in the texts of a row. The five tables of rows that belong to a tender have its code first, the others what
// their rows are looked up by.
inline constexpr size_t kCodePlace = 0;
namespace spse {
namespace tender { enum : size_t { code, package, status, method, created, closed_for, repeated_for, changed }; }   // lelang_seleksi
namespace package { enum : size_t { id, title, budget, estimate, category, unit, plan, changed }; }                 // paket
namespace unit { enum : size_t { id, name }; }                                                                      // satuan_kerja
namespace method { enum : size_t { id, name }; }                                                                    // metode_pemilihan
namespace schedule { enum : size_t { code, id, step, start, end, changed }; }                                       // jadwal
namespace step { enum : size_t { id, name, activity }; }                                                            // tahap
namespace bidder { enum : size_t { code, id, vendor, registered, price, corrected_price, is_winner, changed }; }    // peserta
namespace vendor { enum : size_t { id, name, npwp, address }; }                                                     // rekanan
namespace contract { enum : size_t { code, id, number, vendor, value, date, start, end, changed }; }                // kontrak
namespace award { enum : size_t { code, date, changed }; }                                                          // sppbj
}  // namespace spse

// What is longer is no name and no reason for anything.
inline constexpr size_t kMaxSpseText = 1u << 20;
using SpseTexts = std::vector<std::string>;  // in UTF-8; empty for NULL, and for a column that the table does not have

class SpseTable {
 public:
  SpseTable(TableReader reader, std::vector<std::optional<uint32_t>> places) : reader_(std::move(reader)), places_(std::move(places)) {}
  const TableReader& reader() const { return reader_; }
  std::string name() const { return TableRootName(reader_.descriptor()); }

  // `corrupt` when a part of it cannot be read, or is longer than kMaxSpseText.
  Result<std::string> Text(const StoredRow& row, size_t place) const;
  Result<SpseTexts> Texts(const StoredRow& row) const;
  // Bytes in the order of the values in `place`, from a value's text; `invalid` for text that is none.
  Result<Bytes> OrderedKey(std::string_view text, size_t place) const;

 private:
  TableReader reader_;
  std::vector<std::optional<uint32_t>> places_;  // in the table's columns
};

struct SpseDatabase {
  std::string database, schema;       // as of TableDescriptor
  std::vector<SpseTable> tables;      // by SpseTableId
  std::vector<std::string> lacking;   // "paket.rup_id": columns that it could have
  const SpseTable& table(SpseTableId id) const { return tables[static_cast<size_t>(id)]; }
};

// Those that have a table lelang_seleksi. not_found when there is none, or when one lacks what it needs: says what.
Result<std::vector<SpseDatabase>> FindSpseDatabases(ReadSession& session, const Snapshot& snapshot);

// Rows by their key, those met last kept.
class SpseLookup {
 public:
  explicit SpseLookup(const SpseTable& table) : table_(table) {}
  // nullptr when there is no such row. Good until the next call.
  Result<const SpseTexts*> Find(const std::string& id);

 private:
  const SpseTable& table_;
  std::unordered_map<std::string, std::optional<SpseTexts>> kept_;
  size_t kept_bytes_ = 0;
};

}  // namespace pulih
