// Clock: where time comes from, so that a test can hold it still (I10). Nanoseconds since 1970, UTC.
#pragma once

#include <cstdint>

namespace pulih {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t NowNs() = 0;
};

class SystemClock final : public Clock {
 public:
  int64_t NowNs() override;
};

// Seconds that only move forward, for rates and durations.
double MonotonicSeconds();

}  // namespace pulih
