#include "engine/base/status.h"

namespace pulih {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::ok: return "ok";
    case Code::not_found: return "not found";
    case Code::already_exists: return "already exists";
    case Code::corrupt: return "corrupt";
    case Code::wrong_key: return "wrong key";
    case Code::no_repository: return "no repository";
    case Code::in_use: return "in use";
    case Code::unsupported: return "unsupported";
    case Code::denied: return "denied";
    case Code::no_space: return "no space";
    case Code::io: return "input/output error";
    case Code::invalid: return "invalid";
    case Code::interrupted: return "interrupted";
    case Code::rollback: return "rollback";
    case Code::too_large: return "too large";
  }
  return "unknown";
}

Status::Status(Code code, std::string message, std::string hint) {
  if (code == Code::ok) return;
  rep_ = std::make_unique<Rep>(Rep{code, std::move(message), std::move(hint)});
}

Status::Status(const Status& other) : rep_(other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) rep_ = other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr;
  return *this;
}

namespace {
const std::string kEmpty;
}

const std::string& Status::message() const { return rep_ ? rep_->message : kEmpty; }
const std::string& Status::hint() const { return rep_ ? rep_->hint : kEmpty; }

std::string Status::ToString() const {
  if (ok()) return "ok";
  return rep_->hint.empty() ? rep_->message : rep_->message + " (" + rep_->hint + ")";
}

Status Status::Within(std::string_view context) && {
  if (rep_) rep_->message = std::string(context) + ": " + rep_->message;
  return std::move(*this);
}

}  // namespace pulih
