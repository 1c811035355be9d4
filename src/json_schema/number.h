// Numbers of JSON as mathematics has them: 1, 1.0 and 1e0 are one number. For this module's own sources.
#pragma once

#include <boost/json/value.hpp>
#include <compare>
#include <string>

namespace tessera::json_schema {

bool is_number(const boost::json::value& value);
// 3 and 3.0 are whole, 3.5 is not.
bool is_whole(const boost::json::value& number);
// Exact, also between integers and doubles.
std::partial_ordering compare(const boost::json::value& a, const boost::json::value& b);
// Whether `number` is a whole multiple of `of` (above 0). Exact for integers; else up to rounding: 0.0075 is one of
// 0.0001.
bool is_multiple(const boost::json::value& number, const boost::json::value& of);
// The shortest text that reads back the same; equal numbers have equal texts.
std::string number_text(const boost::json::value& number);

}  // namespace tessera::json_schema
