#include "exporter/net/dns_message.h"

#include <algorithm>
#include <ares.h>
#include <array>
#include <memory>
#include <new>
#include <optional>
#include <resolv.h>
#include <utility>

#include <arpa/nameser.h>

#include "exporter/base/ascii.h"
#include "exporter/formats/domain_name.h"

namespace mta_sts::net {
namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::uint8_t kResponseBit = 0x80;   // octet 2
constexpr std::uint8_t kOpcodeBits = 0x78;    // octet 2
constexpr std::uint8_t kTruncatedBit = 0x02;  // octet 2
constexpr std::uint8_t kAdBit = 0x20;         // octet 3
constexpr std::uint8_t kCdBit = 0x10;         // octet 3
constexpr std::uint8_t kRcodeBits = 0x0f;     // octet 3
constexpr unsigned kEdeOption = 15;           // RFC 8914 5.1
constexpr std::size_t kMaxCnamesKept = 4 * kMaxCnameChain;

int wire_type(QueryType type) {
  switch (type) {
    case QueryType::Txt:
      return ns_t_txt;
    case QueryType::Mx:
      return ns_t_mx;
    case QueryType::A:
      return ns_t_a;
    case QueryType::Aaaa:
      return ns_t_aaaa;
    case QueryType::Cname:
      return ns_t_cname;
    case QueryType::Tlsa:
      return ns_t_tlsa;
  }
  return ns_t_invalid;
}

/// c-ares reads a backslash as an escape, and not as RFC 1035 5.1 does: such names would be asked wrongly.
bool is_plain(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return ascii::is_visible(c) && c != '\\'; });
}

/// Over 255 octets with the length octets, so over kMaxDomain as text. Only for plain names.
bool is_too_long(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name.size() > formats::kMaxDomain;
}

Fault fault(Reason reason, std::string detail) { return Fault{reason, std::move(detail)}; }

struct Link {
  std::string owner;
  std::string target;
  std::chrono::seconds ttl;
};

/// RFC 2181 8: a TTL with the top bit set is zero.
std::chrono::seconds ttl_of(std::uint32_t ttl) { return std::chrono::seconds(ttl > 0x7fffffffU ? 0 : ttl); }
std::chrono::seconds ttl_of(const ns_rr& record) { return ttl_of(ns_rr_ttl(record)); }

