#include "exporter/daemon/command_line.h"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>

#include "exporter/base/ascii.h"
#include "exporter/base/printable.h"
#include "exporter/base/version.h"

namespace mta_sts::daemon {
namespace {

const std::string kProgram = "mta_sts_exporter";
const std::string kVariablePrefix = "MTA_STS_EXPORTER_";
constexpr std::size_t kMaxMessage = 2000;  ///< octets of a message about wrong usage
constexpr const char* kVersionHelp = "Print version, revision and compiler and leave";

/// "--web.listen-address" -> "MTA_STS_EXPORTER_WEB_LISTEN_ADDRESS".
std::string variable_of(const std::string& flag) {
  std::string name = kVariablePrefix;
  for (const char c : flag.substr(2)) name += ascii::is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

std::string version_text() {
  return kProgram + ", version " + std::string(version()) + " (revision " + std::string(revision()) + ", compiler " +
         compiler() + ")";
}

/// CLI11 takes an argument "[a,b]" for a list of two and drops the brackets. A NUL at its end, which no argument can
/// hold, keeps it whole.
constexpr char kGuard = '\0';

std::string guarded(std::string word) {
  if (word.starts_with('[') && word.ends_with(']')) word += kGuard;
  return word;
}

std::string without_guard(std::string word) {
  if (word.ends_with(kGuard)) word.pop_back();
  return word;
}

/// Adds the flags and arguments of one command to its CLI::App. `line` outlives the parsing.
class CommandBuilder {
 public:
  CommandBuilder(CLI::App& parent, CommandLine& line, Command command, const std::string& name, const std::string& help)
      : app_(*parent.add_subcommand(name, help)), line_(line) {
    app_.set_help_flag("--help", "Print this help and leave");
    // With this callback, empty or not, CLI11 looks at the environment for the command that was given only.
    app_.parse_complete_callback([&line, command] { line.command = command; });
  }

  CommandBuilder& text(const std::string& flag, std::string& value, const std::string& type, const std::string& help) {
    named(app_.add_option(flag, take_one(value), help), flag, type);
    return *this;
  }

  CommandBuilder& list(const std::string& flag, std::vector<std::string>& values, const std::string& type,
                       const std::string& help) {
    auto* option = app_.add_option(flag, take_all(values), help + "; repeatable")->expected(1, -1);
    // One value a flag: "--dns.server 192.0.2.1 example.com" leaves the domain alone, and "=[::1]" is no list.
    option->take_all()->allow_extra_args(false)->delimiter(',');
    named(option, flag, type);
    return *this;
  }

  CommandBuilder& flag(const std::string& name, bool& value, const std::string& help) {
    app_.add_flag(name, value, help)->envname(variable_of(name));
    return *this;
  }

  CommandBuilder& json() { return flag("--json", line_.json, "Print JSON"); }

  /// How to look: what overrides the configuration.
  CommandBuilder& look_flags() {
    return text("--config.file", line_.config_file, "FILE", "Configuration [none: defaults]")
        .list("--dns.server", line_.dns_servers, "ADDRESS", "DNS server to ask instead of the configured ones")
        .text("--tls.ca-file", line_.ca_file, "FILE", "Trusted roots instead of the configured ones")
        .list("--egress.allow", line_.egress_allow, "CIDR",
              "Addresses that may be connected to, public or not, instead of the configured ones");
  }

  CommandBuilder& url_flag() {
    return text("--url", line_.url, "URL",
                "Running exporter to ask instead; of the above only --tls.ca-file counts then");
  }

  CommandBuilder& version_flag() {
    app_.set_version_flag("--version", version_text(), kVersionHelp);
    return *this;
  }

  CommandBuilder& argument(const std::string& name, const std::string& help) {
    app_.add_option(name, take_one(line_.argument), help)->required();
    return *this;
  }

  CommandBuilder& arguments(const std::string& name, const std::string& help) {
    app_.add_option(name, take_all(line_.arguments), help)->required()->expected(1, -1)->take_all()->allow_extra_args();
    return *this;
  }

 private:
  /// The texts as they are: CLI11's own conversion to a vector takes "{}" for an empty one.
  static CLI::callback_t take_all(std::vector<std::string>& values) {
    return [&values](const CLI::results_t& results) {
      values.clear();
      for (const auto& result : results) values.push_back(without_guard(result));
      return true;
    };
  }

  static CLI::callback_t take_one(std::string& value) {
    return [&value](const CLI::results_t& results) {
      value = without_guard(results.at(0));
      return true;
    };
  }

  static void named(CLI::Option* option, const std::string& flag, const std::string& type) {
    option->type_name(type)->envname(variable_of(flag));
  }

  CLI::App& app_;
  CommandLine& line_;
};

void add_run(CLI::App& root, CommandLine& line) {
  CommandBuilder(root, line, Command::Run, "run", "Watch the domains and serve their metrics (the default command)")
      .text("--config.file", line.config_file, "FILE", "Configuration [" + std::string(kDefaultConfigFile) + "]")
      .flag("--config.check", line.config_check, "Validate the configuration and leave: 0 good, 1 bad")
      .list("--web.listen-address", line.listen, "ADDRESS", "HOST:PORT to listen on [:8461]")
      .flag("--web.systemd-socket", line.systemd_socket, "Listen on the sockets that systemd passes instead")
      .text("--web.config.file", line.web_config_file, "FILE",
            "TLS and passwords, as exporter-toolkit [none: plain HTTP]")
      .text("--web.telemetry-path", line.telemetry_path, "PATH", "Path of the metrics [/metrics]")
      .text("--web.external-url", line.external_url, "URL",
            "URL under which browsers reach this program: only checked, links are relative")
      .text("--web.route-prefix", line.route_prefix, "PATH", "Prefix of all paths that are served [/]")
      .flag("--web.enable-lifecycle", line.enable_lifecycle, "Let POST /-/reload read the configuration anew")
      .flag("--web.probe-any-domain", line.probe_any_domain, "Answer /probe also for domains that are not configured")
      .text("--shard.index", line.shard_index, "NUMBER", "Which of --shard.count exporters this one is, from 0")
      .text("--shard.count", line.shard_count, "NUMBER", "Exporters among which the domains are divided [1]")
      .text("--log.level", line.log_level, "LEVEL", "debug, info, warn or error [info]")
      .text("--log.format", line.log_format, "FORMAT", "logfmt or json [logfmt]")
      .version_flag();
}

void add_check(CLI::App& root, CommandLine& line) {
  CommandBuilder(root, line, Command::Check, "check", "Look at domains once and report")
      .json()
      .look_flags()
      .url_flag()
      .arguments("DOMAIN", "Domain to look at");
}

void add_plan(CLI::App& root, CommandLine& line) {
  CommandBuilder(root, line, Command::Plan, "plan", "Whether the MX hosts may change now, and if not, when and how")
      .json()
      .look_flags()
      .url_flag()
      .list("--mx", line.mx, "HOST", "MX host that is to receive mail; several may follow behind the domain")
      .argument("DOMAIN", "Domain whose MX hosts are to change");
}

void add_history(CLI::App& root, CommandLine& line) {
  CommandBuilder(root, line, Command::History, "history", "Timeline of what the exporter saw of a domain")
      .json()
      .text("--config.file", line.config_file, "FILE", "Configuration that names the history [none: defaults]")
      .text("--tls.ca-file", line.ca_file, "FILE", "Trusted roots for --url instead of the system's")
      .url_flag()
      .argument("DOMAIN", "Domain");
}

void add_lint(CLI::App& root, CommandLine& line) {
  CLI::App& lint = *root.add_subcommand("lint", "Check what is to be published; no network");
  lint.require_subcommand(1);
  lint.set_help_flag("--help", "Print this help and leave");
  CommandBuilder(lint, line, Command::LintRecord, "record", "A TXT record of _mta-sts")
      .json()
      .arguments("TEXT", "One TXT record each");
  CommandBuilder(lint, line, Command::LintPolicy, "policy", "A policy file, octet by octet")
      .json()
      .argument("FILE", "- for standard input");
  CommandBuilder(lint, line, Command::LintTlsrpt, "tlsrpt", "A TXT record of _smtp._tls")
      .json()
      .arguments("TEXT", "One TXT record each");
  CommandBuilder(lint, line, Command::LintMatch, "match", "Whether an MX host matches patterns of a policy")
      .json()
      .argument("HOST", "MX host")
      .arguments("PATTERN", "mx pattern of a policy");
}

/// `plan DOMAIN --mx HOST...`: gives each host behind the domain a flag of its own, as CLI11 is told to want it.
std::vector<std::string> with_a_flag_each(std::vector<std::string> words) {
  const auto takes_value = [](const std::string& word) {
    return word.starts_with("--") && word.find('=') == word.npos && word != "--json" && word != "--help";
  };
  std::vector<std::string> named;
  bool domain_seen = false, hosts = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with('-')) {
      hosts = words[i] == "--mx" || words[i].starts_with("--mx=");
      named.push_back(words[i]);
      if (takes_value(words[i]) && i + 1 < words.size()) named.push_back(words[++i]);
      continue;
    }
    if (domain_seen && hosts) {
      named.emplace_back("--mx");
    } else {
      domain_seen = true;
      hosts = false;
    }
    named.push_back(words[i]);
  }
  return named;
}

/// The words in CLI11's order, which is the last first. Without a command the words are those of `run`.
std::vector<std::string> reversed_words(int argc, const char* const* argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) words.push_back(guarded(argv[i]));
  static constexpr std::string_view kOfTheRoot[] = {"run", "check", "plan", "history", "lint", "--help", "--version"};
  if (words.empty() || std::find(std::begin(kOfTheRoot), std::end(kOfTheRoot), words[0]) == std::end(kOfTheRoot)) {
    words.insert(words.begin(), "run");
  }
  if (words[0] == "plan") {
    const auto arguments = with_a_flag_each({words.begin() + 1, words.end()});
    words.resize(1);
    words.insert(words.end(), arguments.begin(), arguments.end());
  }
  std::reverse(words.begin(), words.end());
  return words;
}

}  // namespace

