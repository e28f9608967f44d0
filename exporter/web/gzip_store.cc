#include "exporter/web/gzip_store.h"

#include <exception>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "exporter/web/gzip.h"

namespace mta_sts::web {
namespace asio = boost::asio;

GzipStore::GzipStore(asio::any_io_executor executor)
    : executor_(executor), freed_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<Body> GzipStore::compressed(Body body) {
  if (body->size() < kKeptFrom) co_return std::make_shared<const std::string>(gzip(*body));
  while (true) {
    if (auto found = find(body)) co_return found;
    if (!busy_) break;
    co_await freed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  busy_ = true;
  std::exception_ptr failure;
  Body done;
  // No guard object: a frame that is destroyed with its io_context must not touch the timer any more.
  try {
    done = co_await compress(body);
  } catch (...) {
    failure = std::current_exception();
  }
  if (done) keep(body, done);
  release();
  if (failure) std::rethrow_exception(failure);
  co_return done;
}

asio::awaitable<Body> GzipStore::compress(Body body) {
  GzipStream stream;
  for (std::string_view rest = *body; !rest.empty();) {
    const auto turn = rest.substr(0, kTurn);
    stream.add(turn);
    rest.remove_prefix(turn.size());
    co_await asio::post(executor_, asio::use_awaitable);
  }
  co_return std::make_shared<const std::string>(stream.finish());
}

Body GzipStore::find(const Body& body) const {
  for (const auto& entry : entries_) {
    if (entry.body.lock() == body) return entry.compressed;
  }
  return nullptr;
}

void GzipStore::keep(const Body& body, Body compressed) {
  std::erase_if(entries_, [](const Entry& entry) { return entry.body.expired(); });
  if (entries_.size() == kEntries) entries_.erase(entries_.begin());
  entries_.push_back({body, std::move(compressed)});
}

void GzipStore::release() {
  busy_ = false;
  freed_.cancel();
}

}  // namespace mta_sts::web
