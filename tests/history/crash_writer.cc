// Records a steady stream of numbered changes until it is killed, and says what it did (crash_test.py):
//   change <domain> <number> <milliseconds>    after it was recorded
//   last_write <milliseconds>                  when the status moved
// Usage: history_crash_writer FILE FIRST_NUMBER. Ends by itself after kMaxRun.

#include <charconv>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

#include "exporter/history/milliseconds.h"
#include "exporter/history/writer.h"

using namespace mta_sts;
using namespace std::chrono_literals;

namespace {

constexpr auto kMaxRun = 20s;
constexpr long kDomains = 300;
constexpr long kChangesPerPause = 10;

history::StoredDomain change(long number, WallTime at) {
  const std::string document =
      "{\"number\":" + std::to_string(number) + ",\"filler\":\"" + std::string(2000, 'x') + "\"}";
  return {"d" + std::to_string(number % kDomains) + ".example", document, document, {at, at, at}};
}

void tell_last_write(const history::Writer& writer, std::optional<WallTime>& told) {
  const auto last = writer.status().last_write;
  if (last == told) return;
  told = last;
  if (last) std::printf("last_write %lld\n", static_cast<long long>(history::to_milliseconds(*last)));
}

void record_until_killed(history::Writer& writer, const Clock& clock, long number) {
  std::optional<WallTime> told;
  const auto end = clock.mono_now() + kMaxRun;
  while (clock.mono_now() < end) {
    for (long i = 0; i < kChangesPerPause; ++i, ++number) {
      auto row = change(number, clock.wall_now());
      const std::string name = row.name;
      writer.record(std::move(row));
      // The time after it: a batch that was taken later than this has it.
      const auto after = history::to_milliseconds(clock.wall_now());
      std::printf("change %s %ld %lld\n", name.c_str(), number, static_cast<long long>(after));
      tell_last_write(writer, told);
    }
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  long number = 0;
  const std::string_view digits = argv[2];
  std::from_chars(digits.data(), digits.data() + digits.size(), number);

  const SystemClock clock;
  const auto log = telemetry::make_log(telemetry::LogLevel::Info, telemetry::LogFormat::Logfmt);
  history::Writer::Options options;
  options.url = std::string("sqlite://") + argv[1];
  options.retention = std::chrono::hours(24);
  options.flush_every = 5ms;
  options.beat_every = 50ms;
  auto store = history::Store::open(options.url, history::Access::ReadWrite);
  if (!store) {
    std::cerr << store.error().message << '\n';
    return 1;
  }
  history::Writer writer(options, *std::move(store), clock, *log, {});
  writer.start();
  record_until_killed(writer, clock, number);
}
