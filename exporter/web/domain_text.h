#pragma once

#include <string>

#include "exporter/web/domain_facts.h"

namespace mta_sts::web {

enum class Colours { On, Off };

/// What was found, step by step as a sender meets it, then the problems with clause and fix, then the verdict. What
/// domains serve is printable and bounded.
std::string domain_text(const DomainFacts& facts, Colours colours);

/// The verdict for people, such as "broken: mx_tls".
std::string verdict_sentence(const judge::DomainState& state);

}  // namespace mta_sts::web
