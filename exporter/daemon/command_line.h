#pragma once

#include <string>
#include <variant>
#include <vector>

#include "exporter/daemon/options.h"

namespace mta_sts::daemon {

enum class Command { Run, Check, Plan, History, LintRecord, LintPolicy, LintTlsrpt, LintMatch };

/// Flags and arguments as they were typed, defaults filled in; options.cc gives them their types. Only those of the
/// command are set.
struct CommandLine {
  Command command = Command::Run;
  std::string config_file;
  bool config_check = false;
  std::string web_config_file;
  std::vector<std::string> listen;  ///< none: the default, or systemd_socket
  bool systemd_socket = false;
  std::string telemetry_path = "/metrics";
  std::string external_url;
  std::string route_prefix = "/";
  bool probe_any_domain = false;
  bool enable_lifecycle = false;
  std::string shard_index, shard_count;
  std::string log_level = "info";
  std::string log_format = "logfmt";
  bool json = false;
  std::vector<std::string> dns_servers;
  std::string ca_file;
  std::string url;
  std::vector<std::string> egress_allow;
  std::vector<std::string> arguments;  ///< domains, texts or patterns
  std::string argument;                ///< the file, the host or the one domain
  std::vector<std::string> mx;
};

/// CLI11 and its exceptions end here.
std::variant<Exit, CommandLine> read_command_line(int argc, const char* const* argv);

Exit wrong_usage(const std::string& message);

}  // namespace mta_sts::daemon
