// One scrape of /metrics of a large fleet, ours beside prometheus-cpp's own way with the same samples in its Registry:
// CPU and wall time and the memory at its peak beyond what was there before. Ours is read piece by piece, as the web
// server sends it; the peer's is collected and serialized to one string, as its Exposer does. Usage: bench_render
// [DOMAINS...]; prints a Markdown table. Each case runs in a process of its own.

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <malloc.h>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/wait.h>

#include "bench/fleet.h"
#include "exporter/board/scrape.h"
#include "exporter/metrics/sample_writer.h"

using namespace mta_sts;

namespace {

// The best time of the rounds counts, and the most memory: who else uses the host makes some three times as slow.
constexpr int kRounds = 3;      // at least
constexpr double kSeconds = 8;  // and for so long

// ---- the two ways to answer a scrape; each tells the octets of its text

using TakePiece = std::function<void(std::string_view)>;

void scrape_ours(const board::Board& board, const TakePiece& take) {
  const auto show_all = [](const metrics::Family&) { return true; };
  board::ScrapeText text(std::make_shared<const board::Moment>(board::Moment{board.snapshot(), {}}), show_all,
                         metrics::Exposition::Text004);
  while (!text.ended()) take(text.next());
}

void scrape_peer(const prometheus::Registry& registry, const TakePiece& take) {
  take(prometheus::TextSerializer().Serialize(registry.Collect()));
}

// ---- the same samples for the peer

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

Sample parse(std::string_view line) {
  Sample sample;
  std::size_t at = line.find_first_of("{ ");
  sample.name = line.substr(0, at);
  if (line.at(at) == '{') {
    while (line.at(at) != '}') {
      const auto equals = line.find('=', at + 1);
      std::string& value = sample.labels[std::string(line.substr(at + 1, equals - at - 1))];
      for (at = equals + 2; line.at(at) != '"'; ++at) {
        const bool escaped = line[at] == '\\';
        if (escaped) ++at;
        value += escaped && line.at(at) == 'n' ? '\n' : line.at(at);
      }
      ++at;  // a comma, or the end of the labels
    }
    ++at;
  }
  sample.value = std::strtod(std::string(line.substr(at + 1)).c_str(), nullptr);
  return sample;
}

/// Calls for each sample line; pieces may end anywhere.
class Lines {
 public:
  explicit Lines(std::function<void(std::string_view)> take) : take_(std::move(take)) {}
  void operator()(std::string_view piece) {
    rest_ += piece;
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      const auto line = std::string_view(rest_).substr(begin, end - begin);
      if (!line.empty() && line.front() != '#') take_(line);
      begin = end + 1;
    }
    rest_.erase(0, begin);
  }

 private:
  std::function<void(std::string_view)> take_;
  std::string rest_;
};

/// Every family that a scrape shows of domains and MX hosts is a gauge in text 0.0.4, or shown like one.
void fill(prometheus::Registry& registry, const board::Board& board) {
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> families;
  scrape_ours(board, Lines([&](std::string_view line) {
                const Sample sample = parse(line);
                auto*& family = families[sample.name];
                if (family == nullptr) {
                  family = &prometheus::BuildGauge().Name(sample.name).Help("As ours.").Register(registry);
                }
                family->Add(sample.labels).Set(sample.value);
              }));
}

/// Of each line a number that does not depend on the order of labels or the form of the value; sorted.
std::vector<std::size_t> samples_of(const std::function<void(const TakePiece&)>& scrape) {
  std::vector<std::size_t> samples;
  scrape(Lines([&](std::string_view line) {
    const Sample sample = parse(line);
    std::string text = sample.name;
    for (const auto& [name, value] : sample.labels) text.append("\x01").append(name).append("\x02").append(value);
    text.append("\x03").append(metrics::number_text(sample.value));
    samples.push_back(std::hash<std::string>()(text));
  }));
  std::sort(samples.begin(), samples.end());
  return samples;
}

// ---- measuring

struct Cost {
  double cpu = 0;               // seconds
  double wall = 0;              // seconds
  double memory = 0, text = 0;  // octets
};

