#include "exporter/web/read_tls.h"

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "exporter/base/ip.h"
#include "exporter/formats/quote.h"
#include "exporter/settings/file_text.h"
#include "exporter/web/config.h"
#include "exporter/web/tls_names.h"

namespace mta_sts::web {
namespace {

using settings::Bad;
using settings::Choice;
using settings::Faults;
using settings::MapReader;
using settings::Read;
using settings::YamlEntry;
using settings::YamlNode;

constexpr std::string_view kSection = "tls_server_config";
constexpr std::size_t kMostNames = 32;  ///< cipher suites, curves

constexpr Choice<ClientAuth, 6> kClientAuth{{{{"NoClientCert", ClientAuth::None},
                                              {"RequestClientCert", ClientAuth::Request},
                                              {"RequireAnyClientCert", ClientAuth::RequireAny},
                                              {"RequireClientCert", ClientAuth::RequireAny},
                                              {"VerifyClientCertIfGiven", ClientAuth::VerifyIfGiven},
                                              {"RequireAndVerifyClientCert", ClientAuth::RequireAndVerify}}}};
constexpr Choice<TlsVersion, 2> kVersions{{{{"TLS12", TlsVersion::Tls12}, {"TLS13", TlsVersion::Tls13}}}};

/// A thing that is given as a file or as text in the configuration.
struct PemKeys {
  const char* text;
  const char* file;
  const char* what;  ///< "a PEM file with ..."
};
constexpr PemKeys kCert{"cert", "cert_file", "the server's certificate"};
constexpr PemKeys kKey{"key", "key_file", "the certificate's private key, without a passphrase"};
constexpr PemKeys kClientCa{"client_ca", "client_ca_file", "certificates of client CAs"};

template <typename T>
using Parse = Result<T> (*)(std::string_view);

/// Messages show file names, never PEM text.
template <typename T>
Read<T> from_text(const YamlNode& node, const PemKeys& keys, Parse<T> parse) {
  const std::string expected = std::string("PEM text with ") + keys.what;
  if (!node.is_text()) return tl::unexpected(Bad{settings::what_is(node), expected});
  auto parsed = parse(node.text);
  if (!parsed) return tl::unexpected(Bad{parsed.error().message, expected});
  return std::move(*parsed);
}

template <typename T>
Read<T> from_file(const YamlNode& node, const PemKeys& keys, Parse<T> parse, NamedFiles& files) {
  const std::string expected = std::string("a PEM file with ") + keys.what;
  const auto name = settings::Text{expected}(node);
  if (!name) return tl::unexpected(name.error());
  if (name->empty()) return tl::unexpected(Bad{settings::what_is(node), expected});
  const auto text = files.read(files.resolve(*name));
  const auto bad = [&](const Error& error) {
    return tl::unexpected(Bad{"is " + formats::quoted(*name) + ", which " + error.message, expected});
  };
  if (!text) return bad(text.error());
  auto parsed = parse(*text);
  if (!parsed) return bad(parsed.error());
  return std::move(*parsed);
}

template <typename T>
T read_pem(MapReader& section, const PemKeys& keys, Parse<T> parse, NamedFiles& files) {
  auto text = section.get(keys.text, [&](const YamlNode& node) { return from_text(node, keys, parse); }, T());
  auto file = section.get(keys.file, [&](const YamlNode& node) { return from_file(node, keys, parse, files); }, T());
  const YamlEntry* const inline_text = section.find(keys.text);
  if (inline_text == nullptr) return file;
  if (section.find(keys.file) != nullptr) {
    section.refuse(*inline_text, Bad{std::string("is given beside ") + keys.file, "one of the two"});
  }
  return text;
}

bool has_any(MapReader& section, const PemKeys& keys) {
  return section.find(keys.text) != nullptr || section.find(keys.file) != nullptr;
}

/// As it is compared with what a certificate says.
Read<std::string> read_san(const YamlNode& node) {
  auto text = settings::Text{"a DNS name, an IP address, a mail address or a URI"}(node);
  if (!text) return text;
  if (text->empty())
    return tl::unexpected(Bad{settings::what_is(node), "a DNS name, an IP address, a mail address or a URI"});
  if (const auto address = parse_ip(*text)) return to_text(*address);
  return text;
}

TlsServerSettings read_settings(MapReader& section, NamedFiles& files) {
  TlsServerSettings tls;
  tls.chain = read_pem(section, kCert, certificates_in, files);
  tls.key = read_pem(section, kKey, private_key_in, files);
  tls.client_auth = section.get("client_auth_type", kClientAuth, tls.client_auth);
  tls.client_cas = read_pem(section, kClientCa, certificates_in, files);
  tls.client_allowed_sans =
      section.get_list<std::string>("client_allowed_sans", "a list of names", kMostAllowedSans, read_san);
  tls.min_version = section.get("min_version", kVersions, tls.min_version);
  tls.max_version = section.get("max_version", kVersions, tls.max_version);
  tls.cipher_suites =
      section.get_list<std::string_view>("cipher_suites", "a list of cipher suites up to TLS 1.2, in Go's names",
                                         kMostNames, Choice<std::string_view, kCipherSuites.size()>{kCipherSuites});
  tls.curves = section.get_list<std::string_view>("curve_preferences", "a list of curves, in Go's names", kMostNames,
                                                  Choice<std::string_view, kCurves.size()>{kCurves});
  const bool server = section.get("prefer_server_cipher_suites", settings::read_bool, true);
  tls.preference = server ? Preference::Server : Preference::Client;
  return tls;
}

/// What is good key by key and makes no sense together.
void refuse_contradictions(MapReader& section, const TlsServerSettings& tls) {
  const bool verifies = tls.client_auth == ClientAuth::VerifyIfGiven || tls.client_auth == ClientAuth::RequireAndVerify;
  const YamlEntry* const auth = section.find("client_auth_type");
  const bool is_known = auth == nullptr || kClientAuth(auth->value);  // else it has a fault of its own
  if (verifies && auth != nullptr && !has_any(section, kClientCa)) {
    // Go would take the system's roots: everybody with a public certificate.
    section.refuse(*auth, Bad{settings::what_is(auth->value) + " without a client CA", "client_ca_file or client_ca"});
  }
  // The other types judge nobody: who writes a CA or a name believes the door to be locked.
  for (const char* const key : {kClientCa.text, kClientCa.file}) {
    const YamlEntry* const authority = section.find(key);
    if (authority == nullptr || verifies || !is_known) continue;
    section.refuse(*authority, Bad{"is given, but no certificate is verified",
                                   "client_auth_type RequireAndVerifyClientCert or VerifyClientCertIfGiven"});
  }
  const YamlEntry* const sans = section.find("client_allowed_sans");
  if (sans != nullptr && sans->value.kind == YamlNode::Kind::List) {
    if (sans->value.items.empty()) section.refuse(*sans, Bad{"is empty", "at least one name"});
    if (tls.client_auth != ClientAuth::RequireAndVerify && is_known) {
      section.refuse(*sans, Bad{"is given, but a client may come without a verified certificate",
                                "client_auth_type RequireAndVerifyClientCert"});
    }
  }
  const YamlEntry* const least = section.find("min_version");
  if (least != nullptr && tls.min_version > tls.max_version) {
    section.refuse(*least, Bad{"is higher than max_version", "TLS12"});
  }
}

}  // namespace

std::string NamedFiles::resolve(const std::string& name) const {
  return (std::filesystem::path(folder_) / name).string();
}

Result<std::string> NamedFiles::read(const std::string& path) {
  const auto& stamp = stamps_.emplace_back(stamp_of(path));
  std::error_code ignored;
  if (!stamp.regular && std::filesystem::exists(path, ignored)) return fail("is no regular file");
  auto text = settings::read_file(path, kMostConfigOctets);
  if (text && text->size() > kMostConfigOctets) {
    return fail("has more than " + std::to_string(kMostConfigOctets) + " octets");
  }
  return text;
}

std::shared_ptr<TlsContext> read_tls(MapReader& top, NamedFiles& files, Faults& faults) {
  const YamlEntry* const entry = top.find(kSection);
  if (entry == nullptr) return nullptr;
  MapReader section = top.section(kSection);
  auto tls = read_settings(section, files);
  section.refuse_rest();
  if (entry->value.kind != YamlNode::Kind::Map) return nullptr;
  for (const PemKeys& keys : {kCert, kKey}) {
    if (has_any(section, keys)) continue;
    faults.add(entry->value.at,
               std::string(kSection) + " has no " + keys.text + "; expected " + keys.file + " or " + keys.text);
  }
  refuse_contradictions(section, tls);
  if (tls.chain.empty() || !tls.key) return nullptr;
  auto context = TlsContext::make(std::move(tls));
  if (context) return std::move(*context);
  faults.add(entry->value.at,
             std::string(kSection) + ": " + context.error().message + "; expected what OpenSSL takes for a server");
  return nullptr;
}

}  // namespace mta_sts::web
