#include "exporter/web/bcrypt.h"

#include <catch2/catch.hpp>

namespace mta_sts::web {
namespace {

/// Made by libxcrypt of Debian 12.
constexpr std::string_view kAbc = "$2b$04$QOauhQNbBCuQDKes6eFzPeL.OCkit6Uzd54gLShgenc3uy2VjGtD2";
/// OpenWall's test vector.
constexpr std::string_view kOpenWall = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

TEST_CASE("bcrypt: a hash matches its password and no other", "[web][bcrypt]") {
  const auto hash = BcryptHash::parse(kAbc).value();
  CHECK(hash.cost() == 4);
  CHECK(hash.matches("abc"));
  CHECK_FALSE(hash.matches("abd"));
  CHECK_FALSE(hash.matches(""));
  CHECK_FALSE(hash.matches("ABC"));
  std::string almost(kAbc);
  almost.back() = '.';
  CHECK_FALSE(BcryptHash::parse(almost).value().matches("abc"));
  const auto vector = BcryptHash::parse(kOpenWall).value();
  CHECK(vector.matches("U*U"));
  CHECK_FALSE(vector.matches("U*U*"));
}

TEST_CASE("bcrypt: the three prefixes of today mean the same", "[web][bcrypt]") {
  for (const char minor : {'a', 'b', 'y'}) {
    std::string text(kAbc);
    text[2] = minor;
    CAPTURE(text);
    CHECK(BcryptHash::parse(text).value().matches("abc"));
  }
}

TEST_CASE("bcrypt: what stands behind a NUL does not open the door", "[web][bcrypt]") {
  const auto hash = BcryptHash::parse(kAbc).value();
  CHECK_FALSE(hash.matches(std::string_view("abc\0", 4)));
  CHECK_FALSE(hash.matches(std::string_view("abc\0def", 7)));
}

TEST_CASE("bcrypt: unused bits at the end of the salt do not count", "[web][bcrypt]") {
  // Other programs leave them as they came: e has 0x20 in its upper bits, as f has.
  std::string text(kAbc);
  REQUIRE(text[28] == 'e');
  text[28] = 'f';
  CHECK(BcryptHash::parse(text).value().matches("abc"));
}

TEST_CASE("bcrypt: only the first 72 octets count, however many there are", "[web][bcrypt]") {
  // OpenWall's test vector of 72 octets 0xaa and more.
  const auto hash = BcryptHash::parse("$2a$05$/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6").value();
  CHECK(hash.matches(std::string(72, '\xaa')));
  CHECK(hash.matches(std::string(72, '\xaa') + "chars after 72 are ignored as usual"));
  CHECK(hash.matches(std::string(10'000, '\xaa')));
  CHECK_FALSE(hash.matches(std::string(71, '\xaa')));
}

TEST_CASE("bcrypt: a decoy has the form of a hash and matches nothing", "[web][bcrypt]") {
  const auto decoy = BcryptHash::decoy(5);
  CHECK(decoy.cost() == 5);
  CHECK(BcryptHash::parse(decoy.text()).value().cost() == 5);
  for (const std::string password : {"", ".", "abc", "U*U"}) CHECK_FALSE(decoy.matches(password));
  CHECK(BcryptHash::parse(BcryptHash::decoy(14).text()).value().cost() == 14);
}

}  // namespace
}  // namespace mta_sts::web
