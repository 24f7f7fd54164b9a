// The one home of libpq. Everything goes through its asynchronous calls: the waiting is done here, in poll(), so that it
// can be ended from another thread, and results are taken row by row, so that what a server sends is bounded by us.
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "engine/os/errno_status.h"
#include "engine/source/pg_client.h"
#include "engine/source/sql_state.h"

namespace pulih {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 200;                         // how soon Abort is noticed
constexpr size_t kMaxMessage = 2000;                 // of the server's words, in a Status
constexpr size_t kMaxQueryBytes = 256u << 20;        // of one query's rows: a catalog, not a table
constexpr size_t kMaxQueryResults = 100;             // one statement gives one; a server without sense gives more
constexpr size_t kCopyPiece = 64u << 10;             // libpq's output buffer stays of that size
constexpr std::chrono::seconds kConnectTimeout{30};  // where connect_timeout says nothing
constexpr long kLongestTimeout = 24 * 3600;          // more is as good as for ever, and sums stay small
constexpr const char* kKeepaliveIdle = "60";         // seconds; the kernel's 2 hours are a whole night's window

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, ResultDeleter>;

struct OptionsDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConnectOptions = std::unique_ptr<PQconninfoOption, OptionsDeleter>;

struct FreeMem {
  void operator()(char* memory) const { PQfreemem(memory); }
};

// One line of bounded length: libpq's messages have several, and what a server says may be anything.
std::string Tidy(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxMessage)) {
    const bool is_space = static_cast<unsigned char>(c) <= ' ';
    if (!is_space) out += c;
    if (is_space && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
  return out;
}
bool IsCopy(ExecStatusType status) {
  return status == PGRES_COPY_OUT || status == PGRES_COPY_IN || status == PGRES_COPY_BOTH;
}
bool IsFailure(ExecStatusType status) { return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE; }

std::string Tidy(const char* text) { return text == nullptr ? std::string() : Tidy(std::string_view(text)); }

bool IsSecret(const PQconninfoOption& option) {
  const std::string_view keyword = option.keyword;
  return std::string_view(option.dispchar) == "*" || keyword.find("password") != keyword.npos ||
         keyword.find("secret") != keyword.npos || keyword.find("scram_") != keyword.npos;
}

class LibpqClient final : public PgClient {
 public:
  explicit LibpqClient(PGconn* connection) : connection_(connection) {}
  ~LibpqClient() override { PQfinish(connection_); }
  LibpqClient(const LibpqClient&) = delete;
  LibpqClient& operator=(const LibpqClient&) = delete;

  Status Connect();

  Result<PgRows> Query(const std::string& sql, const std::vector<PgText>& parameters) override;
  Status Execute(const std::string& sql) override;
  Status CopyOut(const std::string& sql, const std::function<Status(ByteView)>& each) override;
  Status BeginCopyIn(const std::string& sql) override;
  Status PutCopy(ByteView bytes) override;
  Result<uint64_t> EndCopyIn() override;
  void AbandonCopyIn(const std::string& why) override;
  void Abort() override { aborted_ = true; }

  uint32_t server_version() const override { return static_cast<uint32_t>(std::max(0, PQserverVersion(connection_))); }
  std::string Parameter(const std::string& name) const override {
    const char* value = PQparameterStatus(connection_, name.c_str());
    return value == nullptr ? "" : value;
  }
  std::string last_sqlstate() const override { return sqlstate_; }
  ChildAccess ForChild() const override;

 private:
  std::string Target() const;
  Status Lost(const std::string& why);
  Status NotConnected();
  Status Usable() const;
  Status FailureOf(const PGresult* result);
  Status Wait(short events, Clock::time_point until);
  Status Consume();
  Status Flush();
  Result<PgResult> NextResult();
  Status Send(const std::string& sql);
  Status DrainResults();
  Status Collect(const PGresult* result, PgRows& rows, size_t& held) const;
  Status UnexpectedCopy();
  Status BeginCopy(const std::string& sql, ExecStatusType expected);
  Result<int> NextCopyMessage(std::unique_ptr<char, FreeMem>& message);

  PGconn* connection_;
  std::atomic<bool> aborted_{false};
  bool broken_ = false;
  std::string what_ = "connecting to PostgreSQL: ";  // what is being done, for messages
  std::string sqlstate_;
};

// --- connection ----------------------------------------------------------------------------------------------

std::string LibpqClient::Target() const {
  const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
  std::string host = text(PQhost(connection_));
  const std::string port = text(PQport(connection_));
  if (!port.empty() && host.rfind('/', 0) != 0) host += ":" + port;
  const std::string database = text(PQdb(connection_));
  // Neither is known while the connection words are not.
  if (database.empty()) return host.empty() ? "the server" : "the server on " + host;
  return "database " + database + (host.empty() ? "" : " on " + host);
}

// Nobody got in: what libpq says of it is of little help to who does not know where passwords are looked for.
Status LibpqClient::NotConnected() {
  constexpr const char* kWhere = "give it in ~/.pgpass or PGPASSWORD: other users of the machine can read a command line";
  const Status lost = Lost(PQerrorMessage(connection_));
  if (PQconnectionNeedsPassword(connection_) != 0) {
    return Status(Code::denied, what_ + Target() + ": the server asks for a password, and there is none", kWhere);
  }
  // libpq has no codes for what keeps it out, and a server that speaks another language is one that cannot be reached.
  if (lost.message().find("password authentication failed") != std::string::npos) return Status(Code::denied, lost.message(), kWhere);
  if (lost.message().find("definition of service") != std::string::npos) {
    return Status(Code::not_found, lost.message(), "services stand in ~/.pg_service.conf, or where PGSERVICEFILE or PGSYSCONFDIR says");
  }
  return lost;
}

Status LibpqClient::Lost(const std::string& why) {
  broken_ = true;
  // libpq puts advice, or the failures of further hosts, on lines of their own.
  const size_t line = std::min(why.find('\n'), why.size());
  return Status(Code::io, what_ + Target() + ": " + Tidy(why.substr(0, line)), Tidy(why.substr(line)));
}

Status LibpqClient::Usable() const {
  if (aborted_) return Status(Code::interrupted, what_ + Target() + ": asked to stop");
  if (broken_) return Status(Code::io, what_ + Target() + ": the connection is gone");
  return OkStatus();
}

// Waits until the socket is ready for any of `events`.
Status LibpqClient::Wait(short events, Clock::time_point until) {
  for (;;) {
    if (aborted_) {
      broken_ = true;
      return Status(Code::interrupted, what_ + Target() + ": asked to stop");
    }
    pollfd descriptor{PQsocket(connection_), events, 0};
    if (descriptor.fd < 0) return Lost("the connection is closed");
    const int ready = ::poll(&descriptor, 1, kPollMs);
    if (ready > 0) return OkStatus();
    if (ready < 0 && errno != EINTR) return ErrnoStatus(errno, "waiting for PostgreSQL", Target());
    if (Clock::now() >= until) return Lost("it does not answer in time");
  }
}

Status LibpqClient::Connect() {
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
  if (PQstatus(connection_) == CONNECTION_BAD) return NotConnected();
  const ConnectOptions options(PQconninfo(connection_));
  std::chrono::seconds timeout = kConnectTimeout;
  int64_t hosts = 1;
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword, value = option->val;
    // libpq, too, takes 0 for "for ever" and 1 for 2.
    if (keyword == "connect_timeout")
      timeout = std::chrono::seconds(std::min(std::strtol(option->val, nullptr, 10), kLongestTimeout));
    if (keyword == "host") hosts += std::count(value.begin(), value.end(), ',');
  }
  const auto until = timeout.count() <= 0 ? Clock::time_point::max()
                                          : Clock::now() + std::max(timeout, std::chrono::seconds(2)) * hosts;

  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;
       state = PQconnectPoll(connection_)) {
    if (state == PGRES_POLLING_FAILED) return NotConnected();
    PULIH_TRY(Wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until));
  }
  what_ = "talking to PostgreSQL: ";
  if (PQsetnonblocking(connection_, 1) != 0) return Lost(PQerrorMessage(connection_));
  const std::string encoding = Parameter("server_encoding");
  if (encoding.empty()) return Lost("the server does not say its encoding");
  return Execute("SET client_encoding = " + SqlLiteral(encoding));
}

