#include "exporter/formats/domain_name.h"
#include "fuzz_target.h"

using mta_sts::formats::DomainName;
using mta_sts::fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = mta_sts::fuzz::as_text(data, size);
  if (const auto name = DomainName::parse(text)) {
    require(mta_sts::formats::is_domain(name->text()), "a name is a Domain");
    const auto again = DomainName::parse(name->text());
    require(again.has_value() && *again == *name, "a name parses to itself");
  } else {
    require(name.error().message.size() < 1024, "messages are bounded");
  }
  const auto plain = DomainName::from_ascii(text);
  if (plain) require(DomainName::from_ascii(plain->text()) == plain, "a name from the network parses to itself");
  require(mta_sts::formats::is_domain(text) == !mta_sts::formats::domain_problem(text), "both checks agree");
  return 0;
}
