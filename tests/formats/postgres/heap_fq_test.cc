// Heap pages of PostgreSQL 10, 12, 14 and of two forks, against the field dumps that another program made of them. The
// files are third parties' and stand beside the project; without them the tests count as skipped.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "formats/postgres/heap_page.h"
#include "formats/postgres/heap_tuple.h"

namespace pulih {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The number behind `name` in a line, decimal or 0x….
std::optional<uint64_t> NumberBehind(const std::string& line, const std::string& name) {
  const size_t at = line.find(name);
  if (at == std::string::npos) return std::nullopt;
  return std::stoull(line.substr(at + name.size()), nullptr, 0);
}

// "LP_NORMAL" (1): the number in parentheses.
std::optional<uint64_t> NumberInParentheses(const std::string& line, const std::string& name) {
  const size_t at = line.find(name);
  if (at == std::string::npos) return std::nullopt;
  return std::stoull(line.substr(line.find('(', at) + 1));
}

struct Checked {
  size_t items = 0, tuples = 0;
};

void Compare(const fs::path& dump, Checked& checked) {
  std::ifstream lines(dump);
  std::string line;
  std::getline(lines, line);
  if (line.find("pg_heap") == std::string::npos) return;
  const std::string file = ReadAll(dump.parent_path() / line.substr(line.rfind(' ') + 1));
  const ByteView bytes = AsBytes(file);
  ItemId item;
  TupleHeader header;
  const auto check = [&](const char* name, uint64_t ours) {
    if (const auto theirs = NumberBehind(line, std::string(" ") + name + ": ")) CHECK(*theirs == ours);
  };
  while (std::getline(lines, line)) {
    if (const auto at = NumberBehind(line, ": item_id "); at && line.find("{}") != std::string::npos) {
      item = ReadItemId(bytes, (*at - kPageHeaderSize) / kItemIdSize + 1);
      ++checked.items;
    }
    if (const auto at = NumberBehind(line, ": tuple "); at && line.find("{}") != std::string::npos) {
      header = ReadTupleHeader(bytes.subspan(*at));
      ++checked.tuples;
      CHECK(ComputedHoff(header.column_count(), header.has_null(), header.has_oid()) == header.hoff);
    }
    check("lp_off", item.offset);
    check("lp_len", item.length);
    if (const auto state = NumberInParentheses(line, "lp_flags: ")) CHECK(*state == static_cast<uint64_t>(item.state));
    check("t_xmin", header.xmin);
    check("t_xmax", header.xmax);
    check("t_cid", header.cid);
    check("ip_blkid", header.ctid.block);
    check("ip_posid", header.ctid.item);
    check("t_infomask2", header.infomask2);
    check("t_infomask", header.infomask);
    check("t_hoff", header.hoff);
  }
}

TEST_CASE("heap pages of real clusters are read as their field dumps say") {
  const fs::path folder = PULIH_FQ_FIXTURES;
  if (!fs::exists(folder)) {
    WARN("skipped: no files in " << folder);
    return;
  }
  Checked checked;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".fqtest") continue;
    INFO(entry.path());
    Compare(entry.path(), checked);
  }
  CHECK(checked.items >= 20);
  CHECK(checked.tuples >= 15);
}

}  // namespace
}  // namespace pulih
