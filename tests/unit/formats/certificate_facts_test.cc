#include "exporter/formats/certificate_facts.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace mta_sts::formats {
namespace {

using std::chrono::seconds;

std::int64_t to_seconds(WallTime time) { return std::chrono::floor<seconds>(time.time_since_epoch()).count(); }

WallTime time_of(const char* text, int type = V_ASN1_GENERALIZEDTIME) {
  const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> time(ASN1_STRING_type_new(type), ASN1_STRING_free);
  ASN1_STRING_set(time.get(), text, -1);
  return read_time(*time);
}

/// An unsigned certificate whose fields a test writes; read_certificate() needs no more.
class Certificate {
 public:
  Certificate() : x509_(X509_new(), X509_free) {
    X509_set_version(x509_.get(), X509_VERSION_3);
    set_serial("1");
    set_times("20240101000000Z", "20250101000000Z");
  }
  void set_serial(const char* hex) {
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, hex);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509_.get()));
    BN_free(number);
  }
  void set_times(const char* begin, const char* end) {
    ASN1_STRING_set(X509_getm_notBefore(x509_.get()), begin, -1);
    X509_getm_notBefore(x509_.get())->type = V_ASN1_GENERALIZEDTIME;
    ASN1_STRING_set(X509_getm_notAfter(x509_.get()), end, -1);
    X509_getm_notAfter(x509_.get())->type = V_ASN1_GENERALIZEDTIME;
  }
  void add_name(const char* field, int type, const std::string& value) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509_.get()), field, type,
                               reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()), -1,
                               0);
  }
  void add_dns_names(const std::vector<std::string>& names) {
    GENERAL_NAMES* all = GENERAL_NAMES_new();
    for (const auto& name : names) {
      ASN1_IA5STRING* text = ASN1_IA5STRING_new();
      ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
      GENERAL_NAME* one = GENERAL_NAME_new();
      GENERAL_NAME_set0_value(one, GEN_DNS, text);
      sk_GENERAL_NAME_push(all, one);
    }
    X509_add1_ext_i2d(x509_.get(), NID_subject_alt_name, all, 0, X509V3_ADD_REPLACE);
    GENERAL_NAMES_free(all);
  }
  CertificateFacts facts() const { return read_certificate(*x509_); }

 private:
  std::unique_ptr<X509, void (*)(X509*)> x509_;
};

TEST_CASE("certificate_facts: names are in RFC 2253 form and keep their UTF-8", "[formats][certificate_facts]") {
  Certificate certificate;
  certificate.add_name("C", MBSTRING_ASC, "DE");
  certificate.add_name("O", MBSTRING_UTF8, "Müller, Söhne");
  certificate.add_name("CN", MBSTRING_ASC, "mx.example.com");
  CHECK(certificate.facts().subject == "CN=mx.example.com,O=Müller\\, Söhne,C=DE");
  CHECK(certificate.facts().issuer.empty());
}

TEST_CASE("certificate_facts: hostile names become valid UTF-8 without controls, cut", "[formats][certificate_facts]") {
  Certificate certificate;
  certificate.add_name("O", V_ASN1_UTF8STRING,
                       "a\xff"
                       "b");
  certificate.add_name("OU", MBSTRING_ASC, "line\nbreak\x1b");
  certificate.add_name("CN", MBSTRING_ASC, "x\x7f");
  const auto subject = certificate.facts().subject;
  CHECK(subject.find_first_of("\n\x1b\x7f") == std::string::npos);
  CHECK_THAT(subject, Catch::Contains("line\\0Abreak"));
  CHECK(subject.find('\xff') == std::string::npos);
  Certificate long_name;
  for (int i = 0; i < 100; ++i) long_name.add_name("OU", MBSTRING_ASC, std::string(60, 'x'));
  CHECK(long_name.facts().subject.size() == kMaxNameOctets);
}

TEST_CASE("certificate_facts: serials are lower-case hex without leading zeros", "[formats][certificate_facts]") {
  Certificate certificate;
  const auto serial = [&](const char* hex) {
    certificate.set_serial(hex);
    return certificate.facts().serial;
  };
  CHECK(serial("0A") == "a");
  CHECK(serial("00") == "0");
  CHECK(serial("FF00") == "ff00");
  CHECK(serial("-01") == "-1");
  CHECK(serial(std::string(2000, 'F').c_str()).size() == kMaxSerialOctets);
}

TEST_CASE("certificate_facts: dNSNames are bounded in number and hold no controls", "[formats][certificate_facts]") {
  Certificate certificate;
  std::vector<std::string> names{"mx.example.com", std::string("evil.example\0.com", 17), "\xff.example"};
  certificate.add_dns_names(names);
  CHECK(certificate.facts().dns_names ==
        std::vector<std::string>{"mx.example.com", "evil.example\\00.com", "\xef\xbf\xbd.example"});
  certificate.add_dns_names(std::vector<std::string>(kMaxDnsNames + 50, "a.example"));
  CHECK(certificate.facts().dns_names.size() == kMaxDnsNames);
}

TEST_CASE("certificate_facts: times are read from before 1970 on and held at the ends of the clock",
          "[formats][certificate_facts]") {
  CHECK(to_seconds(time_of("19700101000000Z")) == 0);
  CHECK(to_seconds(time_of("20240229123456Z")) == 1709210096);
  CHECK(to_seconds(time_of("19691231235959Z")) == -1);
  CHECK(to_seconds(time_of("500101000000Z", V_ASN1_UTCTIME)) == -631152000);
  CHECK(to_seconds(time_of("491231235959Z", V_ASN1_UTCTIME)) == 2524607999);
  CHECK(to_seconds(time_of("99991231235959Z")) == 9223372036);
  CHECK(to_seconds(time_of("22620411234716Z")) == 9223372036);
  CHECK(to_seconds(time_of("00010101000000Z")) == -9223372036);
}

TEST_CASE("certificate_facts: a malformed time is the epoch", "[formats][certificate_facts]") {
  for (const char* text : {"", "x", "20241301000000Z", "20240230000000Z", "2024"}) {
    CAPTURE(text);
    CHECK(to_seconds(time_of(text)) == 0);
  }
}

TEST_CASE("certificate_facts: the fingerprint is 64 digits of hex and the times are those of the certificate",
          "[formats][certificate_facts]") {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> x509(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), 86400);
  X509_set_pubkey(x509.get(), key.get());
  REQUIRE(X509_sign(x509.get(), key.get(), EVP_sha256()) > 0);
  const auto facts = read_certificate(*x509);
  CHECK(facts.fingerprint_sha256.size() == 64);
  CHECK(facts.fingerprint_sha256.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(facts.not_after - facts.not_before == std::chrono::hours(24));
  CHECK(facts.dns_names.empty());
}

}  // namespace
}  // namespace mta_sts::formats