/// Walks one reply. Every step that cannot be taken leaves `readable_` false: the answer is then dns_malformed.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> message, QueryType type) : message_(message), type_(type) {}

  DnsReply read() {
    if (message_.size() < kHeaderSize || (message_[2] & kResponseBit) == 0 || (message_[2] & kOpcodeBits) != 0) {
      return malformed("no response to a query");
    }
    reply_.rcode = message_[3] & kRcodeBits;
    reply_.truncated = (message_[2] & kTruncatedBit) != 0;
    if (reply_.truncated) return malformed("truncated");
    if (ns_initparse(message_.data(), static_cast<int>(message_.size()), &handle_) != 0) {
      return malformed("the sections cannot be read");
    }
    reply_.answer.authenticated = (message_[3] & kAdBit) != 0;
    read_question();
    read_opt();
    read_chain();
    if (readable_ && reply_.rcode == ns_r_noerror && !reply_.answer.fault) read_records();
    if (!readable_) return malformed("the records cannot be read");
    judge();
    return std::move(reply_);
  }

 private:
  DnsReply malformed(std::string what) {
    reply_.answer = DnsAnswer{};
    reply_.answer.fault = fault(Reason::DnsMalformed, std::move(what));
    return std::move(reply_);
  }

  int count(ns_sect section) const { return ns_msg_count(handle_, section); }

  std::optional<ns_rr> record(ns_sect section, int index) {
    ns_rr found;
    if (ns_parserr(&handle_, section, index, &found) == 0) return found;
    readable_ = false;
    return std::nullopt;
  }

  std::span<const std::uint8_t> data_of(const ns_rr& found) const { return {found.rdata, found.rdlength}; }

  /// A domain name that fills `data` to its end, lower case; the root is "".
  std::optional<std::string> name_in(std::span<const std::uint8_t> data) {
    std::array<char, NS_MAXDNAME> text;
    const int used =
        dn_expand(message_.data(), message_.data() + message_.size(), data.data(), text.data(), text.size());
    if (used >= 0 && static_cast<std::size_t>(used) == data.size()) return ascii::to_lower(text.data());
    readable_ = false;
    return std::nullopt;
  }

  void read_question() {
    if (count(ns_s_qd) != 1) readable_ = false;
    const auto question = readable_ ? record(ns_s_qd, 0) : std::nullopt;
    if (!question) return;
    if (ns_rr_type(*question) != wire_type(type_) || ns_rr_class(*question) != ns_c_in) readable_ = false;
    owner_ = ascii::to_lower(ns_rr_name(*question));
  }

  void read_opt() {
    for (int i = 0; readable_ && i < count(ns_s_ar); ++i) {
      const auto found = record(ns_s_ar, i);
      if (!found || ns_rr_type(*found) != ns_t_opt || reply_.edns) continue;
      reply_.edns = true;
      reply_.rcode |= (ns_rr_ttl(*found) >> 24) << 4;
      read_options(data_of(*found));
    }
  }

  void read_options(std::span<const std::uint8_t> options) {
    while (options.size() >= 4) {
      const unsigned code = ns_get16(options.data());
      const std::size_t length = ns_get16(options.data() + 2);
      options = options.subspan(4);
      if (options.size() < length) return;
      if (code == kEdeOption && length >= 2) note_ede(ns_get16(options.data()));
      options = options.subspan(length);
    }
  }

  void note_ede(unsigned code) {
    // RFC 8914 4.7 to 4.13: what a validator says when the signatures do not hold.
    constexpr std::array<const char*, 7> kBogus{"DNSSEC Bogus",   "Signature Expired", "Signature Not Yet Valid",
                                                "DNSKEY Missing", "RRSIGs Missing",    "No Zone Key Bit Set",
                                                "NSEC Missing"};
    if (code < 6 || code > 12 || !bogus_.empty()) return;
    bogus_ = "EDE " + std::to_string(code) + ", " + kBogus[code - 6];
  }

  std::vector<Link> read_links() {
    std::vector<Link> links;
    for (int i = 0; readable_ && i < count(ns_s_an) && links.size() < kMaxCnamesKept; ++i) {
      const auto found = record(ns_s_an, i);
      if (!found || ns_rr_type(*found) != ns_t_cname || ns_rr_class(*found) != ns_c_in) continue;
      auto target = name_in(data_of(*found));
      if (target) links.push_back({ascii::to_lower(ns_rr_name(*found)), std::move(*target), ttl_of(*found)});
    }
    return links;
  }

  void read_chain() {
    const auto links = read_links();
    auto& chain = reply_.answer.cname_chain;
    while (readable_) {
      const auto link =
          std::find_if(links.begin(), links.end(), [&](const Link& each) { return each.owner == owner_; });
      if (link == links.end()) return;
      if (chain.size() == kMaxCnameChain) {
        // A loop ends here too. Resolvers give up with SERVFAIL; some hand the loop out (NOERROR).
        reply_.answer.fault = fault(Reason::DnsServfail, "CNAME loop or chain over its limit");
        return;
      }
      chain.push_back(link->target);
      note_ttl(link->ttl);
      if (type_ == QueryType::Cname) {
        found_ = true;
        return;
      }
      owner_ = link->target;
    }
  }

  void note_ttl(std::chrono::seconds ttl) {
    reply_.answer.ttl = ttl_seen_ ? std::min(reply_.answer.ttl, ttl) : ttl;
    ttl_seen_ = true;
  }

  void read_records() {
    if (type_ == QueryType::Cname) return;
    std::size_t taken = 0;
    for (int i = 0; readable_ && i < count(ns_s_an) && taken < kMaxAnswerRecords; ++i) {
      const auto each = record(ns_s_an, i);
      if (!each || ns_rr_type(*each) != wire_type(type_) || ns_rr_class(*each) != ns_c_in) continue;
      if (!ascii::same(ns_rr_name(*each), owner_)) continue;
      take(data_of(*each));
      note_ttl(ttl_of(*each));
      found_ = true;
      ++taken;
    }
  }

  void take(std::span<const std::uint8_t> data) {
    switch (type_) {
      case QueryType::Txt:
        return take_txt(data);
      case QueryType::Mx:
        return take_mx(data);
      case QueryType::A:
        return take_address<boost::asio::ip::address_v4>(data);
      case QueryType::Aaaa:
        return take_address<boost::asio::ip::address_v6>(data);
      case QueryType::Cname:
      case QueryType::Tlsa:
        return;
    }
  }

  /// RFC 1035 3.3.14: one or more character-strings; RFC 8461 §3.1: joined without spaces.
  void take_txt(std::span<const std::uint8_t> data) {
    std::string joined;
    if (data.empty()) readable_ = false;
    while (!data.empty()) {
      const std::size_t length = data[0];
      if (data.size() < 1 + length) {
        readable_ = false;
        return;
      }
      const auto text = data.subspan(1, length);
      joined.append(text.begin(), text.end());
      data = data.subspan(1 + length);
    }
    reply_.answer.txt.push_back(std::move(joined));
  }

  void take_mx(std::span<const std::uint8_t> data) {
    if (data.size() < 3) {
      readable_ = false;
      return;
    }
    auto exchange = name_in(data.subspan(2));
    if (exchange) {
      reply_.answer.mx.push_back({static_cast<std::uint16_t>(ns_get16(data.data())), std::move(*exchange)});
    }
  }

  template <typename Address>
  void take_address(std::span<const std::uint8_t> data) {
    typename Address::bytes_type bytes;
    if (data.size() != bytes.size()) {
      readable_ = false;
      return;
    }
    std::copy(data.begin(), data.end(), bytes.begin());
    const auto address = canonical(Address(bytes));
    auto& all = reply_.answer.addresses;
    if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
  }

  /// An empty answer with name servers of a zone below, from a server that does not recurse, is a referral: nobody
  /// looked, so it says nothing about the name.
  bool is_referral() {
    const bool recursive = ns_msg_getflag(handle_, ns_f_ra) != 0 || ns_msg_getflag(handle_, ns_f_aa) != 0;
    bool refers = false;
    for (int i = 0; !recursive && i < count(ns_s_ns); ++i) {
      const auto each = record(ns_s_ns, i);
      if (!each || ns_rr_type(*each) == ns_t_soa) return false;
      refers = refers || ns_rr_type(*each) == ns_t_ns;
    }
    return refers;
  }

  /// RFC 2308 5: no data holds for the smaller of the SOA's TTL and its MINIMUM field; without an SOA nobody may keep
  /// it. Found by way of a chain, it holds no longer than the chain does. An SOA that cannot be read says nothing.
  void read_negative_ttl() {
    for (int i = 0; i < count(ns_s_ns); ++i) {
      const auto each = record(ns_s_ns, i);
      if (!each) return;
      if (ns_rr_type(*each) != ns_t_soa || ns_rr_class(*each) != ns_c_in) continue;
      const auto minimum = minimum_of(data_of(*each));
      if (!minimum) return;
      const auto of_soa = std::min(ttl_of(*each), *minimum);
      reply_.answer.negative_ttl = ttl_seen_ ? std::min(reply_.answer.ttl, of_soa) : of_soa;
      return;
    }
  }

  /// RFC 1035 3.3.13: two names, then five fields of four octets, of which MINIMUM is the last.
  std::optional<std::chrono::seconds> minimum_of(std::span<const std::uint8_t> soa) const {
    constexpr std::size_t kNumbers = 20;
    const auto* end = soa.data() + soa.size();
    for (int names = 0; names < 2; ++names) {
      const int used = dn_skipname(soa.data(), end);
      if (used < 0) return std::nullopt;
      soa = soa.subspan(static_cast<std::size_t>(used));
    }
    if (soa.size() != kNumbers) return std::nullopt;
    return ttl_of(static_cast<std::uint32_t>(ns_get32(soa.data() + kNumbers - 4)));
  }

  void judge() {
    auto& verdict = reply_.answer.fault;
    switch (reply_.rcode) {
      case ns_r_noerror:
        if (verdict || found_) return;
        if (is_referral()) {
          verdict = fault(Reason::DnsRefused, "no recursion, only a referral");
        } else {
          verdict = fault(Reason::DnsNodata, "no record of the type");
          read_negative_ttl();
        }
        return;
      case ns_r_nxdomain:
        verdict = fault(Reason::DnsNxdomain, "NXDOMAIN");
        return;
      case ns_r_servfail:
        // RFC 8914 2: an EDE never changes what the RCODE means, so it is looked at with SERVFAIL only.
        verdict = bogus_.empty() ? fault(Reason::DnsServfail, "SERVFAIL")
                                 : fault(Reason::DnsBogus, "SERVFAIL, DNSSEC validation failed (" + bogus_ + ")");
        return;
      default:
        verdict = fault(Reason::DnsRefused, refusal());
    }
  }

  std::string refusal() const {
    if (reply_.rcode == ns_r_refused) return "REFUSED";
    if (reply_.rcode == ns_r_notimpl) return "NOTIMP";
    if (reply_.rcode == ns_r_formerr) return "FORMERR";
    return "RCODE " + std::to_string(reply_.rcode);
  }

  std::span<const std::uint8_t> message_;
  QueryType type_;
  ns_msg handle_{};
  DnsReply reply_;
  std::string owner_;  ///< whose records count: the question's name, then the targets of its chain
  std::string bogus_;
  bool readable_ = true;
  bool found_ = false;
  bool ttl_seen_ = false;
};

