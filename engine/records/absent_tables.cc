#include "engine/records/absent_tables.h"

#include <algorithm>
#include <utility>

#include "engine/map/map_reader.h"

namespace pulih {
namespace {

// Calls `each` for every table that the descriptor map says was not read. A damaged part says nothing.
Status ForEachUnread(ReadSession& session, const ObjectId& descriptors, const std::function<bool(KeyedName, ByteView why)>& each) {
  const Bytes from = UnreadKeyPrefix();
  Bytes to = from;
  ++to.back();
  return MapScan(
      session.reader(), descriptors, {from, to},
      [&](ByteView key, ByteView why) {
        std::optional<KeyedName> table = NameInDescriptorKey(key);
        return !table || each(std::move(*table), why);
      },
      [](const MapGap&) { return true; });
}

// Snapshots that were made before it was noted which tables were not read show only that something was wrong.
Result<bool> NotesWhatWasNotRead(ReadSession& session, const Snapshot& snapshot, const ObjectId& descriptors) {
  if (snapshot.content->source_errors == 0) return true;
  bool notes = false;
  PULIH_TRY(ForEachUnread(session, descriptors, [&](const KeyedName&, ByteView) {
    notes = true;
    return false;
  }));
  return notes;
}

}  // namespace

Result<AbsentTable> WhyAbsent(ReadSession& session, const Snapshot& snapshot, const TableName& whole) {
  AbsentTable absent;
  const std::string database = whole.database.value_or("");
  const auto descriptors = snapshot.Root(DatabaseRootName(database));
  if (database.empty()) {
    absent.why = "its file was not among what was backed up";
    return absent;
  }
  if (!descriptors) {
    absent.no_database = true;
    absent.why = "the snapshot is not of database " + QuoteName(database);
    return absent;
  }
  PULIH_TRY_ASSIGN(const auto noted, MapGet(session.reader(), *descriptors, UnreadKey(whole.schema.value_or(""), whole.table)));
  if (noted) {
    absent.why = std::string(AsText(*noted));
    return absent;
  }
  PULIH_TRY_ASSIGN(absent.was_gone, NotesWhatWasNotRead(session, snapshot, *descriptors));
  if (!absent.was_gone) absent.why = "that backup could not read everything, and it is not known whether this is why";
  return absent;
}

Status NotInSnapshot(ReadSession& session, const Snapshot& snapshot, const TableName& words, Status none) {
  const auto databases = DatabaseNames(snapshot);
  if (!databases.ok()) return none;
  for (const std::string& database : *databases) {
    const auto descriptors = snapshot.Root(DatabaseRootName(database));
    if (!descriptors) continue;
    Status found;
    const Status scanned = ForEachUnread(session, *descriptors, [&](const KeyedName& table, ByteView why) {
      const TableName whole{database, table.schema, table.name};
      if (!NameFits(words, whole)) return true;
      found = Status(Code::not_found,
                     "table " + TableRootName(whole) + ": its rows are not in snapshot " + snapshot.id.hex().substr(0, 8) + ": " + std::string(AsText(why)),
                     "other snapshots may have them: `pulih records history` looks through all");
      return false;
    });
    if (scanned.ok() && !found.ok()) return found;
  }
  return none;
}

}  // namespace pulih
