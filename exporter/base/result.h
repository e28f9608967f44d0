#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace mta_sts {

/// Why something could not be delivered, in words for a person: configuration, files, arguments. Facts about monitored
/// domains are never errors; they are a Fault with a Reason.
struct Error {
  std::string message;
  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) { return tl::unexpected<Error>(Error{std::move(message)}); }

}  // namespace mta_sts
