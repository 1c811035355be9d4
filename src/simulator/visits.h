// What happens online: browsing before log-in, log-in, orders, campaigns' clicks, strangers and crawlers.
#pragma once

#include <string_view>

#include "simulator/scene.h"

namespace tessera::simulator {

// Why someone comes.
struct Visit {
  Timestamp at;
  bool to_buy = false;             // the weekly shop; else looks around and may buy little
  bool signs_up = false;           // opens their account on this visit
  std::string_view campaign = {};  // the newsletter that led here
};

// A member of the household looks around the shop, on the device that is at hand.
void visit_online(Scene& scene, Household& home, Person& person, const Visit& visit);

// Someone who never says who they are.
void visit_as_stranger(Scene& scene);

// A search engine's crawler goes through the shop.
void crawl(Scene& scene);

}  // namespace tessera::simulator
