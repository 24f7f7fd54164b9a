// A custom dump of which pieces came in the wrong order, or in several files, as one file in the order that its blocks
// prove (formats/postgres/dump_order.h); and the way back from its places to those of the evidence. Other files stay as
// they are.
//
//   OrderedDump   the file in order. Where an order is not proven zeros stand between: a hole of unknown size
//   OrderedSink   hands on what is told of its places, as what it is of the evidence's
//
// Holds a copy of a dump that it orders; one larger than kMostOrdered stays as it is. One thread.
#pragma once

#include <vector>

#include "engine/recover/extract.h"

namespace pulih {

inline constexpr uint64_t kMostOrdered = uint64_t{768} << 20;

class OrderedDump {
 public:
  explicit OrderedDump(const std::vector<UnitFile>& given);
  OrderedDump(const OrderedDump&) = delete;  // its file refers to its bytes
  OrderedDump& operator=(const OrderedDump&) = delete;

  bool is_ordered() const { return !runs_.empty(); }
  // Joints between blocks that did not stand together.
  uint64_t joints() const { return joints_; }
  const std::vector<UnitFile>& files() const { return is_ordered() ? ordered_ : given_; }
  // Whether the order is lost somewhere in [from, to) of the ordered file.
  bool IsBrokenBetween(uint64_t from, uint64_t to) const;
  // Where bytes of the ordered file stand in the evidence; what stands nowhere is left out.
  void AppendPlaces(const ByteRange& range, std::vector<ByteRange>& places) const;

 private:
  struct Run {
    uint64_t at = 0;  // in the ordered file
    ByteRange place;
  };

  const std::vector<UnitFile>& given_;
  std::vector<UnitFile> ordered_;
  Bytes bytes_;
  std::vector<Run> runs_;
  std::vector<uint64_t> breaks_;  // where a run begins that is not joined
  uint64_t joints_ = 0;
};

class OrderedSink : public ExtractSink {
 public:
  OrderedSink(const OrderedDump& dump, ExtractSink& sink) : dump_(dump), sink_(sink) {}
  Status Row(const RowClaim& claim) override;
  Status Key(const RowClaim& claim) override;
  Status Range(const RangeNote& note) override;
  Status Remark(const std::string& text) override { return sink_.Remark(text); }

 private:
  RowClaim Placed(const RowClaim& claim) const;

  const OrderedDump& dump_;
  ExtractSink& sink_;
};

}  // namespace pulih
