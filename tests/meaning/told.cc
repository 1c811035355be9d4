#include "told.h"

#include <array>
#include <charconv>
#include <cstdlib>

#include "dice.h"
#include "engine/view.h"

namespace tessera::meaning {

namespace {

std::string text_of(const cel::Value& value, cel::Arena& arena) {
  switch (value.kind()) {
    case cel::Kind::kNull:
      return "null";
    case cel::Kind::kBool:
      return value.as_bool() ? "true" : "false";
    case cel::Kind::kInt:
      return "n" + number_text(static_cast<double>(value.as_int()));
    case cel::Kind::kDouble:
      return "n" + number_text(value.as_double());
    case cel::Kind::kString:
      return "s" + std::string(value.text());
    case cel::Kind::kTimestamp:
      return "z" + std::to_string(value.as_instant().seconds * 1000 + value.as_instant().nanos / 1'000'000);
    case cel::Kind::kList: {
      std::string text;
      for (std::size_t i = 0; i < value.as_list().size(); ++i) {
        text += (i == 0 ? "[" : " ") + text_of(value.as_list().at(i, arena), arena);
      }
      return (text.empty() ? "[" : text) + "]";
    }
    default:
      return "another kind of value";
  }
}

// Of a text without escapes, a number or a truth.
std::string text_of_json(const std::string& json) {
  if (json.starts_with('"')) return "s" + json.substr(1, json.size() - 2);
  if (json == "true" || json == "false" || json == "null") return json;
  return "n" + number_text(std::strtod(json.c_str(), nullptr));
}

std::string times(std::uint64_t count, Timestamp first, Timestamp last) {
  return std::to_string(count) + ", " + to_text(first) + " to " + to_text(last);
}

}  // namespace

std::string number_text(double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number == 0 ? 0.0 : number);
  return {digits.data(), end.ptr};
}

ToldOfAll Product::people(Life& life, const Published& published) {
  ToldOfAll all;
  engine::MachinesView view(life.machines(), [&] { return life.machines().time(); });
  for (const ProfileId id : life.people()) {
    const auto profile = view.profile(id);
    RC_ASSERT(profile.has_value());
    Told& told = all[id.value];
    for (const auto& [name, condition] : published.segments) told["in_" + name] = "false";
    for (const std::string& name : profile->segments) told["in_" + name] = "true";
    for (const auto* computed : {&published.computed, &published.shown}) {
      for (const auto& [name, expression] : *computed) told[name] = "null";
    }
    for (const auto& trait : profile->computed) told[trait.name] = text_of_json(trait.json);
    told["plan"] = told["size"] = "null";
    for (const auto& trait : profile->traits) told[trait.name] = text_of_json(trait.json);
    for (const auto& group : profile->groups) told["groups"] += group.name + " ";
    for (const auto& event : profile->events) {
      told[event.type + " " + event.name] = times(event.count, event.first_at, event.last_at);
    }
    told["seen"] = to_text(profile->first_seen) + " to " + to_text(profile->last_seen);
    for (const std::string& question : published.asks()) told[question] = answer(life, id, question);
  }
  return all;
}

ToldOfAll Product::parts(Life& life) {
  ToldOfAll all;
  for (const ProfileId id : life.people()) {
    for (const segment::PartView& view : life.machines().shards().views_of(id)) {
      const auto part = profile::decode_part(view.part);
      RC_ASSERT(part.has_value());
      for (const profile::EventCount& event : part->events) {
        all[view.id.value][std::string(event::type_name(event.type)) + " " + event.name] =
            times(event.count, event.first_at, event.last_at);
      }
    }
  }
  return all;
}

const segment::Need& Product::need_of(const std::string& question) {
  auto& condition = compiled_[question];
  if (condition == nullptr) {
    segment::Vocabulary vocabulary;
    if (const auto& watched = questions_.at(question).history.watched) vocabulary.segments.insert(*watched);
    std::vector<cel::Issue> issues;
    condition = segment::compile_condition(questions_.at(question).plain(), vocabulary, cel::TypeKind::kDyn, issues);
    for (const cel::Issue& issue : issues) RC_FAIL(questions_.at(question).plain() + ": " + issue.message);
  }
  return condition->needs.front();
}

std::string Product::answer(Life& life, ProfileId person, const std::string& question) {
  const std::string& asked = need_of(question).text;
  engine::Shards& shards = life.machines().shards();
  segment::Evaluator& evaluator = shards.evaluator();
  const segment::Plan& plan = evaluator.plan();
  for (std::uint32_t i = 0; i < plan.needs().size(); ++i) {
    if (!plan.needs()[i].asks_history() || plan.needs()[i].text != asked) continue;
    return text_of(evaluator.need_value(shards.views_of(person), shards.segments_of(person), life.machines().time(), i),
                   evaluator.arena());
  }
  return "it is not kept";
}

std::string difference(const ToldOfAll& product, const ToldOfAll& sql) {
  std::string out;
  const auto say = [&](std::uint64_t id, const std::string& name, const Told* mine, const Told* theirs) {
    const auto value = [&](const Told* told) {
      if (told == nullptr) return std::string("(nobody)");
      const auto at = told->find(name);
      return at == told->end() ? std::string("(nothing)") : at->second;
    };
    if (value(mine) == value(theirs)) return;
    out += to_text(ProfileId{id}) + " " + name + ": " + value(mine) + ", but by SQL " + value(theirs) + "\n";
  };
  for (const auto& [id, told] : product) {
    const auto other = sql.find(id);
    for (const auto& [name, value] : told) say(id, name, &told, other == sql.end() ? nullptr : &other->second);
  }
  for (const auto& [id, told] : sql) {
    const auto other = product.find(id);
    for (const auto& [name, value] : told) say(id, name, other == product.end() ? nullptr : &other->second, &told);
  }
  return out;
}

}  // namespace tessera::meaning
