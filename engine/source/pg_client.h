// PgClient is one connection to a PostgreSQL server: statements and COPY in both directions. It is the seam over
// libpq, which is included in pg_client_libpq.cc alone; tests put a scripted one in its place.
//
// Failures are Statuses whose message is the server's own words. The code follows the SQLSTATE: 42501, 25006 and 28…
// denied, 55P03 in_use, 53100 no_space, 42P01 and 3F000 not_found, 57014 interrupted, 08… and 57P… (the connection is
// gone) io, 54… too_large, all else invalid. `last_sqlstate` has the five letters. After io nothing more can be done with
// the connection. Who is not let in is denied as well, when that is for want of a right password.
//
// One thread at a time, except Abort. No password is ever in a message.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

using PgText = std::optional<std::string>;
struct PgRows {
  std::vector<std::vector<PgText>> rows;  // text format
  uint64_t affected = 0;                  // of INSERT, UPDATE, DELETE, COPY
};

class PgClient {
 public:
  virtual ~PgClient() = default;

  // One statement; parameters are $1, $2, … in text format.
  virtual Result<PgRows> Query(const std::string& sql, const std::vector<PgText>& parameters = {}) = 0;
  // Any number of statements without parameters; stops at the first that fails.
  virtual Status Execute(const std::string& sql) = 0;

  // COPY … TO STDOUT: hands each message on, borrowed for the call. A failure of `each` comes back, and nothing more can
  // be done with the connection: the server notices when it is closed.
  virtual Status CopyOut(const std::string& sql, const std::function<Status(ByteView)>& each) = 0;

  // COPY … FROM STDIN: Begin, any number of Put, then End (the number of rows) or Abandon.
  virtual Status BeginCopyIn(const std::string& sql) = 0;
  virtual Status PutCopy(ByteView bytes) = 0;
  virtual Result<uint64_t> EndCopyIn() = 0;
  virtual void AbandonCopyIn(const std::string& why) = 0;

  // From any thread: whatever waits for the server ends with `interrupted`, now and from now on. For a server that says
  // nothing, so that nobody has to wait for it.
  virtual void Abort() {}

  virtual uint32_t server_version() const = 0;                       // 150018
  virtual std::string Parameter(const std::string& name) const = 0;  // "server_encoding"; empty when not told
  virtual std::string last_sqlstate() const = 0;

  // What another program needs in order to open the same database: a conninfo without any password, and variables
  // for its environment (PGPASSWORD) that are never to be written anywhere.
  struct ChildAccess {
    std::string conninfo;
    std::vector<std::pair<std::string, std::string>> environment;
  };
  virtual ChildAccess ForChild() const = 0;
};

// `conninfo`: keyword=value words or a postgresql:// URI, as libpq takes them; what is left out comes from libpq's own
// defaults (PG* variables, ~/.pgpass, services). `application` is shown in pg_stat_activity. Text is not converted on its
// way: the client's encoding is the database's own.
Result<std::unique_ptr<PgClient>> ConnectPostgres(const std::string& conninfo, const std::string& application);

// "name" in double quotes, always. 'text' as a literal, with E'' where it holds a backslash. Pure.
std::string SqlName(std::string_view name);
std::string SqlLiteral(std::string_view text);
// keyword='value', as a conninfo has it. Pure.
std::string ConninfoWord(std::string_view keyword, std::string_view value);

}  // namespace pulih
