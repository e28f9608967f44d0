// The least that a look at a domain costs: blocking sockets, one thread, OpenSSL and nothing else. It asks the same
// questions as the exporter, makes two full handshakes that OpenSSL verifies with the name, holds the same dialogue,
// and keeps nothing. bench/fleet measures the exporter against it. Usage: bench_bare_client DNS_ADDRESS CA_FILE <
// domains, one a line. The first that is not in order ends it.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace {

constexpr std::uint16_t kHttpsPort = 443;
constexpr std::uint16_t kSmtpPort = 25;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kEdnsSize = 1232;
constexpr timeval kPatience{5, 0};

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error(what); }

class Socket {
 public:
  Socket(int type, in_addr address, std::uint16_t port) : descriptor_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) give_up("socket");
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    // The end of a handshake and what is said next are two small segments: the second would wait for 40 ms.
    const int now = 1;
    if (type == SOCK_STREAM) setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr = address;
    to.sin_port = htons(port);
    if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      close(descriptor_);
      give_up(std::string("connect: ") + std::strerror(errno));
    }
  }
  ~Socket() { close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// The data of the records of one type in an answer, with the message that names in them point into.
class Answer {
 public:
  Answer(std::vector<unsigned char> message, ns_type type) : message_(std::move(message)) {
    ns_msg parsed{};
    if (ns_initparse(message_.data(), static_cast<int>(message_.size()), &parsed) != 0) give_up("DNS: unreadable");
    if (ns_msg_getflag(parsed, ns_f_rcode) != ns_r_noerror) give_up("DNS: an error");
    for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
      ns_rr record{};
      if (ns_parserr(&parsed, ns_s_an, i, &record) != 0) give_up("DNS: unreadable record");
      if (ns_rr_type(record) == type) data_.emplace_back(ns_rr_rdata(record), ns_rr_rdlen(record));
    }
  }

  bool empty() const { return data_.empty(); }
  in_addr address() const {
    in_addr address{};
    if (only().second != sizeof address) give_up("DNS: no address");
    std::memcpy(&address, only().first, sizeof address);
    return address;
  }
  std::string text() const {
    const auto [octets, size] = only();
    return {reinterpret_cast<const char*>(octets) + 1, size - 1};
  }
  std::string exchange() const {
    constexpr std::size_t kPreference = 2;
    std::array<char, NS_MAXDNAME> name{};
    if (ns_name_uncompress(message_.data(), message_.data() + message_.size(), only().first + kPreference, name.data(),
                           name.size()) < 0) {
      give_up("DNS: unreadable name");
    }
    return name.data();
  }

 private:
  using Octets = std::pair<const unsigned char*, std::size_t>;
  const Octets& only() const {
    if (data_.size() != 1) give_up("DNS: not one record");
    return data_.front();
  }

  std::vector<unsigned char> message_;
  std::vector<Octets> data_;
};

class Dns {
 public:
  explicit Dns(in_addr server) : socket_(SOCK_DGRAM, server, kDnsPort) {}

  Answer ask(std::string_view name, ns_type type) {
    std::uint16_t id = 0;
    if (getrandom(&id, sizeof id, 0) != sizeof id) give_up("getrandom");
    const auto query = query_for(id, name, type);
    if (send(socket_.descriptor(), query.data(), query.size(), 0) < 0) give_up("DNS: send");
    std::vector<unsigned char> message(kEdnsSize);
    const auto size = recv(socket_.descriptor(), message.data(), message.size(), 0);
    if (size < NS_HFIXEDSZ || message[0] != id >> 8 || message[1] != (id & 0xff)) give_up("DNS: no answer");
    message.resize(static_cast<std::size_t>(size));
    return {std::move(message), type};
  }

 private:
  static void put(std::string& query, std::uint16_t number) {
    query += static_cast<char>(number >> 8);
    query += static_cast<char>(number & 0xff);
  }

  /// RD and AD set, with an OPT record (RFC 6891 §6.1.2): what the exporter sends.
  static std::string query_for(std::uint16_t id, std::string_view name, ns_type type) {
    std::string query;
    for (const std::uint16_t field :
         {id, std::uint16_t{0x0120}, std::uint16_t{1}, std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{1}}) {
      put(query, field);
    }
    while (!name.empty()) {
      const auto label = name.substr(0, name.find('.'));
      query += static_cast<char>(label.size());
      query += label;
      name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    query += '\0';
    put(query, static_cast<std::uint16_t>(type));
    put(query, ns_c_in);
    query += '\0';
    for (const std::uint16_t field :
         {std::uint16_t{ns_t_opt}, kEdnsSize, std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{0}}) {
      put(query, field);
    }
    return query;
  }

  Socket socket_;
};

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

/// One connection, in plaintext until start_tls().
class Connection {
 public:
  Connection(in_addr address, std::uint16_t port) : socket_(SOCK_STREAM, address, port) {}

