#include "exporter/net/http_answer.h"

#include <algorithm>
#include <utility>

#include "exporter/base/ascii.h"

namespace mta_sts::net {

namespace {

constexpr int kOk = 200;
constexpr int kSwitchingProtocols = 101;

/// RFC 9110 §15.2: informational answers go before the one that counts; 101 would be the last of HTTP.
bool is_informational(int status) { return status / 100 == 1 && status != kSwitchingProtocols; }

std::string_view without_line_end(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// RFC 9112 §4: "HTTP/1." DIGIT SP 3DIGIT, then nothing or SP; 0 for anything else.
int status_of(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kCode = kVersion.size() + 2;
  if (!line.starts_with(kVersion) || line.size() < kCode + 3) return 0;
  const auto code = line.substr(kCode, 3);
  if (!ascii::is_digit(line[kCode - 2]) || line[kCode - 1] != ' ') return 0;
  if (!std::all_of(code.begin(), code.end(), ascii::is_digit)) return 0;
  if (line.size() > kCode + 3 && line[kCode + 3] != ' ') return 0;
  const int status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  return status >= 100 ? status : 0;
}

}  // namespace

Reading HttpAnswer::add_header(std::string_view line) {
  header_octets_ += line.size();
  if (header_octets_ > kMaxHttpHeader) {
    refuse(Reason::HttpProtocol, "header over " + std::to_string(kMaxHttpHeader) + " octets");
  }
  if (stopped_) return Reading::Stop;
  if (has_header_) return Reading::On;  // a trailer
  line = without_line_end(line);
  if (expects_status_) {
    take_status(line);
  } else if (line.empty()) {
    end_header();
  } else {
    take_field(line);
  }
  return stopped_ ? Reading::Stop : Reading::On;
}

Reading HttpAnswer::add_body(std::string_view octets) {
  if (stopped_) return Reading::Stop;
  const auto room = max_body_ - body.size();
  body += octets.substr(0, room);
  if (octets.size() > room) refuse(Reason::HttpTooLarge, "body over " + std::to_string(max_body_) + " octets");
  return stopped_ ? Reading::Stop : Reading::On;
}

void HttpAnswer::take_status(std::string_view line) {
  expects_status_ = false;
  status = status_of(line);
  if (status == 0) refuse(Reason::HttpProtocol, "no status line of HTTP/1");
}

void HttpAnswer::take_field(std::string_view line) {
  if (ascii::is_wsp(line.front())) {
    // RFC 9112 §5.2: a folded line goes on with the value of the field before it.
    if (folded_ != nullptr) **folded_ += " " + std::string(ascii::trim(line));
    return;
  }
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  const auto value = colon == std::string_view::npos ? std::string_view() : ascii::trim(line.substr(colon + 1));
  folded_ = nullptr;
  take_framing(name, value);
  for (const auto& [field, kept] : {std::pair("content-type", &content_type),
                                    {"content-encoding", &content_encoding},
                                    {"last-modified", &last_modified}}) {
    if (!ascii::same(name, field)) continue;
    // Of a repeated field the first counts; codings are a list (RFC 9110 §5.3).
    if (kept == &content_encoding && kept->has_value()) {
      **kept += ", " + std::string(value);
    } else if (!kept->has_value()) {
      *kept = std::string(value);
    } else {
      continue;
    }
    folded_ = kept;
  }
}

void HttpAnswer::take_framing(std::string_view name, std::string_view value) {
  if (ascii::same(name, "transfer-encoding") && !ascii::same(value, "chunked")) {
    // RFC 9112 §6.1: none but chunked without a TE field in the request; libcurl would decode what it knows.
    framing_ = Fault{Reason::HttpProtocol, "a transfer coding other than chunked"};
  }
  if (!ascii::same(name, "content-length")) return;
  // RFC 9112 §6.3: differing lengths cannot be recovered from.
  if (content_length_.value_or(std::string(value)) != value) {
    framing_ = Fault{Reason::HttpProtocol, "two different content lengths"};
  }
  content_length_ = value;
}

void HttpAnswer::end_header() {
  folded_ = nullptr;
  if (is_informational(status)) {
    content_type = content_encoding = last_modified = content_length_ = std::nullopt;
    framing_ = std::nullopt;
    expects_status_ = true;
    return;
  }
  has_header_ = true;
  if (status != kOk) {
    // RFC 8461 §3.3: no other status gives a policy; whatever follows changes nothing.
    stopped_ = true;
  } else if (framing_) {
    refuse(framing_->reason, framing_->detail);
  }
}

void HttpAnswer::refuse(Reason reason, std::string detail) {
  if (stopped_) return;
  fault_ = Fault{reason, std::move(detail)};
  stopped_ = true;
}

}  // namespace mta_sts::net
