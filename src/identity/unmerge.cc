#include <map>

#include "identity/directory.h"

namespace tessera::identity {

namespace {

bool contains(const std::vector<PartId>& parts, PartId part) {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

std::vector<PartId> without(const std::vector<PartId>& all, const std::vector<PartId>& some) {
  std::vector<PartId> rest;
  std::copy_if(all.begin(), all.end(), std::back_inserter(rest), [&](PartId p) { return !contains(some, p); });
  return rest;
}

}  // namespace

ProfileId profile_of_number(std::uint64_t number) {
  return {number * kShardCount + mix64(number) % kShardCount};
}

Result<Split> Directory::separate(const catalog::IdentityRules& rules, std::span<const PartId> parts, bool keep_apart) {
  if (parts.empty()) return error(Code::kInvalidArgument, "name at least one part to separate");
  ProfileId profile;
  for (const PartId part : parts) {
    const Node* node = nodes_.find(part);
    if (node == nullptr) return error(Code::kNotFound, "there is no part " + to_text(part));
    if (profile.value != 0 && node->profile != profile) {
      return error(Code::kInvalidArgument,
                   "the parts are of different people: " + to_text(profile) + " and " + to_text(node->profile));
    }
    profile = node->profile;
  }
  const std::vector<PartId> all = this->parts(profile);
  std::vector<PartId> leaving;  // in the order they came
  std::copy_if(all.begin(), all.end(), std::back_inserter(leaving),
               [&](PartId p) { return std::find(parts.begin(), parts.end(), p) != parts.end(); });
  if (leaving.size() == all.size()) {
    return error(Code::kInvalidArgument,
                 "these are all parts of " + to_text(profile) + ": there is nothing to separate them from");
  }
  if (contains(leaving, all.front())) leaving = without(all, leaving);
  Split done = split(rules, profile, std::move(leaving));
  if (keep_apart) {
    nodes_.edit(PartId{done.from.value}).apart.push_back({done.into.value});
    nodes_.edit(PartId{done.into.value}).apart.push_back({done.from.value});
  }
  return done;
}

Result<std::vector<Split>> Directory::detach(const catalog::IdentityRules& rules, const event::Identifier& identifier) {
  const std::string key = pointer_key(identifier.type, identifier.value);
  const Pointer* found = pointers_.find(key);
  if (found == nullptr || found->part.value == 0) {
    return error(Code::kNotFound,
                 "nobody has the " + std::string(identifier.type) + " \"" + std::string(identifier.value) + "\"");
  }
  const PartId holder = found->part;
  const ProfileId profile = find(ProfileId{holder.value});
  pointers_.edit(key) = {.held = true};
  auto attached = attached_of(*nodes_.find(holder));
  std::erase_if(attached, [&](const Attached& a) { return a.type == identifier.type && a.value == identifier.value; });
  replace_attached(nodes_.edit(holder), attached);

  // What is left of the links holds together what it holds together.
  const std::vector<PartId> all = parts(profile);
  std::map<PartId, PartId> leader;
  for (const PartId part : all) leader[part] = part;
  const auto leader_of = [&](PartId part) {
    while (leader[part] != part) part = leader[part];
    return part;
  };
  for (const PartId part : all) {
    const auto names_it = [&](const Link& link) { return link.via == key || link.by == key; };
    if (std::any_of(nodes_.find(part)->links.begin(), nodes_.find(part)->links.end(), names_it)) {
      std::erase_if(nodes_.edit(part).links, names_it);
    }
    for (const Link& link : nodes_.find(part)->links) leader[leader_of(link.to)] = leader_of(part);
  }
  std::vector<Split> splits;
  std::vector<PartId> rest = all;
  while (true) {
    std::vector<PartId> together;
    for (const PartId part : rest) {
      if (leader_of(part) == leader_of(rest.front())) together.push_back(part);
    }
    rest = without(rest, together);
    if (contains(together, all.front())) {
      if (rest.empty()) break;
      continue;
    }
    splits.push_back(split(rules, profile, std::move(together)));
    if (rest.empty()) break;
  }
  make_root(rules, parts(profile));
  return splits;
}

// `leaving` does not hold the root, and is in the order the parts came.
Split Directory::split(const catalog::IdentityRules& rules, ProfileId profile, std::vector<PartId> leaving) {
  const ProfileId into{leaving.front().value};
  const std::vector<PartId> staying = without(parts(profile), leaving);
  for (const PartId part : leaving) nodes_.edit(part).profile = into;
  nodes_.edit(PartId{profile.value}).members = {staying.begin() + 1, staying.end()};
  nodes_.edit(leaving.front()).members = {leaving.begin() + 1, leaving.end()};
  drop_links_between(staying, leaving);
  make_root(rules, staying);
  make_root(rules, leaving);
  return {profile, into, std::move(leaving)};
}

// Sets what a root knows about all parts of its profile.
void Directory::make_root(const catalog::IdentityRules& rules, const std::vector<PartId>& parts) {
  bool known = false;
  for (const PartId part : parts) {
    for (const Attached& a : attached_of(*nodes_.find(part))) known |= a.trusted && !rules.is_anonymous(a.type);
  }
  Node& root = nodes_.edit(parts.front());
  root.known = known;
  root.refused.clear();
}

void Directory::drop_links_between(const std::vector<PartId>& a, const std::vector<PartId>& b) {
  for (const PartId part : a) {
    std::erase_if(nodes_.edit(part).links, [&](const Link& link) { return contains(b, link.to); });
  }
  for (const PartId part : b) {
    std::erase_if(nodes_.edit(part).links, [&](const Link& link) { return contains(a, link.to); });
  }
}

GraphSnapshot Directory::graph(ProfileId id) {
  GraphSnapshot graph{.id = id};
  if (const Node* root = nodes_.find(PartId{id.value})) graph.group = root->group;
  for (const PartId part : parts(id)) {
    const Node* node = nodes_.find(part);
    PartSnapshot snapshot{part, node->created_at, {}};
    for (const Attached& a : attached_of(*node)) {
      snapshot.identifiers.push_back({a.type, a.value, part, a.source, a.attached_at, a.trusted, a.offset});
    }
    graph.parts.push_back(std::move(snapshot));
    for (const Link& link : node->links) {
      const auto via = parse_pointer_key(link.via);
      const auto by = parse_pointer_key(link.by);
      graph.links.push_back({part, link.to, std::string(via.type), std::string(via.value), std::string(by.type),
                             std::string(by.value), link.offset});
    }
  }
  std::stable_sort(graph.parts.begin(), graph.parts.end(),
                   [](const auto& a, const auto& b) { return a.id.value / kShardCount < b.id.value / kShardCount; });
  return graph;
}

}  // namespace tessera::identity
