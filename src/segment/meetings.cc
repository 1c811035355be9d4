#include "segment/meetings.h"

#include <algorithm>
#include <array>

#include "segment/time_functions.h"

namespace tessera::segment {

namespace {

constexpr std::array<std::string_view, 6> kComparisons{"_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"};
constexpr std::array<std::string_view, 12> kMacros{"all",    "exists",       "exists_one", "existsOne",
                                                   "filter", "map",          "sortBy",     "transformList",
                                                   "optMap", "transformMap", "optFlatMap", "transformMapEntry"};
constexpr std::string_view kUsage =
    "now may be compared after adding and subtracting: now - events(\"…\").last() > duration(\"90d\"), or "
    "days(now - events(\"…\").last()) >= 30";

bool is_call(const cel::Node& node, std::string_view name, bool receiver, std::size_t children) {
  return node.kind == cel::NodeKind::kCall && node.receiver == receiver && node.text == name &&
         node.children.size() == children;
}

bool is_bind(const cel::Node& node) {
  return is_call(node, "bind", true, 4) && node.children[0]->kind == cel::NodeKind::kIdentifier &&
         node.children[0]->text == "cel" && node.children[1]->kind == cel::NodeKind::kIdentifier;
}

std::size_t size_of(const cel::Node& node) {
  std::size_t all = 1;
  for (const auto& child : node.children) all += size_of(*child);
  return all;
}

// Whether a macro gives `name` a meaning of its own in what follows its variables.
bool hides(const cel::Node& node, std::string_view name) {
  if (node.kind != cel::NodeKind::kCall || !node.receiver) return false;
  if (std::ranges::find(kMacros, node.text) == kMacros.end()) return false;
  for (std::size_t i = 1; i + 1 < node.children.size() && i <= 2; ++i) {
    if (node.children[i]->kind == cel::NodeKind::kIdentifier && node.children[i]->text == name) return true;
  }
  return false;
}

std::size_t uses_of(const cel::Node& node, const std::string& name) {
  if (node.kind == cel::NodeKind::kIdentifier) return node.text == name ? 1 : 0;
  std::size_t all = 0;
  const std::size_t end = hides(node, name) ? 1 : node.children.size();
  for (std::size_t i = 0; i < end; ++i) all += uses_of(*node.children[i], name);
  return all;
}

void substitute(cel::NodePtr& node, const std::string& name, const cel::Node& by) {
  if (node->kind == cel::NodeKind::kIdentifier) {
    if (node->text == name) node = cel::copy(by);
    return;
  }
  if (hides(*node, name)) return substitute(node->children[0], name, by);
  for (auto& child : node->children) substitute(child, name, by);
}

// Puts what cel.bind names in the place of the names. False if that takes too much.
bool inline_bound(cel::NodePtr& node) {
  for (auto& child : node->children) {
    if (!inline_bound(child)) return false;
  }
  if (!is_bind(*node)) return true;
  cel::NodePtr body = std::move(node->children[3]);
  const std::string& name = node->children[1]->text;
  if (size_of(*body) + uses_of(*body, name) * size_of(*node->children[2]) > cel::kMaxNodes) return false;
  substitute(body, name, *node->children[2]);
  node = std::move(body);
  return true;
}

class Finder {
 public:
  Finder(std::string_view now, std::vector<cel::Issue>& issues) : now_(now), issues_(issues) {}

  void find(const cel::Node& node) {
    if (!has_now(node)) return;
    const bool compares = node.kind == cel::NodeKind::kCall && !node.receiver &&
                          std::ranges::find(kComparisons, node.text) != kComparisons.end();
    if (compares && meet(*node.children[0], *node.children[1])) return;
    if (node.kind == cel::NodeKind::kIdentifier) {
      issues_.push_back({node.place, std::string(kUsage)});
      return;
    }
    for (const auto& child : node.children) find(*child);
  }

  std::vector<cel::NodePtr> found;

 private:
  bool has_now(const cel::Node& node) const {
    if (node.kind == cel::NodeKind::kIdentifier) return node.text == now_;
    return std::ranges::any_of(node.children, [&](const auto& child) { return has_now(*child); });
  }

  bool meet(const cel::Node& left, const cel::Node& right) {
    if (has_now(left) == has_now(right)) return false;
    const cel::Node& side = has_now(left) ? left : right;
    const cel::Node& other = has_now(left) ? right : left;
    if (is_call(side, "days", false, 1)) return meet_in_days(*side.children[0], other);
    cel::NodePtr instant = solve(side, cel::copy(other));
    if (instant == nullptr) return false;
    found.push_back(std::move(instant));
    return true;
  }

  // days(…) of what is n days, a day less and a day more: around 0 there are two days that are 0.
  bool meet_in_days(const cel::Node& side, const cel::Node& n) {
    for (const std::int64_t more : {-1, 0, 1}) {
      auto number = std::make_unique<cel::Node>();
      number->kind = cel::NodeKind::kInt;
      number->integer = more;
      auto days = std::make_unique<cel::Node>();
      days->kind = cel::NodeKind::kCall;
      days->text = kOfDays;
      days->place = n.place;
      days->children.push_back(call("_+_", cel::copy(n), std::move(number)));
      cel::NodePtr instant = solve(side, std::move(days));
      if (instant == nullptr) return false;
      found.push_back(std::move(instant));
    }
    return true;
  }

  static cel::NodePtr call(std::string name, cel::NodePtr left, cel::NodePtr right) {
    auto node = std::make_unique<cel::Node>();
    node->kind = cel::NodeKind::kCall;
    node->text = std::move(name);
    node->place = left->place;
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    return node;
  }

  // The now at which `side` is `value`; null if `side` does more than add and subtract.
  cel::NodePtr solve(const cel::Node& side, cel::NodePtr value) {
    if (side.kind == cel::NodeKind::kIdentifier) return value;
    const bool adds = is_call(side, "_+_", false, 2);
    if (!adds && !is_call(side, "_-_", false, 2)) return nullptr;
    const cel::Node& left = *side.children[0];
    const cel::Node& right = *side.children[1];
    if (has_now(left) == has_now(right)) return nullptr;
    if (has_now(left)) return solve(left, call(adds ? "_-_" : "_+_", std::move(value), cel::copy(right)));
    if (adds) return solve(right, call("_-_", std::move(value), cel::copy(left)));
    return solve(right, call("_-_", cel::copy(left), std::move(value)));
  }

  const std::string_view now_;
  std::vector<cel::Issue>& issues_;
};

}  // namespace

std::vector<cel::NodePtr> find_meetings(const cel::Node& tree, std::string_view now, std::vector<cel::Issue>& issues) {
  cel::NodePtr plain = cel::copy(tree);
  if (!inline_bound(plain)) {
    issues.push_back({tree.place, "what cel.bind names is too much to follow `now` in; use computed traits or less"});
    return {};
  }
  Finder finder(now, issues);
  finder.find(*plain);
  return std::move(finder.found);
}

}  // namespace tessera::segment
