#include "exporter/daemon/stored_pasts.h"

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

}  // namespace mta_sts::daemon
