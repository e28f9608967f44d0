#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace mta_sts::telemetry {

/// debug: for a developer. info: what an operator reads after a change. warn: someone should look, probing goes on.
/// error: someone must act. What a monitored domain can trigger at will is logged at debug only.
enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat { Logfmt, Json };

struct LogField {
  std::string_view key;
  std::string value;
};

/// Structured log lines on standard error: ts, level, msg, then the fields. Values are escaped: what a domain serves
/// cannot forge a line or a field. Thread-safe.
class Log {
 public:
  virtual ~Log() = default;
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Info, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Warn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Error, message, fields);
  }

  virtual void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) = 0;
};

/// Writes to standard error through spdlog.
std::unique_ptr<Log> make_log(LogLevel level, LogFormat format);
/// Drops everything.
std::unique_ptr<Log> make_null_log();

/// One line without its time and line end; pure, for make_log and its tests.
std::string to_line(LogFormat format, std::string_view time, LogLevel level, std::string_view message,
                    std::initializer_list<LogField> fields);

}  // namespace mta_sts::telemetry
