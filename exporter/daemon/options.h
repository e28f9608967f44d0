#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/ip/udp.hpp>

#include "exporter/base/ip.h"
#include "exporter/base/output_format.h"
#include "exporter/base/result.h"
#include "exporter/formats/domain_name.h"
#include "exporter/targets/shard.h"
#include "exporter/telemetry/log.h"

namespace mta_sts::daemon {

/// Exit codes of contract/interface.md that parsing can give.
inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 64;
inline constexpr std::string_view kDefaultConfigFile = "mta-sts-exporter.yml";

/// Where to listen. An empty host: all addresses of this machine.
struct ListenAddress {
  std::string host;  ///< name or address, without brackets
  std::uint16_t port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};
/// ":8461", "127.0.0.1:8461", "[::1]:8461", "localhost:8461". Port 0 lets the system choose.
Result<ListenAddress> parse_listen_address(std::string_view text);

enum class Task { Run, CheckConfig };

struct RunOptions {
  Task task = Task::Run;
  std::string config_file;
  std::string web_config_file;              ///< "": plain HTTP for everybody
  std::vector<ListenAddress> listen;        ///< empty: on the sockets that systemd passes
  std::string telemetry_path;               ///< "/metrics"; below route_prefix
  std::optional<std::string> external_url;  ///< without a slash at its end
  std::string route_prefix;                 ///< "" for the root, else "/a/b" without a slash at its end
  bool probe_any_domain = false;            ///< /probe also for domains that are not configured
  bool enable_lifecycle = false;            ///< /-/reload
  targets::Shard shard{};                   ///< the domains of this exporter
  telemetry::LogLevel log_level = telemetry::LogLevel::Info;
  telemetry::LogFormat log_format = telemetry::LogFormat::Logfmt;
};

/// What is given here overrides the configuration.
struct CheckOptions {
  std::vector<formats::DomainName> domains;
  OutputFormat output = OutputFormat::Text;
  std::optional<std::string> config_file;
  std::vector<boost::asio::ip::udp::endpoint> dns_servers;
  std::optional<std::string> ca_file;
  std::vector<IpPrefix> egress_allow;
  std::optional<std::string> url;  ///< of a running exporter, which is asked instead: http or https
};

struct PlanOptions {
  CheckOptions look;                    ///< at one domain
  std::vector<formats::DomainName> mx;  ///< each once
};

struct HistoryOptions {
  formats::DomainName domain;
  OutputFormat output = OutputFormat::Text;
  std::optional<std::string> config_file;
  std::optional<std::string> ca_file;
  std::optional<std::string> url;  ///< as for check
};

struct LintRecordOptions {
  std::vector<std::string> texts;  ///< one TXT RR each
  OutputFormat output = OutputFormat::Text;
};

struct LintPolicyOptions {
  std::string file;  ///< "-": standard input
  OutputFormat output = OutputFormat::Text;
};

struct LintTlsrptOptions {
  std::vector<std::string> texts;  ///< one TXT RR each
  OutputFormat output = OutputFormat::Text;
};

struct LintMatchOptions {
  std::string host;
  std::vector<std::string> patterns;
  OutputFormat output = OutputFormat::Text;
};

/// Nothing to run: print and leave.
struct Exit {
  int code = kExitOk;
  std::string out;  ///< for standard output
  std::string err;  ///< for standard error
};

using Parsed = std::variant<Exit, RunOptions, CheckOptions, PlanOptions, HistoryOptions, LintRecordOptions,
                            LintPolicyOptions, LintTlsrptOptions, LintMatchOptions>;

/// The command line. Touches nothing but getenv(): a flag that is not given is taken from MTA_STS_EXPORTER_<FLAG>, a
/// list there with commas. Without a command it is `run`.
Parsed parse_options(int argc, const char* const* argv);

}  // namespace mta_sts::daemon
