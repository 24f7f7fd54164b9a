#include "engine/source/sql_state.h"

namespace pulih {

Code CodeOfSqlState(std::string_view state) {
  // insufficient_privilege; read_only_sql_transaction, of a role or a standby that may only read; a login that is refused
  if (state == "42501" || state == "25006" || state.substr(0, 2) == "28") return Code::denied;
  if (state == "55P03" || state == "53300") return Code::in_use;
  if (state == "53100") return Code::no_space;
  if (state == "42P01" || state == "3F000") return Code::not_found;
  if (state == "57014") return Code::interrupted;
  const std::string_view group = state.substr(0, 2);
  if (group == "08" || state.substr(0, 3) == "57P" || state.empty()) return Code::io;
  if (group == "54") return Code::too_large;
  if (state == "XX001" || state == "XX002") return Code::corrupt;  // data_corrupted, index_corrupted
  return Code::invalid;
}

}  // namespace pulih
