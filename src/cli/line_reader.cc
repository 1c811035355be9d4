#include "cli/line_reader.h"

namespace tessera::cli {

Result<bool> LineReader::next(std::string& line) {
  do {
    TRY_ASSIGN(const bool any, next_line(line));
    if (!any) return false;
  } while (line.find_first_not_of(" \t\r") == std::string::npos);
  return true;
}

Result<bool> LineReader::next_line(std::string& line) {
  line.clear();
  ++number_;
  while (true) {
    if (piece_.empty()) {
      TRY_ASSIGN(piece_, input_->read());
      if (piece_.empty()) return !line.empty();
    }
    const std::size_t end = piece_.find('\n');
    line += piece_.substr(0, end);
    if (line.size() > kMaxLineBytes) {
      return error(Code::kInvalidArgument,
                   "line " + std::to_string(number_) + " has more than 16 MB: is this one JSON object a line?");
    }
    piece_.remove_prefix(end == std::string_view::npos ? piece_.size() : end + 1);
    if (end != std::string_view::npos) return true;
  }
}

}  // namespace tessera::cli
