#include <cstdlib>
#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

#include "exporter/commands/check.h"
#include "exporter/commands/history.h"
#include "exporter/commands/history_source.h"
#include "exporter/commands/lint.h"
#include "exporter/commands/plan.h"
#include "exporter/daemon/app.h"
#include "exporter/daemon/configuration.h"
#include "exporter/daemon/options.h"

namespace mta_sts {
namespace {

int refused(const Error& error) {
  std::cerr << error.message << '\n';
  return EXIT_FAILURE;
}

/// The command of each kind of options; every one gives the exit code.
struct Command {
  int operator()(const daemon::Exit& exit) const {
    std::cout << exit.out;
    std::cerr << exit.err;
    return exit.code;
  }
  int operator()(const daemon::RunOptions& options) const {
    if (options.task == daemon::Task::CheckConfig)
      return daemon::check_configuration(options.config_file, options.web_config_file, std::cout, std::cerr);
    auto app = daemon::App::build(options);
    if (!app) return refused(app.error());
    const auto ended = (*app)->run();
    return ended ? EXIT_SUCCESS : refused(ended.error());
  }
  int operator()(const daemon::CheckOptions& options) const {
    if (options.url) {
      commands::ExporterClient exporter(*options.url, options.ca_file);
      return commands::check(options.domains, exporter, options.output, std::cout, std::cerr);
    }
    const auto prepared = daemon::prepare_check(options);
    if (!prepared) return refused(prepared.error());
    const bool terminal = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    auto pasts = options.config_file ? commands::pasts_of(prepared->settings, prepared->domains, std::cerr)
                                     : std::vector<judge::Past>();
    return commands::check(prepared->domains, std::move(pasts), prepared->settings, *prepared->trust, options.output,
                           terminal ? web::Colours::On : web::Colours::Off, std::cout);
  }
  int operator()(const daemon::PlanOptions& options) const {
    std::vector<std::string> hosts;
    for (const auto& host : options.mx) hosts.push_back(host.text());
    if (options.look.url) {
      commands::ExporterClient exporter(*options.look.url, options.look.ca_file);
      return commands::plan(options.look.domains.front().text(), hosts, exporter, options.look.output, std::cout,
                            std::cerr);
    }
    const auto prepared = daemon::prepare_check(options.look);
    if (!prepared) {
      refused(prepared.error());
      return commands::exit_code(judge::PlanAnswer::Unknown);
    }
    const auto& domain = prepared->domains.front();
    return commands::plan(domain, hosts, commands::past_of(prepared->settings, domain.name.text()), prepared->settings,
                          *prepared->trust, options.look.output, std::cout);
  }
  int operator()(const daemon::HistoryOptions& options) const {
    const auto tell = [&](const auto& timeline) {
      return commands::history(options.domain, timeline, options.output, std::cout, std::cerr);
    };
    if (options.url) {
      commands::ExporterClient exporter(*options.url, options.ca_file);
      return tell(commands::timeline_of(exporter, options.domain.text()));
    }
    const auto settings = daemon::read_settings(options.config_file);
    if (!settings) return refused(settings.error());
    return tell(commands::timeline_of(*settings, options.domain.text()));
  }
  int operator()(const daemon::LintRecordOptions& o) const {
    return commands::lint_record(o.texts, o.output, std::cout, std::cerr);
  }
  int operator()(const daemon::LintPolicyOptions& o) const {
    return commands::lint_policy(o.file, o.output, std::cin, std::cout, std::cerr);
  }
  int operator()(const daemon::LintTlsrptOptions& o) const {
    return commands::lint_tlsrpt(o.texts, o.output, std::cout, std::cerr);
  }
  int operator()(const daemon::LintMatchOptions& o) const {
    return commands::lint_match(o.host, o.patterns, o.output, std::cout, std::cerr);
  }
};

}  // namespace
}  // namespace mta_sts

int main(int argc, char** argv) { return std::visit(mta_sts::Command{}, mta_sts::daemon::parse_options(argc, argv)); }
