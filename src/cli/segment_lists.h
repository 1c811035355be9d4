// `tessera segment upload | freeze | ranks`: lists of people, audiences of one moment, and what everyone is compared by
// (docs/segments.md).
#pragma once

#include <ostream>
#include <string>

#include "base/result.h"
#include "cli/server.h"

namespace tessera::cli {

struct SegmentListOptions {
  ServerOptions server;
  std::string name;         // of the segment
  std::string file;         // upload: who it is
  std::string identifier;   // upload: a type of identifier, or "profile"; empty: as the file says
  bool replace = false;     // upload: whoever is not in the file is taken off
  bool create = false;      // upload: the list is published first, if there is no such segment
  std::string rejects;      // upload: a file for those whom nobody knows; empty: they are counted
  std::string owner;        // of a list that is created
  std::string description;  // of one that is created, or frozen
  std::string as;           // freeze: the name of the list that is made
  bool now = false;         // ranks: ask for new tables
};

// Puts the people of a file on a segment's list.
Status run_segment_upload(const SegmentListOptions& options, std::ostream& out);
// Makes a list of those who are members now.
Status run_segment_freeze(const SegmentListOptions& options, std::ostream& out);
// What everyone is compared by.
Status run_segment_ranks(const SegmentListOptions& options, std::ostream& out);

}  // namespace tessera::cli
