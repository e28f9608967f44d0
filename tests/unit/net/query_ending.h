#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "exporter/net/resolver.h"

namespace mta_sts::net::test {

/// What became of a query that was left alone on the context. A failure other than of the system is thrown on.
struct QueryEnding {
  bool ended = false;
  bool aborted = false;
  std::optional<DnsAnswer> answer;

  void operator()(std::exception_ptr error, DnsAnswer given) {
    ended = true;
    if (!error) {
      answer = std::move(given);
      return;
    }
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& thrown) {
      aborted = thrown.code() == boost::asio::error::operation_aborted;
    }
  }
};

}  // namespace mta_sts::net::test
