// Macros as loops, bindings, and what optionals do lazily.
#include <algorithm>

#include "cel/collections.h"
#include "cel/library.h"
#include "cel/numeric.h"
#include "cel/operation.h"

namespace tessera::cel {

namespace {

class LoopOperation final : public Operation {
 public:
  explicit LoopOperation(Loop loop) : loop_(std::move(loop)) {}

  Value run(Frame& frame) const override {
    const Value range = loop_.range->run(frame);
    if (range.is_error()) return range;
    if (!range.is(Kind::kList) && !range.is(Kind::kMap)) {
      return fail(frame.context, "only lists and maps have elements, not " + std::string(type_name(range)));
    }
    switch (loop_.kind) {
      case LoopKind::kAll:
        return run_quantifier(range, frame, false);
      case LoopKind::kExists:
        return run_quantifier(range, frame, true);
      case LoopKind::kExistsOne:
        return run_exists_one(range, frame);
      case LoopKind::kList:
        return run_list(range, frame);
      case LoopKind::kMap:
        return run_map(range, frame);
      case LoopKind::kMapEntries:
        return run_map_entries(range, frame);
      case LoopKind::kSortBy:
        return run_sort_by(range, frame);
    }
    return {};
  }

 private:
  static std::size_t size_of(const Value& range) {
    return range.is(Kind::kList) ? range.as_list().size() : range.as_map().size();
  }
  // Sets the loop's variables to the `index`th element. False past the cost limit.
  bool enter(const Value& range, std::size_t index, Frame& frame) const;
  // Whether the element passes the filter; an error in `trouble`.
  bool passes(Frame& frame, Value* trouble) const;

  Value run_quantifier(const Value& range, Frame& frame, bool stop) const;
  Value run_exists_one(const Value& range, Frame& frame) const;
  Value run_list(const Value& range, Frame& frame) const;
  Value run_map(const Value& range, Frame& frame) const;
  Value run_map_entries(const Value& range, Frame& frame) const;
  Value run_sort_by(const Value& range, Frame& frame) const;

