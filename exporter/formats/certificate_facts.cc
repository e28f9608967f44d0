#include "exporter/formats/certificate_facts.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <string_view>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "exporter/base/ascii.h"
#include "exporter/formats/domain_name.h"
#include "exporter/formats/utf8.h"

namespace mta_sts::formats {
namespace {

using std::chrono::seconds;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(char* text) const { OPENSSL_free(text); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

/// Controls in names that OpenSSL did not escape, DEL and those of dNSNames, would break lines and labels.
std::string clean(std::string_view text, std::size_t max_octets) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string visible;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet != 0x7f) {
      visible += c;
    } else {
      visible += {'\\', kHex[octet >> 4], kHex[octet & 0xf]};
    }
  }
  return make_utf8(visible, max_octets);
}

std::string print_name(const X509_NAME* name, unsigned long flags) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  if (!out || name == nullptr || X509_NAME_print_ex(out.get(), name, 0, flags) < 0) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string read_name(const X509_NAME* name) {
  // RFC 2253 as OpenSSL has it, but with UTF-8 characters left as they are.
  auto text = print_name(name, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  // A string that cannot be converted (a malformed BMPString) is printed octet by octet.
  if (text.empty()) {
    text = print_name(name, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_UTF8_CONVERT));
  }
  return clean(text, kMaxNameOctets);
}

std::string read_serial(const ASN1_INTEGER* serial) {
  const Owned<BIGNUM> number(ASN1_INTEGER_to_BN(serial, nullptr));
  if (!number) return {};
  const Owned<char> hex(BN_bn2hex(number.get()));
  if (!hex) return {};
  auto text = ascii::to_lower(hex.get());
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  while (text.size() > sign + 1 && text[sign] == '0') text.erase(sign, 1);
  return text.substr(0, kMaxSerialOctets);
}

std::vector<std::string> read_dns_names(const X509& certificate) {
  std::vector<std::string> found;
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()) && found.size() < kMaxDnsNames; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
    found.push_back(clean(std::string_view(data, size), kMaxDomain));
  }
  return found;
}

}  // namespace

std::string fingerprint_sha256(const X509& certificate) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &length) != 1) return {};
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += {kHex[digest[i] >> 4], kHex[digest[i] & 0xf]};
  return text;
}

WallTime read_time(const ASN1_TIME& time) {
  std::tm parts{};
  // Also checks the form; an offset is taken into account.
  if (ASN1_TIME_to_tm(&time, &parts) != 1) return WallTime{};
  const std::chrono::year_month_day day(std::chrono::year(parts.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
  const auto since_epoch = std::chrono::sys_days(day).time_since_epoch() + std::chrono::hours(parts.tm_hour) +
                           std::chrono::minutes(parts.tm_min) + seconds(parts.tm_sec);
  // RFC 5280 §4.1.2.5: the year 9999 means "no end"; nanoseconds in 64 bits end in 2262.
  constexpr auto kFirst = std::chrono::ceil<seconds>(WallTime::min().time_since_epoch());
  constexpr auto kLast = std::chrono::floor<seconds>(WallTime::max().time_since_epoch());
  return WallTime(std::clamp(std::chrono::duration_cast<seconds>(since_epoch), kFirst, kLast));
}

CertificateFacts read_certificate(const X509& certificate) {
  CertificateFacts facts;
  facts.subject = read_name(X509_get_subject_name(&certificate));
  facts.issuer = read_name(X509_get_issuer_name(&certificate));
  facts.serial = read_serial(X509_get0_serialNumber(&certificate));
  facts.fingerprint_sha256 = fingerprint_sha256(certificate);
  facts.dns_names = read_dns_names(certificate);
  if (const auto* begin = X509_get0_notBefore(&certificate)) facts.not_before = read_time(*begin);
  if (const auto* end = X509_get0_notAfter(&certificate)) facts.not_after = read_time(*end);
  return facts;
}

}  // namespace mta_sts::formats
