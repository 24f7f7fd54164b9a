// The types of text search. tsvector: be32 count, then lexeme (zero-terminated), be16 count of positions, and be16
// each: weight in the upper two bits. tsquery: be32 count of items in Polish order, the right operand before the left.
#include <vector>

#include "formats/postgres/base_text.h"

namespace pulih {

namespace {

constexpr size_t kMaxLexeme = 2047;      // MAXSTRLEN
constexpr unsigned kMaxPositions = 256;  // MAXNUMPOS
constexpr uint16_t kPositionMask = 0x3FFF;

constexpr uint8_t kOperand = 1, kOperator = 2;  // kinds of item
enum Operator : uint8_t { kNot = 1, kAnd = 2, kOr = 3, kPhrase = 4 };
constexpr int kPriority[] = {0, 4, 2, 1, 3};  // of each operator; higher binds closer

void AppendQuoted(std::string_view lexeme, std::string& out) {
  out.push_back('\'');
  for (const char c : lexeme) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('\'');
}

void AppendPosition(uint16_t position, std::string& out) {
  constexpr std::string_view kWeights = "DCBA";
  AppendInteger(position & kPositionMask, out);
  if (const unsigned weight = position >> 14; weight != 0) out.push_back(kWeights[weight]);
}

struct Item {
  uint8_t oper = 0;  // 0: an operand
  uint8_t weights = 0;
  bool prefix = false;
  uint16_t distance = 0;
  std::string_view lexeme;
  uint32_t left = 0;  // place of the left operand; the right one, or the only one, is the next item
};

Item ReadItem(ImageReader& in) {
  Item item;
  const uint8_t kind = in.U8();
  if (kind == kOperand) {
    item.weights = in.U8();
    item.prefix = in.U8() != 0;
    item.lexeme = in.ZeroTerminated();
    if (item.weights > 15 || item.lexeme.size() > kMaxLexeme) in.Fail("an operand is none");
  } else if (kind == kOperator) {
    item.oper = in.U8();
    if (item.oper < kNot || item.oper > kPhrase) in.Fail("an operator is none");
    if (item.oper == kPhrase) item.distance = in.U16();
  } else {
    in.Fail("an item is neither operand nor operator");
  }
  return item;
}

// Finds each left operand, from the end: what follows an operator are one or two whole expressions. False when the
// items are not one expression.
bool Link(std::vector<Item>& items) {
  std::vector<uint32_t> ends(items.size());  // one past the expression that begins at an item
  const auto count = static_cast<uint32_t>(items.size());
  for (uint32_t i = count; i-- > 0;) {
    Item& item = items[i];
    ends[i] = i + 1;
    if (item.oper == 0) continue;
    if (i + 1 >= count) return false;
    ends[i] = ends[i + 1];
    if (item.oper == kNot) continue;
    item.left = ends[i + 1];
    if (item.left >= count) return false;
    ends[i] = ends[item.left];
  }
  return items.empty() || ends[0] == count;
}

void AppendOperand(const Item& item, std::string& out) {
  AppendQuoted(item.lexeme, out);
  if (item.weights == 0 && !item.prefix) return;
  out.push_back(':');
  if (item.prefix) out.push_back('*');
  for (int bit = 3; bit >= 0; --bit) {
    if ((item.weights >> bit) & 1) out.push_back(static_cast<char>('A' + (3 - bit)));
  }
}

void AppendOperator(const Item& item, std::string& out) {
  if (item.oper == kAnd) {
    out += " & ";
  } else if (item.oper == kOr) {
    out += " | ";
  } else if (item.distance == 1) {
    out += " <-> ";
  } else {
    out += " <";
    AppendInteger(item.distance, out);
    out += "> ";
  }
}

// Writes the expression with the operators between their operands. The tasks that are left stand on a stack of its
// own, because a query may nest as deep as it is long.
class QueryWriter {
 public:
  QueryWriter(const std::vector<Item>& items, std::string& out) : items_(items), out_(out) {}

  void Write() {
    Push({Task::kExpression, 0, 0, false});
    while (!tasks_.empty()) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      switch (task.kind) {
        case Task::kExpression: Expression(task); break;
        case Task::kInfix: AppendOperator(items_[task.item], out_); break;
        case Task::kClose: out_ += " )"; break;
      }
    }
  }

 private:
  struct Task {
    enum Kind : uint8_t { kExpression, kInfix, kClose } kind;
    uint32_t item;
    int parent_priority;
    bool right_of_phrase;  // a phrase there needs parentheses: its order of evaluation matters
  };
  void Push(const Task& task) { tasks_.push_back(task); }

  void Expression(const Task& task) {
    const Item& item = items_[task.item];
    if (item.oper == 0) return AppendOperand(item, out_);
    const int priority = kPriority[item.oper];
    if (priority < task.parent_priority || (item.oper == kPhrase && task.right_of_phrase)) {
      out_ += "( ";
      Push({Task::kClose, 0, 0, false});
    }
    if (item.oper == kNot) {
      out_.push_back('!');
      return Push({Task::kExpression, task.item + 1, priority, false});
    }
    // The last pushed comes first.
    Push({Task::kExpression, task.item + 1, priority, item.oper == kPhrase});
    Push({Task::kInfix, task.item, 0, false});
    Push({Task::kExpression, item.left, priority, false});
  }

  const std::vector<Item>& items_;
  std::string& out_;
  std::vector<Task> tasks_;
};

}  // namespace

void TsvectorText(ImageReader& in, std::string& out) {
  const uint32_t count = in.U32();
  for (uint32_t i = 0; i < count && !in.failed(); ++i) {
    const std::string_view lexeme = in.ZeroTerminated();
    const uint16_t positions = in.U16();
    if (lexeme.size() > kMaxLexeme || positions > kMaxPositions) in.Fail("a lexeme is too long");
    if (i != 0) out.push_back(' ');
    AppendQuoted(lexeme, out);
    uint16_t last = 0;
    for (uint16_t k = 0; k < positions && !in.failed(); ++k) {
      const uint16_t position = in.U16();
      if (k != 0 && (position & kPositionMask) <= last) in.Fail("its positions are not in order");
      out.push_back(k == 0 ? ':' : ',');
      AppendPosition(position, out);
      last = position & kPositionMask;
    }
  }
}

void TsqueryText(ImageReader& in, std::string& out) {
  const uint32_t count = in.U32();
  // The smallest item is an operator, two bytes.
  if (count > in.remaining() / 2) in.Fail("it has not as many items as it says");
  std::vector<Item> items;
  for (uint32_t i = 0; i < count && !in.failed(); ++i) items.push_back(ReadItem(in));
  if (in.failed() || items.empty()) return;
  if (!Link(items)) return in.Fail("its items are not one expression");
  QueryWriter(items, out).Write();
}

}  // namespace pulih
