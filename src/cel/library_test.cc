#include "cel/library.h"

#include <gtest/gtest.h>

#include "cel/program.h"

namespace tessera::cel {
namespace {

class NoVariables final : public Variables {
  Value get(std::uint32_t, Context&) const override { return Value::error("there are none"); }
};

// The result as JSON, an error, or what the checker says. `dyn(…)` around what is not to be folded or checked.
std::string run(std::string_view text, Context& context) {
  static const Environment kEnvironment;
  std::vector<Issue> issues;
  const auto program = compile(kEnvironment, text, TypeKind::kDyn, issues);
  if (program == nullptr) return "refused: " + issues.at(0).message;
  const Value value = program->evaluate(NoVariables(), context);
  if (value.is_error()) return "error: " + std::string(value.text());
  std::string out;
  EXPECT_TRUE(append_json(out, value, context.arena));
  return out;
}

std::string run(std::string_view text) {
  Context context;
  return run(text, context);
}

// Every one of them is true.
void expect_true(std::initializer_list<std::string_view> expressions) {
  for (const std::string_view one : expressions) EXPECT_EQ(run(one), "true") << one;
}

// Every one of them fails when it is evaluated.
void expect_errors(std::initializer_list<std::string_view> expressions) {
  for (const std::string_view one : expressions) EXPECT_EQ(run(one).substr(0, 7), "error: ") << one;
}

TEST(Conversions, KeepToTheRangesOfTypes) {
  expect_true({"int('+5') == 5", "int(-0.9) == 0", "uint('18446744073709551615') == 18446744073709551615u",
               "double('-Infinity') < 0.0", "double('1e3') == 1000.0",
               "timestamp(0) == timestamp('1970-01-01T00:00:00Z')", "duration('1.5h') == duration('90m')",
               "string(timestamp(0)) == '1970-01-01T00:00:00Z'"});
  expect_errors({"int('')", "int('1 ')", "int('+-1')", "int('9223372036854775808')", "int(1e19)", "int(0.0 / 0.0)",
                 "uint('-1')", "uint('+1')", "uint(-0.5)", "double('')", "double('1e')", "double('nan(1)')",
                 "bool('yes')", "timestamp(253402300800)", "timestamp('2023-02-29T00:00:00Z')", "duration('1x')"});
}

TEST(TimeFunctions, KnowOffsetsAndZones) {
  expect_true({"timestamp('2024-07-01T23:30:00Z').getDate('Europe/Berlin') == 2",
               "timestamp('2024-07-01T23:30:00Z').getHours('+05:45') == 5",
               "timestamp(0).getFullYear('-00:01') == 1969", "timestamp(0).getHours('') == 0",
               "timestamp('2024-12-31T12:00:00Z').getDayOfYear() == 365", "duration('-90m').getHours() == -1",
               "duration('-1.5s').getMilliseconds() == -500"});
  expect_errors({"timestamp(0).getHours('Europe/Atlantis')", "timestamp(0).getHours('+25:00')"});
}

TEST(StringFunctions, CountInCodePoints) {
  expect_true({"'añb'.indexOf('b') == 2", "'añbñ'.lastIndexOf('ñ') == 3", "'añbñ'.lastIndexOf('ñ', 2) == 1",
               "'aaa'.lastIndexOf('aa') == 1", "'añb'.substring(1, 2) == 'ñ'", "'añb'.reverse() == 'bña'",
               "'añb'.charAt(3) == ''", "'x'.lastIndexOf('longer') == -1", "'ab'.indexOf('', 2) == 2"});
  expect_errors(
      {"'ab'.indexOf('a', 2)", "'ab'.indexOf('', 3)", "'ab'.charAt(-1)", "'ab'.substring(3)", "'ab'.substring(1, -1)"});
}

TEST(StringFunctions, ReplaceAndSplitAtEmptyStringsToo) {
  expect_true({"'ab'.replace('', '-') == '-a-b-'", "'ab'.replace('', '-', 2) == '-a-b'", "''.replace('', 'x') == 'x'",
               "'aaa'.replace('a', 'b', 0) == 'aaa'", "'añb'.split('') == ['a', 'ñ', 'b']", "''.split('') == []",
               "''.split(',') == ['']", "'a,b,c'.split(',', 2) == ['a', 'b,c']", "'añb'.split('', 2) == ['a', 'ñb']",
               "'a,,b'.split(',') == ['a', '', 'b']"});
}

TEST(StringFunctions, AskForStrings) {
  EXPECT_EQ(run("['a', dyn(1)].join()"), "error: no such overload: join(list)");
  EXPECT_EQ(run("base64.decode('a')"), "error: the string is not base64");
}

TEST(Patterns, AreFoundAnywhereAndMayBeComputed) {
  expect_true(
      {"'hello'.matches('l+')", "!'hello'.matches('^l')", "'b'.matches(dyn('[a') + '-c]')", "matches('x', 'x')"});
  expect_errors({"'a'.matches(dyn('(') + '')", "'a'.matches(dyn('(?=a)') + '')"});
}

TEST(Patterns, AreBounded) {
  const std::string long_one = "'a'.matches(dyn('" + std::string(1001, 'a') + "') + '')";
  EXPECT_NE(run(long_one).find("1000 bytes at most"), std::string::npos);
  EXPECT_EQ(run("'a'.matches(dyn('((((x{9}){9}){9}){9}){9}') + '')").substr(0, 7), "error: ");
}

TEST(Format, ShowsValuesAndSaysWhatItCannot) {
  expect_true({"'%d%%'.format([5]) == '5%'", "'%x|%X|%o|%b'.format([255, -255, 8, -2]) == 'ff|-FF|10|-10'",
               "'%.0e'.format([1234.5]) == '1e+03'", "'%f'.format([1]) == '1.000000'", "'%d'.format([1.5]) == '1.5'",
               "'%s'.format([{'b': 1, 'a': [true, null]}]) == '{a: [true, null], b: 1}'"});
  expect_errors({"'%'.format([])", "'%.f'.format([1.0])", "'%.101f'.format([1.0])", "'%.2d'.format([1])",
                 "'%s'.format([])", "'%é'.format([1])", "'%s'.format([optional.of(1)])", "'%s'.format([b'\\xff'])"});
}

TEST(Math, ComparesNumbersOfAllKinds) {
  expect_true({"math.greatest(1, 2.5, 2u) == 2.5", "math.least([3, 1, 2]) == 1", "math.sqrt(9) == 3.0",
               "math.isNaN(math.sqrt(-1.0))", "math.round(-2.5) == -3.0", "math.isNaN(math.sign(0.0 / 0.0))",
               "math.greatest(dyn('a') == 'a' ? 1 : 2, 0) == 1"});
  expect_errors({"math.greatest(dyn('a'), 1)", "math.greatest(dyn([]))", "math.greatest(1.0, 0.0 / 0.0)",
                 "math.abs(-9223372036854775807 - 1)", "math.bitShiftLeft(1, -1)"});
}

TEST(Lists, AreSortedSlicedAndFlattened) {
  expect_true({"[3, 1, 2].sort() == [1, 2, 3]", "[2.0, 0.0 / 0.0, 1.0].sort().slice(0, 2) == [1.0, 2.0]",
               "['b', 'a'].reverse() == ['a', 'b']", "lists.range(3) == [0, 1, 2]", "[1, 2, 3].slice(3, 3) == []",
               "[[1], [2, 3], []].flatten() == [1, 2, 3]", "[1, [2, [3, [4]]]].flatten(2) == [1, 2, 3, [4]]",
               "[1, [2]].flatten(0) == [1, [2]]", "[{'a': 2}, {'a': 1}].sortBy(x, x.a)[0].a == 1"});
  expect_errors({"[1, dyn('a')].sort()", "[[1], [2]].sort()", "[1].slice(-1, 0)", "[1].slice(1, 0)", "[1].slice(0, 2)",
                 "[1].flatten(-1)", "lists.range(-1)"});
}

TEST(Lists, AreDistinctByEquality) {
  expect_true({"[1, 1.0, 1u, 2].distinct().size() == 2", "[0.0, -0.0].distinct().size() == 1",
               "[0.0 / 0.0, 0.0 / 0.0].distinct().size() == 2", "[[1], [1.0], [2]].distinct() == [[1], [2]]",
               "['b', 'a', 'b'].distinct() == ['b', 'a']", "[true, 1, 'true', null, null].distinct().size() == 4",
               "lists.range(1000).map(x, x % 7).distinct().size() == 7"});
}

TEST(Optionals, ComeOutOfListsAndGoBack) {
  expect_true({"[1, 2].first().value() == 1", "[1, 2].last().value() == 2", "![].first().hasValue()",
               "optional.unwrap([optional.of(1), optional.none(), optional.of(2)]) == [1, 2]",
               "[optional.of(1)].unwrapOpt() == [1]", "!optional.ofNonZeroValue(duration('0')).hasValue()"});
  expect_errors({"optional.none().value()", "dyn([1]).unwrapOpt()"});
}

TEST(Network, KnowsAddresses) {
  expect_true({"ip('127.0.0.1').isLoopback()", "ip('::1').isLoopback() && ip('::1').family() == 6",
               "ip('fe80::1').isLinkLocalUnicast()", "ip('224.0.0.1').isLinkLocalMulticast()",
               "ip('0.0.0.0').isUnspecified() && !ip('0.0.0.0').isGlobalUnicast()", "ip('8.8.8.8').isGlobalUnicast()",
               "!ip('255.255.255.255').isGlobalUnicast()", "ip('2001:DB8::1') == ip('2001:db8:0:0::0:1')",
               "string(ip('2001:db8:0:0:1:0:0:0')) == '2001:db8:0:0:1::'", "string(ip('::1.2.3.4')) == '::102:304'",
               "ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1')", "type(ip('::')) == net.IP",
               "string(ip('1:0:0:2::3')) == '1:0:0:2::3'", "ip('1.2.3.4') != ip('::102:304')"});
  for (const std::string_view wrong : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.-4", ":",
                                       ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
                                       "12345::", "g::", "::1%eth0", "::ffff:1.2.3.4", "1.2.3.4::", "::1.2.3"}) {
    EXPECT_EQ(run("isIP('" + std::string(wrong) + "')"), "false") << wrong;
  }
  expect_errors({"ip('1.2.3')", "ip.isCanonical('x')", "dyn(cidr('::/0')).family()"});
}

TEST(Network, KnowsRanges) {
  expect_true({"cidr('10.0.0.0/8').containsIP('10.255.0.1')", "!cidr('10.0.0.0/8').containsIP(ip('11.0.0.0'))",
               "!cidr('0.0.0.0/0').containsIP('::1')", "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
               "!cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
               "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
               "string(dyn(cidr('2001:db8::5/33').masked())) == '2001:db8::/33'", "cidr('::/0').prefixLength() == 0",
               "cidr('10.1.2.3/8').ip() == ip('10.1.2.3')", "isCIDR('1.2.3.4/32') && !isCIDR('1.2.3.4/33')",
               "!isCIDR('1.2.3.4') && !isCIDR('1.2.3.4/') && !isCIDR('1.2.3.4/08') && !isCIDR('::/129')"});
  expect_errors(
      {"cidr('1.2.3.4')", "cidr('10.0.0.0/8').containsIP('x')", "cidr('10.0.0.0/8').containsCIDR('10.0.0.1')"});
}

TEST(Library, ChargesWorkThatGrows) {
  for (const std::string_view one :
       {"lists.range(9223372036854775807)", "lists.range(3000).map(x, lists.range(3000).reverse())",
        "lists.range(3000).map(x, [x]).distinct()", "lists.range(300).map(x, lists.range(300)).flatten().sort()"}) {
    Context context;
    const std::string result = run(one, context);
    EXPECT_TRUE(result == "error: " + std::string(kCostExceeded) || result == "error: " + std::string(kMemoryExceeded))
        << one << ": " << result;
  }
  Context context;
  context.cost_limit = 2'000;
  EXPECT_EQ(run("lists.range(1000).map(x, 'abc').join('-').replace('a', 'b').size()", context),
            "error: " + std::string(kCostExceeded));
}

TEST(Library, SumsOfChargesDoNotOverflow) {
  Context context;
  const std::string_view text =
      "[lists.range(dyn(9223372036854775807)) == [] || lists.range(dyn(9223372036854775807)) == [] || true]";
  EXPECT_EQ(run(text, context), "[true]");
  EXPECT_GT(context.cost, context.cost_limit);
}

}  // namespace
}  // namespace tessera::cel
