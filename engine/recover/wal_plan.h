// How a log that is larger than memory is read: in scopes, one walk over its pages for each. A scope is a stretch of the
// blocks of all relations, in the order of relation and block, whose tuples take at most kScopeBytes; a log that is small
// enough has one. Cutting between blocks loses nothing: an update that names only what it changed refers to a tuple of
// the same block (heapam.c, log_heap_update), and an update that moves a row names all of it.
//
// TOAST relations are wanted from everywhere, so they are part of every scope, as long as all of them together take at
// most kToastBytes; beyond that long values stay missing, and are said to be.
//
// Memory of the plan: some 100 bytes for each stretch of 8 MiB of a relation that the log speaks of. One thread.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "formats/postgres/wal_record.h"

namespace pulih {

struct WalSpot {
  RelationNode node;
  uint32_t block = 0;
  auto operator<=>(const WalSpot&) const = default;
};

struct WalScope {
  WalSpot begin;              // inclusive
  std::optional<WalSpot> end; // exclusive; none: to the last
  std::set<RelationNode> everywhere;

  bool Has(const RelationNode& node, uint32_t block) const { return Spans({node, block}) || everywhere.contains(node); }
  // Whether the relation lies in this scope with all of its blocks.
  bool HasAllOf(const RelationNode& node) const { return everywhere.contains(node) || (Spans({node, 0}) && (!end || node < end->node)); }
  // Rows of what is part of every scope are told once.
  bool Tells(const RelationNode& node) const { return !everywhere.contains(node) || Spans({node, 0}); }
  bool Spans(const WalSpot& spot) const { return spot >= begin && (!end || spot < *end); }
};

inline constexpr uint64_t kScopeBytes = 512u << 20, kToastBytes = 256u << 20;

// A first walk: how much there is of each stretch.
class WalSurvey : public WalSink {
 public:
  Status Record(const WalRecord& record) override;
  Status Loss(const WalLoss&) override { return OkStatus(); }

  struct Plan {
    std::vector<WalScope> scopes;  // at least one
    bool toast_left_out = false;
  };
  Plan MakePlan(uint64_t scope_bytes = kScopeBytes, uint64_t toast_bytes = kToastBytes) const;

 private:
  struct Relation {
    std::map<uint32_t, uint64_t> stretches;  // bytes by block / kStretchBlocks
    enum class Kind : uint8_t { unknown, maybe_toast, other } kind = Kind::unknown;  // maybe: three columns, so far
    uint64_t bytes() const;
  };
  void Image(const WalBlock& block);
  void Tuples(const WalRecord& record, const WalBlock& block);
  void Add(const WalBlock& block, uint64_t tuples, uint64_t bytes);
  static void Look(Relation& relation, uint16_t infomask2);

  std::map<RelationNode, Relation> relations_;
};

}  // namespace pulih
