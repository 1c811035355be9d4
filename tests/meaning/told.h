// What is said of people: by Tessera, and by SQL over the history (oracle.h). Both in the same words, so that they can
// be compared.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "life.h"
#include "published.h"
#include "segment/language.h"

namespace tessera::meaning {

// A person's memberships ("in_s1"), answers ("q7"), traits ("c0", "d0", "plan", "size"), groups, and how often what
// happened ("track A"). Values are written "n1.5", "skitten", "true", "z" and milliseconds, or "null".
using Told = std::map<std::string, std::string>;
using ToldOfAll = std::map<std::uint64_t, Told>;  // by profile, or by part

std::string number_text(double number);

// Reads answers where the product keeps them: in the feature of an equal question.
class Product {
 public:
  explicit Product(const Questions& questions) : questions_(questions) {}

  ToldOfAll people(Life& life, const Published& published);
  // How often what happened, by part.
  static ToldOfAll parts(Life& life);

 private:
  const segment::Need& need_of(const std::string& question);
  std::string answer(Life& life, ProfileId person, const std::string& question);

  const Questions& questions_;
  std::map<std::string, std::unique_ptr<segment::Condition>> compiled_;  // by name of the question
};

// What one says and the other does not, for people to read; empty if they agree.
std::string difference(const ToldOfAll& product, const ToldOfAll& sql);

}  // namespace tessera::meaning
