// Result<T>: a value, or the Status that says why there is none. Keeps the names of std::expected, which
// g++ 12 has only in C++23 mode, so that it can become an alias one day.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "engine/base/check.h"
#include "engine/base/status.h"

namespace pulih {

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT(google-explicit-constructor)
    PULIH_CHECK(!std::get<1>(state_).ok());
  }

  bool has_value() const { return state_.index() == 0; }
  bool ok() const { return has_value(); }
  explicit operator bool() const { return has_value(); }

  T& value() & { PULIH_CHECK(has_value()); return std::get<0>(state_); }
  const T& value() const& { PULIH_CHECK(has_value()); return std::get<0>(state_); }
  T&& value() && { PULIH_CHECK(has_value()); return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // The failure; ok when there is a value.
  Status status() const& { return has_value() ? Status() : std::get<1>(state_); }
  Status error() && { return has_value() ? Status() : std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace pulih

// PULIH_TRY_ASSIGN(auto x, F()): declares or assigns x, or passes the failure up.
#define PULIH_TRY_ASSIGN(target, expr) PULIH_TRY_ASSIGN_INNER(PULIH_CONCAT(pulih_result_, __COUNTER__), target, expr)
#define PULIH_TRY_ASSIGN_INNER(result, target, expr) \
  auto result = (expr);                              \
  if (!result.ok()) return std::move(result).error(); \
  target = std::move(result).value()
