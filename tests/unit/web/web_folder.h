#pragma once

#include <filesystem>
#include <string>

#include "../net/test_pki.h"

namespace mta_sts::web {

/// Certificates for a server that judges by the machine's clock.
net::test::CertificateSpec server_spec();  ///< localhost
net::test::CertificateSpec client_spec();  ///< client.example and a name of each other kind
net::test::CertificateSpec authority_spec(const std::string& name);

/// A folder for a web configuration and its certificates, gone with the object.
class WebFolder {
 public:
  WebFolder();
  ~WebFolder();
  WebFolder(const WebFolder&) = delete;
  WebFolder& operator=(const WebFolder&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  /// Writes beside and renames, as certificate tools do: a new inode. Returns the path.
  std::string write(const std::string& name, const std::string& text) const;
  /// NAME.crt and NAME.key.
  void write(const std::string& name, const net::test::Identity& identity) const;

 private:
  std::filesystem::path path_;
};

/// A tls_server_config of server.crt and server.key; `more` stands in it, two spaces before each line.
std::string tls_config(const std::string& more = "");

}  // namespace mta_sts::web
