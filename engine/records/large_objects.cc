#include "engine/records/large_objects.h"

#include <algorithm>
#include <optional>

#include "engine/base/endian.h"
#include "engine/base/hex.h"

namespace pulih {
namespace {

constexpr size_t kPiece = 512u << 10;  // it goes over as text, twice as long

struct Columns {
  size_t loid = 0, owner = 0, acl = 0, comment = 0, data = 0;
};

Status Bad(const std::string& why) { return Status(Code::corrupt, "large objects: " + why); }

Result<Columns> FindColumns(const TableDescriptor& table) {
  Columns columns;
  for (const auto& [name, place] :
       {std::pair("loid", &columns.loid), std::pair("owner", &columns.owner), std::pair("acl", &columns.acl),
        std::pair("comment", &columns.comment), std::pair("data", &columns.data)}) {
    const auto found = ColumnNamed(table, name);
    if (!found) return Bad(std::string("the snapshot has no column ") + name);
    *place = *found;
  }
  return columns;
}

// In double quotes a backslash stands before what it protects.
Result<std::string> TakeElement(std::string_view text, size_t& at) {
  std::string element;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (!quoted && (c == ',' || c == '}')) return element;
    if (c == '"') {
      quoted = !quoted;
    } else {
      if (c == '\\' && ++at == text.size()) break;
      element += text[at];
    }
  }
  return Bad("an access list is cut short");
}

// A role's name in an item has its quotes doubled inside of quotes.
Result<AclItem> ParseItem(std::string_view text) {
  AclItem item;
  size_t at = 0;
  bool quoted = false;
  for (; at < text.size() && (quoted || text[at] != '='); ++at) {
    if (text[at] != '"') {
      item.grantee += text[at];
    } else if (quoted && text.substr(at + 1, 1) == "\"") {
      item.grantee += text[at++];
    } else {
      quoted = !quoted;
    }
  }
  const size_t slash = text.find('/', at);
  if (at >= text.size() || slash == std::string_view::npos) return Bad("an access list has an item that is none");
  item.privileges = text.substr(at + 1, slash - at - 1);
  return item;
}

std::string Role(const std::string& name) { return name.empty() ? "PUBLIC" : SqlName(name); }

// GRANT statements for one item; letters that large objects do not know are left out.
std::vector<std::string> Grants(const std::string& object, const AclItem& item) {
  std::vector<std::string> grants;
  for (size_t i = 0; i < item.privileges.size(); ++i) {
    const char letter = item.privileges[i];
    if (letter != 'r' && letter != 'w') continue;
    const bool passes_on = item.privileges.substr(i + 1, 1) == "*";
    grants.push_back(std::string("GRANT ") + (letter == 'r' ? "SELECT" : "UPDATE") + " ON " + object + " TO " +
                     Role(item.grantee) + (passes_on ? " WITH GRANT OPTION" : ""));
  }
  return grants;
}

class Restorer {
 public:
  Restorer(PgClient& client, const TableReader& table, const LargeObjectsOptions& options,
           const std::function<bool()>& stop, LargeObjectsReport& report)
      : client_(client), table_(table), options_(options), stop_(stop), report_(report) {}

  Status Run() {
    PULIH_TRY_ASSIGN(columns_, FindColumns(table_.descriptor()));
    Status failure;
    PULIH_TRY(table_.Scan(
        {},
        [&](StoredRow row) {
          failure = One(row);
          return failure.ok();
        },
        [&](const MapGap& gap) { report_.damaged.push_back("large objects: " + gap.why.message()); }));
    return failure;
  }

 private:
  Result<std::optional<std::string>> Text(const StoredRow& row, size_t column) {
    PULIH_TRY_ASSIGN(const std::optional<Bytes> image, table_.Image(row, column));
    return image ? std::optional<std::string>(ToText(*image)) : std::nullopt;
  }

