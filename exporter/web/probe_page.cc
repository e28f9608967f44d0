#include "exporter/web/probe_page.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "exporter/formats/domain_name.h"
#include "exporter/web/domain_text.h"
#include "exporter/web/negotiation.h"
#include "exporter/web/place.h"

namespace mta_sts::web {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;

/// What the answer itself may take of the scrape's time, as in blackbox_exporter.
constexpr milliseconds kOffset{500};
/// Without the header, and at most with it.
constexpr milliseconds kLongest{120'000};

milliseconds patience(const Request& request) {
  const std::string text = request.header("X-Prometheus-Scrape-Timeout-Seconds");
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(seconds) || seconds <= 0)
    return kLongest;
  const auto given = std::min<double>(seconds * 1000, static_cast<double>(kLongest.count()));
  return std::max(milliseconds(static_cast<milliseconds::rep>(given)) - kOffset, milliseconds(1));
}

prometheus::MetricFamily gauge(std::string name, std::string help, double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  return {std::move(name), std::move(help), prometheus::MetricType::Gauge, {metric}};
}

/// `state` is that of a fresh look, else nullptr.
std::vector<prometheus::MetricFamily> probe_families(const judge::DomainState* state) {
  const bool success = state != nullptr && judge::verdict_of(*state) == judge::Verdict::Ok;
  std::vector<prometheus::MetricFamily> families;
  families.push_back(gauge("probe_success", "1: the look was conclusive and no check fails; else 0.", success ? 1 : 0));
  if (state != nullptr && state->duration) {
    families.push_back(gauge("probe_duration_seconds", "Wall time of the look.",
                             std::chrono::duration<double>(*state->duration).count()));
  }
  return families;
}

}  // namespace

awaitable<Response> ProbePage::get(Request request) const {
  const auto target = request.parameter("target");
  if (!target) co_return text_response(400, "The domain is missing: /probe?target=example.com\n");
  const auto name = formats::DomainName::parse(std::string(*target));
  if (!name) co_return text_response(400, "The target is no domain: " + name.error().message + "\n");
  if (!fresh(sources_.domain(name->text()))) {
    if (*waiting_ >= kMaxWaiting) co_return text_response(503, "Too many wait for a look already.\n");
    const Place place(waiting_);
    const auto looked = co_await ask<bool>(
        [&](Answer<bool> answer) { sources_.look_now(name->text(), std::move(answer)); }, patience(request));
    if (looked == false && !sources_.domain(name->text()))
      co_return text_response(404, "This domain is not configured, or cannot be looked at now.\n");
  }
  if (request.parameter("debug") == "true") co_return co_await transcript(name->text());
  co_return metrics(name->text(), request);
}

bool ProbePage::fresh(const std::shared_ptr<const board::DomainEntry>& entry) const {
  return entry && sources_.now() - entry->state.last_probe <= sources_.interval();
}

Response ProbePage::metrics(const std::string& domain, const Request& request) const {
  const auto snapshot = sources_.snapshot_of(domain);
  const auto entry = snapshot.domains.empty() ? nullptr : snapshot.domains.front();
  const ExpositionChoice choice = choose_exposition(request.header("Accept"));
  auto text =
      board::scrape({snapshot, probe_families(fresh(entry) ? &entry->state : nullptr)}, sources_.show, choice.format);
  return {200, choice.content_type, {}, std::make_shared<const std::string>(std::move(text))};
}

awaitable<Response> ProbePage::transcript(std::string domain) const {
  const auto heard = co_await hear_domain(sources_.facts, std::move(domain), Deadline::after(kAnswerPatience));
  if (!heard) co_return text_response(404, "Nothing is known of this domain.\n");
  co_return text_response(200, domain_text(heard->facts(), Colours::Off));
}

}  // namespace mta_sts::web