  Loop loop_;
};

bool LoopOperation::enter(const Value& range, std::size_t index, Frame& frame) const {
  Context& context = frame.context;
  if (!context.charge(loop_.weight)) return false;
  if (range.is(Kind::kList)) {
    const Value element = range.as_list().at(index, context.arena);
    if (loop_.two_variables) frame.locals[loop_.first] = Value::integer(static_cast<std::int64_t>(index));
    frame.locals[loop_.two_variables ? loop_.second : loop_.first] = element;
    return true;
  }
  const Map& map = range.as_map();
  const Value key = map.key_at(index, context.arena);
  frame.locals[loop_.first] = key;
  if (loop_.two_variables && !map.find(key, context.arena, &frame.locals[loop_.second])) {
    frame.locals[loop_.second] = Value::null();
  }
  return true;
}

bool LoopOperation::passes(Frame& frame, Value* trouble) const {
  if (loop_.condition == nullptr) return true;
  const Value value = loop_.condition->run(frame);
  if (!value.is(Kind::kBool)) {
    *trouble = value.is_error() ? value : no_overload(frame.context, "filter", std::span(&value, 1));
    return false;
  }
  return value.as_bool();
}

// all and exists: as && and || over the elements, so that one which decides wins over errors.
Value LoopOperation::run_quantifier(const Value& range, Frame& frame, bool stop) const {
  Value trouble;
  const std::size_t size = size_of(range);
  for (std::size_t i = 0; i < size; ++i) {
    if (!enter(range, i, frame)) return Value::error(kCostExceeded);
    const Value value = loop_.condition->run(frame);
    if (value.is(Kind::kBool)) {
      if (value.as_bool() == stop) return value;
    } else if (!trouble.is_error()) {
      trouble = value.is_error() ? value : no_overload(frame.context, stop ? "_||_" : "_&&_", std::span(&value, 1));
    }
  }
  return trouble.is_error() ? trouble : Value::boolean(!stop);
}

Value LoopOperation::run_exists_one(const Value& range, Frame& frame) const {
  std::size_t count = 0;
  const std::size_t size = size_of(range);
  for (std::size_t i = 0; i < size; ++i) {
    if (!enter(range, i, frame)) return Value::error(kCostExceeded);
    Value trouble;
    if (passes(frame, &trouble)) ++count;
    if (trouble.is_error()) return trouble;
  }
  return Value::boolean(count == 1);
}

Value LoopOperation::run_list(const Value& range, Frame& frame) const {
  const std::size_t size = size_of(range);
  bool ok = false;
  const std::span<Value> values = take_values(size, frame.context.arena, &ok);
  if (!ok) return Value::error(kMemoryExceeded);
  std::size_t count = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (!enter(range, i, frame)) return Value::error(kCostExceeded);
    Value trouble;
    if (passes(frame, &trouble)) {
      const Value value = loop_.result->run(frame);
      if (value.is_error()) return value;
      values[count++] = value;
    }
    if (trouble.is_error()) return trouble;
  }
  const List* const list = make_list(values.first(count), frame.context.arena);
  return list == nullptr ? Value::error(kMemoryExceeded) : Value::list(list);
}

Value LoopOperation::run_map(const Value& range, Frame& frame) const {
  const std::size_t size = size_of(range);
  MapBuilder builder(size, frame.context.arena);
  for (std::size_t i = 0; i < size; ++i) {
    if (!enter(range, i, frame)) return Value::error(kCostExceeded);
    const Value key = frame.locals[loop_.first];
    Value trouble;
    if (passes(frame, &trouble)) {
      const Value value = loop_.result->run(frame);
      if (value.is_error()) return value;
      if (builder.add(key, value) != MapBuilder::Added::kYes) return Value::error(kMemoryExceeded);
    }
    if (trouble.is_error()) return trouble;
  }
  const Map* const map = builder.finish();
  return map == nullptr ? Value::error(kMemoryExceeded) : Value::map(map);
}

// transformMapEntry: each round gives a map of entries.
Value LoopOperation::run_map_entries(const Value& range, Frame& frame) const {
  Context& context = frame.context;
  const std::size_t size = size_of(range);
  bool ok = false;
  const std::span<Value> maps = take_values(size, context.arena, &ok);
  if (!ok) return Value::error(kMemoryExceeded);
  std::size_t count = 0;
  std::size_t entries = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (!enter(range, i, frame)) return Value::error(kCostExceeded);
    Value trouble;
    if (passes(frame, &trouble)) {
      const Value value = loop_.result->run(frame);
      if (value.is_error()) return value;
      if (!value.is(Kind::kMap)) return no_overload(context, "transformMapEntry", std::span(&value, 1));
      entries += value.as_map().size();
      maps[count++] = value;
    }
    if (trouble.is_error()) return trouble;
  }
  if (!context.charge(entries)) return Value::error(kCostExceeded);
  MapBuilder builder(entries, context.arena);
  for (const Value& part : maps.first(count)) {
    const Map& map = part.as_map();
    for (std::size_t i = 0; i < map.size(); ++i) {
      const Value key = map.key_at(i, context.arena);
      Value value;
      if (!map.find(key, context.arena, &value)) continue;
      const auto added = builder.add(key, value);
      if (added == MapBuilder::Added::kDuplicate) return Value::error("transformMapEntry gives a key twice");
      if (added != MapBuilder::Added::kYes) return Value::error(kMemoryExceeded);
    }
  }
  const Map* const map = builder.finish();
  return map == nullptr ? Value::error(kMemoryExceeded) : Value::map(map);
}

