// Attempts: a blob NAME may exist as NAME, NAME.1, NAME.2, … up to NAME.15. A store that cannot rename may
// keep a torn upload for ever, and a damaged blob is healed by writing it anew: since nothing is overwritten
// (I3), each further try takes the next name, and a reader takes the first that authenticates (I4).
//
// Thread-safe as far as the store is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/store/store.h"

namespace pulih {

inline constexpr unsigned kMaxAttempts = 16;

// NAME for attempt 0, then NAME.1 and so on.
std::string AttemptName(const std::string& name, unsigned attempt);

// The NAME of any attempt: "wraps/3.2" -> "wraps/3". Only suffixes that AttemptName writes are taken off.
std::string AttemptBase(const std::string& name);

// Stores `bytes` under the first free attempt of `name` and returns the name that it took. An attempt that
// is there with the same bytes will do: it is what a Put leaves whose answer was lost. already_exists when
// all attempts are taken by other bytes.
Result<std::string> PutAttempt(Store& store, const std::string& name, ByteView bytes);

// Reads the first attempt that `authenticate` accepts. Without one: what was wrong with the first attempt
// that is there, or not_found. Attempts may have gaps, where a damaged one was removed.
Result<Bytes> GetFirstValid(Store& store, const std::string& name, uint64_t limit,
                            const std::function<Status(ByteView)>& authenticate);

}  // namespace pulih
