#include "exporter/schedule/due_queue.h"

#include <catch2/catch.hpp>

namespace mta_sts::schedule {
namespace {

using std::chrono::seconds;

MonoTime at(int second) { return MonoTime(seconds(second)); }

TEST_CASE("due_queue: the earliest comes first, equal times in the order of their scheduling",
          "[schedule][due_queue]") {
  DueQueue<int> queue;
  queue.schedule(at(5), 1);
  queue.schedule(at(3), 2);
  queue.schedule(at(5), 3);
  CHECK(queue.pop_due(at(9)) == 2);
  CHECK(queue.pop_due(at(9)) == 1);
  CHECK(queue.pop_due(at(9)) == 3);
  CHECK_FALSE(queue.pop_due(at(9)).has_value());
}

TEST_CASE("due_queue: what is not due yet stays", "[schedule][due_queue]") {
  DueQueue<int> queue;
  queue.schedule(at(5), 1);
  CHECK_FALSE(queue.pop_due(at(4)).has_value());
  CHECK(queue.next() == at(5));
  CHECK(queue.pop_due(at(5)) == 1);
  CHECK_FALSE(queue.next().has_value());
}

TEST_CASE("due_queue: what is hastened is due sooner, never later, and only if it is there", "[schedule][due_queue]") {
  DueQueue<int> queue;
  queue.schedule(at(5), 1);
  queue.schedule(at(9), 2);
  CHECK(queue.hasten(2, at(3)));
  CHECK(queue.hasten(1, at(7)));
  CHECK_FALSE(queue.hasten(3, at(1)));
  CHECK(queue.pop_due(at(4)) == 2);
  CHECK(queue.pop_due(at(5)) == 1);
  CHECK_FALSE(queue.next().has_value());
}

}  // namespace
}  // namespace mta_sts::schedule
