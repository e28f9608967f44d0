#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace mta_sts::web {

/// One of a limited number, counted for as long as it lives. Holds its own share of the count, which may outlive the
/// object that limits it. One thread.
class Place {
 public:
  explicit Place(std::shared_ptr<std::size_t> taken) : taken_(std::move(taken)) { ++*taken_; }
  ~Place() { --*taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::shared_ptr<std::size_t> taken_;
};

}  // namespace mta_sts::web
