#include "exporter/net/kept_answers.h"

#include <algorithm>

namespace mta_sts::net {
namespace {

using std::chrono::seconds;

/// From when it was sent; zero for what is not kept.
seconds true_for(const DnsQuestion& question, const DnsAnswer& answer) {
  const bool addresses = question.type == QueryType::A || question.type == QueryType::Aaaa;
  if (!addresses || answer.addresses.size() > kMaxKeptAddresses) return seconds(0);
  if (!answer.fault) return answer.ttl;
  return answer.fault->reason == Reason::DnsNodata ? answer.negative_ttl : seconds(0);
}

}  // namespace

void KeptAnswers::keep(const DnsQuestion& question, const DnsAnswer& answer, MonoTime sent, MonoTime now) {
  const auto end = sent + std::min<MonoTime::duration>(true_for(question, answer), oldest_);
  if (end <= now || limit_ == 0) return;
  while (!ends_.empty() && ends_.begin()->first <= now) drop(ends_.begin());
  if (const auto before = answers_.find(question); before != answers_.end()) drop(before->second.end);
  if (answers_.size() >= limit_) drop(ends_.begin());
  const auto [entry, added] = answers_.try_emplace(question, Kept{answer, sent, {}});
  entry->second.end = ends_.emplace(end, &entry->first);
}

std::optional<DnsAnswer> KeptAnswers::find(const DnsQuestion& question, MonoTime now) const {
  const auto found = answers_.find(question);
  if (found == answers_.end() || found->second.end->first <= now) return std::nullopt;
  const auto age = std::chrono::ceil<seconds>(now - found->second.sent);
  DnsAnswer answer = found->second.answer;
  answer.ttl = std::max(answer.ttl - age, seconds(0));
  answer.negative_ttl = std::max(answer.negative_ttl - age, seconds(0));
  return answer;
}

void KeptAnswers::drop(Ends::iterator end) {
  answers_.erase(answers_.find(*end->second));
  ends_.erase(end);
}

}  // namespace mta_sts::net
