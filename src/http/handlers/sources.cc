#include "http/handlers/sources.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/json.h"
#include "catalog/in_force.h"
#include "http/problem.h"

namespace tessera::http {

namespace {

// Shown once, so kept nowhere else: the key of a server source goes into this answer only.
Response source_response(const catalog::Source& source, std::string_view new_key, int status) {
  std::string body = catalog::source_json(source);
  if (!new_key.empty() && source.write_key.empty()) {
    body.pop_back();
    body += ",\"write_key\":";
    append_json_string(body, new_key);
    body += '}';
  }
  return json_response(std::move(body), status);
}

// The document that a PUT asks for, as a definition's.
Result<boost::json::object> read_put(const Request& request) {
  const std::string_view name = request.path_parameter("name");
  boost::system::error_code failed;
  boost::json::value document = request.body.empty() ? boost::json::object{} : boost::json::parse(request.body, failed);
  if (failed || !document.is_object()) {
    return error(Code::kInvalidArgument,
                 "the body is not a JSON object" + (failed ? ": " + failed.message() : std::string{}));
  }
  boost::json::object& object = document.as_object();
  for (const char* read_only : {"id", "write_key"}) object.erase(read_only);
  if (const auto* given = object.if_contains("name");
      given != nullptr && (!given->is_string() || given->as_string() != name)) {
    return error(Code::kInvalidArgument,
                 "source: name must be \"" + std::string(name) + "\", as in the path, or left out");
  }
  object["kind"] = "source";
  object["name"] = name;
  return std::move(object);
}

class SourceHandlers {
 public:
  explicit SourceHandlers(Services& services) : services_(services) {}

  void list(Respond& respond) const {
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("sources").begin_array();
    for (const catalog::Source& source : services_.engine.sources()->all()) json.raw(catalog::source_json(source));
    json.end_array().end_object();
    respond(json_response(std::move(body)));
  }

  void get(const Request& request, Respond& respond) const {
    const auto source = existing(request);
    respond(source ? source_response(*source, {}, 200) : problem(source.error()));
  }

  void put(const Request& request, Respond respond) {
    Result<boost::json::object> document = read_put(request);
    if (!document) return respond(problem(document.error()));
    const Result<catalog::Source> source = catalog::parse_source(boost::json::serialize(*document));
    if (!source) return respond(problem(source.error()));
    change(source->name, std::move(respond), [&](Change& to) -> Status {
      const auto sources = services_.engine.sources();
      const catalog::Source* before = sources->by_name(source->name);
      to.document = std::move(*document);
      to.trust = source->trust;
      if (catalog::needs_key(before, *source)) to.new_key = catalog::make_write_key();
      to.status = before == nullptr ? 201 : 200;
      return {};
    });
  }

  void disable(const Request& request, Respond respond) {
    change(std::string(request.path_parameter("name")), std::move(respond), [&](Change& to) -> Status {
      TRY(read_existing(request, to));
      to.document["enabled"] = false;
      return {};
    });
  }

  void rotate(const Request& request, Respond respond) {
    change(std::string(request.path_parameter("name")), std::move(respond), [&](Change& to) -> Status {
      TRY(read_existing(request, to));
      to.new_key = catalog::make_write_key();
      return {};
    });
  }

 private:
  struct Change {
    boost::json::object document;
    catalog::Trust trust = catalog::Trust::kPublic;
    std::string new_key;  // empty: the key stays
    int status = 200;
  };

  // The document that is in force, to be changed.
  Status read_existing(const Request& request, Change& to) const {
    TRY_ASSIGN(const catalog::Source source, existing(request));
    const auto definitions = services_.engine.definitions();
    const catalog::DefinitionVersion* version = definitions->in_force({"source", source.name});
    if (version == nullptr) {
      return error(Code::kNotFound, "the source \"" + source.name + "\" is archived: PUT brings it back");
    }
    to.document = boost::json::parse(version->document).as_object();
    to.trust = source.trust;
    return {};
  }

  Result<catalog::Source> existing(const Request& request) const {
    const auto sources = services_.engine.sources();
    const catalog::Source* source = sources->by_name(request.path_parameter("name"));
    if (source != nullptr) return *source;
    return error(Code::kNotFound, "there is no source \"" + std::string(request.path_parameter("name")) +
                                      "\": GET /v1/sources lists them, PUT makes one");
  }

  // `make` fills in the change, from the source as it is now.
  template <class Make>
  void change(std::string name, Respond respond, Make make) {
    if (!changes_.begin(name)) {
      return respond(problem(Code::kResourceExhausted, "source " + name + " is being changed already: try again"));
    }
    Change to;
    if (const Status made = make(to); !made) {
      changes_.end(name);
      return respond(problem(made.error()));
    }
    log::Draft draft = publish_draft({"source", name}, boost::json::serialize(to.document),
                                     to.new_key.empty() ? "" : catalog::key_attachment(to.new_key, to.trust));
    auto render = [this, name, to = std::move(to)] {
      const auto sources = services_.engine.sources();
      const catalog::Source* now = sources->by_name(name);
      if (now == nullptr) return problem(Code::kInternal, "source " + name + " was published and is not there");
      return source_response(*now, to.new_key, to.status);
    };
    publish(services_, {std::move(draft), std::move(render), [this, name] { changes_.end(name); }}, std::move(respond));
  }

  Services& services_;
  ChangesInWork changes_;
};

}  // namespace

void add_source_routes(Router& router, Services& services, const Guard& guard) {
  const auto handlers = std::make_shared<SourceHandlers>(services);
  router.add(Method::kGet, "/v1/sources",
             guard([handlers](const Request&, Respond respond) { handlers->list(respond); }));
  router.add(Method::kGet, "/v1/sources/{name}",
             guard([handlers](const Request& request, Respond respond) { handlers->get(request, respond); }));
  router.add(Method::kPut, "/v1/sources/{name}", guard([handlers](const Request& request, Respond respond) {
               handlers->put(request, std::move(respond));
             }));
  router.add(Method::kDelete, "/v1/sources/{name}", guard([handlers](const Request& request, Respond respond) {
               handlers->disable(request, std::move(respond));
             }));
  router.add(Method::kPost, "/v1/sources/{name}/rotate-key", guard([handlers](const Request& request, Respond respond) {
               handlers->rotate(request, std::move(respond));
             }));
}

}  // namespace tessera::http
