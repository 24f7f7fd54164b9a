// The values of many records, laid out for comparing them millions of times: each distinct value of a field is kept once, with
// how often it occurs and what its comparator needs of it (words, a range, a day), and a record is a row of numbers.
//
// Numbers are given in the order of the values, so the order of the records does not matter. Value 0 is "not known"; so is a
// text that an amount or a day cannot be read from.
//
// Memory: each distinct value once, four bytes for each record and field, four for each word of a distinct value.
// Read-only after it was made; any number of threads.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/link/likeness.h"
#include "engine/link/scheme.h"

namespace pulih::link {

using ValueId = uint32_t;

class Columns {
 public:
  // `order`: places among `records`; record i of the columns is records[order[i]].
  Columns(const Scheme& scheme, const std::vector<Record>& records, const std::vector<size_t>& order);

  size_t records() const { return records_; }
  size_t fields() const { return fields_.size(); }
  ValueId Value(size_t record, size_t field) const { return fields_[field].of_record[record]; }
  std::string_view Text(size_t field, ValueId value) const { return fields_[field].texts[value]; }
  // The words of a value of a field that is compared by words; empty for others.
  std::span<const uint32_t> Words(size_t field, ValueId value) const;

  Level Compare(size_t field, ValueId a, ValueId b) const;
  // How often another thing would have this value, where two records that may be one have it: what other records than the two
  // have, and before any is seen `average`. Records for training do not count.
  double ShareOfOthers(size_t field, ValueId value, double average) const;
  const FieldSpec& spec(size_t field) const { return scheme_.fields[field]; }

 private:
  struct Column {
    std::vector<ValueId> of_record;
    std::vector<std::string> texts;     // by ValueId; [0] is empty
    std::vector<uint32_t> counts;       // of records that are not for training
    uint64_t known = 0;
    std::vector<Range> ranges;          // Comparator::amount
    std::vector<int32_t> days;          // Comparator::day
    std::vector<uint32_t> words;        // Comparator::tokens: sorted numbers of words, value after value
    std::vector<uint32_t> words_end;
    std::vector<double> word_weights;   // by number of word
  };
  void Fill(size_t field, const std::vector<Record>& records, const std::vector<size_t>& order);
  void SplitWords(Column& column) const;
  Level CompareWords(const Column& column, size_t field, ValueId a, ValueId b) const;

  const Scheme scheme_;
  size_t records_ = 0;
  std::vector<Column> fields_;
};

// A text's words: what stands between blanks.
std::vector<std::string_view> WordsOf(std::string_view text);

}  // namespace pulih::link
