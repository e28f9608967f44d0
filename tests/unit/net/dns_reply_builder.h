#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace mta_sts::net {

using Octets = std::vector<std::uint8_t>;

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeNs = 2;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypeMx = 15;
inline constexpr std::uint16_t kTypeTxt = 16;
inline constexpr std::uint16_t kTypeAaaa = 28;
inline constexpr std::uint16_t kTypeTlsa = 52;

inline constexpr unsigned kNoError = 0;
inline constexpr unsigned kFormErr = 1;
inline constexpr unsigned kServFail = 2;
inline constexpr unsigned kNxDomain = 3;
inline constexpr unsigned kNotImp = 4;
inline constexpr unsigned kRefused = 5;

/// A name as labels on the wire. Labels are taken as they are: "" is the root.
Octets wire_name(std::string_view name);

/// Writes a DNS reply octet by octet, right or wrong as a test wants it.
class ReplyBuilder {
 public:
  ReplyBuilder(std::uint16_t id, std::string_view name, std::uint16_t type);

  ReplyBuilder& rcode(unsigned code);
  ReplyBuilder& authenticated();
  ReplyBuilder& truncated();
  ReplyBuilder& no_response();    ///< QR cleared, as a query reflected would have it
  ReplyBuilder& not_recursive();  ///< RA cleared
  ReplyBuilder& without_question();

  ReplyBuilder& answer(std::string_view owner, std::uint16_t type, std::uint32_t ttl, const Octets& data);
  ReplyBuilder& authority(std::string_view owner, std::uint16_t type, std::uint32_t ttl, const Octets& data);
  ReplyBuilder& txt(std::string_view owner, std::uint32_t ttl, std::initializer_list<std::string_view> strings);
  ReplyBuilder& mx(std::string_view owner, std::uint32_t ttl, std::uint16_t preference, std::string_view exchange);
  ReplyBuilder& a(std::string_view owner, std::uint32_t ttl, std::string_view address);
  ReplyBuilder& aaaa(std::string_view owner, std::uint32_t ttl, std::string_view address);
  ReplyBuilder& cname(std::string_view owner, std::uint32_t ttl, std::string_view target);
  ReplyBuilder& opt(unsigned upper_rcode = 0, const Octets& options = {});
  ReplyBuilder& ede(std::uint16_t code);  ///< an OPT record with an Extended DNS Error

  Octets octets() const;

 private:
  static void add(Octets& section, std::string_view owner, std::uint16_t type, std::uint16_t klass, std::uint32_t ttl,
                  const Octets& data);

  std::uint16_t id_;
  std::uint16_t flags_ = 0x8180;  ///< QR, RD, RA
  std::uint16_t counts_[4] = {1, 0, 0, 0};
  Octets sections_[4];
};

}  // namespace mta_sts::net
