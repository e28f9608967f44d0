#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/telemetry/log.h"
#include "exporter/telemetry/telemetry.h"
#include "exporter/web/server.h"

namespace mta_sts::web {

/// Reads and compares what the server really put on the wire.
struct WireResponse {
  std::string status_line;
  std::string head;  ///< status line and fields, without the empty line
  std::string body;
  int status() const;
  std::string field(std::string_view name) const;  ///< "" when absent
};

enum class Expect { Content, HeadOnly };

/// One response by its Content-Length or its chunks from the front of `buffer`; nothing, and nothing taken, while it is
/// not whole.
std::optional<WireResponse> take_response(std::string& buffer, Expect expect);

/// A client that sends exactly the octets it is told to. Every wait ends after kPatience.
class RawClient {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  /// receive_buffer: SO_RCVBUF, to play a slow reader; 0 leaves the system's.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;

  /// False when the server has reset the connection.
  bool send(std::string_view octets);
  /// One response by its Content-Length; nothing when the connection ended or time ran out before it was whole.
  std::optional<WireResponse> read_response(Expect expect = Expect::Content);
  /// Everything until the server ends the connection; nothing when it does not.
  std::optional<std::string> read_to_end();
  bool closed_by_server() { return read_to_end().has_value(); }
  /// True once octets have come, without waiting.
  bool has_octets() { return more(std::chrono::milliseconds(0)) == Got::Octets; }
  /// The end came as a reset, which may take octets away that were not read yet.
  bool was_reset() const { return reset_; }
  /// True once the server has ended the connection, without waiting.
  bool is_closed();

 private:
  enum class Got { Octets, End, Nothing };
  Got more(std::chrono::milliseconds wait);
  int socket_;
  bool reset_ = false;
  std::string buffer_;
};

class CountingTelemetry final : public telemetry::Telemetry {
 public:
  void dns_query(telemetry::QueryType, telemetry::QueryResult) override {}
  void dns_query_sent() override {}
  void dns_query_ended() override {}
  void dns_question_shared(telemetry::Sharing) override {}
  void probe_started(telemetry::ProbeKind) override {}
  void probe_finished(telemetry::ProbeKind, telemetry::ProbeResult, std::chrono::nanoseconds) override {}
  void internal_error() override { ++internal_errors; }
  std::atomic<int> internal_errors{0};
};

class SilentLog final : public telemetry::Log {
 public:
  void write(telemetry::LogLevel, std::string_view, std::initializer_list<telemetry::LogField>) override {}
};

/// A server on a free port of 127.0.0.1.
struct TestServer {
  explicit TestServer(Handler handler, ServerOptions options = {});
  explicit TestServer(AsyncHandler handler, ServerOptions options = {});
  RawClient connect(int receive_buffer = 0) const { return RawClient(port(), receive_buffer); }
  std::uint16_t port() const { return server->endpoints().front().port(); }

  CountingTelemetry telemetry;
  SilentLog log;
  std::unique_ptr<Server> server;
};

std::string get(std::string_view target, std::string_view more_fields = "");
std::string gunzip(std::string_view compressed);
/// Polls until it is true or kPatience is over.
bool eventually(const std::function<bool()>& condition);
double seconds_of(const std::function<void()>& work);

}  // namespace mta_sts::web
