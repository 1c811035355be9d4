#include "testing/memory_files.h"

namespace tessera::testing {
namespace {

constexpr std::size_t kSector = 512;

constexpr std::array<std::string_view, MemoryFiles::kOperationCount> kOperationNames = {
    "create", "open", "list", "remove", "append", "sync", "read", "truncate"};

bool changes(MemoryFiles::Operation operation) {
  using enum MemoryFiles::Operation;
  return operation != kOpen && operation != kList && operation != kRead;
}

}  // namespace

class MemoryFiles::Handle : public log::File {
 public:
  Handle(MemoryFiles& files, std::string name, std::shared_ptr<Data> data)
      : files_(files), name_(std::move(name)), data_(std::move(data)), generation_(files.generation_) {}

  Status append(std::string_view bytes) override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    if (Status entered = files_.enter(Operation::kAppend); !entered) {
      data_->bytes.append(bytes.substr(0, bytes.size() / 2));
      return annotate(std::move(entered).error(), name_);
    }
    data_->bytes.append(bytes);
    return {};
  }

  Status sync() override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    TRY(files_.enter(Operation::kSync));
    data_->synced = data_->bytes.size();
    return {};
  }

  Result<std::string> read(std::uint64_t position, std::size_t size) override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    TRY(files_.enter(Operation::kRead));
    if (position >= data_->bytes.size()) return std::string();
    return data_->bytes.substr(position, size);
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    return static_cast<std::uint64_t>(data_->bytes.size());
  }

  Status truncate(std::uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    TRY(alive());
    TRY(files_.enter(Operation::kTruncate));
    if (size > data_->bytes.size()) {
      return error(Code::kInvalidArgument, "cannot truncate " + name_ + " to more than its size");
    }
    data_->bytes.resize(size);
    data_->synced = data_->bytes.size();
    return {};
  }

 private:
  Status alive() const {
    if (generation_ == files_.generation_) return {};
    return error(Code::kUnavailable, name_ + " was opened before the crash");
  }

  MemoryFiles& files_;
  const std::string name_;
  const std::shared_ptr<Data> data_;
  const std::uint64_t generation_;
};

MemoryFiles::MemoryFiles() = default;
MemoryFiles::~MemoryFiles() = default;

Result<std::unique_ptr<log::File>> MemoryFiles::create(const std::string& name) {
  const std::lock_guard lock(mutex_);
  Status entered = enter(Operation::kCreate);
  if (const auto found = folder_.find(name); found != folder_.end() && !found->second->removed) {
    return error(Code::kAlreadyExists, name + " exists already");
  }
  const auto data = std::make_shared<Data>();
  data->durable_name = entered.has_value();
  folder_[name] = data;
  if (!entered) return annotate(std::move(entered).error(), name);
  // A create syncs the folder, and with it the removals before it.
  std::erase_if(folder_, [](const auto& item) { return item.second->removed; });
  return std::make_unique<Handle>(*this, name, data);
}

Result<std::unique_ptr<log::File>> MemoryFiles::open(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TRY(enter(Operation::kOpen));
  const auto found = folder_.find(name);
  if (found == folder_.end() || found->second->removed) return error(Code::kNotFound, "there is no file " + name);
  return std::make_unique<Handle>(*this, name, found->second);
}

Result<std::vector<std::string>> MemoryFiles::list() {
  const std::lock_guard lock(mutex_);
  TRY(enter(Operation::kList));
  std::vector<std::string> names;
  for (const auto& [name, data] : folder_) {
    if (!data->removed) names.push_back(name);
  }
  return names;
}

Status MemoryFiles::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TRY(enter(Operation::kRemove));
  const auto found = folder_.find(name);
  if (found == folder_.end() || found->second->removed) return error(Code::kNotFound, "there is no file " + name);
  if (removals_return_) {
    found->second->removed = true;
  } else {
    folder_.erase(found);
  }
  return {};
}

Result<double> MemoryFiles::free_share() {
  const std::lock_guard lock(mutex_);
  return free_share_;
}

void MemoryFiles::crash(Random& random) {
  const std::lock_guard lock(mutex_);
  ++generation_;
  changes_left_ = kForever;
  Folder survivors;
  for (const auto& [name, data] : folder_) {
    if (data->removed && random.one_in(2)) continue;
    if (!data->durable_name && random.one_in(2)) continue;
    // A copy: handles from before the crash keep the old one, and can change nothing.
    auto after = std::make_shared<Data>(*data);
    after->removed = false;
    after->durable_name = true;
    lose_power(*after, random);
    survivors.emplace(name, std::move(after));
  }
  folder_ = std::move(survivors);
}

