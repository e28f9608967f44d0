#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace mta_sts {

/// A value that nobody changes any more, or none, held by many at the cost of one: copies share it. Compares by value.
template <typename T>
class Shared {
 public:
  Shared() = default;
  Shared(std::nullopt_t) {}
  Shared(T value) : value_(std::make_shared<const T>(std::move(value))) {}
  Shared(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  /// nullptr: none.
  const T* get() const { return value_.get(); }
  const std::shared_ptr<const T>& pointer() const { return value_; }
  void reset() { value_.reset(); }

  friend bool operator==(const Shared& a, const Shared& b) {
    return a.value_ == b.value_ || (a.value_ && b.value_ && *a.value_ == *b.value_);
  }

 private:
  std::shared_ptr<const T> value_;
};

}  // namespace mta_sts
