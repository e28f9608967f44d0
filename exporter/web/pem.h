#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <openssl/types.h>

#include "exporter/base/result.h"

namespace mta_sts::web {

/// Certificates and keys out of PEM text; no I/O. Errors go on after "is" or "holds": they show nothing of the text.
using Certificate = std::shared_ptr<X509>;
using PrivateKey = std::shared_ptr<EVP_PKEY>;

/// Every certificate, in the order of the text; other blocks are passed over. Never empty: a text without one is an
/// error, and so is a broken one.
Result<std::vector<Certificate>> certificates_in(std::string_view pem);

/// The first private key; other blocks are passed over. One with a passphrase is an error: nobody is there to ask.
Result<PrivateKey> private_key_in(std::string_view pem);

}  // namespace mta_sts::web
