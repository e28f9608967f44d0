#include "exporter/probe/endpoint_prober.h"

namespace mta_sts::probe {

boost::asio::awaitable<judge::EndpointObservation> EndpointProber::probe(std::string mx, IpAddress address) {
  judge::EndpointObservation seen;
  seen.fault = guard_.check(address);
  if (!seen.fault) {
    net::SmtpRequest request;
    request.mx = std::move(mx);
    request.address = address;
    auto result = co_await smtp_.probe(std::move(request), Deadline::after(timeout_));
    seen.fault = std::move(result.fault);
    seen.greeted = result.greeted;
    seen.starttls = result.starttls;
    seen.busy = result.busy;
    seen.tls = std::move(result.tls);
    for (const std::string& line : result.transcript) seen.transcript += line + "\n";
    seen.transcript.shrink_to_fit();
    seen.duration = result.duration;
  }
  seen.finished = clock_.wall_now();
  co_return seen;
}

}  // namespace mta_sts::probe