Exit wrong_usage(const std::string& message) {
  // CLI11 repeats words as they were given.
  return Exit{kExitUsage, "",
              kProgram + ": " + printable(message, kMaxMessage) + "\nRun " + kProgram + " --help for the usage.\n"};
}

std::variant<Exit, CommandLine> read_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App root("Watches MTA-STS (RFC 8461) of mail domains and exposes Prometheus metrics.", kProgram);
  add_run(root, line);
  add_check(root, line);
  add_plan(root, line);
  add_history(root, line);
  add_lint(root, line);
  // After the commands, which would inherit the flags.
  root.set_help_flag();
  root.set_help_all_flag("--help", "Print the usage of all commands and leave");
  root.set_version_flag("--version", version_text(), kVersionHelp);
  root.require_subcommand(1);
  root.footer("Each flag is also read from " + kVariablePrefix +
              "<FLAG IN CAPITALS, dots and dashes as _>; a list there has commas.");
  try {
    root.parse(reversed_words(argc, argv));
    return line;
  } catch (const CLI::CallForAllHelp&) {
    return Exit{kExitOk, root.help("", CLI::AppFormatMode::All), ""};
  } catch (const CLI::CallForHelp&) {
    return Exit{kExitOk, root.help(), ""};
  } catch (const CLI::CallForVersion&) {
    return Exit{kExitOk, version_text() + "\n", ""};
  } catch (const CLI::ParseError& problem) {
    return wrong_usage(problem.what());
  }
}

}  // namespace mta_sts::daemon
