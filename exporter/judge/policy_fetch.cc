#include "exporter/judge/policy_fetch.h"

#include "exporter/base/ascii.h"

namespace mta_sts::judge {
namespace {

bool is_http(Reason reason) {
  return reason == Reason::HttpTooLarge || reason == Reason::HttpTimeout || reason == Reason::HttpProtocol;
}

bool is_plain_text(std::string_view content_type) {
  // RFC 8461 §3.2: media type "text/plain"; other parameters are ignored.
  return ascii::same(ascii::trim(content_type.substr(0, content_type.find(';'))), "text/plain");
}

bool is_identity(std::string_view coding) { return coding.empty() || ascii::same(coding, "identity"); }

std::optional<Fault> http_fault(const PolicyFetch& fetch) {
  if (fetch.status != 0 && fetch.status != 200) {
    const auto shown = "the policy host answers with HTTP status " + std::to_string(fetch.status);
    // RFC 8461 §3.3: "HTTP 3xx redirects MUST NOT be followed"; only 200 is a policy.
    if (fetch.status / 100 == 3)
      return Fault{Reason::HttpRedirect, shown + ", a redirect, which senders must not follow"};
    return Fault{Reason::HttpStatus, shown + " instead of 200"};
  }
  if (fetch.status == 200 && !fetch.content_type) {
    return Fault{Reason::HttpContentType, "the answer has no Content-Type; text/plain is wanted"};
  }
  if (fetch.status == 200 && !is_plain_text(*fetch.content_type)) {
    return Fault{Reason::HttpContentType, "Content-Type is \"" + *fetch.content_type + "\"; text/plain is wanted"};
  }
  if (fetch.content_encoding && !is_identity(ascii::trim(*fetch.content_encoding))) {
    return Fault{Reason::HttpEncoding,
                 "Content-Encoding is \"" + *fetch.content_encoding + "\", which was not asked for"};
  }
  return fetch.fault;
}

/// Faults in the order in which a sender meets them.
std::optional<Fault> first_fault(const PolicyFetch& fetch) {
  // A received chain is judged before the handshake ends: its faults come before those of a handshake that broke later.
  if (fetch.tls.chain && !fetch.tls.chain->faults.empty()) return fetch.tls.chain->faults.front();
  if (fetch.fault && !is_http(fetch.fault->reason)) return fetch.fault;
  return http_fault(fetch);
}

}  // namespace

FetchVerdict evaluate_fetch(const PolicyFetch& fetch) {
  if (auto fault = first_fault(fetch)) return {FetchStage::Fetch, std::move(fault), std::nullopt, {}};
  auto parsed = formats::parse_sts_policy(fetch.body);
  if (parsed.valid()) return {FetchStage::Valid, std::nullopt, *std::move(parsed.value), std::move(parsed.findings)};
  const formats::Finding* error = parsed.first_error();
  Fault fault{Reason::PolicySyntax, "the policy cannot be read"};
  if (error != nullptr) {
    const auto where = error->line == 0 ? std::string() : "line " + std::to_string(error->line) + ": ";
    fault = {error->reason.value_or(Reason::PolicySyntax), where + error->message};
  }
  return {FetchStage::Syntax, std::move(fault), std::nullopt, std::move(parsed.findings)};
}

}  // namespace mta_sts::judge
