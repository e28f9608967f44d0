#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <span>

#include "exporter/net/dns_message.h"

namespace {

using mta_sts::telemetry::QueryType;

/// What every reply must give, however it is made.
void check(const mta_sts::net::DnsReply& reply, QueryType type) {
  const auto& answer = reply.answer;
  const bool records = !answer.txt.empty() || !answer.mx.empty() || !answer.addresses.empty();
  const bool bounded = answer.cname_chain.size() <= mta_sts::net::kMaxCnameChain &&
                       answer.txt.size() <= mta_sts::net::kMaxAnswerRecords &&
                       answer.mx.size() <= mta_sts::net::kMaxAnswerRecords &&
                       answer.addresses.size() <= mta_sts::net::kMaxAnswerRecords;
  const bool of_the_type = (answer.txt.empty() || type == QueryType::Txt) &&
                           (answer.mx.empty() || type == QueryType::Mx) &&
                           (answer.addresses.empty() || type == QueryType::A || type == QueryType::Aaaa);
  if (!bounded || !of_the_type || (answer.fault && records) || answer.ttl.count() < 0) std::abort();
}

}  // namespace

/// The first octet picks the question's type, the rest is the reply.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr QueryType kTypes[] = {QueryType::Txt,  QueryType::Mx,    QueryType::A,
                                  QueryType::Aaaa, QueryType::Cname, QueryType::Tlsa};
  constexpr std::size_t kMaxMessage = 65535;
  if (size == 0 || size > kMaxMessage + 1) return 0;
  const QueryType type = kTypes[data[0] % std::size(kTypes)];
  check(mta_sts::net::read_reply(std::span(data + 1, size - 1), type), type);
  return 0;
}
