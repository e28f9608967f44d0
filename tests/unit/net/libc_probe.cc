#include "libc_probe.h"

#include <atomic>
#include <dlfcn.h>
#include <filesystem>
#include <iterator>
#include <netdb.h>

#include <openssl/x509_vfy.h>

namespace {

std::atomic<int> resolver_count = 0;
std::atomic<int> bundle_count = 0;

template <typename Function>
Function next(Function, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  ++resolver_count;
  return next(&getaddrinfo, "getaddrinfo")(node, service, hints, result);
}

int X509_STORE_load_file(X509_STORE* store, const char* file) {
  ++bundle_count;
  return next(&X509_STORE_load_file, "X509_STORE_load_file")(store, file);
}

int X509_STORE_load_path(X509_STORE* store, const char* path) {
  ++bundle_count;
  return next(&X509_STORE_load_path, "X509_STORE_load_path")(store, path);
}

int X509_STORE_set_default_paths(X509_STORE* store) {
  ++bundle_count;
  return next(&X509_STORE_set_default_paths, "X509_STORE_set_default_paths")(store);
}

}  // extern "C"

namespace mta_sts::net::test {

int resolver_calls() { return resolver_count; }
int bundle_loads() { return bundle_count; }

int open_descriptors() {
  return static_cast<int>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

}  // namespace mta_sts::net::test
