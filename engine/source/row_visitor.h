// RowVisitor is what a source of tables (PostgreSQL, a CSV file) tells a backup, table by table and row by row, in
// whatever order the source has them: it is the visitor that sorts and stores.
//
// All calls of one source come from one thread, the one that called its Visit function.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "formats/repo/table.h"

namespace pulih {

// A row's columns in the descriptor's order; nullopt is NULL. An image is what the type's `send` function gives.
using RowImages = std::vector<std::optional<ByteView>>;

// Columns of a row whose images are too long to be held; each is above kMaxInlineRow (formats/repo/row.h).
struct LongColumns {
  std::vector<size_t> places;
  // Hands their images over in pieces, one column after the other in the order of `places`. To be called once, within
  // the call that it came with; a failure of `take` ends it and comes back.
  using Take = std::function<Status(size_t place, ByteView piece)>;
  std::function<Status(const Take& take)> read;
};

// DDL as text; either may be empty.
struct DatabaseDdl {
  std::string before_data, after_data;
};

class RowVisitor {
 public:
  virtual ~RowVisitor() = default;
  // A failure of any of these ends the visit and comes back from it.
  virtual Status BeginTable(const TableDescriptor& table) = 0;
  virtual Status Row(const RowImages& images) = 0;  // borrowed for the call
  // A row with columns that come in pieces: they are NULL among the images. Whether a row comes so says nothing about it.
  virtual Status LongRow(const RowImages& images, const LongColumns& columns) = 0;
  virtual Status EndTable() = 0;
  // The table that was begun cannot be read to its end: what was visited of it counts for nothing.
  virtual Status DropTable(const Status& why) = 0;
  // A table (or another part, in words) that could not be read at all; the rest goes on.
  virtual Status Problem(std::string_view what, const Status& why) = 0;
  // A table that the database has and that was not begun: it could not be read (a Problem as well), or was not wanted.
  // Without it a table that was locked would look like one that was dropped.
  virtual Status Unread(const TableName&, const std::string& /*why*/) { return OkStatus(); }
  // Of a database: after its tables.
  virtual Status Database(const DatabaseDescriptor& database, const DatabaseDdl& ddl, const std::vector<SequenceValue>& sequences) = 0;
  // Asked between rows now and then; true: stop with Code::interrupted.
  virtual bool ShouldStop() = 0;
};

// What a backup takes rows from.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // In words, for messages and for the snapshot's list of what was asked for: "postgres:epns_prod", "/srv/t.csv". No password.
  virtual std::string name() const = 0;
  // What tells it apart from another of that name, as two servers with a database of one name: snapshots of both are not
  // counted together when old ones are removed.
  virtual std::string identity() const { return name(); }
  // Everything it has, once.
  virtual Status Visit(RowVisitor& visitor) = 0;
  // After the visit: what it was told to leave out and did not find.
  virtual std::vector<std::string> unused_exclusions() const { return {}; }
};

}  // namespace pulih
