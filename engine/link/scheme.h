// What records are compared by when no key joins them: named fields, each with a way of comparing, and passes of blocking
// that say which pairs are looked at at all. A scheme is data; the engine knows nothing of tenders, vendors or persons.
//
// A value is a text in a normal form (folded names, codes, days); an empty one is not known and speaks neither for nor
// against a pair.
//
// Values; no threads. Source of the method: Fellegi and Sunter 1969, Winkler 1990; measured in docs/rebuild.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pulih::link {

// How like two values are is a level: 1 equal, higher is less alike, the last is "differs". 0: one of them is not known.
using Level = uint8_t;
inline constexpr size_t kMaxLevel = 4;

enum class Comparator : uint8_t {
  exact,   // 1 equal, 2 differs
  name,    // Jaro-Winkler: 1 equal, 2 from 0.92, 3 from 0.80, 4 below
  code,    // edits, a swap of neighbours counts once: 1 equal, 2 one, 3 two, 4 more
  tokens,  // words, rare ones count more: shared share 1 all, 2 from 0.65, 3 from 0.35, 4 less
  amount,  // "2361400000", or "2355000000 2365000000" for [least, beyond): 1 equal, 2 overlap, 3 within a twentieth, 4 differs
  day,     // "2014-03-04…": 1 the same, 2 within 7 days, 3 within 31, 4 farther
};
size_t LevelsOf(Comparator comparator);           // 2 or 4
const char* LevelName(Comparator comparator, Level level);  // "equal", "similar", "differs", "unknown", …

struct FieldSpec {
  std::string name;
  Comparator comparator = Comparator::exact;
  // Two that share a rare value are more likely one than two that share a common one.
  bool by_frequency = false;
};

// What of a value two records must share to be looked at.
enum class BlockBy : uint8_t {
  whole,
  head,   // its first four characters
  sound,  // its first word: first letter, then consonants, none twice in a row; what spelling changes least
  token,  // any one of its words of three characters or more: a block for each
  month,  // "2014-03" of a day
  size,   // of an amount: eight steps to a doubling; an interval lies in each step that it touches
};
struct BlockPart {
  size_t field = 0;
  BlockBy by = BlockBy::whole;
};
// All parts must be shared. A record that lacks a value for one of them takes no part in the pass.
using BlockPass = std::vector<BlockPart>;

struct Scheme {
  std::vector<FieldSpec> fields;    // at most kMaxFields
  std::vector<BlockPass> passes;    // at most kMaxPasses
};
inline constexpr size_t kMaxFields = 16, kMaxPasses = 32;

struct Record {
  std::string id;      // unique; ties are broken by it, never by the order in which records came
  std::string source;  // records of one source are told apart by that source already; empty: no such thing is known
  std::string key;     // empty: none. Two records with keys are never linked: equal keys join without us, others never do
  std::vector<std::string> values;  // one for each field of the scheme
  // Takes part in no link: it only shows, held against others of its key, how one thing is told twice.
  bool for_training = false;
};

}  // namespace pulih::link