Value LoopOperation::run_sort_by(const Value& range, Frame& frame) const {
  Context& context = frame.context;
  if (!range.is(Kind::kList)) return no_overload(context, "sortBy", std::span(&range, 1));
  const std::size_t size = size_of(range);
  bool ok = false;
  const std::span<Value> pairs = take_values(size * 2, context.arena, &ok);
  if (!ok) return Value::error(kMemoryExceeded);
  for (std::size_t i = 0; i < size; ++i) {
    if (!enter(range, i, frame)) return Value::error(kCostExceeded);
    const Value element = frame.locals[loop_.first];
    const Value key = loop_.result->run(frame);
    if (key.is_error()) return key;
    pairs[i] = key;
    pairs[size + i] = element;
  }
  return sorted_by(pairs.first(size), pairs.subspan(size), context);
}

class BindOperation final : public Operation {
 public:
  BindOperation(std::vector<std::pair<std::uint32_t, OperationPtr>> values, OperationPtr result)
      : values_(std::move(values)), result_(std::move(result)) {}

  Value run(Frame& frame) const override {
    // An error is kept as the value: it is one only where it is used.
    for (const auto& [local, value] : values_) frame.locals[local] = value->run(frame);
    return result_->run(frame);
  }

 private:
  std::vector<std::pair<std::uint32_t, OperationPtr>> values_;
  OperationPtr result_;
};

class OptionalOrOperation final : public Operation {
 public:
  OptionalOrOperation(OperationPtr optional, OperationPtr other, bool value)
      : optional_(std::move(optional)), other_(std::move(other)), value_(value) {}

  Value run(Frame& frame) const override {
    const Value optional = optional_->run(frame);
    if (optional.is_error()) return optional;
    if (!optional.is(Kind::kOptional)) {
      return no_overload(frame.context, value_ ? "orValue" : "or", std::span(&optional, 1));
    }
    if (optional.as_optional().present) return value_ ? optional.as_optional().value : optional;
    const Value other = other_->run(frame);
    if (!value_ && !other.is_error() && !other.is(Kind::kOptional)) {
      return no_overload(frame.context, "or", std::span(&other, 1));
    }
    return other;
  }

 private:
  OperationPtr optional_;
  OperationPtr other_;
  bool value_;
};

class OptionalMapOperation final : public Operation {
 public:
  OptionalMapOperation(OperationPtr optional, std::uint32_t local, OperationPtr result, bool flat)
      : optional_(std::move(optional)), result_(std::move(result)), local_(local), flat_(flat) {}

  Value run(Frame& frame) const override {
    const Value optional = optional_->run(frame);
    if (optional.is_error()) return optional;
    if (!optional.is(Kind::kOptional)) {
      return no_overload(frame.context, flat_ ? "optFlatMap" : "optMap", std::span(&optional, 1));
    }
    if (!optional.as_optional().present) return optional;
    frame.locals[local_] = optional.as_optional().value;
    const Value result = result_->run(frame);
    if (result.is_error()) return result;
    if (!flat_) return make_optional(result, frame.context.arena);
    return result.is(Kind::kOptional) ? result : no_overload(frame.context, "optFlatMap", std::span(&result, 1));
  }

 private:
  OperationPtr optional_;
  OperationPtr result_;
  std::uint32_t local_;
  bool flat_;
};

}  // namespace

OperationPtr make_loop(Loop loop) {
  return std::make_unique<LoopOperation>(std::move(loop));
}

OperationPtr make_bind(std::vector<std::pair<std::uint32_t, OperationPtr>> values, OperationPtr result) {
  return std::make_unique<BindOperation>(std::move(values), std::move(result));
}

OperationPtr make_optional_or(OperationPtr optional, OperationPtr other, bool value) {
  return std::make_unique<OptionalOrOperation>(std::move(optional), std::move(other), value);
}

OperationPtr make_optional_map(OperationPtr optional, std::uint32_t local, OperationPtr result, bool flat) {
  return std::make_unique<OptionalMapOperation>(std::move(optional), local, std::move(result), flat);
}

}  // namespace tessera::cel
