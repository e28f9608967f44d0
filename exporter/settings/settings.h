#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/ip/udp.hpp>

#include "exporter/base/ip.h"
#include "exporter/base/result.h"
#include "exporter/base/shared.h"
#include "exporter/formats/domain_name.h"
#include "exporter/settings/yaml_tree.h"

namespace mta_sts::settings {

/// What the operator declares a domain to be (`expect`).
enum class Expectation { Enforce, Testing, None, Absent };
std::string_view to_text(Expectation expectation);

struct DomainSetting {
  formats::DomainName name;
  std::map<std::string, std::string> labels;  ///< shown on mta_sts_domain_info; names are checked
  std::optional<Expectation> expect;
  friend bool operator==(const DomainSetting&, const DomainSetting&) = default;
};

/// Prometheus http_sd format.
struct DomainUrl {
  std::string url;
  std::chrono::milliseconds refresh_interval{std::chrono::minutes(5)};
};

struct ProbeSettings {
  std::chrono::milliseconds domain_interval{std::chrono::minutes(5)};
  std::chrono::milliseconds mx_interval{std::chrono::minutes(30)};
  std::chrono::milliseconds retry_interval{std::chrono::minutes(1)};
  std::chrono::milliseconds policy_retry_interval{std::chrono::minutes(5)};
  std::chrono::milliseconds hold{0};  ///< 0: 3 intervals of the kind, at least 15 min
  unsigned start_rate = 100;          ///< objects a second
  std::chrono::milliseconds endpoint_ttl{std::chrono::hours(24)};
  unsigned max_mx_hosts = 64;
  unsigned max_addresses = 16;
  unsigned concurrency = 256;  ///< probes in flight, over all workers
  unsigned workers = 0;        ///< 0: one a core
};

struct DnsSettings {
  std::vector<boost::asio::ip::udp::endpoint> servers;  ///< empty: the system's resolvers
  std::chrono::milliseconds timeout{std::chrono::seconds(5)};
  unsigned tries = 2;
};

/// All: every address of the policy host each time. One: a different one each time.
enum class AddressChoice { All, One };

/// The default of https.user_agent: mta_sts_exporter/VERSION.
std::string default_user_agent();

struct HttpsSettings {
  std::chrono::milliseconds timeout{std::chrono::seconds(60)};
  std::size_t max_body = 64 * 1024;                   ///< octets
  std::chrono::milliseconds per_address_interval{0};  ///< 0: no pause
  unsigned per_address_connections = 16;
  AddressChoice addresses = AddressChoice::All;
  std::string user_agent = default_user_agent();
  std::string proxy;  ///< libcurl's syntax; empty: none
};

struct SmtpSettings {
  bool enabled = true;
  std::string helo_name;  ///< empty: this host's name
  std::chrono::milliseconds timeout{std::chrono::seconds(60)};
  std::chrono::milliseconds per_address_interval{std::chrono::seconds(1)};  ///< 0: no pause
  unsigned per_address_connections = 1;
};

struct TlsSettings {
  std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";
  std::optional<Position> ca_file_at{};  ///< in the configuration file; absent: it is the default
};

struct EgressSettings {
  std::vector<IpPrefix> allow;  ///< win over every denial
  std::vector<IpPrefix> deny;   ///< besides the built-in list
};

struct HistorySettings {
  std::string url = "sqlite:///var/lib/mta-sts-exporter/history.db";  ///< or postgresql://..., or memory:
  std::chrono::milliseconds retention{std::chrono::hours(24 * 400)};
};

enum class FamilyGroup { All, Core };

struct MetricsSettings {
  /// A group, or the names of the families to show.
  std::variant<FamilyGroup, std::vector<std::string>> families = FamilyGroup::All;
  unsigned max_domain_labels = 8;  ///< of one domain
};

/// The configuration file, as contract/interface.md describes it. A value; the defaults are those of the contract.
struct Settings {
  std::vector<Shared<DomainSetting>> domains;  ///< in the order of the file; no name twice
  std::vector<std::string> domain_files;       ///< globs; a relative one is meant from the working directory
  std::vector<DomainUrl> domain_urls;
  ProbeSettings probe;
  DnsSettings dns;
  HttpsSettings https;
  SmtpSettings smtp;
  TlsSettings tls;
  EgressSettings egress;
  HistorySettings history;
  MetricsSettings metrics;
};

struct Loaded {
  Settings settings;
  std::vector<std::string> warnings;  ///< FILE:LINE:COLUMN: text; the settings hold all the same
};

/// Reads and validates a file. The message of an error has one line a fault: `FILE:LINE:COLUMN: found; expected ...`,
/// lines and columns counted from 1, a column in characters. `families` are those that metrics.families may name, which
/// metrics/ knows; without any, only the form of the names is checked.
Result<Loaded> load_settings(const std::string& path, const std::vector<std::string_view>& families = {});
/// The same for text that is already read; `file_name` stands in the messages.
Result<Loaded> parse_settings(std::string_view text, const std::string& file_name,
                              const std::vector<std::string_view>& families = {});

}  // namespace mta_sts::settings
