#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "exporter/judge/memory.h"

namespace mta_sts::judge {

/// The memory of a domain between its looks, in one small piece instead of a hundred of them in 4 KiB. That
/// can be where all that is known is the latest look and the past (DomainMemory::is_latest_alone), as it is of most
/// domains at most times: what was read in the look is read again when the memory is wanted. Any other memory stays as
/// it is. One thread.
class RestingMemory {
 public:
  RestingMemory(std::chrono::milliseconds hold, std::chrono::seconds retention) : hold_(hold), retention_(retention) {}

  void set_limits(std::chrono::milliseconds hold, std::chrono::seconds retention);
  /// Nothing was remembered yet. Does not wake it.
  bool empty() const { return awake_ ? awake_->empty() : packed_.empty(); }
  /// Wakes it: what is pointed to stays in its place until rest().
  DomainMemory& operator*();
  DomainMemory* operator->() { return &**this; }
  void rest();
  bool rests() const { return !awake_; }

 private:
  std::unique_ptr<DomainMemory> woken() const;

  std::chrono::milliseconds hold_;
  std::chrono::seconds retention_;
  std::unique_ptr<DomainMemory> awake_;
  std::string packed_;                               ///< empty: it is awake, or nothing is known
  std::vector<Shared<formats::ChainFacts>> chains_;  ///< of the packed look: others hold them too
};

}  // namespace mta_sts::judge
