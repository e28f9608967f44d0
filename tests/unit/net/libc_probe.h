#pragma once

namespace mta_sts::net::test {

/// How often this process has called them, by whatever library: the test program stands before the C library and
/// OpenSSL.
int resolver_calls();    ///< getaddrinfo
int bundle_loads();      ///< X509_STORE_load_file, X509_STORE_load_path, X509_STORE_set_default_paths
int open_descriptors();  ///< not a count of calls: how many there are now

}  // namespace mta_sts::net::test