  void start_tls(SSL_CTX* context, const std::string& host) {
    tls_.reset(SSL_new(context));
    SSL_set_fd(tls_.get(), socket_.descriptor());
    SSL_set_tlsext_host_name(tls_.get(), host.c_str());
    SSL_set1_host(tls_.get(), host.c_str());
    if (SSL_connect(tls_.get()) != 1 || SSL_get_verify_result(tls_.get()) != X509_V_OK) {
      ERR_print_errors_fp(stderr);
      give_up("TLS with " + host);
    }
  }

  void say(std::string_view text) {
    const auto sent = tls_ ? SSL_write(tls_.get(), text.data(), static_cast<int>(text.size()))
                           : static_cast<int>(send(socket_.descriptor(), text.data(), text.size(), MSG_NOSIGNAL));
    if (sent != static_cast<int>(text.size())) give_up("send");
  }

  /// What arrives next, beside what was heard before.
  void hear(std::string& heard) {
    std::array<char, 16384> octets{};
    const auto size = tls_ ? SSL_read(tls_.get(), octets.data(), octets.size())
                           : static_cast<int>(recv(socket_.descriptor(), octets.data(), octets.size(), 0));
    if (size <= 0) give_up("the connection ended");
    heard.append(octets.data(), static_cast<std::size_t>(size));
  }

  void end() { SSL_shutdown(tls_.get()); }

 private:
  Socket socket_;
  std::unique_ptr<SSL, Free> tls_;
};

class Client {
 public:
  Client(in_addr dns, const char* ca_file) : dns_(dns), context_(SSL_CTX_new(TLS_client_method())) {
    if (SSL_CTX_load_verify_file(context_.get(), ca_file) != 1) give_up("cannot read the CA file");
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context_.get(), SSL_OP_NO_TICKET);
  }

  void look_at(const std::string& domain) {
    if (!dns_.ask("_mta-sts." + domain, ns_t_txt).text().starts_with("v=STSv1;")) give_up("no record");
    if (!dns_.ask("_smtp._tls." + domain, ns_t_txt).text().starts_with("v=TLSRPTv1;")) give_up("no TLS-RPT record");
    fetch_policy("mta-sts." + domain);
    converse(dns_.ask(domain, ns_t_mx).exchange());
  }

 private:
  in_addr address_of(const std::string& host) {
    const auto address = dns_.ask(host, ns_t_a).address();
    if (!dns_.ask(host, ns_t_aaaa).empty()) give_up("an IPv6 address");
    return address;
  }

  void fetch_policy(const std::string& host) {
    Connection connection(address_of(host), kHttpsPort);
    connection.start_tls(context_.get(), host);
    connection.say("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: " + host + "\r\nAccept: */*\r\n\r\n");
    std::string answer;
    while (!is_whole(answer)) connection.hear(answer);
    if (!answer.starts_with("HTTP/1.1 200 ") || answer.find("\r\n\r\nversion: STSv1\n") == std::string::npos) {
      give_up("no policy");
    }
    connection.end();
  }

  static bool is_whole(const std::string& answer) {
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const auto head = answer.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const auto length = answer.find(kLength);
    if (length > head) give_up("no Content-Length");
    return answer.size() - head - 4 >= std::stoul(answer.substr(length + kLength.size()));
  }

  void converse(const std::string& mx) {
    Connection connection(address_of(mx), kSmtpPort);
    expect(connection, "220");
    connection.say("EHLO probe.fleet.test\r\n");
    if (expect(connection, "250").find("STARTTLS") == std::string::npos) give_up("no STARTTLS");
    connection.say("STARTTLS\r\n");
    expect(connection, "220");
    connection.start_tls(context_.get(), mx);
    connection.say("EHLO probe.fleet.test\r\n");
    expect(connection, "250");
    connection.say("QUIT\r\n");
    expect(connection, "221");
    connection.end();
  }

  /// A whole reply: its last line has a space behind the code (RFC 5321 §4.2.1).
  static std::string expect(Connection& connection, const std::string& code) {
    std::string reply;
    for (;;) {
      connection.hear(reply);
      if (!reply.ends_with("\r\n")) continue;
      const auto before = reply.rfind("\r\n", reply.size() - 3);
      const auto last = reply.substr(before == std::string::npos ? 0 : before + 2);
      if (last.size() < 4 || last[3] != ' ') continue;
      if (!last.starts_with(code)) give_up("SMTP: " + last);
      return reply;
    }
  }

  Dns dns_;
  std::unique_ptr<SSL_CTX, Free> context_;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int count, char** arguments) {
  std::string domain;
  try {
    in_addr dns{};
    if (count != 3 || inet_pton(AF_INET, arguments[1], &dns) != 1)
      give_up("usage: bench_bare_client DNS_ADDRESS CA_FILE");
    Client client(dns, arguments[2]);
    const double begun = cpu_seconds();
    int looked = 0;
    for (; std::getline(std::cin, domain); ++looked) client.look_at(domain);
    std::printf("%d %.6f\n", looked, cpu_seconds() - begun);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", domain.c_str(), error.what());
    return 1;
  }
}
