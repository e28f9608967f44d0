#include "tests/unit/net/dns_reply_builder.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace mta_sts::net {
namespace {

void put16(Octets& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void append(Octets& out, const Octets& more) { out.insert(out.end(), more.begin(), more.end()); }

}  // namespace

Octets wire_name(std::string_view name) {
  Octets out;
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  out.push_back(0);
  return out;
}

ReplyBuilder::ReplyBuilder(std::uint16_t id, std::string_view name, std::uint16_t type) : id_(id) {
  sections_[0] = wire_name(name);
  put16(sections_[0], type);
  put16(sections_[0], 1);
}

ReplyBuilder& ReplyBuilder::rcode(unsigned code) {
  flags_ = static_cast<std::uint16_t>((flags_ & 0xfff0U) | code);
  return *this;
}

ReplyBuilder& ReplyBuilder::authenticated() {
  flags_ |= 0x0020;
  return *this;
}

ReplyBuilder& ReplyBuilder::truncated() {
  flags_ |= 0x0200;
  return *this;
}

ReplyBuilder& ReplyBuilder::no_response() {
  flags_ &= 0x7fff;
  return *this;
}

ReplyBuilder& ReplyBuilder::not_recursive() {
  flags_ &= 0xff7f;
  return *this;
}

ReplyBuilder& ReplyBuilder::without_question() {
  counts_[0] = 0;
  sections_[0].clear();
  return *this;
}

void ReplyBuilder::add(Octets& section, std::string_view owner, std::uint16_t type, std::uint16_t klass,
                       std::uint32_t ttl, const Octets& data) {
  append(section, wire_name(owner));
  put16(section, type);
  put16(section, klass);
  put16(section, ttl >> 16);
  put16(section, ttl & 0xffff);
  put16(section, static_cast<unsigned>(data.size()));
  append(section, data);
}

ReplyBuilder& ReplyBuilder::answer(std::string_view owner, std::uint16_t type, std::uint32_t ttl, const Octets& data) {
  add(sections_[1], owner, type, 1, ttl, data);
  ++counts_[1];
  return *this;
}

ReplyBuilder& ReplyBuilder::authority(std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                                      const Octets& data) {
  add(sections_[2], owner, type, 1, ttl, data);
  ++counts_[2];
  return *this;
}

ReplyBuilder& ReplyBuilder::txt(std::string_view owner, std::uint32_t ttl,
                                std::initializer_list<std::string_view> strings) {
  Octets data;
  for (const auto text : strings) {
    data.push_back(static_cast<std::uint8_t>(text.size()));
    data.insert(data.end(), text.begin(), text.end());
  }
  return answer(owner, kTypeTxt, ttl, data);
}

ReplyBuilder& ReplyBuilder::mx(std::string_view owner, std::uint32_t ttl, std::uint16_t preference,
                               std::string_view exchange) {
  Octets data;
  put16(data, preference);
  append(data, wire_name(exchange));
  return answer(owner, kTypeMx, ttl, data);
}

ReplyBuilder& ReplyBuilder::a(std::string_view owner, std::uint32_t ttl, std::string_view address) {
  const auto bytes = boost::asio::ip::make_address_v4(address).to_bytes();
  return answer(owner, kTypeA, ttl, Octets(bytes.begin(), bytes.end()));
}

ReplyBuilder& ReplyBuilder::aaaa(std::string_view owner, std::uint32_t ttl, std::string_view address) {
  const auto bytes = boost::asio::ip::make_address_v6(address).to_bytes();
  return answer(owner, kTypeAaaa, ttl, Octets(bytes.begin(), bytes.end()));
}

ReplyBuilder& ReplyBuilder::cname(std::string_view owner, std::uint32_t ttl, std::string_view target) {
  return answer(owner, kTypeCname, ttl, wire_name(target));
}

ReplyBuilder& ReplyBuilder::opt(unsigned upper_rcode, const Octets& options) {
  constexpr std::uint16_t kOpt = 41;
  add(sections_[3], "", kOpt, 1232, static_cast<std::uint32_t>(upper_rcode) << 24, options);
  ++counts_[3];
  return *this;
}

ReplyBuilder& ReplyBuilder::ede(std::uint16_t code) {
  Octets options;
  put16(options, 15);
  put16(options, 6);
  put16(options, code);
  for (const char c : {'t', 'e', 'x', 't'}) options.push_back(static_cast<std::uint8_t>(c));
  return opt(0, options);
}

Octets ReplyBuilder::octets() const {
  Octets out;
  put16(out, id_);
  put16(out, flags_);
  for (const auto count : counts_) put16(out, count);
  for (const auto& section : sections_) append(out, section);
  return out;
}

}  // namespace mta_sts::net
