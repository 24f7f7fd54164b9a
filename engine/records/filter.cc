#include "engine/records/filter.h"

#include <algorithm>
#include <utility>

#include "engine/records/filter_condition.h"

namespace pulih {

struct Filter::Node {
  FilterTree::Kind kind = FilterTree::Kind::all;
  std::vector<Node> parts;                   // of all, any and negation
  std::optional<FilterCondition> condition;  // of the others
};

struct Filter::Bound {
  Node root;
  std::optional<std::vector<std::string>> key_words;

  static Result<Node> Bind(const FilterTree& tree, std::string_view text, const TableDescriptor& table) {
    Node node;
    node.kind = tree.kind;
    for (const FilterTree& part : tree.parts) {
      PULIH_TRY_ASSIGN(Node bound, Bind(part, text, table));
      node.parts.push_back(std::move(bound));
    }
    if (tree.parts.empty()) {
      PULIH_TRY_ASSIGN(FilterCondition condition, FilterCondition::Bind(tree, text, table));
      node.condition = std::move(condition);
    }
    return node;
  }

  // Kleene's logic: `and` is the least of its parts, `or` the greatest.
  static Result<Truth> Test(const Node& node, const TableReader& table, const StoredRow& row) {
    if (node.condition) return node.condition->Test(table, row);
    if (node.kind == FilterTree::Kind::negation) {
      PULIH_TRY_ASSIGN(const Truth inner, Test(node.parts.front(), table, row));
      return inner == Truth::yes ? Truth::no : inner == Truth::no ? Truth::yes : Truth::unknown;
    }
    const bool all = node.kind == FilterTree::Kind::all;
    const Truth settled = all ? Truth::no : Truth::yes;
    Truth truth = all ? Truth::yes : Truth::no;
    for (const Node& part : node.parts) {
      PULIH_TRY_ASSIGN(const Truth one, Test(part, table, row));
      truth = all ? std::min(truth, one) : std::max(truth, one);
      if (truth == settled) break;
    }
    return truth;
  }

  static void Pins(const Node& node, std::vector<const std::string*>& by_column) {
    if (node.condition && node.condition->pinned() != nullptr)
      by_column[node.condition->column()] = node.condition->pinned();
    if (node.kind != FilterTree::Kind::all) return;
    for (const Node& part : node.parts) Pins(part, by_column);
  }
};

Filter::Filter(std::unique_ptr<Bound> bound) : bound_(std::move(bound)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

Result<Filter> Filter::Parse(std::string_view text, const TableDescriptor& table) {
  PULIH_TRY_ASSIGN(const FilterTree tree, ParseFilterTree(text));
  auto bound = std::make_unique<Bound>();
  PULIH_TRY_ASSIGN(bound->root, Bound::Bind(tree, text, table));
  std::vector<const std::string*> pins(table.columns.size());
  Bound::Pins(bound->root, pins);
  std::vector<std::string> words;
  for (const uint32_t column : table.key) {
    if (pins[column] != nullptr) words.push_back(*pins[column]);
  }
  if (!table.key.empty() && words.size() == table.key.size()) bound->key_words = std::move(words);
  return Filter(std::move(bound));
}

Result<bool> Filter::Matches(const TableReader& table, const StoredRow& row) const {
  PULIH_TRY_ASSIGN(const Truth truth, Bound::Test(bound_->root, table, row));
  return truth == Truth::yes;
}

std::optional<std::vector<std::string>> Filter::KeyWords() const { return bound_->key_words; }

}  // namespace pulih
