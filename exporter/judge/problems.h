#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/base/reason.h"

namespace mta_sts::judge {

enum class Outcome : std::uint8_t { Fail, Inconclusive };
std::string_view to_text(Outcome outcome);

/// Why a check or an endpoint does not pass.
struct Problem {
  Outcome outcome = Outcome::Fail;
  Reason reason{};
  std::string detail;   ///< for people; hostile text
  std::string subject;  ///< the MX host and address, or policy-host address, that it was met at; may be empty
  friend bool operator==(const Problem&, const Problem&) = default;
};

/// The problems of one check or endpoint: at most one fail and one inconclusive, in that order. A domain has eleven of
/// these and mostly none is anything but empty, which is why that takes only a pointer.
class Problems {
 public:
  Problems() = default;
  Problems(std::initializer_list<Problem> problems) {
    if (problems.size() > 0) list_ = std::make_unique<List>(problems);
  }
  Problems(const Problems& other) : list_(other.list_ ? std::make_unique<List>(*other.list_) : nullptr) {}
  Problems(Problems&&) = default;
  Problems& operator=(Problems other) {
    list_.swap(other.list_);
    return *this;
  }

  void push_back(Problem problem) {
    if (!list_) list_ = std::make_unique<List>();
    list_->push_back(std::move(problem));
  }
  bool empty() const { return !list_; }
  std::size_t size() const { return end() - begin(); }
  const Problem* begin() const { return list_ ? list_->data() : nullptr; }
  const Problem* end() const { return list_ ? list_->data() + list_->size() : nullptr; }
  const Problem& front() const { return list_->front(); }
  const Problem& back() const { return list_->back(); }

  friend bool operator==(const Problems& a, const Problems& b) {
    return a.list_ && b.list_ ? *a.list_ == *b.list_ : a.empty() && b.empty();
  }

 private:
  using List = std::vector<Problem>;
  std::unique_ptr<List> list_;  // none, or not empty
};

}  // namespace mta_sts::judge