PgClient::ChildAccess LibpqClient::ForChild() const {
  ChildAccess access;
  const ConnectOptions options(PQconninfo(connection_));
  bool many_hosts = false;
  const auto is_place = [](std::string_view keyword) {
    return keyword == "host" || keyword == "hostaddr" || keyword == "port";
  };
  const auto add_word = [&](std::string_view keyword, std::string_view value) {
    access.conninfo += (access.conninfo.empty() ? "" : " ") + ConninfoWord(keyword, value);
  };
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr && is_place(option->keyword) &&
        std::string_view(option->val).find(',') != std::string_view::npos)
      many_hosts = true;
  }
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if (option->val == nullptr || option->val[0] == '\0' || IsSecret(*option)) continue;
    // A service has been resolved into the other words; the encoding and the application are the child's own.
    if (keyword == "service" || keyword == "servicefile" || keyword == "client_encoding" ||
        keyword == "application_name" || keyword == "fallback_application_name") {
      continue;
    }
    if (many_hosts && is_place(keyword)) continue;
    add_word(keyword, option->val);
  }
  // Of several servers the one that this connection ended up at: a snapshot is known there alone.
  if (many_hosts) {
    add_word("host", PQhost(connection_));
    add_word("port", PQport(connection_));
  }
  const char* password = PQpass(connection_);
  if (password != nullptr && *password != '\0') access.environment.emplace_back("PGPASSWORD", password);
  return access;
}

