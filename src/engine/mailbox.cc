#include "engine/mailbox.h"

namespace tessera::engine {

Status Mailbox::post(Offset at_least, std::int64_t now_ms, Engine::Ask ask) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return error(Code::kUnavailable, "the server is stopping");
    if (posted_.size() >= kCapacity) {
      return error(Code::kResourceExhausted, "too many queries wait for the engine: ask again in a second");
    }
    posted_.push_back({at_least, now_ms + kMaxWaitMs, std::move(ask)});
  }
  if (!fresh_.exchange(true)) wake_();
  return {};
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void Mailbox::take_posted() {
  if (!fresh_.exchange(false)) return;
  const std::lock_guard lock(mutex_);
  std::move(posted_.begin(), posted_.end(), std::back_inserter(waiting_));
  posted_.clear();
}

void Mailbox::answer(View& view, std::int64_t now_ms) {
  take_posted();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const bool reached = view.position() >= waiting_[i].at_least;
    if (reached || now_ms >= waiting_[i].deadline_ms) {
      waiting_[i].ask(view, !reached);
    } else {
      if (kept != i) waiting_[kept] = std::move(waiting_[i]);
      ++kept;
    }
  }
  waiting_.resize(kept);
}

void Mailbox::answer_all(View& view) {
  take_posted();
  for (Question& question : waiting_) question.ask(view, view.position() < question.at_least);
  waiting_.clear();
}

}  // namespace tessera::engine
