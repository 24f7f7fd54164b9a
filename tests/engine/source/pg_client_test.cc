// The client against a server that is scripted here: it speaks just enough of protocol 3 to be asked something, and then
// says what no server should.
#include "engine/source/pg_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "engine/os/unique_fd.h"
#include "engine/source/postgres_source.h"

namespace pulih {
namespace {

using Clock = std::chrono::steady_clock;

std::string Be32(uint32_t value) {
  std::string bytes(4, '\0');
  StoreBe(reinterpret_cast<uint8_t*>(bytes.data()), value);
  return bytes;
}
std::string Message(char type, const std::string& body) {
  return type + Be32(static_cast<uint32_t>(body.size() + 4)) + body;
}
// Says that it is `length` long, whatever there is.
std::string Lying(char type, uint32_t length, const std::string& body = "") { return type + Be32(length) + body; }
std::string Text(const std::string& text) { return text + std::string(1, '\0'); }

const std::string kReady = Message('Z', "I");
std::string Error(const std::string& state, const std::string& words) {
  return Message('E', "S" + Text("ERROR") + "C" + Text(state) + "M" + Text(words) + std::string(1, '\0'));
}
std::string Greeting() {
  return Message('R', Be32(0)) + Message('S', Text("server_version") + Text("15.0")) +
         Message('S', Text("server_encoding") + Text("UTF8")) + Message('S', Text("client_encoding") + Text("UTF8")) +
         Message('K', Be32(1) + Be32(2)) + kReady;
}
const std::string kRowDescription = Message(
    'T', std::string("\0\1", 2) + Text("a") + std::string("\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0", 18));
std::string DataRow(const std::string& value) {
  return Message('D', std::string("\0\1", 2) + Be32(static_cast<uint32_t>(value.size())) + value);
}
const std::string kCopyOut = Message('H', std::string("\1\0\0", 3));

// Takes one connection. `greet`: what it says to the client's first words; `answer`: to its first statement.
class FakeServer {
 public:
  struct Script {
    std::string greet = Greeting();
    std::string answer;
    bool answers_for_ever = false;  // the last part of it, again and again
    std::string again;
    bool stays = false;  // does not hang up
  };

