// Status says whether a thing could be done, and if not, why and what to do next. Result<T> (result.h) is
// a Status or a value. Neither says that *data* is bad after a successful look: that is Damage
// (engine/verify/damage.h), a result and not an error.
//
// A code tells the caller what can be done about it; a message reads `what failed: which object: why`, in
// lower case and without a full stop; a hint is advice to a person and stands apart.
//
// Values; safe to move between threads. Read next: result.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pulih {

enum class Code : uint8_t {
  ok = 0,
  not_found,       // the named thing is not there
  already_exists,  // it is there and would have been overwritten
  corrupt,         // bytes that are damaged or tampered with; the two cannot be told apart
  wrong_key,       // the key or passphrase at hand may not, or cannot, do this
  no_repository,   // there is no repository at that place
  in_use,          // another process holds it
  unsupported,     // a newer format, an unknown feature, a facility that this machine lacks
  denied,          // the operating system refused
  no_space,        // disk or quota is full
  io,              // any other failure of the file layer
  invalid,         // the caller's arguments make no sense
  interrupted,     // asked to stop
  rollback,        // the repository is older than what was seen before
  too_large,       // beyond a stated limit
};

// "corrupt", "not found", …: for messages and for JSON.
std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(Code code, std::string message, std::string hint = {});

  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  bool ok() const { return rep_ == nullptr; }
  Code code() const { return rep_ ? rep_->code : Code::ok; }
  const std::string& message() const;
  const std::string& hint() const;

  // "message (hint)" for logs and tests.
  std::string ToString() const;

  // The same failure, told from one level up: "context: message". ok stays ok.
  Status Within(std::string_view context) &&;

 private:
  struct Rep {
    Code code;
    std::string message;
    std::string hint;
  };
  std::unique_ptr<Rep> rep_;
};

inline Status OkStatus() { return Status(); }

}  // namespace pulih

#define PULIH_CONCAT_INNER(a, b) a##b
#define PULIH_CONCAT(a, b) PULIH_CONCAT_INNER(a, b)

// Passes a failure up. `expr` yields a Status. (The counter keeps a PULIH_TRY in a lambda inside `expr` apart.)
#define PULIH_TRY(expr) PULIH_TRY_INNER(PULIH_CONCAT(pulih_status_, __COUNTER__), expr)
#define PULIH_TRY_INNER(status, expr)                              \
  do {                                                             \
    if (::pulih::Status status = (expr); !status.ok()) return status; \
  } while (false)
