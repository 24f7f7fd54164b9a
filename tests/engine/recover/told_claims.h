// What an extractor tells, kept for tests to look at.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/recover/extract.h"

namespace pulih {

struct ToldClaims : ExtractSink {
  Status Row(const RowClaim& claim) override {
    rows.push_back(claim);
    return OkStatus();
  }
  Status Range(const RangeNote& note) override {
    ranges.push_back(note);
    return OkStatus();
  }
  Status Remark(const std::string& text) override {
    remarks.push_back(text);
    return OkStatus();
  }
  size_t Count(std::string_view table, std::string_view grades = "ABCDEF") const {
    return static_cast<size_t>(std::count_if(rows.begin(), rows.end(), [&](const RowClaim& row) {
      return row.table == table && grades.find(static_cast<char>(row.grade)) != std::string_view::npos;
    }));
  }

  std::vector<RowClaim> rows;
  std::vector<RangeNote> ranges;
  std::vector<std::string> remarks;
};

}  // namespace pulih
