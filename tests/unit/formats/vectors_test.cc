#include "vectors.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <openssl/evp.h>

#include "exporter/formats/mx_pattern.h"
#include "exporter/formats/sts_policy.h"
#include "exporter/formats/sts_record.h"
#include "exporter/formats/tlsrpt_record.h"

namespace mta_sts::formats {
namespace {

using test::load_vectors;
using test::rrs_of;
using test::text_of;
using test::texts_of;

std::string from_base64(const std::string& text) {
  std::string octets(text.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  octets.resize(octets.size() - static_cast<std::size_t>(std::count(text.begin(), text.end(), '=')));
  return octets;
}

std::string all_messages(const std::vector<Finding>& findings) {
  std::string all;
  for (const auto& finding : findings) all += finding.message + "\n";
  return all;
}

void replay_policies(const std::string& file) {
  for (const auto& vector : load_vectors(file)) {
    const auto& fields = vector.as_object();
    const auto body =
        fields.contains("input_b64") ? from_base64(text_of(fields.at("input_b64"))) : text_of(fields.at("input"));
    const auto parsed = parse_sts_policy(body);
    const auto& expect = fields.at("expect").as_object();
    INFO(text_of(fields.at("id")) << ": " << text_of(expect.at("reason")) << "\n"
                                  << body << "\n"
                                  << all_messages(parsed.findings));
    REQUIRE(parsed.valid() == expect.at("valid").as_bool());
    CHECK((parsed.first_error() == nullptr) == parsed.valid());
    if (!parsed.valid()) continue;
    CHECK(to_text(parsed.value->mode) == text_of(expect.at("mode")));
    CHECK(parsed.value->max_age.count() == expect.at("max_age").as_int64());
    std::vector<std::string> mx;
    for (const auto& pattern : parsed.value->mx) mx.push_back(pattern.spelling());
    CHECK(mx == texts_of(expect.at("mx")));
    CHECK(parse_sts_policy(to_text(*parsed.value)).value == parsed.value);
  }
}

TEST_CASE("vectors: every TXT RRset is judged as RFC 8461 3.1 demands", "[formats][sts_record]") {
  const auto vectors = load_vectors("sts_record.json");
  CHECK(vectors.size() >= 75);
  for (const auto& vector : vectors) {
    const auto& fields = vector.as_object();
    const auto set = parse_sts_records(rrs_of(fields.at("input")));
    const auto& expect = fields.at("expect").as_object();
    INFO(text_of(fields.at("id")) << ": " << text_of(expect.at("reason")) << "\n" << all_messages(set.findings));
    REQUIRE(set.valid() == expect.at("valid").as_bool());
    CHECK((set.first_error() == nullptr) == set.valid());
    if (set.valid()) {
      CHECK(set.value->id == text_of(expect.at("id")));
      CHECK(set.present);
    }
  }
}

TEST_CASE("vectors: every policy body is judged as RFC 8461 3.2 demands", "[formats][sts_policy]") {
  replay_policies("policy.json");
}

TEST_CASE("vectors: every policy found published is judged as RFC 8461 3.2 demands", "[formats][sts_policy]") {
  replay_policies("real_policies.json");
}

TEST_CASE("vectors: every pattern and host is matched as RFC 8461 4.1 demands", "[formats][mx_pattern]") {
  for (const auto& vector : load_vectors("mx_match.json")) {
    const auto& fields = vector.as_object();
    std::vector<std::string> patterns;
    if (fields.contains("patterns")) {
      patterns = texts_of(fields.at("patterns"));
    } else {
      patterns = {text_of(fields.at("pattern"))};
    }
    INFO(text_of(fields.at("id")) << ": " << patterns[0] << " and " << text_of(fields.at("host")));
    bool match = false;
    bool valid = true;
    for (const auto& text : patterns) {
      const auto pattern = MxPattern::parse(text);
      valid = valid && pattern;
      match = match || (pattern && pattern->matches(text_of(fields.at("host"))));
    }
    CHECK(match == fields.at("match").as_bool());
    if (fields.contains("pattern_valid")) CHECK(valid == fields.at("pattern_valid").as_bool());
  }
}

TEST_CASE("vectors: every TLS-RPT RRset is judged as RFC 8460 3 demands", "[formats][tlsrpt_record]") {
  for (const auto& vector : load_vectors("tlsrpt_record.json")) {
    const auto& fields = vector.as_object();
    const auto set = parse_tlsrpt_records(rrs_of(fields.at("input")));
    const auto& expect = fields.at("expect").as_object();
    INFO(text_of(fields.at("id")) << ": " << text_of(expect.at("reason")) << "\n" << all_messages(set.findings));
    REQUIRE(set.valid() == expect.at("valid").as_bool());
    CHECK((set.first_error() == nullptr) == set.valid());
    if (!set.valid()) continue;
    CHECK(set.value->rua == texts_of(expect.at("rua")));
    CHECK(set.value->usable_rua == texts_of(expect.at("usable_rua")));
  }
}

TEST_CASE("vectors: every verdict that the RFC leaves open is a documented choice", "[formats]") {
  std::ifstream file(std::string(SOURCE_DIR) + "/docs/decisions/0001-ambiguous-vectors.md");
  std::stringstream document;
  document << file.rdbuf();
  for (const auto* name :
       {"sts_record.json", "policy.json", "real_policies.json", "mx_match.json", "tlsrpt_record.json"}) {
    for (const auto& vector : load_vectors(name)) {
      const auto& fields = vector.as_object();
      if (fields.contains("ambiguous")) CHECK_THAT(document.str(), Catch::Contains(text_of(fields.at("id"))));
    }
  }
}

}  // namespace
}  // namespace mta_sts::formats
