// Where `tessera segment export` writes members to. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/document.h"

namespace tessera::cli {

// What is told of each member, besides the profile's id.
struct MemberColumns {
  std::vector<std::string> identifiers;  // types
  std::vector<std::string> traits;       // none: all of them, in one column
};

class MemberWriter {
 public:
  virtual ~MemberWriter() = default;
  // `member` is as the API gives it. kUnavailable if it cannot be written.
  virtual Status add(const DocumentNode& member) = 0;
  // No member is added after it.
  virtual Status finish() = 0;
};

// A Parquet file at `path`, which appears at the end, whole: `profile_id`, a list of texts for each identifier type,
// and for each trait what all of its values are (BOOLEAN, BIGINT, DOUBLE, or else VARCHAR with lists and maps as JSON),
// null where there is none; without traits a column `traits` of JSON. A column whose name is taken gets `traits.` in
// front. Any number of members: they wait on disk, in a folder beside the file. kUnavailable if nothing can be written
// there.
Result<std::unique_ptr<MemberWriter>> open_parquet_writer(const MemberColumns& columns, const std::string& path);

}  // namespace tessera::cli
