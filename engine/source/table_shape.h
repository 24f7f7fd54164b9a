// What the readers of table files have in common: descriptors of text and json columns, names that differ, and the
// primary key that was asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/source/key_check.h"
#include "engine/source/table_visit.h"
#include "formats/repo/table.h"

namespace pulih {

inline constexpr size_t kMaxFileColumns = 1600;      // as many as a PostgreSQL table may have
inline constexpr size_t kMaxFileColumnName = 4096;

// A descriptor whose types are text and json, without columns.
TableDescriptor FileTable(TableOrigin origin, std::string name);
enum class FileColumn : uint8_t { text, json };
void AddColumn(TableDescriptor& table, std::string name, FileColumn type);

// Empty names become "column_3"; repeated ones get "_2", "_3". Says how many it changed.
size_t MakeNamesDiffer(std::vector<std::string>& names);

// Places of the columns that `key` names; `invalid` with all names there are when one is missing.
Result<std::vector<uint32_t>> FindKey(const std::vector<std::string>& key, const std::vector<std::string>& columns);

// Tells that the key is none, if that is so. True: it is one.
Result<bool> JudgeKey(const KeyCheck::Verdict& verdict, const std::vector<std::string>& key, TableVisit& visit);

std::string Joined(const std::vector<std::string>& names);

}  // namespace pulih
