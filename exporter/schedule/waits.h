#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace mta_sts::schedule {

/// The looks of one worker of which every fetch waits for an address of its policy host: they do nothing meanwhile, and
/// take none of the places that others look from. On the worker's thread.
class Waits {
 public:
  std::function<void()> grown = [] {};  ///< one more look waits; called in the middle of a look

  std::size_t looks() const { return looks_; }

  class Waiting;
  /// One fetch, for as long as this lives. A look has one for each address of its policy host, and no other look has
  /// this host.
  class Fetch {
   public:
    Fetch(std::shared_ptr<Waits> waits, std::string host) : waits_(std::move(waits)), host_(std::move(host)) {
      waits_->change(host_, 1, 0);
    }
    Fetch(const Fetch&) = delete;
    Fetch& operator=(const Fetch&) = delete;
    ~Fetch() { waits_->change(host_, -1, 0); }

   private:
    friend class Waits::Waiting;
    std::shared_ptr<Waits> waits_;
    std::string host_;
  };

  /// The fetch waits for as long as this lives.
  class Waiting {
   public:
    explicit Waiting(Fetch& fetch) : fetch_(fetch) { fetch_.waits_->change(fetch_.host_, 0, 1); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { fetch_.waits_->change(fetch_.host_, 0, -1); }

   private:
    Fetch& fetch_;
  };

 private:
  struct Look {
    int fetches = 0, waiting = 0;
    bool waits() const { return fetches > 0 && fetches == waiting; }
  };

  void change(const std::string& host, int fetches, int waiting) {
    const auto look = looks_of_.try_emplace(host).first;
    const bool waited = look->second.waits();
    look->second.fetches += fetches;
    look->second.waiting += waiting;
    const bool waits = look->second.waits();
    if (look->second.fetches == 0) looks_of_.erase(look);
    if (waited && !waits) --looks_;
    if (waited || !waits) return;
    ++looks_;
    grown();
  }

  std::unordered_map<std::string, Look> looks_of_;  // by host
  std::size_t looks_ = 0;
};

}  // namespace mta_sts::schedule
