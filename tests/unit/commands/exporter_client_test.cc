#include "exporter/commands/exporter_client.h"

#include <csignal>
#include <map>
#include <sstream>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "exporter/commands/check.h"
#include "exporter/commands/history_source.h"
#include "exporter/commands/plan.h"
#include "tests/unit/web/raw_client.h"
#include "tests/unit/web/web_folder.h"

namespace mta_sts::commands {
namespace {

using web::Response;
using web::TestServer;

/// Stands for an exporter: what it answers at which path, and what it was asked last.
struct FakeExporter {
  Response answer(const web::Request& request) {
    asked = request;
    const auto found = answers.find(request.path);
    if (found != answers.end()) return found->second;
    return json(404, R"({"error":"this domain is not configured, or was not looked at yet"})");
  }
  static Response json(unsigned status, const std::string& text) {
    return {status, "application/json", {}, std::make_shared<const std::string>(text)};
  }
  std::string url(const std::string& user = "", const std::string& path = "") const {
    return "http://" + user + "127.0.0.1:" + std::to_string(server.port()) + path;
  }

  std::map<std::string, Response> answers;
  web::Request asked;
  TestServer server{web::Handler([this](const web::Request& request) { return answer(request); })};
};

const std::string kPath = "/api/v1/domains/a.example";

Response report(const std::string& verdict, const std::string& text) {
  return FakeExporter::json(
      200, boost::json::serialize(boost::json::object{{"domain", "x"}, {"verdict", verdict}, {"text", text}}));
}

std::string error_of(ExporterClient& exporter) {
  const auto answer = exporter.get("domains/a.example");
  REQUIRE_FALSE(answer);
  return answer.error().message;
}

struct Said {
  int code;
  std::string out, err;
};

Said check_there(const std::string& url, const std::vector<std::string>& names, OutputFormat format) {
  ExporterClient exporter(url);
  std::vector<formats::DomainName> domains;
  for (const auto& name : names) domains.push_back(formats::DomainName::from_ascii(name).value());
  std::ostringstream out, err;
  const int code = check(domains, exporter, format, out, err);
  return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("exporter client: the path of the URL stands before every other, with and without a slash at its end",
          "[commands][client]") {
  FakeExporter there;
  there.answers["/sts" + kPath] = FakeExporter::json(200, R"({"domain":"a.example"})");
  for (const std::string path : {"/sts", "/sts/"}) {
    ExporterClient exporter(there.url("", path));
    const auto answer = exporter.get("domains/a.example");
    REQUIRE(answer);
    REQUIRE(*answer);
    CHECK((*answer)->at("domain") == "a.example");
  }
}

TEST_CASE("exporter client: user and password of the URL are sent, and named in no message", "[commands][client]") {
  FakeExporter there;
  there.answers[kPath] = web::text_response(401, "");
  ExporterClient exporter(there.url("me:s%40cret@"));
  const auto error = error_of(exporter);
  CHECK(there.asked.header("Authorization") == "Basic bWU6c0BjcmV0");
  CHECK(error == "cannot ask " + there.url() + ": it wants a user and a password: http://USER:PASSWORD@HOST");
}

TEST_CASE("exporter client: a redirect is not followed", "[commands][client]") {
  FakeExporter there;
  there.answers[kPath] = web::text_response(302, "");
  there.answers[kPath].headers.emplace_back("Location", "/elsewhere");
  ExporterClient exporter(there.url());
  CHECK(error_of(exporter).ends_with(": it answered 302"));
  CHECK(there.asked.path == kPath);
}

TEST_CASE("exporter client: what the exporter does not know is told from a path without an exporter",
          "[commands][client]") {
  FakeExporter there;
  ExporterClient exporter(there.url());
  const auto unknown = exporter.get("domains/a.example");
  REQUIRE(unknown);
  CHECK_FALSE(*unknown);
  there.answers[kPath] = web::text_response(404, "Not found.\n");
  CHECK(error_of(exporter).ends_with(": no exporter answers at this path (404); is a route prefix missing?"));
}

TEST_CASE("exporter client: an answer that is too large, or no JSON object, is an error", "[commands][client]") {
  FakeExporter there;
  ExporterClient exporter(there.url());
  for (const std::string text : {"", "[]", "{", "<html>"}) {
    there.answers[kPath] = FakeExporter::json(200, text);
    CHECK(error_of(exporter).ends_with(": the answer is not that of an exporter"));
  }
  there.answers[kPath] = FakeExporter::json(200, std::string(17 * 1024 * 1024, ' ') + "{}");
  CHECK(error_of(exporter).ends_with(": the answer has more than 16777216 octets"));
}

TEST_CASE("exporter client: nobody there is an error that names the place", "[commands][client]") {
  std::string url;
  {
    const FakeExporter gone;
    url = gone.url();
  }
  ExporterClient exporter(url);
  CHECK(error_of(exporter).starts_with("cannot ask " + url + ": Failed to connect"));
}

TEST_CASE("exporter client: HTTPS only with a certificate from the roots that were named", "[commands][client]") {
  std::signal(SIGPIPE, SIG_IGN);
  const web::WebFolder folder;
  const auto identity = net::test::self_signed(web::server_spec());
  folder.write("server", identity);
  web::ServerOptions options;
  options.config_file = folder.write("web.yml", web::tls_config());
  const TestServer server(web::Handler([](const web::Request&) { return FakeExporter::json(200, "{}"); }), options);
  const std::string url = "https://localhost:" + std::to_string(server.port());
  ExporterClient trusting(url, folder.path("server.crt"));
  const auto answer = trusting.get("status");
  INFO((answer ? "" : answer.error().message));
  CHECK(answer);
  ExporterClient strict(url);
  const auto refused = strict.get("status");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("certificate") != std::string::npos);
}

TEST_CASE("check --url: prints the report and leaves with what the exporter's verdict says", "[commands][check]") {
  FakeExporter there;
  const std::vector<std::pair<std::string, int>> codes{{"ok", 0}, {"fail", 1}, {"inconclusive", 2}};
  for (const auto& [verdict, code] : codes) {
    there.answers[kPath + "/report"] = report(verdict, "a.example\n  line \x1b[2J\n");
    const auto said = check_there(there.url(), {"a.example"}, OutputFormat::Text);
    CHECK(said.code == code);
    CHECK(said.out == "a.example\n  line \\x1b[2J\n");
    CHECK(said.err.empty());
  }
}

TEST_CASE("check --url: what is not known there is inconclusive, and a fail beats it", "[commands][check]") {
  FakeExporter there;
  there.answers[kPath + "/report"] = report("ok", "fine\n");
  const auto unknown = check_there(there.url(), {"b.example", "a.example"}, OutputFormat::Text);
  CHECK(unknown.code == 2);
  CHECK(unknown.out == "fine\n");
  CHECK(unknown.err == "check: b.example is not known there\n");
  there.answers[kPath + "/report"] = report("fail", "bad\n");
  CHECK(check_there(there.url(), {"b.example", "a.example"}, OutputFormat::Text).code == 1);
  there.answers[kPath + "/report"] = report("wonderful", "?\n");
  const auto strange = check_there(there.url(), {"a.example"}, OutputFormat::Text);
  CHECK(strange.code == 2);
  CHECK(strange.err == "check: a.example: the answer has no verdict\n");
}

TEST_CASE("check --url --json: the objects of the exporter in one list", "[commands][check]") {
  FakeExporter there;
  there.answers[kPath] = FakeExporter::json(200, R"({"domain":"a.example","verdict":"fail"})");
  const auto said = check_there(there.url(), {"a.example"}, OutputFormat::Json);
  CHECK(said.code == 1);
  CHECK(said.out == "{\"domains\":[{\"domain\":\"a.example\",\"verdict\":\"fail\"}]}\n");
}

TEST_CASE("plan --url: asks for every host, prints the text and leaves with what the answer says", "[commands][plan]") {
  FakeExporter there;
  ExporterClient exporter(there.url());
  const std::vector<std::string> hosts{"a.example.net", "b.example.net"};
  const std::vector<std::pair<std::string, int>> codes{{"now", 0}, {"not_yet", 1}, {"unknown", 2}, {"perhaps", 2}};
  for (const auto& [word, code] : codes) {
    there.answers[kPath + "/plan"] =
        FakeExporter::json(200, R"({"domain":"a.example","answer":")" + word + R"(","text":"plan\n"})");
    std::ostringstream text, json, err;
    CHECK(plan("a.example", hosts, exporter, OutputFormat::Text, text, err) == code);
    CHECK(text.str() == "plan\n");
    CHECK(there.asked.query == web::Fields{{"mx", "a.example.net"}, {"mx", "b.example.net"}});
    CHECK(plan("a.example", hosts, exporter, OutputFormat::Json, json, err) == code);
    CHECK(json.str() == R"({"domain":"a.example","answer":")" + word + "\"}\n");
    CHECK(err.str().empty());
  }
  there.answers.clear();
  std::ostringstream out, err;
  CHECK(plan("a.example", hosts, exporter, OutputFormat::Text, out, err) == 2);
  CHECK(err.str() == "plan: a.example is not known there\n");
}

TEST_CASE("history --url: the timeline of the exporter", "[commands][history]") {
  FakeExporter there;
  ExporterClient exporter(there.url());
  const auto unknown = timeline_of(exporter, "a.example");
  REQUIRE(unknown);
  CHECK_FALSE(*unknown);
  there.answers[kPath] = FakeExporter::json(200, R"({"timeline":[{"time":"t","kind":"id","text":"id 1"}]})");
  const auto timeline = timeline_of(exporter, "a.example");
  REQUIRE(timeline);
  REQUIRE(*timeline);
  CHECK((*timeline)->size() == 1);
  there.answers[kPath] = FakeExporter::json(200, R"({"timeline":7})");
  CHECK_FALSE(timeline_of(exporter, "a.example"));
}

}  // namespace mta_sts::commands