// --- statements ----------------------------------------------------------------------------------------------

Status LibpqClient::FailureOf(const PGresult* result) {
  const auto field = [result](int code) { return Tidy(PQresultErrorField(result, code)); };
  sqlstate_ = field(PG_DIAG_SQLSTATE).substr(0, 5);
  // Without an SQLSTATE it is libpq that complains: the connection is lost or out of step.
  if (sqlstate_.empty() || PQstatus(connection_) == CONNECTION_BAD) {
    const std::string words = field(PG_DIAG_MESSAGE_PRIMARY);
    return Lost(words.empty() ? PQresultErrorMessage(result) : words);
  }
  const Code code = CodeOfSqlState(sqlstate_);
  std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = "the server says no more than SQLSTATE " + sqlstate_;
  if (const std::string detail = field(PG_DIAG_MESSAGE_DETAIL); !detail.empty()) message += ": " + detail;
  if (code == Code::io) return Lost(message);
  return Status(code, message, field(PG_DIAG_MESSAGE_HINT));
}

// Waits for something from the server and takes it in. Notifications are dropped, or a talkative server fills memory.
Status LibpqClient::Consume() {
  PULIH_TRY(Wait(POLLIN, Clock::time_point::max()));
  if (PQconsumeInput(connection_) == 0) return Lost(PQerrorMessage(connection_));
  while (PGnotify* notification = PQnotifies(connection_)) PQfreemem(notification);
  return OkStatus();
}

Status LibpqClient::Flush() {
  for (;;) {
    const int left = PQflush(connection_);
    if (left == 0) return OkStatus();
    if (left < 0) return Lost(PQerrorMessage(connection_));
    // A server that has something to say first may not read on before it was heard.
    PULIH_TRY(Wait(POLLIN | POLLOUT, Clock::time_point::max()));
    if (PQconsumeInput(connection_) == 0) return Lost(PQerrorMessage(connection_));
  }
}

// Null when there is no further one.
Result<PgResult> LibpqClient::NextResult() {
  while (PQisBusy(connection_)) {
    Status got = Consume();
    if (got.code() == Code::interrupted) return got;
    if (!got.ok() && PQstatus(connection_) != CONNECTION_BAD) return got;
    // What a server said before it hung up (57P01) is more than that it hung up.
    if (!got.ok()) break;
  }
  return PgResult(PQgetResult(connection_));
}

// Takes what is left of a statement's results; the failure of the first that has one.
Status LibpqClient::DrainResults() {
  Status failure;
  for (;;) {
    PULIH_TRY_ASSIGN(const PgResult result, NextResult());
    if (result == nullptr) return failure;
    const ExecStatusType status = PQresultStatus(result.get());
    if (IsCopy(status)) return UnexpectedCopy();
    if (IsFailure(status) && failure.ok()) failure = FailureOf(result.get());
    if (broken_) return failure;
  }
}

// A server that starts a COPY nobody asked for would have us read or write for ever.
Status LibpqClient::UnexpectedCopy() { return Lost("the server starts a COPY where none was asked for"); }

