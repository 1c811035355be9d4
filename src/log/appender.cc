#include "log/appender.h"

#include "base/threads.h"
#include "log/group.h"

namespace tessera::log {

Appender::Appender(Log& log, Stamper& stamper, Next next, AppenderOptions options)
    : log_(log), stamper_(stamper), next_(std::move(next)), options_(options), thread_([this] { run(); }) {}

Appender::~Appender() {
  stop();
}

Status Appender::submit(std::vector<Draft> drafts, Done done) {
  std::size_t bytes = 0;
  for (const Draft& draft : drafts) {
    if (draft.body.size() > kMaxBody) return error(Code::kTooLarge, "a record may have at most 4 MB");
    bytes += draft.body.size() + kIndexEntry;
  }
  TESSERA_ASSERT(!drafts.empty() && drafts.size() <= kMaxRecords);
  const std::lock_guard lock(mutex_);
  if (!failed_) return failed_;
  if (stopping_) return error(Code::kUnavailable, "the server is stopping");
  if (queued_bytes() + bytes > options_.queue_bytes && queued_bytes() > 0) {
    return error(Code::kResourceExhausted, "more comes in than the disk can write: send again in a second");
  }
  queued_bytes_ += bytes;
  queue_.push_back({std::move(drafts), std::move(done), bytes});
  if (queue_.size() == 1) wake_.notify_one();
  return {};
}

void Appender::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Appender::run() {
  name_thread("log-writer");
  std::vector<Submission> taken;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      std::swap(taken, queue_);
    }
    write(taken);
    taken.clear();
  }
}

// Writes the submissions as groups of at most about kGroupBytes, each told to its submitters as soon as it is synced.
void Appender::write(std::vector<Submission>& submissions) {
  std::vector<Draft> drafts;
  std::size_t begin = 0;
  while (begin < submissions.size()) {
    drafts.clear();
    std::size_t bytes = 0;
    std::size_t end = begin;
    do {
      bytes += submissions[end].bytes;
      std::move(submissions[end].drafts.begin(), submissions[end].drafts.end(), std::back_inserter(drafts));
      ++end;
    } while (end < submissions.size() && bytes + submissions[end].bytes <= kGroupBytes);

    Result<std::shared_ptr<const Group>> group = nullptr;
    if (auto time = stamper_.next_time()) {
      group = log_.append(drafts, *time, stamper_.epoch());
      if (!group) {
        const std::lock_guard lock(mutex_);
        failed_ = error(Code::kUnavailable, "the log cannot be written: " + group.error().message);
      }
    } else {
      group = std::unexpected(std::move(time).error());
    }
    if (group) next_(*group);
    std::uint64_t last = group ? (*group)->first().value - 1 : 0;
    for (; begin < end; ++begin) {
      Submission& submission = submissions[begin];
      queued_bytes_ -= submission.bytes;
      last += submission.drafts.size();
      submission.done(group ? Result<Offset>(Offset{last}) : Result<Offset>(std::unexpected(group.error())));
    }
  }
}

}  // namespace tessera::log
