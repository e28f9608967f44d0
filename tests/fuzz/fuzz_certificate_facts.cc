#include <memory>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "exporter/formats/certificate_facts.h"
#include "exporter/formats/utf8.h"
#include "fuzz_target.h"

using mta_sts::fuzz::require;
namespace formats = mta_sts::formats;

/// A certificate in DER.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const unsigned char* at = data;
  const std::unique_ptr<X509, void (*)(X509*)> x509(d2i_X509(nullptr, &at, static_cast<long>(size)), X509_free);
  ERR_clear_error();
  if (!x509) return 0;
  const auto facts = formats::read_certificate(*x509);
  for (const auto* text : {&facts.subject, &facts.issuer}) {
    require(formats::is_utf8(*text) && text->size() <= formats::kMaxNameOctets, "names are UTF-8 and bounded");
    require(text->find_first_of("\n\r\t\x1b\x7f") == std::string::npos, "names hold no controls");
  }
  require(facts.serial.size() <= formats::kMaxSerialOctets, "serials are bounded");
  require(facts.fingerprint_sha256.size() == 64, "every certificate has a fingerprint");
  require(facts.dns_names.size() <= formats::kMaxDnsNames, "names are bounded in number");
  require(facts == formats::read_certificate(*x509), "reading is repeatable");
  return 0;
}
