// Why a person is in a segment or not: what each part of the condition comes to, and what each part of the person
// contributes to it. For people who look: costs a compilation of every sub-expression.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "catalog/source.h"
#include "segment/evaluation.h"

namespace tessera::segment {

// What one part has to say.
struct Contribution {
  PartId part;
  std::string value;  // JSON
  // Of traits: whose word it is, and since when; a part has one for each source that spoke.
  std::string source;
  Timestamp stated_at;
  bool counts = true;   // of traits: it is this word that conditions read
  bool frozen = false;  // of questions: it has more than is kept of one person, and what came later is not in it
};

// One thing that a condition reads.
struct ReadExplanation {
  std::string text;                 // events("Order Completed").count()
  std::string value;                // JSON, over all parts
  std::vector<Contribution> parts;  // those that have something to say; none for in_segment
};

// A sub-expression. Those of "&&", "||" and "!" have others below them, the rest say what they read.
struct Explanation {
  std::string text;
  std::string value;      // JSON; {"error": …} where it ended with one, which holds as little as false
  bool holds = false;     // it is true
  std::string operation;  // "&&", "||", "!", or empty
  std::vector<Explanation> operands;
  std::vector<ReadExplanation> reads;
};

Explanation explain(Evaluator& evaluator, const PlannedCondition& condition, std::span<const PartView> parts,
                    std::span<const std::uint32_t> memberships, const catalog::Sources& sources, Timestamp now);

// {"text","value","holds"} with "operation" and "operands", or with "reads": [{"text","value","parts":
// [{"part","value"}]}], of traits [{"part","value","source","stated_at","counts"}].
void append_json(std::string& out, const Explanation& explanation);

}  // namespace tessera::segment
