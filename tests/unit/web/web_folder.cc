#include "web_folder.h"

#include <fstream>
#include <stdexcept>
#include <stdlib.h>

namespace mta_sts::web {
namespace {

namespace pki = net::test;

pki::CertificateSpec valid_now(pki::CertificateSpec spec) {
  const auto now = std::chrono::system_clock::now();
  spec.not_before = now - pki::kDay;
  spec.not_after = now + pki::kDay;
  return spec;
}

}  // namespace

pki::CertificateSpec server_spec() {
  pki::CertificateSpec spec;
  spec.common_name = "localhost";
  spec.dns_names = {"localhost"};
  return valid_now(spec);
}

pki::CertificateSpec client_spec() {
  pki::CertificateSpec spec;
  spec.common_name = "client";
  spec.dns_names = {"client.example"};
  spec.other_names = "IP:192.0.2.1,IP:2001:db8::1,email:mail@client.example,URI:spiffe://client.example/x";
  spec.extended_key_usage = "clientAuth";
  return valid_now(spec);
}

pki::CertificateSpec authority_spec(const std::string& name) { return valid_now(pki::ca_spec(name)); }

WebFolder::WebFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "web-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

WebFolder::~WebFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string WebFolder::write(const std::string& name, const std::string& text) const {
  const auto file = path_ / name;
  const auto beside = path_ / (name + ".new");
  std::ofstream(beside, std::ios::binary) << text;
  std::filesystem::rename(beside, file);
  return file.string();
}

void WebFolder::write(const std::string& name, const pki::Identity& identity) const {
  write(name + ".crt", pki::to_pem(*identity.certificate));
  write(name + ".key", pki::to_pem(*identity.key));
}

std::string tls_config(const std::string& more) {
  return "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n" + more;
}

}  // namespace mta_sts::web
