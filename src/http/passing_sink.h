// A sink that lets effects pass and keeps nothing of them: there is nothing that a crash could lose, so whatever was
// accepted, or asked for, counts as durable. Derived classes say so after each batch.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/sink.h"

namespace tessera::http {

class PassingSink : public engine::Sink {
 public:
  std::size_t waiting_bytes() const override { return 0; }
  Offset durable() const override { return Offset{durable_.load(std::memory_order_acquire)}; }
  void make_durable(Offset offset) override {
    std::uint64_t known = durable_.load(std::memory_order_relaxed);
    while (known < offset.value && !durable_.compare_exchange_weak(known, offset.value, std::memory_order_release)) {
    }
  }

 private:
  std::atomic<std::uint64_t> durable_ = 0;
};

}  // namespace tessera::http