  explicit FakeServer(Script script)
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_.get(), 4) == 0);
    REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (client_.valid()) ::shutdown(client_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string conninfo() const {
    return "host=127.0.0.1 port=" + std::to_string(port_) +
           " user=u dbname=d password=open-sesame sslmode=disable gssencmode=disable connect_timeout=2";
  }

 private:
  bool Say(const std::string& words) {
    for (size_t at = 0; at < words.size();) {
      const ssize_t sent = ::send(client_.get(), words.data() + at, words.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      at += static_cast<size_t>(sent);
    }
    return true;
  }
  bool Hear() {
    char buffer[4096];
    return ::recv(client_.get(), buffer, sizeof buffer, 0) > 0;
  }
  void Serve() {
    client_.reset(::accept(listener_.get(), nullptr, nullptr));
    if (!client_.valid()) return;
    // SET client_encoding is the client's own first statement.
    const bool asked = Hear() && Say(script_.greet) && Hear() && Say(Message('C', Text("SET")) + kReady) && Hear() &&
                       Say(script_.answer);
    while (asked && script_.answers_for_ever && Say(script_.again)) {}
    while (script_.stays && Hear()) {}
    ::shutdown(client_.get(), SHUT_RDWR);
  }

  const Script script_;
  UniqueFd listener_, client_;
  uint16_t port_ = 0;
  std::thread thread_;
};

std::unique_ptr<PgClient> Connect(const FakeServer& server) {
  auto client = ConnectPostgres(server.conninfo(), "test");
  INFO(client.status().ToString());
  REQUIRE(client.ok());
  return std::move(client).value();
}

FakeServer::Script Answer(const std::string& answer) {
  FakeServer::Script script;
  script.answer = answer;
  return script;
}

void CheckTold(const Status& status) {
  INFO(status.ToString());
  CHECK(status.message().size() < 5000);
  CHECK(status.message().find("open-sesame") == std::string::npos);
  CHECK(status.message().find('\n') == std::string::npos);
}

}  // namespace

TEST_CASE("a scripted server that does what it should is understood") {
  FakeServer server(Answer(kRowDescription + DataRow("forty-two") + Message('C', Text("SELECT 1")) + kReady));
  const auto client = Connect(server);
  const auto rows = client->Query("SELECT 42");
  INFO(rows.status().ToString());
  REQUIRE(rows.ok());
  CHECK(rows->rows == std::vector<std::vector<PgText>>{{std::string("forty-two")}});
  const PgClient::ChildAccess access = client->ForChild();
  CHECK(access.conninfo.find("open-sesame") == std::string::npos);
  CHECK(access.conninfo.find("dbname='d'") != std::string::npos);
  CHECK(access.environment == std::vector<std::pair<std::string, std::string>>{{"PGPASSWORD", "open-sesame"}});
}

TEST_CASE("a server that greets with nonsense, hangs up or says nothing is a clear failure in bounded time") {
  FakeServer::Script script;
  script.stays = GENERATE(false, true);
  script.greet = GENERATE(std::string(), std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), Lying('R', 0x7fffffff),
                          Lying('R', 3), Lying('E', 0xffffffff), Lying('E', 0x7fffffff, std::string(100000, 'x')),
                          Lying('S', 0x10000000), Message('R', Be32(99)), Message('N', "M"), std::string(100000, '\0'),
                          Message('R', Be32(0)) + Message('X', ""), Message('R', Be32(0)) + kReady);
  const auto start = Clock::now();
  FakeServer server(script);
  const auto client = ConnectPostgres(server.conninfo(), "test");
  CHECK(client.status().code() == Code::io);
  CheckTold(client.status());
  CHECK(Clock::now() - start < std::chrono::seconds(15));
}

TEST_CASE("a malformed answer to a query is a clear failure, and the connection is given up") {
  const std::string answer = GENERATE(
      std::string(), Lying('D', 0x7fffffff), Lying('T', 0xffffffff), Lying('C', 2),
      Message('T', std::string("\xff\xff", 2)), Message('D', std::string("\0\1", 2) + Be32(3) + "abc"),
      kRowDescription + Message('D', std::string("\0\5", 2)),
      kRowDescription + Message('D', std::string("\0\1", 2) + Be32(0x7fffffff)), kRowDescription + DataRow("cut"),
      Message('?', "what"), kCopyOut + kReady, Message('G', std::string("\1\0\0", 3)) + kReady,
      Message('W', std::string("\1\0\0", 3)) + kReady, Lying('C', 0x100000), std::string(5000, '\xff'));
  FakeServer server(Answer(answer));
  const auto client = Connect(server);
  const auto rows = client->Query("SELECT 42");
  REQUIRE_FALSE(rows.ok());
  CHECK(rows.status().code() == Code::io);
  CHECK(rows.status().message().find("database d on 127.0.0.1:") != std::string::npos);
  CheckTold(rows.status());
  CHECK(client->Execute("SELECT 1").code() == Code::io);
}

TEST_CASE("the server's own words come with their meaning, in bounded length") {
  const auto fails = [](const std::string& state, const std::string& words) {
    FakeServer server(Answer(Error(state, words) + kReady));
    const auto client = Connect(server);
    Status status = client->Execute("SELECT 1");
    CHECK(client->last_sqlstate() == state);
    CheckTold(status);
    return status;
  };
  CHECK(fails("42501", "no").code() == Code::denied);
  CHECK(fails("25006", "cannot execute INSERT in a read-only transaction").code() == Code::denied);
  CHECK(fails("28P01", "password authentication failed").code() == Code::denied);
  CHECK(fails("55P03", "no").code() == Code::in_use);
  CHECK(fails("53100", "no").code() == Code::no_space);
  CHECK(fails("42P01", "no").code() == Code::not_found);
  CHECK(fails("3F000", "no").code() == Code::not_found);
  CHECK(fails("57014", "no").code() == Code::interrupted);
  CHECK(fails("57P01", "going down").code() == Code::io);
  CHECK(fails("08006", "no").code() == Code::io);
  CHECK(fails("54000", "no").code() == Code::too_large);
  CHECK(fails("XX001", "no").code() == Code::corrupt);
  CHECK(fails("23505", "twice").message() == "twice");
  CHECK(fails("23505", std::string(3u << 20, 'x')).message().size() <= 2000);
  CHECK(fails("23505", "two\nlines\x1b[31m").message() == "two lines [31m");
}