Status LibpqClient::Collect(const PGresult* result, PgRows& rows, size_t& held) const {
  for (int row = 0; row < PQntuples(result); ++row) {
    std::vector<PgText>& values = rows.rows.emplace_back(static_cast<size_t>(PQnfields(result)));
    held += values.size() * sizeof(PgText);
    for (int column = 0; column < PQnfields(result); ++column) {
      if (PQgetisnull(result, row, column)) continue;
      const auto length = static_cast<size_t>(PQgetlength(result, row, column));
      values[static_cast<size_t>(column)].emplace(PQgetvalue(result, row, column), length);
      held += length;
    }
  }
  if (held > kMaxQueryBytes)
    return Status(Code::too_large, "reading from PostgreSQL: " + Target() + ": the answer to a query is too long");
  return OkStatus();
}

Result<PgRows> LibpqClient::Query(const std::string& sql, const std::vector<PgText>& parameters) {
  PULIH_TRY(Usable());
  sqlstate_.clear();
  std::vector<const char*> values;
  for (const PgText& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  if (PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                        nullptr, 0) == 0) {
    return Lost(PQerrorMessage(connection_));
  }
  PQsetSingleRowMode(connection_);
  PULIH_TRY(Flush());
  PgRows rows;
  size_t held = 0, results = 0;
  Status failure;
  for (;;) {
    PULIH_TRY_ASSIGN(const PgResult result, NextResult());
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) {
      // Too many rows: the rest is not waited for, so the connection is of no more use.
      if (Status kept = Collect(result.get(), rows, held); !kept.ok()) {
        broken_ = true;
        return kept;
      }
    }
    if (status == PGRES_SINGLE_TUPLE) continue;
    if (IsCopy(status)) return UnexpectedCopy();
    if (++results > kMaxQueryResults) return Lost("the server answers one statement many times");
    if (IsFailure(status) && failure.ok()) failure = FailureOf(result.get());
    if (broken_) return failure;
    rows.affected = std::strtoull(PQcmdTuples(result.get()), nullptr, 10);
  }
  if (!failure.ok()) return failure;
  return rows;
}

Status LibpqClient::Send(const std::string& sql) {
  PULIH_TRY(Usable());
  sqlstate_.clear();
  if (PQsendQuery(connection_, sql.c_str()) == 0) return Lost(PQerrorMessage(connection_));
  PQsetSingleRowMode(connection_);  // rows that nobody asked for are dropped one by one
  return Flush();
}

Status LibpqClient::Execute(const std::string& sql) {
  PULIH_TRY(Send(sql));
  return DrainResults();
}

// --- COPY ----------------------------------------------------------------------------------------------------

Status LibpqClient::BeginCopy(const std::string& sql, ExecStatusType expected) {
  PULIH_TRY(Send(sql));
  PULIH_TRY_ASSIGN(const PgResult result, NextResult());
  if (result == nullptr) return Lost("the server does not answer a COPY");
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == expected) return OkStatus();
  if (IsCopy(status)) return UnexpectedCopy();
  Status failure = IsFailure(status) ? FailureOf(result.get())
                                     : Status(Code::invalid, "the statement is not a COPY in this direction");
  if (!broken_) {
    if (Status drained = DrainResults(); !drained.ok() && broken_) return drained;
  }
  return failure;
}

// The length of the next message; -1 at the end.
Result<int> LibpqClient::NextCopyMessage(std::unique_ptr<char, FreeMem>& message) {
  for (;;) {
    char* raw = nullptr;
    const int length = PQgetCopyData(connection_, &raw, 1);
    message.reset(raw);
    if (length > 0 || length == -1) return length;
    if (length < -1) return Lost(PQerrorMessage(connection_));
    Status got = Consume();
    if (got.ok()) continue;
    // Where the server said why it hung up, that ends the COPY like any other failure.
    if (got.code() == Code::interrupted || PQstatus(connection_) != CONNECTION_BAD) return got;
    if (PQgetCopyData(connection_, &raw, 1) == -1) { PULIH_TRY(DrainResults()); }
    PQfreemem(raw);
    return got;
  }
}

