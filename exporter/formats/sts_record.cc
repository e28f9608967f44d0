#include "exporter/formats/sts_record.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "exporter/base/ascii.h"
#include "exporter/formats/quote.h"
#include "exporter/formats/txt_fields.h"
#include "exporter/formats/txt_rrset.h"

namespace mta_sts::formats {
namespace {

constexpr TxtRecordKind kKind{
    .version = "v=STSv1",
    .prefix = "v=STSv1;",
    .tag = "STSv1",
    .example = "v=STSv1; id=20240131T120000;",
    .clause = "RFC 8461 3.1",
    .missing = Reason::RecordMissing,
    .multiple = Reason::RecordMultiple,
    .syntax = Reason::RecordSyntax,
    .blank_advice = "record_blank_before_delimiter",
    .near_advice = "record_near_miss",
};
constexpr std::size_t kMaxId = 32;

bool is_id(std::string_view id) {
  // RFC 8461 §3.1: sts-id = %s"id=" 1*32(ALPHA / DIGIT).
  return !id.empty() && id.size() <= kMaxId && std::all_of(id.begin(), id.end(), ascii::is_alnum);
}

/// Parses one RR that begins with the version.
class RecordParser {
 public:
  RecordParser(std::size_t number, FindingLog& log) : number_(number), log_(log) {}

  std::optional<StsRecord> parse(std::string_view rr) {
    const auto split = split_txt_fields(rr.substr(kKind.version.size()));
    sound_ = judge_delimiters(split, kKind, number_, log_);
    for (const auto field : split.fields) take(field);
    if (!seen_id_ && !id_lookalike_) judge_missing_id();
    if (!sound_) return std::nullopt;
    return std::move(record_);
  }

 private:
  void fault(Reason reason, std::string message) {
    sound_ = false;
    log_.error(reason, number_, std::move(message));
  }

  void judge_missing_id() {
    std::string message = "the required field \"id\" is missing; expected is something like \"id=20240131T120000\"";
    if (!other_name_.empty()) message += "; " + quoted(other_name_) + " is another field, as names are case-sensitive";
    fault(Reason::RecordIdMissing, std::move(message));
  }

  void take(std::string_view field) {
    const bool is_id_field = field.starts_with("id=");
    if (is_id_field && !std::exchange(seen_id_, true)) {
      take_id(field.substr(3));
      return;
    }
    if (auto problem = txt_field_problem(field)) {
      id_lookalike_ = id_lookalike_ || looks_like(field, "id");
      fault(Reason::RecordSyntax, "the field " + quoted(field) + " " + *problem);
      return;
    }
    if (is_id_field || field.starts_with("v=")) {
      // RFC 8461 §3.2, last paragraph: of a duplicate all entries except for the first are ignored.
      log_.advise(Severity::Warning, "record_duplicate_field", number_,
                  "the field " + quoted(field) + " is a duplicate and ignored; some senders refuse the record",
                  "RFC 8461 3.2");
      return;
    }
    if (other_name_.empty() && looks_like(field, "id")) other_name_ = field.substr(0, field.find('='));
    log_.advise(Severity::Info, "record_unknown_field", number_,
                "the field " + quoted(field) + " is unknown and ignored", "RFC 8461 3.2");
  }

  void take_id(std::string_view id) {
    if (is_id(id)) {
      record_.id = id;
      return;
    }
    fault(Reason::RecordIdInvalid, "the id " + quoted(id) + " is malformed" +
                                       (id.size() > kMaxId ? " (" + std::to_string(id.size()) + " octets)" : "") +
                                       "; 1 to 32 letters and digits are expected");
  }

  std::size_t number_;
  FindingLog& log_;
  StsRecord record_;
  bool sound_ = true;
  bool seen_id_ = false;
  bool id_lookalike_ = false;
  std::string_view other_name_;
};

}  // namespace

std::string to_text(const StsRecord& record) { return "v=STSv1; id=" + record.id + ";"; }

StsRecordSet parse_sts_records(const std::vector<std::string>& rrs) {
  return judge_txt_rrset<StsRecordSet>(rrs, kKind, [](std::string_view rr, std::size_t number, FindingLog& log) {
    return RecordParser(number, log).parse(rr);
  });
}

}  // namespace mta_sts::formats
