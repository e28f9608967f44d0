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

TEST_CASE("due_queue: who is put before another has its time, and that one the later", "[schedule][due_queue]") {
  DueQueue<int> queue;
  for (const int item : {1, 2, 3, 4}) queue.schedule(at(item), item);
  queue.put_before(4, [](int other) { return other != 1; });
  CHECK(queue.pop_due(at(9)) == 1);
  CHECK(queue.next() == at(2));
  CHECK(queue.pop_due(at(9)) == 4);
  CHECK(queue.pop_due(at(9)) == 3);
  CHECK(queue.next() == at(4));
  CHECK(queue.pop_due(at(9)) == 2);
}

TEST_CASE("due_queue: where nobody gives way, or the item is not there, all stay", "[schedule][due_queue]") {
  DueQueue<int> queue;
  for (const int item : {1, 2, 3}) queue.schedule(at(item), item);
  queue.put_before(2, [](int) { return false; });
  queue.put_before(1, [](int) { return true; });
  queue.put_before(9, [](int) { return true; });
  for (const int item : {1, 2, 3}) CHECK(queue.pop_due(at(9)) == item);
}

TEST_CASE("due_queue: what is placed anew comes in the new order", "[schedule][due_queue]") {
  DueQueue<int> queue;
  for (const int item : {1, 2, 3}) queue.schedule(at(item), item);
  queue.place_anew([](int item, MonoTime due) { return item == 1 ? at(5) : due; });
  CHECK(queue.next() == at(2));
  for (const int item : {2, 3, 1}) CHECK(queue.pop_due(at(5)) == item);
}

}  // namespace
}  // namespace mta_sts::schedule
