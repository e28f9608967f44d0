#pragma once

#include <boost/json/fwd.hpp>
#include <boost/json/object.hpp>

#include "exporter/judge/cached.h"
#include "exporter/judge/past.h"
#include "exporter/judge/suggestion.h"
#include "exporter/web/domain_facts.h"

namespace mta_sts::web {

/// One domain for machines, as `check --json` and the API have it: verdict, checks, problems with reason, clause, fix
/// and the name of their page, advisories, and the evidence of the latest look.
boost::json::object domain_json(const DomainFacts& facts);

/// One address of an MX host, with its certificate chain and the lines of the dialogue.
boost::json::object endpoint_json(const EndpointFacts& facts);

/// The labels that the configuration gives a domain.
boost::json::object labels_json(const settings::DomainSetting& setting);

/// What senders may hold, and until when.
boost::json::object held_json(const judge::CachedState& cached);

/// What would mend the domain when it is published.
boost::json::array suggestions_json(const std::vector<judge::Suggestion>& suggestions);

/// What a domain published and what became of its checks, oldest first.
boost::json::array timeline_json(const judge::Past& past);

}  // namespace mta_sts::web
