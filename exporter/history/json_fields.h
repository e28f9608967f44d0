#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/json.hpp>

#include "exporter/base/clock.h"
#include "exporter/base/ip.h"
#include "exporter/base/result.h"
#include "exporter/base/shared.h"

namespace mta_sts::history {

/// How a type is written to JSON and read again. A struct has one description for both directions, so that they cannot
/// disagree: `fields(f, x)` in this namespace, which names each field with f.need() or f.may(). Unknown fields are
/// ignored. Reading throws as Boost.JSON does; only read_document() calls it.
template <typename T>
struct Json;

/// A name in a document that this program does not know: a newer one wrote it.
struct UnknownName : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};
/// nothing: it holds an UnknownName.
template <typename T>
std::optional<T> read_known(const boost::json::value& json) {
  try {
    return Json<T>::read(json);
  } catch (const UnknownName&) {
    return std::nullopt;
  }
}

/// Documents are our own, but the database is a file that others can write.
inline constexpr std::size_t kMaxDocument = 32 * 1024 * 1024;

class FieldWriter {
 public:
  template <typename T>
  void need(std::string_view key, const T& value) {
    object_[key] = Json<T>::write(value);
  }
  /// Left out where it is as in a new object: most fields of most looks are.
  template <typename T>
  void may(std::string_view key, const T& value) {
    if (value != T{}) need(key, value);
  }
  template <typename T>
  void may(std::string_view key, const std::optional<T>& value) {
    if (value) need(key, *value);
  }
  template <typename T>
  void may(std::string_view key, const Shared<T>& value) {
    if (value) need(key, *value);
  }
  template <typename T>
  void may(std::string_view key, const std::vector<T>& value) {
    if (!value.empty()) need(key, value);
  }
  template <typename T>
  void known(std::string_view key, const std::vector<T>& values) {
    need(key, values);
  }
  boost::json::object take() { return std::move(object_); }

 private:
  boost::json::object object_;
};

class FieldReader {
 public:
  explicit FieldReader(const boost::json::object& object) : object_(object) {}

  template <typename T>
  void need(std::string_view key, T& value) {
    value = Json<T>::read(object_.at(key));
  }
  template <typename T>
  void may(std::string_view key, T& value) {
    if (const auto* found = object_.if_contains(key)) value = Json<T>::read(*found);
  }
  template <typename T>
  void may(std::string_view key, std::optional<T>& value) {
    if (const auto* found = object_.if_contains(key)) value = Json<T>::read(*found);
  }
  template <typename T>
  void may(std::string_view key, Shared<T>& value) {
    if (const auto* found = object_.if_contains(key)) value = Json<T>::read(*found);
  }
  /// As may(), for what says nothing about the rest: with an UnknownName it is left out, of a list the element alone.
  template <typename T>
  void known(std::string_view key, std::optional<T>& value) {
    if (const auto* found = object_.if_contains(key)) value = read_known<T>(*found);
  }
  template <typename T>
  void known(std::string_view key, std::vector<T>& values) {
    for (const auto& element : object_.at(key).as_array()) {
      if (auto value = read_known<T>(element)) values.push_back(*std::move(value));
    }
  }

 private:
  const boost::json::object& object_;
};

/// What `fields` takes: a T to read into, or a const T to write.
template <typename X, typename T>
concept Either = std::is_same_v<std::remove_const_t<X>, T>;

/// A struct with a description.
template <typename T>
struct Json {
  static boost::json::value write(const T& value) {
    FieldWriter writer;
    fields(writer, value);
    return writer.take();
  }
  static T read(const boost::json::value& json) {
    T value{};
    FieldReader reader(json.as_object());
    fields(reader, value);
    return value;
  }
};

template <typename T>
struct Json<std::vector<T>> {
  static boost::json::value write(const std::vector<T>& values) {
    boost::json::array array;
    array.reserve(values.size());
    for (const T& value : values) array.push_back(Json<T>::write(value));
    return array;
  }
  static std::vector<T> read(const boost::json::value& json) {
    std::vector<T> values;
    for (const auto& element : json.as_array()) values.push_back(Json<T>::read(element));
    return values;
  }
};

template <typename T>
struct Json<Shared<T>> {
  static boost::json::value write(const Shared<T>& value) { return Json<T>::write(*value); }
  static Shared<T> read(const boost::json::value& json) { return Json<T>::read(json); }
};

template <>
struct Json<bool> {
  static boost::json::value write(bool value) { return value; }
  static bool read(const boost::json::value& json) { return json.as_bool(); }
};

template <typename T>
  requires std::is_integral_v<T>
struct Json<T> {
  static boost::json::value write(T value) { return value; }
  static T read(const boost::json::value& json) { return json.to_number<T>(); }
};

/// Octets from outside, kept as they are. JSON holds UTF-8 only: what is none is an object with its hex digits.
template <>
struct Json<std::string> {
  static boost::json::value write(const std::string& octets);
  static std::string read(const boost::json::value& json);
};

/// Milliseconds since the epoch, rounded down.
template <>
struct Json<WallTime> {
  static boost::json::value write(WallTime time);
  static WallTime read(const boost::json::value& json);
};

/// At most some hundred years, so that adding it to a time is safe.
template <>
struct Json<std::chrono::seconds> {
  static boost::json::value write(std::chrono::seconds value) { return value.count(); }
  static std::chrono::seconds read(const boost::json::value& json);
};

template <>
struct Json<IpAddress> {
  static boost::json::value write(const IpAddress& address);
  static IpAddress read(const boost::json::value& json);
};

/// The parsed document; throws.
boost::json::value parse_document(std::string_view document);
/// What a value of the document is not.
[[noreturn]] void refuse(const std::string& message);

/// Calls `read` with the parsed document; what it throws becomes the Error.
template <typename Read>
auto read_document(std::string_view document, Read&& read)
    -> Result<std::invoke_result_t<Read, const boost::json::value&>> {
  try {
    return read(parse_document(document));
  } catch (const std::exception& problem) {
    return fail(std::string("a stored document cannot be read: ") + problem.what());
  }
}

}  // namespace mta_sts::history
