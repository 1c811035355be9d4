// Who is in which segment, as sets of profile numbers: counting and listing are quick however many there are.
//
// Derived from what each profile keeps, so it is no state of its own. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tessera::segment {

// How far some sets have the same members.
struct Overlap {
  std::vector<std::uint64_t> members;  // of each
  std::vector<std::uint64_t> pairs;    // in both of two: of the first and the second, the first and the third, …
  std::uint64_t in_all = 0;
  std::uint64_t in_any = 0;
};

class Members {
 public:
  Members();
  ~Members();

  void set(std::uint32_t segment, std::uint32_t number, bool is_member);
  // The same for many, ascending: for a start from what is stored.
  void add_all(std::uint32_t segment, std::span<const std::uint32_t> numbers);

  std::uint64_t count(std::uint32_t segment) const;
  bool contains(std::uint32_t segment, std::uint32_t number) const;
  // At most `limit` members whose number is at least `from`, ascending.
  std::vector<std::uint32_t> list(std::uint32_t segment, std::uint32_t from, std::size_t limit) const;
  // Looks at each set whole, once for each other one.
  Overlap overlap(std::span<const std::uint32_t> segments) const;

 private:
  struct Sets;
  std::unique_ptr<Sets> sets_;
};

}  // namespace tessera::segment
