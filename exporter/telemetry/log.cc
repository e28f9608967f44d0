#include "exporter/telemetry/log.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "exporter/base/ascii.h"
#include "exporter/base/printable.h"

namespace mta_sts::telemetry {
namespace {

/// Octets of one message or value; what is longer is cut. A pipe takes lines of up to PIPE_BUF (4096) as a whole.
constexpr std::size_t kMaxLogValue = 2048;

std::string_view to_text(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warn:
      return "warn";
    case LogLevel::Error:
      return "error";
  }
  return {};
}

/// Keys come from the code; one that is none would break the line all the same.
std::string safe_key(std::string_view key) {
  std::string safe(key.empty() ? "_" : key);
  std::replace_if(safe.begin(), safe.end(), [](char c) { return !ascii::is_alnum(c) && c != '_' && c != '.'; }, '_');
  return safe;
}

/// As Prometheus prints it: bare where no reader of logfmt can take it for something else, else a JSON string.
std::string logfmt_value(std::string_view value) {
  const auto plain = [](char c) { return ascii::is_visible(c) && c != '"' && c != '=' && c != '\\'; };
  std::string safe = printable(value, kMaxLogValue);
  if (!safe.empty() && std::all_of(safe.begin(), safe.end(), plain)) return safe;
  return boost::json::serialize(boost::json::string(safe));
}

std::string logfmt_line(std::string_view time, LogLevel level, std::string_view message,
                        std::initializer_list<LogField> fields) {
  // The message always in quotes, like the Go programs whose messages have blanks.
  std::string line = "ts=" + logfmt_value(time) + " level=" + std::string(to_text(level)) + " msg=";
  line += boost::json::serialize(boost::json::string(printable(message, kMaxLogValue)));
  for (const auto& field : fields) line += " " + safe_key(field.key) + "=" + logfmt_value(field.value);
  return line;
}

std::string json_line(std::string_view time, LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
  boost::json::object object;
  object["ts"] = time;
  object["level"] = to_text(level);
  object["msg"] = printable(message, kMaxLogValue);
  // emplace: a field cannot take the place of ts, level or msg.
  for (const auto& field : fields) object.emplace(safe_key(field.key), printable(field.value, kMaxLogValue));
  return boost::json::serialize(object);
}

/// RFC 3339 in UTC with milliseconds.
std::string time_text(std::chrono::system_clock::time_point now) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const std::time_t whole = seconds.count();
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%03dZ", date, static_cast<int>((since - seconds).count()));
  return text;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warn:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::off;
}

/// The text is ours; spdlog filters by level, locks, and writes each line with its end in one call.
class SpdlogLog final : public Log {
 public:
  SpdlogLog(LogLevel level, LogFormat format)
      : format_(format), logger_("mta_sts_exporter", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    // The end of line is given, not the platform's, and "%v" stands for the line as it is.
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n"));
    logger_.set_level(to_spdlog(level));
  }

  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) override {
    if (!logger_.should_log(to_spdlog(level))) return;
    const std::string line = to_line(format_, time_text(std::chrono::system_clock::now()), level, message, fields);
    // string_view_t: the line is data, never a format.
    logger_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  LogFormat format_;
  spdlog::logger logger_;
};

class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace

std::unique_ptr<Log> make_log(LogLevel level, LogFormat format) { return std::make_unique<SpdlogLog>(level, format); }

std::unique_ptr<Log> make_null_log() { return std::make_unique<NullLog>(); }

std::string to_line(LogFormat format, std::string_view time, LogLevel level, std::string_view message,
                    std::initializer_list<LogField> fields) {
  switch (format) {
    case LogFormat::Logfmt:
      return logfmt_line(time, level, message, fields);
    case LogFormat::Json:
      return json_line(time, level, message, fields);
  }
  return {};
}

}  // namespace mta_sts::telemetry