Status LibpqClient::CopyOut(const std::string& sql, const std::function<Status(ByteView)>& each) {
  PULIH_TRY(BeginCopy(sql, PGRES_COPY_OUT));
  std::unique_ptr<char, FreeMem> message;
  for (;;) {
    PULIH_TRY_ASSIGN(const int length, NextCopyMessage(message));
    if (length < 0) return DrainResults();
    if (aborted_) return Usable();
    Status taken = each(AsBytes({message.get(), static_cast<size_t>(length)}));
    if (taken.ok()) continue;
    // PQcancel waits for the server without a limit, so a COPY is not cancelled: the server sees that we hang up.
    broken_ = true;
    return taken;
  }
}

Status LibpqClient::BeginCopyIn(const std::string& sql) { return BeginCopy(sql, PGRES_COPY_IN); }

Status LibpqClient::PutCopy(ByteView bytes) {
  PULIH_TRY(Usable());
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kCopyPiece));
    const int put =
        PQputCopyData(connection_, reinterpret_cast<const char*>(piece.data()), static_cast<int>(piece.size()));
    if (put < 0) return Lost(PQerrorMessage(connection_));
    if (put > 0) bytes = bytes.subspan(piece.size());
    PULIH_TRY(Flush());
  }
  return OkStatus();
}

Result<uint64_t> LibpqClient::EndCopyIn() {
  PULIH_TRY(Usable());
  for (;;) {
    const int put = PQputCopyEnd(connection_, nullptr);
    if (put < 0) return Lost(PQerrorMessage(connection_));
    PULIH_TRY(Flush());
    if (put > 0) break;
  }
  PULIH_TRY_ASSIGN(const PgResult result, NextResult());
  if (result == nullptr) return Lost("the server does not say how a COPY ended");
  if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) {
    const uint64_t rows = std::strtoull(PQcmdTuples(result.get()), nullptr, 10);
    PULIH_TRY(DrainResults());
    return rows;
  }
  Status failure = FailureOf(result.get());
  if (const char* where = PQresultErrorField(result.get(), PG_DIAG_CONTEXT); where != nullptr && !broken_) {
    failure = Status(failure.code(), failure.message() + " (" + Tidy(where) + ")", failure.hint());
  }
  const std::string state = sqlstate_;
  if (!broken_) (void)DrainResults();
  sqlstate_ = state;
  return failure;
}

void LibpqClient::AbandonCopyIn(const std::string& why) {
  if (!Usable().ok()) return;
  if (PQputCopyEnd(connection_, why.c_str()) < 0 || !Flush().ok()) {
    broken_ = true;
    return;
  }
  (void)DrainResults();  // fails, as it was asked to
}

// What libpq says of words that it cannot read repeats them, and one of them may be a part of a password.
Status CheckWords(const std::string& conninfo) {
  const bool is_uri = conninfo.rfind("postgresql://", 0) == 0 || conninfo.rfind("postgres://", 0) == 0;
  if (!is_uri && conninfo.find('=') == std::string::npos) return OkStatus();  // the name of a database
  char* words = nullptr;
  const ConnectOptions options(PQconninfoParse(conninfo.c_str(), &words));
  const std::unique_ptr<char, FreeMem> owner(words);
  if (options != nullptr) return OkStatus();
  const bool may_tell = conninfo.find("pass") == std::string::npos && conninfo.find('@') == std::string::npos;
  return Status(
      Code::invalid,
      "connecting to PostgreSQL: the connection words: " + (may_tell ? Tidy(words) : "they cannot be understood"),
      "words are keyword=value, separated by blanks, a value with blanks in single quotes; or a postgresql:// URI");
}

}  // namespace

Result<std::unique_ptr<PgClient>> ConnectPostgres(const std::string& conninfo, const std::string& application) {
  PULIH_TRY(CheckWords(conninfo));
  // A word that comes later wins.
  const char* const keywords[] = {"keepalives_idle", "dbname", "fallback_application_name", nullptr};
  const char* const values[] = {kKeepaliveIdle, conninfo.c_str(), application.c_str(), nullptr};
  PGconn* connection = PQconnectStartParams(keywords, values, 1);
  if (connection == nullptr) return Status(Code::io, "connecting to PostgreSQL: out of memory");
  auto client = std::make_unique<LibpqClient>(connection);
  PULIH_TRY(client->Connect());
  return std::unique_ptr<PgClient>(std::move(client));
}

}  // namespace pulih
