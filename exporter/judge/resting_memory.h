#pragma once

#include <memory>
#include <utility>

#include "exporter/judge/packed_memory.h"

namespace mta_sts::judge {

/// A DomainMemory or EndpointMemory between looks, in one small piece instead of up to a hundred of them in 4 KiB. That
/// can be where it is the latest look alone, as most are at most times; any other stays as it is. One thread.
template <typename Memory>
class Resting {
 public:
  using Limits = typename Memory::Limits;
  explicit Resting(Limits limits) : limits_(limits) {}

  void set_limits(Limits limits) {
    limits_ = limits;
    if (awake_) awake_->set_limits(limits);
  }
  /// Nothing was remembered yet. Does not wake it.
  bool empty() const { return awake_ ? awake_->empty() : packed_.text.empty(); }
  /// Wakes it: what is pointed to stays in its place until rest().
  Memory& operator*() {
    if (awake_) return *awake_;
    auto memory = std::make_unique<Memory>(limits_);
    if (!empty()) unpack(packed_, *memory);
    awake_ = std::move(memory);
    packed_ = {};
    return *awake_;
  }
  Memory* operator->() { return &**this; }
  void rest() {
    if (!awake_ || !awake_->is_latest_alone()) return;
    packed_ = pack(*awake_);
    awake_.reset();
  }
  bool rests() const { return !awake_; }

 private:
  Limits limits_;
  std::unique_ptr<Memory> awake_;
  PackedMemory packed_;  // empty: it is awake, or nothing is known
};

using RestingMemory = Resting<DomainMemory>;
using RestingEndpointMemory = Resting<EndpointMemory>;

}  // namespace mta_sts::judge
