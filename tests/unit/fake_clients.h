#pragma once

#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "exporter/base/guarded.h"
#include "exporter/net/https.h"
#include "exporter/net/resolver.h"
#include "exporter/net/smtp.h"

namespace mta_sts::testing {

/// What the fake world answers, and what it was asked: shared by the clients of all workers.
class FakeWorld {
 public:
  using Question = std::pair<net::QueryType, std::string>;

  void answer(net::QueryType type, const std::string& name, net::DnsAnswer answer) {
    state_.with([&](State& state) { state.answers[{type, name}] = std::move(answer); });
  }
  void serve(const std::string& host, net::HttpsResult result) {
    state_.with([&](State& state) { state.policies[host] = std::move(result); });
  }
  void greet(const std::string& mx, net::SmtpResult result) {
    state_.with([&](State& state) { state.dialogues[mx] = std::move(result); });
  }

  /// Who asks for the name meets a bug of ours.
  void break_down(const std::string& name) {
    state_.with([&](State& state) { state.broken.insert(name); });
  }

  /// Who asks for the name waits until it is released; of "smtp HOST" who talks to the MX host.
  void hold(const std::string& name) {
    state_.with([&](State& state) { state.held.insert(name); });
  }
  void release(const std::string& name) {
    state_.with([&](State& state) { state.held.erase(name); });
  }
  bool holds(const std::string& name) {
    return state_.with([&](State& state) { return state.held.contains(name); });
  }

  /// NXDOMAIN for what nobody told.
  net::DnsAnswer ask(net::QueryType type, const std::string& name) {
    return state_.with([&](State& state) {
      ++state.asked[{type, name}];
      if (state.broken.contains(name)) throw std::logic_error("a bug that the test made");
      const auto found = state.answers.find({type, name});
      if (found != state.answers.end()) return found->second;
      net::DnsAnswer none;
      none.fault = Fault{Reason::DnsNxdomain, name + " does not exist"};
      return none;
    });
  }
  net::HttpsResult fetch(const std::string& host) {
    return state_.with([&](State& state) {
      ++state.fetched[host];
      return state.policies[host];
    });
  }
  net::SmtpResult talk(const std::string& mx) {
    return state_.with([&](State& state) {
      ++state.talked[mx];
      return state.dialogues[mx];
    });
  }

  int fetches(const std::string& host) {
    return state_.with([&](State& state) { return state.fetched[host]; });
  }
  int dialogues(const std::string& mx) {
    return state_.with([&](State& state) { return state.talked[mx]; });
  }
  int questions(net::QueryType type, const std::string& name) {
    return state_.with([&](State& state) { return state.asked[{type, name}]; });
  }

 private:
  struct State {
    std::map<Question, net::DnsAnswer> answers;
    std::map<std::string, net::HttpsResult> policies;
    std::map<std::string, net::SmtpResult> dialogues;
    std::set<std::string> broken, held;
    std::map<Question, int> asked;
    std::map<std::string, int> fetched;
    std::map<std::string, int> talked;
  };
  Guarded<State> state_;
};

/// Until nobody holds the name.
inline boost::asio::awaitable<void> released(FakeWorld& world, std::string name) {
  boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
  while (world.holds(name)) {
    pause.expires_after(std::chrono::milliseconds(1));
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

class FakeResolver final : public net::Resolver {
 public:
  explicit FakeResolver(FakeWorld& world) : world_(world) {}
  boost::asio::awaitable<net::DnsAnswer> query(std::string name, net::QueryType type, Deadline) override {
    auto answer = world_.ask(type, name);
    co_await released(world_, name);
    co_return answer;
  }

 private:
  FakeWorld& world_;
};

class FakeFetcher final : public net::HttpsFetcher {
 public:
  explicit FakeFetcher(FakeWorld& world) : world_(world) {}
  boost::asio::awaitable<net::HttpsResult> fetch(net::HttpsRequest request, Deadline) override {
    co_return world_.fetch(request.host);
  }

 private:
  FakeWorld& world_;
};

class FakeSmtp final : public net::SmtpProber {
 public:
  explicit FakeSmtp(FakeWorld& world) : world_(world) {}
  boost::asio::awaitable<net::SmtpResult> probe(net::SmtpRequest request, Deadline) override {
    auto result = world_.talk(request.mx);
    co_await released(world_, "smtp " + request.mx);
    co_return result;
  }

 private:
  FakeWorld& world_;
};

inline net::DnsAnswer txt_answer(std::string rr) {
  net::DnsAnswer answer;
  answer.txt = {std::move(rr)};
  return answer;
}

inline net::DnsAnswer mx_answer(std::vector<net::MxRecord> records) {
  net::DnsAnswer answer;
  answer.mx = std::move(records);
  return answer;
}

inline net::DnsAnswer address_answer(const std::string& address) {
  net::DnsAnswer answer;
  answer.addresses = {boost::asio::ip::make_address(address)};
  return answer;
}

inline net::DnsAnswer fault_answer(Reason reason) {
  net::DnsAnswer answer;
  answer.fault = Fault{reason, "told so by the test"};
  return answer;
}

inline net::HttpsResult policy_result(std::string body) {
  net::HttpsResult result;
  result.status = 200;
  result.content_type = "text/plain";
  result.body = std::move(body);
  return result;
}

inline net::SmtpResult good_dialogue() {
  net::SmtpResult result;
  result.greeted = result.starttls = true;
  result.tls.version = "TLSv1.3";
  return result;
}

}  // namespace mta_sts::testing