TEST_CASE("an answer that does not end is cut off") {
  FakeServer::Script script = Answer(kRowDescription);
  script.answers_for_ever = true;
  script.again = DataRow(std::string(1u << 20, 'x'));
  FakeServer server(script);
  const auto client = Connect(server);
  CHECK(client->Query("SELECT 42").status().code() == Code::too_large);
  CHECK(client->Execute("SELECT 1").code() == Code::io);
}

TEST_CASE("a COPY that breaks off, or goes on after it was given up, ends") {
  const auto take = [](const Status& each, const FakeServer::Script& script) {
    FakeServer server(script);
    const auto client = Connect(server);
    return client->CopyOut("COPY t TO STDOUT", [&](ByteView) { return each; });
  };
  CHECK(take(OkStatus(), Answer(kCopyOut + Message('d', "abc"))).code() == Code::io);
  CHECK(take(OkStatus(), Answer(kCopyOut + Message('d', "abc") + Lying('d', 0x7fffffff, "abc"))).code() == Code::io);
  CHECK(take(OkStatus(), Answer(kCopyOut + Message('d', "abc") + Lying('d', 1))).code() == Code::io);
  CHECK(take(OkStatus(), Answer(kCopyOut + Message('d', "abc") + Message('D', "abc"))).code() == Code::io);
  CHECK(take(OkStatus(), Answer(kCopyOut + Message('d', "abc") + Error("22012", "division") + kReady)).code() ==
        Code::invalid);
  CHECK(take(OkStatus(),
             Answer(kCopyOut + Message('d', "abc") + Message('c', "") + Message('C', Text("COPY 1")) + kReady))
            .ok());
  CHECK(take(OkStatus(), Answer(Message('C', Text("SELECT 1")) + kReady)).code() == Code::invalid);
  CHECK(take(Status(Code::no_space, "full"), Answer(kCopyOut + Message('d', "abc"))).code() == Code::no_space);
}

TEST_CASE("a server that has gone silent can be left from another thread") {
  FakeServer::Script script = Answer(kCopyOut + Message('d', "abc"));
  script.stays = true;
  FakeServer server(script);
  const auto client = Connect(server);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    client->Abort();
  });
  const auto start = Clock::now();
  CHECK(client->CopyOut("COPY t TO STDOUT", [](ByteView) { return OkStatus(); }).code() == Code::interrupted);
  CHECK(client->Execute("SELECT 1").code() == Code::interrupted);
  CHECK(Clock::now() - start < std::chrono::seconds(10));
  other.join();
}

TEST_CASE("connection words that cannot be understood are not repeated when a password may be among them") {
  const Status status = ConnectPostgres("host=x password=open sesame", "test").status();
  CHECK(status.code() == Code::invalid);
  CHECK(status.ToString().find("sesame") == std::string::npos);
  const Status uri = ConnectPostgres("postgresql://u:open-sesame@[::1/d", "test").status();
  CHECK(uri.ToString().find("sesame") == std::string::npos);
  CHECK(ConnectPostgres("hest=x", "test").status().message().find("hest") != std::string::npos);
}

TEST_CASE("a source on a server without sense fails to open") {
  FakeServer server(Answer(std::string(100, '\x01')));
  PostgresOptions options;
  options.conninfo = server.conninfo();
  const auto source = PostgresSource::Open(options);
  CHECK(source.status().code() == Code::io);
  CheckTold(source.status());
}

}  // namespace pulih