struct AresFree {
  void operator()(unsigned char* memory) const { ares_free_string(memory); }
};

}  // namespace

tl::expected<std::vector<std::uint8_t>, Fault> make_query(const DnsQuestion& question, std::uint16_t id, Edns edns,
                                                          Validation validation) {
  const auto unaskable = [&] { return tl::unexpected(fault(Reason::DnsMalformed, "no query can carry this name")); };
  if (!is_plain(question.name)) return unaskable();
  if (is_too_long(question.name)) {
    return tl::unexpected(fault(Reason::DnsNxdomain, "no name in the DNS is longer than 253 octets (RFC 1035 2.3.4)"));
  }
  unsigned char* buffer = nullptr;
  int length = 0;
  const int status = ares_create_query(question.name.c_str(), ns_c_in, wire_type(question.type), id, 1, &buffer,
                                       &length, edns == Edns::On ? static_cast<int>(kEdnsSize) : 0);
  const std::unique_ptr<unsigned char, AresFree> owned(buffer);
  if (status == ARES_ENOMEM) throw std::bad_alloc();
  if (status == ARES_ENOTFOUND) {
    return tl::unexpected(fault(Reason::DnsNxdomain, "names under onion are not in the DNS (RFC 7686)"));
  }
  if (status != ARES_SUCCESS) return unaskable();
  std::vector<std::uint8_t> query(buffer, buffer + length);
  query[3] |= kAdBit;
  if (validation == Validation::Off) query[3] |= kCdBit;
  return query;
}

DnsReply read_reply(std::span<const std::uint8_t> message, QueryType type) { return Reader(message, type).read(); }

bool worth_another_try(const DnsReply& reply) {
  if (!reply.answer.fault) return false;
  const auto reason = reply.answer.fault->reason;
  if (reason == Reason::DnsNxdomain || reason == Reason::DnsNodata) return false;
  // A CNAME loop that comes as NOERROR would be the same elsewhere.
  return reason != Reason::DnsServfail || reply.rcode == ns_r_servfail;
}

}  // namespace mta_sts::net
