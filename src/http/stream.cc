#include "http/stream.h"

#include <utility>

namespace tessera::http {

bool Stream::push(std::string_view bytes) {
  std::move_only_function<void()> wake;
  bool accepted = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    accepted = waiting_.size() + bytes.size() <= bound_;
    if (accepted) {
      waiting_ += bytes;
    } else {
      closed_ = true;
      waiting_.clear();
    }
    wake = std::exchange(wake_, nullptr);
  }
  if (wake) wake();
  return accepted;
}

void Stream::end(bool drop) {
  std::move_only_function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (drop) waiting_.clear();
    wake = std::exchange(wake_, nullptr);
  }
  if (wake) wake();
}

void Stream::close() {
  end(false);
}
void Stream::abandon() {
  end(true);
}

bool Stream::open() const {
  const std::lock_guard lock(mutex_);
  return !closed_;
}

bool Stream::take(std::string& out) {
  out.clear();
  const std::lock_guard lock(mutex_);
  std::swap(out, waiting_);
  return !closed_ || !out.empty();
}

bool Stream::wait(std::move_only_function<void()> wake) {
  const std::lock_guard lock(mutex_);
  if (closed_ || !waiting_.empty()) return false;
  wake_ = std::move(wake);
  return true;
}

}  // namespace tessera::http
