#include "exporter/daemon/options.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "exporter/base/ascii.h"
#include "exporter/daemon/command_line.h"
#include "exporter/formats/quote.h"
#include "exporter/formats/uri.h"
#include "exporter/settings/units.h"

namespace mta_sts::daemon {
namespace {

constexpr unsigned kMaxShards = 1000;
constexpr std::string_view kListenForm =
    "HOST:PORT such as :8461, 127.0.0.1:8461, [::1]:8461 or localhost:8461, the port at most 65535";
/// 8461: the number of the RFC.
const ListenAddress kDefaultListen{"", 8461};
constexpr std::string_view kPathForm = "a path such as /mta of letters, digits and -._~ between single slashes";
/// Paths that are taken by other endpoints, with what is below them.
constexpr std::string_view kTakenPaths[] = {"/probe", "/api", "/-", "/domains", "/looks", "/mx", "/ui"};

tl::unexpected<Error> refuse(std::string_view flag, std::string_view given, std::string_view expected) {
  return fail(std::string(flag) + ": " + formats::quoted(given) + " is not valid; expected " + std::string(expected));
}

template <typename T>
Result<std::vector<T>> parse_all(const std::vector<std::string>& texts, Result<T> (*parse)(std::string_view)) {
  std::vector<T> values;
  for (const auto& text : texts) {
    auto value = parse(text);
    if (!value) return tl::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

bool is_host(std::string_view host) {
  return host.find(':') == std::string_view::npos && (parse_ip(host) || formats::DomainName::from_ascii(host));
}

bool is_segment(std::string_view segment) {
  const auto unreserved = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; };
  return !segment.empty() && segment != "." && segment != ".." &&
         std::all_of(segment.begin(), segment.end(), unreserved);
}

/// A path of unreserved characters (RFC 3986 §2.3), without its final slash; "" for the root.
std::optional<std::string> parse_path(std::string_view text) {
  if (!text.starts_with('/')) return std::nullopt;
  if (text.ends_with('/')) text.remove_suffix(1);
  for (auto rest = text; !rest.empty();) {
    const auto end = rest.find('/', 1);
    if (!is_segment(rest.substr(1, end == std::string_view::npos ? end : end - 1))) return std::nullopt;
    rest.remove_prefix(std::min(end, rest.size()));
  }
  return std::string(text);
}

Result<std::string> parse_route_prefix(std::string_view text) {
  auto path = parse_path(text);
  if (!path) return refuse("--web.route-prefix", text, kPathForm);
  return std::move(*path);
}

Result<std::string> parse_telemetry_path(std::string_view text) {
  constexpr std::string_view kFlag = "--web.telemetry-path";
  auto path = parse_path(text);
  if (!path) return refuse(kFlag, text, kPathForm);
  if (path->empty()) return refuse(kFlag, text, "another path than that of the status page");
  for (const auto taken : kTakenPaths) {
    if (*path == taken || path->starts_with(std::string(taken) + "/")) {
      return refuse(kFlag, text,
                    "a path outside /probe, /api, /-, /domains, /looks, /mx and /ui, which other endpoints have");
    }
  }
  return std::move(*path);
}

Result<std::optional<std::string>> parse_external_url(std::string_view text) {
  if (text.empty()) return std::optional<std::string>();
  const auto refused =
      refuse("--web.external-url", text, "http:// or https://, a host and perhaps a path, without query or user");
  const auto scheme = text.find("://");
  const auto name = text.substr(0, scheme);
  if (scheme == std::string_view::npos || (name != "http" && name != "https")) return refused;
  const auto rest = text.substr(scheme + 3);
  const auto host = rest.substr(0, rest.find('/'));
  const auto url_char = [](char c) {
    return ascii::is_visible(c) && std::string_view("?#@\"<>\\^`{|}").find(c) == std::string_view::npos;
  };
  if (host.empty() || !std::all_of(rest.begin(), rest.end(), url_char)) return refused;
  return std::optional<std::string>(text.ends_with('/') ? text.substr(0, text.size() - 1) : text);
}

/// Both or none: an index alone would watch all domains beside others.
Result<targets::Shard> parse_shard(const CommandLine& line) {
  if (line.shard_index.empty() && line.shard_count.empty()) return targets::Shard{};
  if (line.shard_index.empty() || line.shard_count.empty())
    return fail("--shard.index and --shard.count are given together");
  const auto count = settings::parse_number(line.shard_count);
  if (!count || *count == 0 || *count > kMaxShards)
    return refuse("--shard.count", line.shard_count, "a number from 1 to " + std::to_string(kMaxShards));
  const auto index = settings::parse_number(line.shard_index);
  if (!index || *index >= *count)
    return refuse("--shard.index", line.shard_index, "a number from 0 to " + std::to_string(*count - 1));
  return targets::Shard{static_cast<std::uint32_t>(*index), static_cast<std::uint32_t>(*count)};
}

Result<telemetry::LogLevel> parse_log_level(std::string_view text) {
  if (text == "debug") return telemetry::LogLevel::Debug;
  if (text == "info") return telemetry::LogLevel::Info;
  if (text == "warn") return telemetry::LogLevel::Warn;
  if (text == "error") return telemetry::LogLevel::Error;
  return refuse("--log.level", text, "debug, info, warn or error");
}

Result<telemetry::LogFormat> parse_log_format(std::string_view text) {
  if (text == "logfmt") return telemetry::LogFormat::Logfmt;
  if (text == "json") return telemetry::LogFormat::Json;
  return refuse("--log.format", text, "logfmt or json");
}

Result<boost::asio::ip::udp::endpoint> parse_server(std::string_view text) {
  const auto server = settings::parse_dns_server(text);
  if (!server) return refuse("--dns.server", text, settings::kDnsServerForm);
  return *server;
}

Result<IpPrefix> parse_allowed(std::string_view text) {
  auto prefix = IpPrefix::parse(text);
  if (!prefix) return fail("--egress.allow: " + prefix.error().message);
  return prefix;
}

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

OutputFormat output_of(bool json) { return json ? OutputFormat::Json : OutputFormat::Text; }

/// None where systemd passes sockets.
Result<std::vector<ListenAddress>> parse_listen(const CommandLine& line) {
  if (line.systemd_socket && !line.listen.empty())
    return fail("--web.systemd-socket and --web.listen-address exclude each other");
  if (!line.systemd_socket && line.listen.empty()) return std::vector<ListenAddress>{kDefaultListen};
  return parse_all(line.listen, parse_listen_address);
}

Result<RunOptions> make_run(const CommandLine& line) {
  auto listen = parse_listen(line);
  if (!listen) return tl::unexpected(listen.error());
  auto telemetry_path = parse_telemetry_path(line.telemetry_path);
  if (!telemetry_path) return tl::unexpected(telemetry_path.error());
  auto external_url = parse_external_url(line.external_url);
  if (!external_url) return tl::unexpected(external_url.error());
  auto route_prefix = parse_route_prefix(line.route_prefix);
  if (!route_prefix) return tl::unexpected(route_prefix.error());
  const auto shard = parse_shard(line);
  if (!shard) return tl::unexpected(shard.error());
  const auto log_level = parse_log_level(line.log_level);
  if (!log_level) return tl::unexpected(log_level.error());
  const auto log_format = parse_log_format(line.log_format);
  if (!log_format) return tl::unexpected(log_format.error());
  return RunOptions{line.config_check ? Task::CheckConfig : Task::Run,
                    line.config_file.empty() ? std::string(kDefaultConfigFile) : line.config_file,
                    line.web_config_file,
                    std::move(*listen),
                    std::move(*telemetry_path),
                    std::move(*external_url),
                    std::move(*route_prefix),
                    line.probe_any_domain,
                    line.enable_lifecycle,
                    *shard,
                    *log_level,
                    *log_format};
}

/// The password is not repeated in the message.
Result<std::optional<std::string>> parse_exporter_url(const std::string& text) {
  if (text.empty()) return std::optional<std::string>();
  const auto uri = formats::parse_uri(text);
  const bool http = uri && (ascii::same(uri->scheme, "http") || ascii::same(uri->scheme, "https"));
  if (!http || uri->host.empty() || text.find_first_of("?#") != std::string::npos) {
    return fail(
        "--url is not valid; expected http:// or https://, perhaps USER:PASSWORD@, a host and perhaps a path, "
        "such as http://127.0.0.1:8461");
  }
  return std::optional(text);
}

Result<CheckOptions> make_check(const CommandLine& line, const std::vector<std::string>& names) {
  auto domains = parse_all(names, formats::DomainName::parse);
  if (!domains) return tl::unexpected(domains.error());
  auto dns_servers = parse_all(line.dns_servers, parse_server);
  if (!dns_servers) return tl::unexpected(dns_servers.error());
  auto egress_allow = parse_all(line.egress_allow, parse_allowed);
  if (!egress_allow) return tl::unexpected(egress_allow.error());
  auto url = parse_exporter_url(line.url);
  if (!url) return tl::unexpected(url.error());
  return CheckOptions{std::move(*domains), output_of(line.json),     given(line.config_file), std::move(*dns_servers),
                      given(line.ca_file), std::move(*egress_allow), std::move(*url)};
}

/// An MX record holds a host name (RFC 5321 5.1): no address.
Result<formats::DomainName> parse_mx_host(std::string_view text) {
  auto name = formats::DomainName::parse(text);
  if (!name) return fail("--mx: " + name.error().message);
  if (parse_ip(text)) return refuse("--mx", text, "the name of a host");
  return name;
}

Result<PlanOptions> make_plan(const CommandLine& line) {
  auto look = make_check(line, {line.argument});
  if (!look) return tl::unexpected(look.error());
  if (line.mx.empty()) return fail("--mx is required: the hosts that are to receive mail");
  auto parsed = parse_all(line.mx, parse_mx_host);
  if (!parsed) return tl::unexpected(parsed.error());
  PlanOptions options{std::move(*look), {}};
  for (auto& host : *parsed) {
    if (std::find(options.mx.begin(), options.mx.end(), host) == options.mx.end())
      options.mx.push_back(std::move(host));
  }
  return options;
}

Result<HistoryOptions> make_history(const CommandLine& line) {
  auto domain = formats::DomainName::parse(line.argument);
  if (!domain) return tl::unexpected(domain.error());
  auto url = parse_exporter_url(line.url);
  if (!url) return tl::unexpected(url.error());
  return HistoryOptions{std::move(*domain), output_of(line.json), given(line.config_file), given(line.ca_file),
                        std::move(*url)};
}

template <typename Options>
Parsed or_usage(Result<Options> options) {
  if (!options) return wrong_usage(options.error().message);
  return std::move(*options);
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto refused = refuse("--web.listen-address", text, kListenForm);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused;
  const auto port = settings::parse_number(text.substr(colon + 1));
  if (!port || *port > std::numeric_limits<std::uint16_t>::max()) return refused;
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos || !parse_ip(host)) return refused;
  } else if (!host.empty() && !is_host(host)) {
    return refused;
  }
  return ListenAddress{std::string(host), static_cast<std::uint16_t>(*port)};
}

Parsed parse_options(int argc, const char* const* argv) {
  const auto read = read_command_line(argc, argv);
  if (const auto* exit = std::get_if<Exit>(&read)) return *exit;
  const auto& line = std::get<CommandLine>(read);
  switch (line.command) {
    case Command::Run:
      return or_usage(make_run(line));
    case Command::Check:
      return or_usage(make_check(line, line.arguments));
    case Command::Plan:
      return or_usage(make_plan(line));
    case Command::History:
      return or_usage(make_history(line));
    case Command::LintRecord:
      return LintRecordOptions{line.arguments, output_of(line.json)};
    case Command::LintPolicy:
      return LintPolicyOptions{line.argument, output_of(line.json)};
    case Command::LintTlsrpt:
      return LintTlsrptOptions{line.arguments, output_of(line.json)};
    case Command::LintMatch:
      return LintMatchOptions{line.argument, line.arguments, output_of(line.json)};
  }
  return Exit{};
}

}  // namespace mta_sts::daemon
