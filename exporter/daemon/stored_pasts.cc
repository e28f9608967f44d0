#include "exporter/daemon/stored_pasts.h"

#include <utility>

namespace mta_sts::daemon {

Result<std::optional<history::StoredDomain>> StoredPasts::of(const std::string& domain) {
  if (writer_ == nullptr) return std::nullopt;
  if (!store_) store_ = open();
  if (!*store_) return failed(store_->error());
  auto stored = (**store_)->domain(domain);
  if (!stored) return failed(stored.error());
  return std::move(*stored);
}

Result<std::unique_ptr<history::Store>> StoredPasts::open() const {
  if (!writer_->wait_until_stored(kPatience)) return fail("what was seen lately is not written yet");
  return history::Store::open(url_, history::Access::ReadOnly);
}

tl::unexpected<Error> StoredPasts::failed(const Error& error) {
  if (error_.empty()) error_ = error.message;
  return tl::unexpected(error);
}

void LatePast::await(schedule::Scheduler& scheduler) {
  awaited_.with([&](bool& awaited) {
    awaited = true;
    scheduler.await_past();
  });
}

void LatePast::join(schedule::Scheduler& scheduler, std::vector<history::StoredDomain> domains) {
  awaited_.with([&](bool& awaited) {
    scheduler.join_past(std::move(domains));
    awaited = false;
  });
}

schedule::Scheduler::Watched LatePast::watch(schedule::Scheduler& scheduler,
                                             const std::vector<Shared<settings::DomainSetting>>& domains,
                                             StoredPasts& stored) {
  using Stored = Result<std::optional<history::StoredDomain>>;
  const auto watched = awaited_.with([&](bool awaited) -> std::optional<schedule::Scheduler::Watched> {
    if (!awaited) return std::nullopt;
    return scheduler.watch(domains, [](const std::string&) -> Stored { return std::nullopt; });
  });
  // Asking the store takes its time, and the writer is not to wait for it.
  return watched ? *watched : scheduler.watch(domains, [&](const std::string& name) { return stored.of(name); });
}

}  // namespace mta_sts::daemon