// Sectors reach a disk in any order, so what was not synced is a lottery; what was synced is not touched.
void MemoryFiles::lose_power(Data& data, Random& random) {
  const std::size_t synced = data.synced;
  const std::size_t unsynced = data.bytes.size() - synced;
  if (unsynced == 0) return;
  const auto sector_start = [&](std::size_t position) { return std::max(synced, position / kSector * kSector); };
  switch (random.below(5)) {
    case 0:  // nothing of it was written
      data.bytes.resize(synced);
      break;
    case 1:  // all of it was
      break;
    case 2:  // it was torn at some byte
      data.bytes.resize(synced + random.below(unsynced + 1));
      break;
    case 3: {  // torn, and the last sector holds garbage
      data.bytes.resize(synced + 1 + random.below(unsynced));
      const std::size_t from = sector_start(data.bytes.size() - 1);
      data.bytes.replace(from, std::string::npos, random.bytes(data.bytes.size() - from));
      break;
    }
    default: {  // the file grew, but one sector in it was never written
      const std::size_t from = sector_start(synced + random.below(unsynced));
      const std::size_t end = std::min(data.bytes.size(), (from / kSector + 1) * kSector);
      std::fill(data.bytes.begin() + static_cast<std::ptrdiff_t>(from),
                data.bytes.begin() + static_cast<std::ptrdiff_t>(end), '\0');
    }
  }
  data.synced = data.bytes.size();
}

void MemoryFiles::fail(Operation operation, std::uint64_t after, std::uint64_t times) {
  const std::lock_guard lock(mutex_);
  Plan& plan = plans_[static_cast<std::size_t>(operation)];
  plan.succeed = after;
  plan.fail = times;
}

void MemoryFiles::halt_after(std::uint64_t changes) {
  const std::lock_guard lock(mutex_);
  changes_left_ = changes;
}

void MemoryFiles::let_removals_return(bool allowed) {
  const std::lock_guard lock(mutex_);
  removals_return_ = allowed;
}

void MemoryFiles::set_free_share(double share) {
  const std::lock_guard lock(mutex_);
  free_share_ = share;
}

void MemoryFiles::flip_bit(const std::string& name, std::uint64_t position, int bit) {
  const std::lock_guard lock(mutex_);
  Data& data = existing(name);
  TESSERA_ASSERT(position < data.bytes.size());
  data.bytes[position] = static_cast<char>(data.bytes[position] ^ (1 << bit));
}

std::string MemoryFiles::contents(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return existing(name).bytes;
}

void MemoryFiles::set_contents(const std::string& name, std::string bytes) {
  const std::lock_guard lock(mutex_);
  auto data = std::make_shared<Data>();
  data->synced = bytes.size();
  data->bytes = std::move(bytes);
  folder_[name] = std::move(data);
}

std::uint64_t MemoryFiles::synced_bytes(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return existing(name).synced;
}

std::uint64_t MemoryFiles::calls(Operation operation) const {
  const std::lock_guard lock(mutex_);
  return plans_[static_cast<std::size_t>(operation)].calls;
}

MemoryFiles::Data& MemoryFiles::existing(const std::string& name) const {
  const auto found = folder_.find(name);
  TESSERA_ASSERT(found != folder_.end() && !found->second->removed);
  return *found->second;
}

Status MemoryFiles::enter(Operation operation) {
  Plan& plan = plans_[static_cast<std::size_t>(operation)];
  ++plan.calls;
  if (changes_left_ == 0) return error(Code::kUnavailable, "the power is off");
  if (changes(operation) && changes_left_ != kForever) --changes_left_;
  if (plan.succeed == kForever) return {};
  if (plan.succeed > 0) {
    --plan.succeed;
    return {};
  }
  if (plan.fail == 0) {
    plan.succeed = kForever;
    return {};
  }
  if (plan.fail != kForever) --plan.fail;
  return error(Code::kInternal,
               std::string("injected failure of ") + std::string(kOperationNames[static_cast<std::size_t>(operation)]));
}

}  // namespace tessera::testing
