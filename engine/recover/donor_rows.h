// The rows of other copies that solving (solve_markers.h) may call as witnesses against one piece of evidence, the patient.
// Values; read_donors.h fills them in from the claims of a case and says which rows and columns may bear witness.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pulih {

inline constexpr size_t kLongestDonor = 8192;  // bytes of a row: longer ones are not used

// A byte of a row by its column and its place in the written value.
struct RowByte {
  uint16_t column = 0, at = 0;
  auto operator<=>(const RowByte&) const = default;
};

// How one copy of a table compares with the patient's, in the rows that both hold whole.
struct CopyHistory {
  uint64_t compared = 0;
  std::vector<bool> differs;                  // for each column: in some row it does
  // The bytes in which a row differed, for rows in which no value changed its length: where such a change happened to a row
  // that is damaged, one of these bytes has to be known for anybody to see it.
  std::vector<std::vector<RowByte>> changes;
  bool all_changes = true;                    // false: there were more
};

struct DonorTable {
  std::string name;
  std::vector<size_t> key;                    // places among its columns
  std::vector<CopyHistory> histories;         // by source
};

struct DonorRow {
  uint32_t table = 0;
  uint32_t begin = 0, size = 0;  // in DonorRows::text: as COPY writes it, without the line end
  uint64_t identity = 0;         // equal for claims of one row; 0 never
  uint64_t sources = 0;          // bits of the evidence that hold it so; 0: the patient's own
  bool witness = false;
};

struct DonorRows {
  std::vector<std::string> sources;  // by bit: "7f3a90c2e1b4 (B)": the id of the evidence, and the worst grade among its donors
  std::vector<DonorTable> tables;
  std::vector<DonorRow> rows;        // table by table, each in the order of keys
  std::string text;

  std::string_view Text(const DonorRow& row) const { return std::string_view(text).substr(row.begin, row.size); }
  bool empty() const { return rows.empty(); }
};

}  // namespace pulih
