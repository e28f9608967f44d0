#include "exporter/judge/past.h"

#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::WallTime;
using namespace mta_sts::judge;
namespace formats = mta_sts::formats;
namespace t = mta_sts::testing;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

WallTime day(int number) { return t::kStart + hours(24 * number); }

formats::StsPolicy policy(const std::string& mx, int max_age_days = 7) {
  return *formats::parse_sts_policy(t::policy_text("enforce", {mx}, max_age_days * 86400)).value;
}

/// One look on a day.
struct Looks {
  Past past;
  bool look(int on, const formats::StsPolicy& served, const std::string& id) {
    const std::string text = to_text(served);
    bool changed = add_id(past, id, seconds(3600), day(on));
    changed |= add_served(past, {{&served, &text}}, id, day(on));
    changed |= add_mx(past, {{10, "mx.example.org"}}, day(on));
    return add_live(past, served, day(on)) || changed;
  }
};

}  // namespace

TEST_CASE("past: only what changed is worth writing, times that move with every look are not", "[judge][past]") {
  Looks looks;
  CHECK(looks.look(0, policy("a.example.org"), "1"));
  CHECK_FALSE(looks.look(1, policy("a.example.org"), "1"));
  CHECK(looks.past.policies.at(0).served.last == day(1));
  CHECK(looks.look(2, policy("b.example.org"), "1"));
  CHECK(looks.look(3, policy("b.example.org"), "2"));
}

TEST_CASE("past: a policy that is served on without a record is no longer served under the id", "[judge][past]") {
  Looks looks;
  looks.look(0, policy("a.example.org"), "1");
  CHECK(add_id(looks.past, std::nullopt, seconds(3600), day(1)));
  CHECK(looks.past.policies.at(0).ids.at("1") == Sight{day(0), day(0), false});
  CHECK(looks.past.policies.at(0).served == Sight{day(0), day(0), true});
  CHECK_FALSE(add_id(looks.past, std::nullopt, seconds(3600), day(2)));
  CHECK(looks.look(3, policy("a.example.org"), "1"));
  CHECK(looks.past.policies.at(0).ids.at("1") == Sight{day(0), day(3), true});
}

TEST_CASE("past: times ahead become the present once the clock is believed", "[judge][past]") {
  Looks looks;
  looks.look(0, policy("a.example.org"), "1");
  looks.look(365, policy("b.example.org"), "2");
  add_gone(looks.past, true, day(365));
  CHECK(expire(looks.past, hours(24 * 30), day(2)));
  CHECK(looks.past.policies.at(0).served == Sight{day(0), day(0), false});
  CHECK(looks.past.policies.at(1).served == Sight{day(2), day(2), true});
  CHECK(looks.past.policies.at(1).ids.at("2") == Sight{day(2), day(2), true});
  CHECK(looks.past.ids.at(1).seen == Sight{day(2), day(2), true});
  CHECK(looks.past.mx_sets.at(0).seen == Sight{day(0), day(2), true});
  CHECK(looks.past.policy_changed == day(2));
  CHECK(looks.past.id_changed == day(2));
  CHECK(looks.past.last_success == day(2));
  CHECK(looks.past.gone == Sight{day(2), day(2), true});
  CHECK_FALSE(expire(looks.past, hours(24 * 30), day(2)));
}

TEST_CASE("past: of too many policies the one goes that no sender can hold first", "[judge][past]") {
  Looks looks;
  looks.look(0, policy("long.example.org", 365), "1");
  for (int i = 1; i <= static_cast<int>(Past::kMaxPolicies) + 8; ++i)
    looks.look(i, policy("mx" + std::to_string(i) + ".example.org", 1), "1");
  CHECK(looks.past.policies.size() == Past::kMaxPolicies);
  CHECK(looks.past.find(policy("long.example.org", 365)) != nullptr);
  CHECK(looks.past.find(policy("mx1.example.org", 1)) == nullptr);
}

TEST_CASE("past: ids, MX sets, modes and changes are bounded", "[judge][past]") {
  Past past;
  for (int i = 0; i < 1000; ++i) {
    add_id(past, "id" + std::to_string(i), seconds(1), day(i));
    add_mx(past, {{1, "mx" + std::to_string(i)}}, day(i));
    auto served = policy("mx.example.org");
    served.mode = i % 2 == 0 ? formats::Mode::Testing : formats::Mode::Enforce;
    add_live(past, served, day(i));
    add_check(past, Check::Record, i % 2 == 0 ? failed(Reason::RecordSyntax, "") : passed(), day(i));
  }
  CHECK(past.ids.size() == Past::kMaxSights);
  CHECK(past.ids.back().id == "id999");
  CHECK(past.mx_sets.size() == Past::kMaxSights);
  CHECK(past.modes.size() == Past::kMaxSights);
  CHECK(past.changes.size() == Past::kMaxChanges);
}

TEST_CASE("past: a policy that a sender may hold outlives the retention", "[judge][past]") {
  Looks looks;
  looks.look(0, policy("a.example.org", 100), "1");
  looks.look(1, policy("b.example.org", 7), "2");
  CHECK(expire(looks.past, hours(24 * 30), day(99)));
  CHECK(looks.past.find(policy("a.example.org", 100)) != nullptr);
  CHECK(looks.past.ids.size() == 1);
  CHECK(expire(looks.past, hours(24 * 30), day(101)));
  CHECK(looks.past.find(policy("a.example.org", 100)) == nullptr);
  CHECK_FALSE(expire(looks.past, hours(24 * 30), day(500)));
  CHECK(looks.past.policies.size() == 1);
}

TEST_CASE("past: joined with what was stored, it is as if it had been known all the time", "[judge][past]") {
  Looks stored;
  stored.look(0, policy("a.example.org"), "1");
  stored.look(3, policy("a.example.org"), "1");
  Looks fresh;
  fresh.look(5, policy("b.example.org"), "2");
  fresh.look(6, policy("b.example.org"), "2");
  const Past both = joined(stored.past, fresh.past);
  CHECK(both.policies.size() == 2);
  CHECK(both.find(policy("a.example.org"))->served == Sight{day(0), day(3), false});
  CHECK(both.find(policy("b.example.org"))->served == Sight{day(5), day(6), true});
  CHECK(both.ids.size() == 2);
  CHECK(both.id_changed == day(5));
  CHECK(both.policy_changed == day(5));
  CHECK(both.mx_sets.size() == 1);
  CHECK(both.mx_sets.at(0).seen == Sight{day(0), day(6), true});
  CHECK(both.modes.size() == 1);
  CHECK(both.modes.at(0).seen.first == day(0));
  CHECK(both.last_success == day(6));
  CHECK(both.sts_seen);
}

TEST_CASE("past: what was gone before stays gone when it is joined", "[judge][past]") {
  Past stored;
  add_gone(stored, true, day(0));
  add_gone(stored, true, day(1));
  CHECK(joined(stored, Past{}).gone == Sight{day(0), day(1), true});
  Past fresh;
  add_gone(fresh, true, day(2));
  CHECK(joined(stored, fresh).gone == Sight{day(0), day(2), true});
}

TEST_CASE("past: joined without a change between, nothing has changed", "[judge][past]") {
  Looks stored;
  stored.look(0, policy("a.example.org"), "1");
  Looks fresh;
  fresh.look(5, policy("a.example.org"), "1");
  const Past both = joined(stored.past, fresh.past);
  CHECK_FALSE(both.id_changed.has_value());
  CHECK_FALSE(both.policy_changed.has_value());
  CHECK(both.policies.at(0).ids.at("1") == Sight{day(0), day(5), true});
}