double seconds_on(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double octets_of(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field + ":", 0) == 0) return std::atof(line.c_str() + field.size() + 1) * 1024;
  }
  throw std::runtime_error("no " + field);
}

Cost measure(const std::function<void(const TakePiece&)>& scrape) {
  Cost cost;
  const double begun = seconds_on(CLOCK_MONOTONIC);
  for (int i = 0; i < kRounds || seconds_on(CLOCK_MONOTONIC) - begun < kSeconds; ++i) {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak counts from now on
    const double before = octets_of("VmRSS");
    const double cpu = seconds_on(CLOCK_PROCESS_CPUTIME_ID), wall = seconds_on(CLOCK_MONOTONIC);
    cost.text = 0;
    scrape([&](std::string_view piece) { cost.text += static_cast<double>(piece.size()); });
    const double cpu_used = seconds_on(CLOCK_PROCESS_CPUTIME_ID) - cpu, took = seconds_on(CLOCK_MONOTONIC) - wall;
    cost.cpu = i == 0 ? cpu_used : std::min(cost.cpu, cpu_used);
    cost.wall = i == 0 ? took : std::min(cost.wall, took);
    cost.memory = std::max(cost.memory, octets_of("VmHWM") - before);
  }
  return cost;
}

/// What `work` gives, from a process of its own: what one case leaves in the heap is none of the other's.
template <typename Value>
Value in_child(const std::function<Value()>& work) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child == 0) {
    const Value value = work();
    _exit(write(ends[1], &value, sizeof value) == sizeof value ? 0 : 1);
  }
  close(ends[1]);
  Value value{};
  const bool got = read(ends[0], &value, sizeof value) == sizeof value;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!got || status != 0) throw std::runtime_error("a case failed");
  return value;
}

Cost cost_of_ours(int domains) {
  board::Board board;
  bench::fill(board, domains);
  return measure([&](const TakePiece& take) { scrape_ours(board, take); });
}

Cost cost_of_peer(int domains) {
  prometheus::Registry registry;
  {
    board::Board board;
    bench::fill(board, domains);
    fill(registry, board);
  }
  return measure([&](const TakePiece& take) { scrape_peer(registry, take); });
}

/// How many they have in common; none if one has others.
std::size_t same_samples(int domains) {
  board::Board board;
  bench::fill(board, domains);
  prometheus::Registry registry;
  fill(registry, board);
  const auto ours = samples_of([&](const TakePiece& take) { scrape_ours(board, take); });
  const auto peers = samples_of([&](const TakePiece& take) { scrape_peer(registry, take); });
  return ours == peers ? ours.size() : 0;
}

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(digits);
  text << value;
  return text.str();
}

void print_row(int domains, const std::string& samples, const std::string& who, const Cost& cost, const Cost& ours) {
  std::cout << "| " << domains << " | " << samples << " | " << who << " | " << fixed(cost.text / 1e6, 1) << " MB | "
            << fixed(cost.cpu * 1e3, 1) << " ms | " << fixed(cost.wall * 1e3, 1) << " ms | "
            << fixed(cost.memory / 1e6, 1) << " MB | " << fixed(100 * cost.memory / cost.text, 1) << " % | "
            << fixed(cost.cpu / ours.cpu, 1) << " | " << fixed(cost.memory / std::max(ours.memory, 1.0), 1) << " |"
            << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoi(argv[i]));
  if (sizes.empty()) sizes = {10'000, 100'000};
  std::cout
      << "| domains | samples | by | text | CPU | wall | memory at the peak | of the text | CPU, ours = 1 | memory, "
         "ours = 1 |\n|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const int domains : sizes) {
    const auto samples = in_child<std::size_t>([&] { return same_samples(domains); });
    if (samples == 0) {
      std::cerr << "the samples of the two are not the same\n";
      return 1;
    }
    const auto ours = in_child<Cost>([&] { return cost_of_ours(domains); });
    const auto peer = in_child<Cost>([&] { return cost_of_peer(domains); });
    print_row(domains, std::to_string(samples), "mta_sts_exporter", ours, ours);
    print_row(domains, std::to_string(samples), "prometheus-cpp", peer, ours);
  }
  return 0;
}
