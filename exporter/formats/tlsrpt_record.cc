#include "exporter/formats/tlsrpt_record.h"

#include <optional>
#include <string_view>
#include <utility>

#include "exporter/base/ascii.h"
#include "exporter/formats/quote.h"
#include "exporter/formats/txt_fields.h"
#include "exporter/formats/txt_rrset.h"
#include "exporter/formats/uri.h"

namespace mta_sts::formats {
namespace {

constexpr TxtRecordKind kKind{
    .version = "v=TLSRPTv1",
    .prefix = "v=TLSRPTv1;",
    .tag = "TLSRPTv1",
    .example = "v=TLSRPTv1; rua=mailto:tlsrpt@example.com",
    .clause = "RFC 8460 3",
    .missing = Reason::TlsrptMissing,
    .multiple = Reason::TlsrptMultiple,
    .syntax = Reason::TlsrptSyntax,
    .blank_advice = "tlsrpt_blank_before_delimiter",
    .near_advice = "tlsrpt_near_miss",
};
constexpr std::string_view kRua = "rua=";

std::string_view without_blanks_behind(std::string_view text) {
  while (!text.empty() && ascii::is_wsp(text.back())) text.remove_suffix(1);
  return text;
}

/// Parses one RR that begins with the version.
class RecordParser {
 public:
  RecordParser(std::size_t number, FindingLog& log) : number_(number), log_(log) {}

  std::optional<TlsRptRecord> parse(std::string_view rr) {
    const auto split = split_txt_fields(rr.substr(kKind.version.size()));
    sound_ = judge_delimiters(split, kKind, number_, log_);
    for (const auto field : split.fields) take(field);
    if (!seen_rua_ && !rua_lookalike_) {
      fault(Reason::TlsrptRuaInvalid,
            "the required field \"rua\" is missing; expected something like \"rua=mailto:tlsrpt@example.com\"");
    }
    if (!sound_) return std::nullopt;
    if (record_.usable_rua.empty()) {
      log_.advise(Severity::Warning, "tlsrpt_no_usable_rua", number_, "no rua can be used, so no reports will come");
    }
    return std::move(record_);
  }

 private:
  void fault(Reason reason, std::string message) {
    sound_ = false;
    log_.error(reason, number_, std::move(message));
  }

  void take(std::string_view field) {
    if (field.starts_with(kRua)) {
      seen_rua_ = true;
      take_rua(field.substr(kRua.size()));
      return;
    }
    if (auto problem = txt_field_problem(field)) {
      rua_lookalike_ = rua_lookalike_ || looks_like(field, "rua");
      fault(Reason::TlsrptSyntax, "the field " + quoted(field) + " " + *problem);
      return;
    }
    const bool duplicate = field.starts_with("v=");
    log_.advise(duplicate ? Severity::Warning : Severity::Info,
                duplicate ? "tlsrpt_duplicate_field" : "tlsrpt_unknown_field", number_,
                "the field " + quoted(field) + (duplicate ? " is a duplicate and ignored" : " is unknown and ignored"));
  }

  /// RFC 8460 §3: tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri).
  void take_rua(std::string_view list) {
    // No blank stands before the first URI: take_uri() sees it and refuses.
    auto uri = list.substr(0, list.find(','));
    while (uri.size() < list.size()) {
      take_uri(without_blanks_behind(uri));
      list.remove_prefix(uri.size() + 1);
      while (!list.empty() && ascii::is_wsp(list.front())) list.remove_prefix(1);
      uri = list.substr(0, list.find(','));
    }
    take_uri(uri);
  }

  void take_uri(std::string_view text) {
    // RFC 8460 §3: commas, exclamation points and semicolons MUST be encoded.
    const bool open = text.find('!') != std::string_view::npos;
    const auto uri = parse_uri(text);
    if (!uri || open) {
      fault(Reason::TlsrptRuaInvalid,
            "the rua " + quoted(text) +
                (open ? " holds a \"!\", which must be encoded as %21"
                      : " is no URI; something like \"mailto:tlsrpt@example.com\" is expected"));
      return;
    }
    record_.rua.emplace_back(text);
    if (is_mailto_address(*uri) || is_https_with_host(*uri)) {
      record_.usable_rua.emplace_back(text);
      return;
    }
    const bool supported = ascii::same(uri->scheme, "mailto") || ascii::same(uri->scheme, "https");
    log_.advise(Severity::Warning, supported ? "tlsrpt_rua_unusable" : "tlsrpt_rua_scheme", number_,
                "the rua " + quoted(text) +
                    (supported ? " names no mail address or no host, so no reporter can use it"
                               : " has a scheme that no reporter supports; \"mailto:\" and \"https:\" are"));
  }

  std::size_t number_;
  FindingLog& log_;
  TlsRptRecord record_;
  bool sound_ = true;
  bool seen_rua_ = false;
  bool rua_lookalike_ = false;
};

}  // namespace

std::string to_text(const TlsRptRecord& record) {
  std::string text = "v=TLSRPTv1; rua=";
  for (std::size_t i = 0; i < record.rua.size(); ++i) text += (i == 0 ? "" : ",") + record.rua[i];
  return text + ";";
}

TlsRptRecordSet parse_tlsrpt_records(const std::vector<std::string>& rrs) {
  return judge_txt_rrset<TlsRptRecordSet>(rrs, kKind, [](std::string_view rr, std::size_t number, FindingLog& log) {
    return RecordParser(number, log).parse(rr);
  });
}

}  // namespace mta_sts::formats