  Status One(const StoredRow& row) {
    PULIH_TRY_ASSIGN(const std::optional<Bytes> loid, table_.Image(row, columns_.loid));
    if (!loid || loid->size() != sizeof(uint32_t)) return Bad("an object has no number");
    const std::string number = std::to_string(LoadBe<uint32_t>(loid->data()));
    if (auto made = client_.Query("SELECT pg_catalog.lo_create($1::pg_catalog.oid)", {number}); !made.ok()) {
      return std::move(made).error().Within("making large object " + number);
    }
    PULIH_TRY(Fill(number, row));
    PULIH_TRY(Describe(number, row));
    ++report_.objects;
    return OkStatus();
  }

  Status Fill(const std::string& number, const StoredRow& row) {
    uint64_t at = 0;
    bool server_failed = false;
    const Status filled = table_.ImageInPieces(row, columns_.data, [&](ByteView piece) -> Status {
      while (!piece.empty()) {
        if (stop_()) return Status(Code::interrupted, "large objects: asked to stop");
        const ByteView part = piece.first(std::min(piece.size(), kPiece));
        auto put = client_.Query("SELECT pg_catalog.lo_put($1::pg_catalog.oid, $2::bigint, $3::bytea)",
                                 {number, std::to_string(at), "\\x" + ToHex(part)});
        server_failed = !put.ok();
        if (server_failed) return std::move(put).error().Within("writing large object " + number);
        at += part.size();
        piece = piece.subspan(part.size());
      }
      return OkStatus();
    });
    report_.bytes += at;
    // What the repository cannot give does not end the restore of all the rest.
    if (filled.code() == Code::corrupt && !server_failed) {
      report_.damaged.push_back("large object " + number + ": " + filled.message());
      return OkStatus();
    }
    return filled;
  }

  Status Describe(const std::string& number, const StoredRow& row) {
    const std::string object = "LARGE OBJECT " + number;
    PULIH_TRY_ASSIGN(const auto owner, Text(row, columns_.owner));
    PULIH_TRY_ASSIGN(const auto acl, Text(row, columns_.acl));
    PULIH_TRY_ASSIGN(const auto comment, Text(row, columns_.comment));
    if (comment) PULIH_TRY(client_.Execute("COMMENT ON " + object + " IS " + SqlLiteral(*comment)));
    if (owner && options_.with_owner) Try("ALTER " + object + " OWNER TO " + SqlName(*owner));
    if (!acl || !options_.with_privileges) return OkStatus();
    PULIH_TRY_ASSIGN(const std::vector<AclItem> items, ParseAcl(*acl));
    // Once there is a list, it says what its owner may do as well.
    const bool owner_has_all = owner && std::find(items.begin(), items.end(), AclItem{*owner, "rw"}) != items.end();
    if (owner && !owner_has_all) Try("REVOKE ALL ON " + object + " FROM " + SqlName(*owner));
    for (const AclItem& item : items) {
      if (owner && owner_has_all && item == AclItem{*owner, "rw"}) continue;
      for (const std::string& grant : Grants(object, item)) Try(grant);
    }
    return OkStatus();
  }

  // Roles may be missing in the target; objects are worth having without them.
  void Try(const std::string& statement) {
    const Status done = client_.Execute(statement);
    if (!done.ok()) report_.warnings.push_back(statement + ": " + done.message());
  }

  PgClient& client_;
  const TableReader& table_;
  const LargeObjectsOptions& options_;
  const std::function<bool()>& stop_;
  LargeObjectsReport& report_;
  Columns columns_;
};

}  // namespace

bool IsLargeObjects(const TableDescriptor& table) {
  return table.schema == "pg_catalog" && table.name == "pg_largeobject";
}

Result<std::vector<AclItem>> ParseAcl(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return Bad("an access list is none");
  std::vector<AclItem> items;
  if (text == "{}") return items;
  for (size_t at = 1;; ++at) {
    PULIH_TRY_ASSIGN(const std::string element, TakeElement(text, at));
    PULIH_TRY_ASSIGN(AclItem item, ParseItem(element));
    items.push_back(std::move(item));
    if (text[at] == ',') continue;
    if (at + 1 != text.size()) return Bad("an access list ends before its text");
    return items;
  }
}

Status RestoreLargeObjects(PgClient& client, const TableReader& table, const LargeObjectsOptions& options,
                           const std::function<bool()>& stop, LargeObjectsReport& report) {
  return Restorer(client, table, options, stop, report).Run();
}

}  // namespace pulih
