#pragma once

#include <iosfwd>
#include <vector>

#include "exporter/base/output_format.h"
#include "exporter/commands/exporter_client.h"
#include "exporter/formats/domain_name.h"
#include "exporter/judge/past.h"
#include "exporter/net/trust.h"
#include "exporter/settings/settings.h"
#include "exporter/web/domain_text.h"

namespace mta_sts::commands {

/// `check DOMAIN...`: one look as a sender looks, told step by step, judged with what was seen before (`pasts`, of each
/// domain, or none). Exit code 0: all pass, 1: some check fails, 2: some look was inconclusive and none failed; tlsrpt
/// and advisories never count (contract/interface.md).
int check(const std::vector<settings::DomainSetting>& domains, std::vector<judge::Past> pasts,
          const settings::Settings& settings, const net::TrustSlot& trust, OutputFormat format, web::Colours colours,
          std::ostream& out);

/// The same of what a running exporter saw last, without colours. Of what it does not know or does not answer `err`
/// tells; that counts as inconclusive.
int check(const std::vector<formats::DomainName>& domains, ExporterClient& exporter, OutputFormat format,
          std::ostream& out, std::ostream& err);

}  // namespace mta_sts::commands
