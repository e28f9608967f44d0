#include "exporter/settings/secrets.h"

#include <catch2/catch.hpp>

using mta_sts::settings::without_secrets;

TEST_CASE("secrets: the password of a URL or proxy is hidden, the rest stays", "[settings][secrets]") {
  CHECK(without_secrets("postgresql://me:secret@db.example:5432/sts") == "postgresql://me:***@db.example:5432/sts");
  CHECK(without_secrets("http://me:secret@proxy.example:3128") == "http://me:***@proxy.example:3128");
  CHECK(without_secrets("me:secret@proxy.example:3128") == "me:***@proxy.example:3128");
  CHECK(without_secrets("postgresql://me:@h/sts") == "postgresql://me:***@h/sts");
}

TEST_CASE("secrets: what has none is shown as it is", "[settings][secrets]") {
  for (const std::string url : {"", "memory:", "sqlite:///var/lib/mta-sts-exporter/history.db", "socks5h://[::1]:1080",
                                "proxy.example:3128", "postgresql://me@h1:5432,h2/sts", "https://a.example/x@y"}) {
    CHECK(without_secrets(url) == url);
  }
}

TEST_CASE("secrets: a password that was not encoded is hidden whole", "[settings][secrets]") {
  for (const std::string password : {"a@b", "a:b", "a/b", "a?b=c", "a#b", "a&b", "@", "?@"}) {
    CAPTURE(password);
    const auto shown = without_secrets("postgresql://me:" + password + "@h/sts");
    CHECK(shown == "postgresql://me:***@h/sts");
  }
}

TEST_CASE("secrets: every value of a query is hidden", "[settings][secrets]") {
  CHECK(without_secrets("postgresql://h/sts?p%61ssword=secret&sslmode=require") ==
        "postgresql://h/sts?p%61ssword=***&sslmode=***");
  CHECK(without_secrets("https://a.example/targets?token") == "https://a.example/targets?***");
}
