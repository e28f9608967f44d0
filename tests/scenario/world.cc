#include "tests/scenario/world.h"

#include <sstream>

#include "exporter/history/recall.h"
#include "exporter/metrics/domain_families.h"
#include "tests/unit/metrics/lines.h"

namespace mta_sts::scenario {
namespace {

const IpAddress kMxAddress = parse_ip("192.0.2.25").value();

formats::TlsFacts handshake(WallTime now) {
  formats::CertificateFacts leaf{
      "CN=leaf", "CN=Test CA", "01", "f00d", {}, now - std::chrono::hours(24), now + std::chrono::hours(24 * 60)};
  return {"TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", formats::ChainFacts{{leaf}, leaf.not_after, {}}};
}

judge::EndpointObservation dialogue(WallTime now, std::optional<Reason> fault) {
  judge::EndpointObservation seen;
  seen.finished = now;
  seen.greeted = seen.starttls = true;
  seen.tls = handshake(now);
  if (fault) {
    seen.fault = Fault{*fault, "as the story wants it"};
    seen.tls = {};
  }
  return seen;
}

/// One line of the text format: `name{domain="d",a="b"} value` -> "name a=b" and the value.
std::pair<std::string, double> sample(const std::string& line) {
  const auto open = line.find('{');
  const auto close = line.rfind('}');
  std::string key = line.substr(0, open);
  std::string labels;
  std::istringstream parts(line.substr(open + 1, close - open - 1));
  for (std::string part; std::getline(parts, part, ',');) {
    if (part.starts_with("domain=")) continue;
    std::erase(part, '"');
    labels += (labels.empty() ? " " : ",") + part;
  }
  return {key + labels, std::stod(line.substr(close + 1))};
}

}  // namespace

World::World(std::optional<settings::Expectation> expect)
    : setting_(std::make_shared<const settings::DomainSetting>(
          settings::DomainSetting{formats::DomainName::from_ascii("example.org").value(), {}, expect})) {}

judge::PolicyHost World::policy_host() const {
  judge::PolicyHost host;
  host.target = "mta-sts.example.org";
  host.provider = "example.org";
  host.lookup.fault = policy_host_fault;
  if (policy_host_fault) return host;
  for (const auto& [address, fetch] : servers) {
    host.lookup.addresses.push_back(address);
    host.fetches.push_back(fetch);
  }
  host.routable = host.lookup.addresses;
  return host;
}

void World::look(WallTime now, MonoTime mono) {
  judge::DomainObservation seen;
  seen.finished = now;
  seen.record = record;
  const bool present = formats::parse_sts_records(record.rrs).present;
  if (present || memory_->past().sts_seen || setting_->expect) seen.policy_host = policy_host();
  if (seen.policy_host) {
    seen.policy_host->at = now;
    for (auto& fetch : seen.policy_host->fetches) {
      if (!fetch.fault) fetch.tls = handshake(now);
    }
  }
  seen.mx = mx;
  memory_->remember(std::move(seen));
  if (clock_watch_.believed(now, mono)) memory_->expire();
  judge();
}

judge::FindEndpoint World::finder() {
  return [this, now = memory_->now()](const std::string& name, const IpAddress& address) {
    judge::EndpointMemory memory(kHold);
    const auto broken = broken_mx.find(name);
    memory.remember(dialogue(now, broken == broken_mx.end() ? std::nullopt : std::optional(broken->second)));
    return std::make_shared<const judge::EndpointState>(judge::judge_endpoint(name, address, memory));
  };
}

void World::judge() {
  state_ = judge::judge_domain(setting_, *memory_, finder(), judge::SmtpLooks::Enabled);
  memory_.rest();
}

void World::judge_anew(WallTime now) {
  memory_->judge_at(now);
  judge();
}

void World::restart(WallTime now) {
  const history::Beat beat = history::beat_of(*memory_);
  const auto stored_past = history::write_past(memory_->past());
  const auto stored_looks = history::write_looks(history::looks_of(*memory_));
  memory_ = judge::RestingMemory({kHold});
  auto looks = history::read_domain_looks(stored_looks, beat).value();
  history::recall(*memory_, std::move(looks), history::read_past(stored_past, beat).value(), now);
  judge();
}

void World::lose_store() {
  memory_ = judge::RestingMemory({kHold});
  state_.reset();
}

std::map<std::string, double> World::samples() const {
  std::map<std::string, double> samples;
  if (!state_) return samples;
  std::istringstream lines(testing::text_of(metrics::render(*state_), metrics::domain_families()));
  for (std::string line; std::getline(lines, line);) samples.insert(sample(line));
  return samples;
}

}  // namespace mta_sts::scenario
