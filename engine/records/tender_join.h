// Puts the tenders of an SPSE database together from its tables, one after another in the order of their codes.
//
//   CollectTenderRows   rows of lelang_seleksi, jadwal, peserta, kontrak, sppbj → sorter, by lls_id
//   TenderJoin          sorter → ocds::Tender, with what its rows name looked up
//
// Between the two a row is its texts, so types need not be the same from table to table.
// One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/records/row_sorter.h"
#include "engine/records/spse_tables.h"
#include "formats/ocds/export.h"

namespace pulih {

// Beyond these a tender is told as unreadable: it is held whole.
inline constexpr size_t kMaxTenderRows = 10'000;
inline constexpr size_t kMaxTenderText = 16u << 20;

// `damaged`: "table: what" for what could not be read.
Status CollectTenderRows(const SpseDatabase& database, RowSorter& sorter, std::vector<std::string>& damaged, ProgressListener& progress);

class TenderJoin {
 public:
  // `each` gets the tenders that are whole.
  TenderJoin(const SpseDatabase& database, std::vector<std::string>& damaged, std::function<Status(const ocds::Tender&)> each);

  Status Take(ByteView key, ByteView value);  // what the sorter drains
  Status Finish();

 private:
  Status AddTender(SpseTexts& texts);
  Status AddPackage(const std::string& id);
  Status AddStep(SpseTexts& texts);
  Status AddBidder(SpseTexts& texts);
  Status AddContract(SpseTexts& texts);
  void AddAward(const SpseTexts& texts);
  Status Add(uint8_t kind, SpseTexts& texts);
  void NoteChange(const std::string& time);
  Status EndTender();

  const std::string name_;  // of lelang_seleksi
  std::vector<std::string>& damaged_;
  const std::function<Status(const ocds::Tender&)> each_;
  SpseLookup packages_, units_, methods_, steps_, vendors_;

  // The tender that rows are being added to.
  Bytes key_;
  std::string code_;
  ocds::Tender tender_;
  bool has_tender_ = false;
  Status failure_;          // why it is not whole
  size_t rows_ = 0, bytes_ = 0;
  uint64_t strays_ = 0;     // rows of tenders that lelang_seleksi does not have
};

}  // namespace pulih
