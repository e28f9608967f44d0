// What the history of many domains costs: space, writing in steady state, reading at start.
// Usage: bench_history [DOMAINS] [DIRECTORY]; the database is made anew in the directory and left there.

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "exporter/history/documents.h"
#include "exporter/history/writer.h"

using namespace mta_sts;
using namespace std::chrono_literals;

namespace {

constexpr int kLooksEvery = 5;  // minutes
constexpr int kMinutes = 5;     // of steady state

const WallTime kBegin{std::chrono::seconds(1750000000)};

std::string hex(int number, std::size_t digits) {
  std::string text = std::to_string(number * 7919 + 17);
  while (text.size() < digits) text += text;
  return text.substr(0, digits);
}

formats::StsPolicy policy_of(const std::string& name) {
  return {formats::Mode::Enforce, std::chrono::seconds(604800), {formats::MxPattern::parse("mx." + name).value()}};
}

judge::Past past_of(const std::string& name, const std::string& text) {
  judge::Past past;
  past.policies = {{policy_of(name),
                    text,
                    {kBegin, kBegin, true},
                    {{"20250101000000", {kBegin, kBegin, false}}, {"20250601000000", {kBegin, kBegin, true}}}}};
  past.ids = {{"20250101000000", {kBegin, kBegin, false}, 300s}, {"20250601000000", {kBegin, kBegin, true}, 300s}};
  past.mx_sets = {{{{10, "mx." + name}}, {kBegin, kBegin, true}}};
  past.modes = {{formats::Mode::Enforce, {kBegin, kBegin, true}}};
  past.live = past.policies[0].policy;
  past.enforce_ready_since = kBegin;
  past.sts_seen = true;
  return past;
}

formats::TlsFacts tls_of(int number, const std::string& host) {
  formats::CertificateFacts leaf{
      "CN=" + host, "CN=R11,O=Let's Encrypt,C=US",    hex(number, 36), hex(number, 64), {host},
      kBegin,       kBegin + std::chrono::hours(2160)};
  return {"TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519", formats::ChainFacts{{leaf}, leaf.not_after, {}}};
}

history::DomainLooksKept looks_of(int number, const std::string& name, const std::string& text) {
  const std::string host = "mta-sts." + name;
  const auto address = parse_ip("192.0.2." + std::to_string(number % 250)).value();
  history::DomainLooksKept looks;
  looks.latest.record.rrs = {"v=STSv1; id=20250601000000;"};
  looks.latest.tlsrpt.rrs = {"v=TLSRPTv1; rua=mailto:tlsrpt@" + name};
  looks.latest.policy_host = judge::PolicyHost{host, name, {{address}, {}, {}}, {address}, {}, {}, {}};
  judge::PolicyFetch fetch;
  fetch.address = address;
  fetch.tls = tls_of(number, host);
  fetch.status = 200;
  fetch.content_type = "text/plain";
  fetch.body = text;
  looks.certificates.emplace(address, *fetch.tls.chain);
  looks.latest.policy_host->fetches = {std::move(fetch)};
  looks.latest.mx.hosts = {{"mx." + name, 10, name, {{address}, {}, {}}, {address}, true}};
  looks.latest_is_conclusive = true;
  return looks;
}

history::StoredDomain row_of(int number) {
  const std::string name = "customer-" + std::to_string(number) + ".example.org";
  const std::string text = "version: STSv1\r\nmode: enforce\r\nmx: mx." + name + "\r\nmax_age: 604800\r\n";
  return {name,
          history::write_past(past_of(name, text)),
          history::write_looks(looks_of(number, name, text)),
          {kBegin, kBegin, kBegin}};
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// What this process gave to write(), in MB: log and database, without what the system writes together.
double written_mb() {
  std::ifstream counters("/proc/self/io");
  std::string key;
  double value = 0;
  while (counters >> key >> value) {
    if (key == "wchar:") return value / 1e6;
  }
  return 0;
}

double size_mb(const std::string& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : static_cast<double>(size) / 1e6;
}

/// Waits for changes; beats do not count as waiting.
void drain(const history::Writer& writer) {
  while (writer.status().queue_length > 0) std::this_thread::sleep_for(1ms);
}

void measure_steady(const history::Writer::Options& options, const Clock& clock, telemetry::Log& log, int domains) {
  history::Writer writer(options, history::Store::open(options.url, history::Access::ReadWrite).value(), clock, log,
                         {});
  writer.start();
  const double before = written_mb();
  const std::clock_t cpu = std::clock();
  for (int minute = 0; minute < kMinutes; ++minute) {
    const auto now = kBegin + std::chrono::minutes(minute + 10);
    for (int i = minute % kLooksEvery; i < domains; i += kLooksEvery) {
      writer.record(history::StoredDomain{"customer-" + std::to_string(i) + ".example.org", "", "", {now, now, now}});
    }
    std::this_thread::sleep_for(5 * options.beat_every);  // a minute's beats are written by themselves
  }
  writer.stop();
  std::printf("steady state, every domain once in %d minutes: %.1f MB written and %.2f s of CPU a minute\n",
              kLooksEvery, (written_mb() - before) / kMinutes,
              static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC / kMinutes);
}

void measure_fill(const history::Writer::Options& options, const Clock& clock, telemetry::Log& log, int domains) {
  history::Writer writer(options, history::Store::open(options.url, history::Access::ReadWrite).value(), clock, log,
                         {});
  writer.start();
  const auto begin = std::chrono::steady_clock::now();
  const double before = written_mb();
  std::size_t octets = 0;
  for (int i = 0; i < domains; ++i) {
    auto row = row_of(i);
    octets += row.past.size() + row.looks.size();
    writer.record(std::move(row));
  }
  drain(writer);
  std::printf("first writing: %.1f s, %.0f MB written, %.0f octets of documents a domain\n", seconds_since(begin),
              written_mb() - before, static_cast<double>(octets) / domains);
  writer.stop();
}

void measure_read(const std::string& url) {
  auto begin = std::chrono::steady_clock::now();
  const auto store = history::Store::open(url, history::Access::ReadOnly).value();
  const auto rows = store->domains().value();
  std::printf("open and read %zu domains: %.2f s\n", rows.size(), seconds_since(begin));
  begin = std::chrono::steady_clock::now();
  std::size_t readable = 0;
  for (const auto& row : rows) {
    readable += history::read_past(row.past, row.beat) && history::read_domain_looks(row.looks, row.beat) ? 1 : 0;
  }
  std::printf("parse their documents: %.2f s for %zu\n", seconds_since(begin), readable);
}

}  // namespace

int main(int argc, char** argv) {
  const int domains = argc > 1 ? std::atoi(argv[1]) : 100000;
  const std::filesystem::path directory = argc > 2 ? argv[2] : std::filesystem::temp_directory_path();
  const std::string file = std::filesystem::absolute(directory / "bench-history.db");
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);

  const SystemClock clock;
  const auto log = telemetry::make_log(telemetry::LogLevel::Info, telemetry::LogFormat::Logfmt);
  history::Writer::Options options;
  options.url = "sqlite://" + file;
  options.retention = std::chrono::hours(24 * 400);
  options.flush_every = 100ms;
  options.beat_every = 100ms;
  std::printf("%d domains in %s\n", domains, file.c_str());
  measure_fill(options, clock, *log, domains);
  std::printf("on disk: %.0f MB\n", size_mb(file));
  measure_steady(options, clock, *log, domains);
  measure_read(options.url);
}
