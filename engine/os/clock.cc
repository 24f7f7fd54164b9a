#include "engine/os/clock.h"

#include <ctime>

#include "engine/base/check.h"

namespace pulih {

int64_t SystemClock::NowNs() {
  timespec now{};
  PULIH_CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

double MonotonicSeconds() {
  timespec now{};
  PULIH_CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace pulih
