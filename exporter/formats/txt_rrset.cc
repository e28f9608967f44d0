#include "exporter/formats/txt_rrset.h"

#include "exporter/formats/quote.h"

namespace mta_sts::formats {

bool judge_delimiters(const TxtFields& split, const TxtRecordKind& kind, std::size_t number, FindingLog& log) {
  if (!split.delimited) log.error(kind.syntax, number, "a \";\" must follow " + quoted(kind.version));
  if (split.empty_fields > 0) {
    log.error(kind.syntax, number, "an empty field stands between two \";\"; a single \";\" separates fields");
  }
  if (split.trailing_blanks) {
    log.error(kind.syntax, number, "blanks stand at the end; they are allowed only around a \";\"");
  }
  if (split.blank_before_first) {
    log.advise(Severity::Warning, kind.blank_advice, number,
               "a blank stands between " + quoted(kind.version) + " and \";\"; who looks for " + quoted(kind.prefix) +
                   " discards the record");
  }
  return split.delimited && split.empty_fields == 0 && !split.trailing_blanks;
}

void log_missing(const std::vector<std::string>& rrs, const TxtRecordKind& kind, FindingLog& log) {
  const auto near = near_miss(rrs, kind.prefix, kind.tag);
  std::string message;
  if (rrs.empty()) {
    message = "there is no TXT record; expected is one like " + quoted(kind.example);
  } else if (near) {
    message = "no TXT record begins with " + quoted(kind.prefix) + " to the letter; record " +
              std::to_string(*near + 1) + " comes near: " + quoted(rrs[*near]);
  } else {
    message = "no TXT record begins with " + quoted(kind.prefix) + "; the first of " + std::to_string(rrs.size()) +
              " is " + quoted(rrs[0]);
  }
  log.error(kind.missing, near ? *near + 1 : 0, std::move(message));
}

void log_multiple(std::size_t count, const TxtRecordKind& kind, FindingLog& log) {
  log.error(kind.multiple, 0,
            std::to_string(count) + " TXT records begin with " + quoted(kind.prefix) + "; exactly one is expected");
}

void log_near_miss(const std::vector<std::string>& rrs, const TxtRecordKind& kind, FindingLog& log) {
  const auto near = near_miss(rrs, kind.prefix, kind.version);
  if (!near) return;
  log.advise(Severity::Warning, kind.near_advice, *near + 1,
             "the TXT record " + quoted(rrs[*near]) + " is discarded; who looks less exactly counts two records");
}

}  // namespace mta_sts::formats
