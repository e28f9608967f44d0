#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "exporter/net/http_get.h"
#include "exporter/targets/domain_list.h"

namespace mta_sts::targets {

/// One URL of domain_urls in Prometheus' http_sd format. While it fails, the last good list stays.
class DomainUrl {
 public:
  static constexpr std::chrono::seconds kTimeout{30};
  static constexpr std::size_t kMaxBody = 32 * 1024 * 1024;  ///< octets: 300,000 domains with labels

  /// How it is asked, and what is taken.
  struct Rules {
    std::chrono::milliseconds refresh_interval{};
    unsigned max_labels = 0;  ///< of a domain
    std::string ca_file;
    friend bool operator==(const Rules&, const Rules&) = default;
  };

  /// `name` stands for the URL wherever it is shown.
  DomainUrl(std::string url, std::string name, Rules rules);

  /// The list stays; it is asked for whole the next time. Whether the rules are others.
  bool set_rules(Rules rules);

  /// A list of an earlier process. It is no success.
  Result<void> restore(const std::string& text);

  /// The list of another URL, whose place this one takes, until this one answers; that answer counts as new.
  void take_over(const DomainUrl& former);

  struct Fetched {
    std::optional<std::string> text;  ///< of a list that is new
    std::optional<std::string> error;
  };
  /// Asks whether the list changed (RFC 9110 13.1), and takes it.
  boost::asio::awaitable<Fetched> fetch(std::shared_ptr<net::CurlMulti> multi, const Clock& clock);

  const std::string& url() const { return url_; }
  const std::string& name() const { return name_; }
  std::chrono::milliseconds refresh_interval() const { return rules_.refresh_interval; }
  DomainList list() const { return {name_, domains_}; }
  SourceStatus status() const { return {name_, domains_.size(), good_, last_success_, errors_}; }

 private:
  Result<bool> take(const Result<net::HttpReply>& reply, bool conditional);

  std::string url_;
  Rules rules_;
  std::string name_;
  std::vector<Shared<settings::DomainSetting>> domains_;
  std::string etag_, last_modified_;  ///< of the list that is held
  bool taken_over_ = false;           ///< the list is that of another URL
  std::optional<bool> good_;
  std::optional<WallTime> last_success_;
  std::size_t errors_ = 0;
};

}  // namespace mta_sts::targets
