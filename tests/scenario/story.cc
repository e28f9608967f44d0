#include "tests/scenario/story.h"

#include <cmath>
#include <sstream>

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include "exporter/settings/settings.h"
#include "tests/scenario/world.h"

namespace mta_sts::scenario {
namespace {

using std::chrono::seconds;

seconds span(const std::string& text) {
  std::istringstream in(text[0] == '-' ? text.substr(1) : text);
  seconds sum{0};
  long number = 0;
  for (char unit = 0; in >> number >> unit;) {
    const std::map<char, long> units{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    sum += seconds(number * units.at(unit));
  }
  return text[0] == '-' ? -sum : sum;
}

std::vector<std::string> words(const std::string& text, char separator) {
  std::vector<std::string> list;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, separator);) {
    const auto begin = word.find_first_not_of(' ');
    if (begin != std::string::npos) list.push_back(word.substr(begin, word.find_last_not_of(' ') - begin + 1));
  }
  return list;
}

std::optional<settings::Expectation> expectation(const std::string& text) {
  using settings::Expectation;
  for (const auto expected : {Expectation::Enforce, Expectation::Testing, Expectation::None, Expectation::Absent}) {
    if (to_text(expected) == text) return expected;
  }
  return std::nullopt;
}

std::string host(const std::string& name) { return name + ".example.org"; }

/// "enforce mx1,mx2 7d"
std::string policy_text(const std::string& told) {
  const auto parts = words(told, ' ');
  std::string text = "version: STSv1\nmode: " + parts.at(0) + "\n";
  for (const std::string& name : words(parts.at(1), ',')) text += "mx: " + host(name) + "\n";
  return text + "max_age: " + std::to_string(span(parts.at(2)).count()) + "\n";
}

judge::PolicyFetch answer(const std::string& address, const std::string& told) {
  judge::PolicyFetch fetch;
  fetch.address = parse_ip(address).value();
  if (told == "silent") {
    fetch.fault = Fault{Reason::EgressBlocked, "our own fault"};
    return fetch;
  }
  fetch.content_type = "text/plain";
  const bool status = told.find_first_not_of("0123456789") == std::string::npos;
  fetch.status = status ? std::stoi(told) : 200;
  if (!status) fetch.body = told.starts_with("version:") ? told : policy_text(told);
  return fetch;
}

judge::TxtLookup record(const YAML::Node& told, seconds ttl) {
  judge::TxtLookup lookup;
  lookup.ttl = ttl;
  if (told.IsSequence()) {
    lookup.rrs = told.as<std::vector<std::string>>();
  } else if (const auto text = told.as<std::string>(); text == "servfail") {
    lookup.fault = Fault{Reason::DnsServfail, "no answer"};
  } else if (text != "none") {
    lookup.rrs = {text};
  }
  return lookup;
}

judge::MxLookup mx_set(const std::string& told) {
  judge::MxLookup mx;
  if (told == "null") mx.null_mx = true;
  if (told == "servfail") mx.fault = Fault{Reason::DnsServfail, "no answer"};
  if (told == "none") mx.fault = Fault{Reason::DnsNxdomain, "no such name"};
  if (mx.null_mx || mx.fault) return mx;
  std::uint16_t preference = 0;
  for (const std::string& name : words(told, ',')) {
    judge::MxHost entry;
    entry.name = host(name);
    entry.preference = preference = static_cast<std::uint16_t>(preference + 10);
    entry.provider = "example.org";
    entry.lookup.addresses = entry.endpoints = {parse_ip("192.0.2.25").value()};
    mx.hosts.push_back(entry);
  }
  return mx;
}

class Teller {
 public:
  explicit Teller(const YAML::Node& story)
      : every_(story["every"] ? span(story["every"].as<std::string>()) : seconds(3600)),
        world_(story["expect"] ? expectation(story["expect"].as<std::string>()) : std::nullopt) {}

  void step(const YAML::Node& step) {
    INFO("at " << step["at"].as<std::string>());
    pass_until(World::kBegin + span(step["at"].as<std::string>()));
    if (step["clock"]) shift_ += span(step["clock"].as<std::string>());
    publish(step);
    if (step["down"]) down_ = step["down"].as<bool>();
    if (step["lost"]) world_.lose_store();
    if (step["restart"]) world_.restart(clock());
    if (step["endpoints"]) {
      world_.judge_anew(clock());
    } else if (!down_ && !step["restart"]) {
      world_.look(clock(), MonoTime(now_ - World::kBegin));
    }
    if (step["show"]) compare(step["show"]);
  }

 private:
  WallTime clock() const { return now_ + shift_; }

  void pass_until(WallTime then) {
    while (now_ + every_ < then) {
      now_ += every_;
      if (!down_) world_.look(clock(), MonoTime(now_ - World::kBegin));
    }
    now_ = then;
  }

  void publish(const YAML::Node& step) {
    if (step["ttl"]) ttl_ = span(step["ttl"].as<std::string>());
    if (step["record"]) world_.record = record(step["record"], ttl_);
    if (step["policy"]) serve({{"192.0.2.1", step["policy"].as<std::string>()}});
    if (step["servers"]) serve(step["servers"].as<std::map<std::string, std::string>>());
    if (step["mx"]) world_.mx = mx_set(step["mx"].as<std::string>());
    if (!step["tls"]) return;
    world_.broken_mx.clear();
    for (const auto& [name, reason] : step["tls"].as<std::map<std::string, std::string>>())
      world_.broken_mx[host(name)] = parse_reason(reason).value();
  }

  void serve(const std::map<std::string, std::string>& told) {
    world_.servers.clear();
    world_.policy_host_fault.reset();
    for (const auto& [address, what] : told) {
      if (what == "nxdomain") {
        world_.policy_host_fault = Fault{Reason::DnsNxdomain, "no such name"};
      } else {
        const auto fetch = answer(address, what);
        world_.servers[fetch.address] = fetch;
      }
    }
  }

  void compare(const YAML::Node& shown) {
    const auto samples = world_.samples();
    for (const auto& [key, value] : shown.as<std::map<std::string, std::string>>()) {
      const auto found = samples.find("mta_sts_" + key);
      INFO(key << ": " << value);
      if (value == "absent") {
        CHECK(found == samples.end());
        continue;
      }
      REQUIRE(found != samples.end());
      const auto begin = static_cast<double>(std::chrono::system_clock::to_time_t(World::kBegin));
      const double wanted =
          value[0] == '@' ? begin + static_cast<double>(span(value.substr(1)).count()) : std::stod(value);
      CHECK(found->second == Approx(wanted).epsilon(0).margin(0.001));
    }
  }

  seconds every_;
  World world_;
  WallTime now_ = World::kBegin;
  seconds shift_{0};
  seconds ttl_{3600};
  bool down_ = false;
};

}  // namespace

void tell(const std::string& file) {
  const YAML::Node story = YAML::LoadFile(file);
  INFO(story["title"].as<std::string>());
  Teller teller(story);
  for (const auto& step : story["steps"]) teller.step(step);
}

}  // namespace mta_sts::scenario
