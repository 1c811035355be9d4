#include "cli/mapping.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace tessera::cli {
namespace {

constexpr std::string_view kHead = R"(name: shop
columns:
  No: string
  At: timestamp
  Qty: integer
  Price: decimal
  Who: string
)";

std::string error_of(std::string_view yaml) {
  const auto mapping = parse_mapping(yaml, "m.yaml");
  return mapping ? "none" : mapping.error().message;
}

// The error of a mapping with one event of these lines, each indented as it needs.
std::string event_error(std::string_view lines) {
  return error_of(std::string(kHead) + "events:\n  - kind: k\n" + std::string(lines));
}

TEST(Mapping, ReadsWhatItDocuments) {
  const auto mapping = parse_mapping(std::string(kHead) + R"(version: 3
format: {delimiter: ";", encoding: latin-1, nulls: ["", "N/A"]}
group_by: [No]
events:
  - kind: order
    type: track
    name: {choose: [{when: {column: No, starts_with: C}, value: Refund}, {value: Order}]}
    timestamp: At
    user_id: Who
    anonymous_id: {text: "no-{No}", when: {column: Who, empty: true}}
    properties:
      total: {sum_product: [Qty, Price]}
      lines: {each: {qty: Qty, unit: {constant: 1.50}}}
  - {kind: person, type: identify, group_by: Who, row: last, timestamp: At, user_id: Who, traits: {no: No}}
)",
                                     "m.yaml");
  ASSERT_TRUE(mapping) << mapping.error().message;
  EXPECT_EQ(mapping->version, 3);
  EXPECT_EQ(mapping->format.delimiter, ';');
  EXPECT_TRUE(mapping->format.latin1);
  ASSERT_EQ(mapping->events.size(), 2U);
  EXPECT_EQ(mapping->events[0].group_by, std::vector<std::size_t>{0});
  EXPECT_TRUE(mapping->events[0].whole_group);
  EXPECT_EQ(mapping->events[0].properties[1].value.fields[1].value.json, "1.50");
  EXPECT_EQ(mapping->events[1].group_by, std::vector<std::size_t>{4});
  EXPECT_TRUE(mapping->events[1].last_row);
  EXPECT_FALSE(mapping->events[1].whole_group);
}

TEST(MappingError, NamesFileLineKeyAndWhatIsAllowed) {
  EXPECT_EQ(error_of("name: shop\ncolums: {}\n"),
            "m.yaml:2: colums: unknown key \"colums\"; allowed: name, version, format, columns, group_by, events");
  EXPECT_EQ(error_of("name: shop\ncolumns:\n  a: strin\n"),
            "m.yaml:3: columns.a: \"strin\" is not known; allowed: string, integer, decimal, boolean, timestamp, json");
  EXPECT_EQ(
      event_error("    type: track\n    name: X\n    timestamp: When\n    user_id: Who\n"),
      "m.yaml:12: events[0].timestamp: there is no column \"When\"; columns: No, At, Qty, Price, Who (a fixed value is "
      "written {constant: …})");
  EXPECT_EQ(event_error("    type: track\n    name: X\n    timestamp: Qty\n    user_id: Who\n"),
            "m.yaml:12: events[0].timestamp: the column \"Qty\" must be of type timestamp");
}

TEST(MappingError, RefusesYamlThatIsNone) {
  EXPECT_TRUE(error_of("name: [").starts_with("m.yaml:1: no valid YAML: ")) << error_of("name: [");
  EXPECT_EQ(error_of("name: a\nname: b\n"), "m.yaml:2: name: this key is there twice");
  EXPECT_TRUE(error_of("").contains("must be a map with the keys"));
  EXPECT_TRUE(error_of(std::string(100'000, '[')).starts_with("m.yaml:"));
}

TEST(MappingError, BoundsWhatAliasesMultiply) {
  std::string yaml = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    yaml += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) yaml += std::string(i > 0 ? "," : "") + "*" + static_cast<char>(c - 1);
    yaml += "]\n";
  }
  EXPECT_TRUE(error_of(yaml).contains("more than 50,000 parts")) << error_of(yaml);
}

TEST(MappingError, AnEventSaysWhoWhatAndWhen) {
  EXPECT_TRUE(
      event_error("    type: track\n    name: X\n    timestamp: At\n").contains("needs a user_id or an anonymous_id"));
  EXPECT_TRUE(event_error("    type: track\n    timestamp: At\n    user_id: Who\n").contains("\"name\" is missing"));
  EXPECT_TRUE(event_error("    type: identify\n    name: X\n    timestamp: At\n    user_id: Who\n")
                  .contains("an event of type identify has no such key"));
  EXPECT_TRUE(event_error("    type: buy\n").contains("allowed: track, identify, page, screen, group, alias"));
}

TEST(MappingError, ValuesOverAllRowsStandOnlyWhereTheyCan) {
  const std::string event = "    type: track\n    name: X\n    timestamp: At\n";
  EXPECT_TRUE(event_error(event + "    user_id: {sum: Qty}\n").contains("values over all rows may not stand here"));
  EXPECT_TRUE(
      event_error(event + "    user_id: Who\n    properties: {a: {sum: Who}}\n").contains("integer or decimal"));
  EXPECT_TRUE(event_error(event + "    user_id: Who\n    properties: {a: {each: {b: {count: rows}}}}\n")
                  .contains("may not stand here"));
  EXPECT_TRUE(event_error(event + "    user_id: {text: \"{Whom}\"}\n").contains("there is no column \"Whom\""));
  EXPECT_TRUE(event_error(event + "    user_id: {text: \"{Who\"}\n").contains("without its \"}\""));
  EXPECT_TRUE(event_error(event + "    user_id: {column: Who, constant: x}\n").contains("exactly one of"));
}

TEST(MappingError, KindsAreUnique) {
  const std::string event = "  - {kind: k, type: identify, timestamp: At, user_id: Who}\n";
  EXPECT_EQ(error_of(std::string(kHead) + "events:\n" + event), "none");
  EXPECT_TRUE(error_of(std::string(kHead) + "events:\n" + event + event).contains("\"k\" is there twice"));
}

}  // namespace
}  // namespace tessera::cli
