// TableVisit stands between the readers of table files and the visitor: it knows what was begun, and whose fault a
// failure was. One that is not the file's (the visitor's own, a wrong argument, a stop) ends all; one that is becomes
// a Problem.
//
// One thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/source/row_visitor.h"

namespace pulih {

class TableVisit {
 public:
  TableVisit(RowVisitor& visitor, std::string path) : visitor_(visitor), path_(std::move(path)) {}

  Status BeginTable(const TableDescriptor& table) {
    PULIH_TRY(Final(visitor_.BeginTable(table)));
    in_table_ = true;
    return OkStatus();
  }
  Status Row(const RowImages& images) {
    PULIH_TRY(MayGoOn());
    return Final(visitor_.Row(images));
  }
  Status EndTable() {
    in_table_ = false;
    return Final(visitor_.EndTable());
  }
  // Something of the file that the user should know; the visit goes on.
  Status Tell(Code code, std::string_view what) {
    return Final(visitor_.Problem(path_, Status(code, "read table: " + path_ + ": " + std::string(what))));
  }
  // Asks the visitor now and then. Called for each row, in each pass.
  Status MayGoOn() {
    if (++steps_ % 1024 != 0 || !visitor_.ShouldStop()) return OkStatus();
    return Final(Status(Code::interrupted, "read table: " + path_ + ": asked to stop"));
  }
  // A failure that is not the file's.
  Status Final(Status status) {
    if (!status.ok()) is_final_ = true;
    return status;
  }
  // What the visit comes to.
  Status End(Status status) {
    if (status.ok() || is_final_) return status;
    Status told = std::move(status).Within("read table: " + path_);
    return in_table_ ? visitor_.DropTable(told) : visitor_.Problem(path_, told);
  }
  const std::string& path() const { return path_; }

 private:
  RowVisitor& visitor_;
  std::string path_;
  uint64_t steps_ = 0;
  bool in_table_ = false, is_final_ = false;
};

}  // namespace pulih
