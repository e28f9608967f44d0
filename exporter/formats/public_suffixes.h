#pragma once

#include <string>

struct psl_ctx_st;

namespace mta_sts::formats {

/// The public suffix list, ICANN section: who runs a host, for grouping. Immutable, shared by all threads.
class PublicSuffixes {
 public:
  /// The newest list that the system has (Debian's publicsuffix), else the one built into libpsl.
  PublicSuffixes();
  ~PublicSuffixes();
  PublicSuffixes(const PublicSuffixes&) = delete;
  PublicSuffixes& operator=(const PublicSuffixes&) = delete;

  /// The registrable domain of a host ("mail.example.co.uk" -> "example.co.uk"); the host itself where there is none.
  /// The private section does not count: a.github.io belongs to github.io.
  std::string registrable_domain(const std::string& host) const;

 private:
  psl_ctx_st* list_;
};

}  // namespace mta_sts::formats
