// Memberships that change because time passes.
#include <gtest/gtest.h>

#include "segment/test_person.h"

namespace tessera::segment {
namespace {

TEST(EvaluationTime, WhatLeavesAWindowEndsMembershipAtThatInstant) {
  Person person(plan_of(TestDefinitions().segment("two", "events('X', duration('1s')).count() >= 2")));
  EXPECT_EQ(person.at(1000, "X"), "");
  EXPECT_EQ(person.at(1300, "X"), "+two");
  EXPECT_EQ(person.due(), 2000);
  EXPECT_EQ(person.pass_to(1999), "");
  EXPECT_EQ(person.pass_to(2000), "@2000 -two");
}

}  // namespace
}  // namespace tessera::segment
