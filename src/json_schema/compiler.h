// From a schema's document to its compiled form. For this module's own sources.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json_schema/compiled.h"

namespace tessera::json_schema {

// One use: make it, compile, throw it away. `document` outlives it.
class Compiler {
 public:
  explicit Compiler(const boost::json::value& document) : document_(document) {}
  Result<Compiled> compile();

 private:
  // A subschema, and how it is reached.
  struct Place {
    const boost::json::value* schema = nullptr;
    std::string base;     // the address it stands in, before its own $id
    std::string pointer;  // in the document, for messages
  };
  struct Waiting {
    NodeId node;
    Place place;
  };

  Status index_ids(const Place& place, int depth);
  Status fill(Node& node, const Place& place);
  Status fill_values(Node& node, const Place& place);
  Status fill_numbers(NumberRules& rules, const Place& place);
  Status fill_array(ArrayRules& rules, const Place& place);
  Status fill_object(ObjectRules& rules, const Place& place);
  Status fill_combinations(Node& node, const Place& place);
  Status fill_patterns(ObjectRules& rules, const Place& place);
  Status fill_dependencies(ObjectRules& rules, const Place& place);

  // The node of a subschema; it is filled later. Nothing limits how schemas refer to each other, so nothing recurses.
  Result<NodeId> node_of(Place place);
  Result<NodeId> referred(const Place& from, std::string_view reference);
  Result<Place> find_target(const Place& from, std::string_view reference);
  // The subschema, or the list of them, that a keyword has.
  Status take(const Place& place, std::string_view keyword, std::optional<NodeId>& to);
  Status take_list(const Place& place, std::string_view keyword, std::vector<NodeId>& to);

  const boost::json::value& document_;
  Compiled out_;
  std::map<const boost::json::value*, NodeId> known_;
  std::map<std::string, Place, std::less<>> by_address_;
  std::vector<Waiting> waiting_;
};

}  // namespace tessera::json_schema
