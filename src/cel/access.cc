// Constants, variables, and reaching into maps, lists and objects.
#include <array>

#include "cel/collections.h"
#include "cel/numeric.h"
#include "cel/operation.h"
#include "cel/text.h"

namespace tessera::cel {

namespace {

class ConstantOperation final : public Operation {
 public:
  explicit ConstantOperation(const Value& value) : value_(value) {}
  Value run(Frame&) const override { return value_; }
  const Value* constant() const override { return value_.is_error() ? nullptr : &value_; }

 private:
  Value value_;
};

class VariableOperation final : public Operation {
 public:
  explicit VariableOperation(std::uint32_t slot) : slot_(slot) {}
  Value run(Frame& frame) const override { return frame.variables.get(slot_, frame.context); }

 private:
  std::uint32_t slot_;
};

class LocalOperation final : public Operation {
 public:
  explicit LocalOperation(std::uint32_t index) : index_(index) {}
  Value run(Frame& frame) const override { return frame.locals[index_]; }

 private:
  std::uint32_t index_;
};

// A key as messages show it.
std::string key_text(const Value& key) {
  switch (key.kind()) {
    case Kind::kString:
      return "'" + std::string(shown(key.text())) + "'";
    case Kind::kInt:
      return std::to_string(key.as_int());
    case Kind::kUint:
      return std::to_string(key.as_uint()) + "u";
    case Kind::kBool:
      return key.as_bool() ? "true" : "false";
    default:
      return std::string(type_name(key));
  }
}

enum class Reached { kFound, kAbsent, kError };

// What `key` leads to in a map, a list (by index) or an object (by name); an error in `value`.
Reached reach(const Value& target, const Value& key, bool by_index, Context& context, Value* value) {
  if (target.is(Kind::kMap)) {
    return target.as_map().find(key, context.arena, value) ? Reached::kFound : Reached::kAbsent;
  }
  if (target.is(Kind::kObject) && !by_index) {
    return target.as_object().field(key.text(), context.arena, value) ? Reached::kFound : Reached::kAbsent;
  }
  if (target.is(Kind::kList) && by_index) {
    std::int64_t index = 0;
    if (!to_exact_int(key, &index)) {
      *value = fail(context, "a list's index is a whole number, not " + std::string(type_name(key)));
      return Reached::kError;
    }
    const List& list = target.as_list();
    if (index < 0 || static_cast<std::uint64_t>(index) >= list.size()) return Reached::kAbsent;
    *value = list.at(static_cast<std::size_t>(index), context.arena);
    return Reached::kFound;
  }
  const std::array<Value, 2> both{target, key};
  *value = no_overload(context, by_index ? "_[_]" : "_._", both);
  return Reached::kError;
}

Value absent_error(const Value& target, const Value& key, Context& context) {
  if (target.is(Kind::kList)) return fail(context, "the list has no element " + key_text(key));
  return fail(context, "no such key: " + key_text(key));
}

// The slower ways: optionals, null, and errors.
Value reach_value(const Value& target, const Value& key, bool by_index, Access access, Context& context) {
  const bool unwrap = target.is(Kind::kOptional);
  if (unwrap && !target.as_optional().present) return target;
  const Value& inner = unwrap ? target.as_optional().value : target;
  const bool optional = unwrap || access.optional;
  if (inner.is(Kind::kNull) && access.absent_is_null) return optional ? absent_optional() : Value::null();
  Value value;
  switch (reach(inner, key, by_index, context, &value)) {
    case Reached::kFound:
      return optional && !value.is_error() ? make_optional(value, context.arena) : value;
    case Reached::kAbsent:
      if (optional) return absent_optional();
      if (access.absent_is_null && inner.is(Kind::kMap)) return Value::null();
      return absent_error(inner, key, context);
    case Reached::kError:
      break;
  }
  return value;
}

class SelectOperation final : public Operation {
 public:
  SelectOperation(OperationPtr operand, const Value& name, Access access)
      : operand_(std::move(operand)), name_(name), access_(access) {}

  Value run(Frame& frame) const override {
    const Value target = operand_->run(frame);
    Value value;
    if (target.is(Kind::kMap) && !access_.optional && target.as_map().find(name_, frame.context.arena, &value)) {
      return value;
    }
    return target.is_error() ? target : reach_value(target, name_, false, access_, frame.context);
  }

 private:
  OperationPtr operand_;
  Value name_;
  Access access_;
};

class IndexOperation final : public Operation {
 public:
  IndexOperation(OperationPtr operand, OperationPtr index, Access access)
      : operand_(std::move(operand)), index_(std::move(index)), access_(access) {}

  Value run(Frame& frame) const override {
    const Value target = operand_->run(frame);
    if (target.is_error()) return target;
    const Value key = index_->run(frame);
    return key.is_error() ? key : reach_value(target, key, true, access_, frame.context);
  }

 private:
  OperationPtr operand_;
  OperationPtr index_;
  Access access_;
};

class HasOperation final : public Operation {
 public:
  HasOperation(OperationPtr operand, const Value& name, bool absent_is_null)
      : operand_(std::move(operand)), name_(name), absent_is_null_(absent_is_null) {}

  Value run(Frame& frame) const override {
    Value target = operand_->run(frame);
    if (target.is(Kind::kOptional)) {
      if (!target.as_optional().present) return Value::boolean(false);
      target = target.as_optional().value;
    }
    Value ignored;
    if (target.is(Kind::kMap)) return Value::boolean(target.as_map().find(name_, frame.context.arena, &ignored));
    if (target.is(Kind::kObject)) {
      bool set = false;
      if (target.as_object().has(name_.text(), &set)) return Value::boolean(set);
      return absent_error(target, name_, frame.context);
    }
    if (target.is(Kind::kNull) && absent_is_null_) return Value::boolean(false);
    return target.is_error() ? target : no_overload(frame.context, "has", std::span(&target, 1));
  }

 private:
  OperationPtr operand_;
  Value name_;
  bool absent_is_null_;
};

class ListOperation final : public Operation {
 public:
  explicit ListOperation(std::vector<Item> items) : items_(std::move(items)) {}

  Value run(Frame& frame) const override {
    Context& context = frame.context;
    if (!context.charge(1 + items_.size() / 4)) return Value::error(kCostExceeded);
    bool ok = false;
    const std::span<Value> values = take_values(items_.size(), context.arena, &ok);
    if (!ok) return Value::error(kMemoryExceeded);
    std::size_t size = 0;
    for (const Item& item : items_) {
      Value value = item.value->run(frame);
      if (value.is_error()) return value;
      if (item.optional) {
        if (!value.is(Kind::kOptional)) return fail(context, "an element written with ? must be an optional");
        if (!value.as_optional().present) continue;
        value = value.as_optional().value;
      }
      values[size++] = value;
    }
    const List* const list = make_list(values.first(size), context.arena);
    return list == nullptr ? Value::error(kMemoryExceeded) : Value::list(list);
  }

 private:
  std::vector<Item> items_;
};

class MapOperation final : public Operation {
 public:
  explicit MapOperation(std::vector<Item> items) : items_(std::move(items)) {}

  Value run(Frame& frame) const override {
    Context& context = frame.context;
    if (!context.charge(1 + items_.size() / 2)) return Value::error(kCostExceeded);
    MapBuilder builder(items_.size(), context.arena);
    for (const Item& item : items_) {
      const Value key = item.key->run(frame);
      if (key.is_error()) return key;
      Value value = item.value->run(frame);
      if (value.is_error()) return value;
      if (item.optional) {
        if (!value.is(Kind::kOptional)) return fail(context, "an entry written with ? must be an optional");
        if (!value.as_optional().present) continue;
        value = value.as_optional().value;
      }
      switch (builder.add(key, value)) {
        case MapBuilder::Added::kYes:
          break;
        case MapBuilder::Added::kDuplicate:
          return fail(context, "the map has the key " + key_text(key) + " twice");
        case MapBuilder::Added::kNoKey:
          return fail(context, "a map's key cannot be " + std::string(type_name(key)));
        case MapBuilder::Added::kNoMemory:
          return Value::error(kMemoryExceeded);
      }
    }
    const Map* const map = builder.finish();
    return map == nullptr ? Value::error(kMemoryExceeded) : Value::map(map);
  }

 private:
  std::vector<Item> items_;
};

}  // namespace

Value fail(Context& context, std::string_view message) {
  std::string_view kept;
  return Value::error(context.arena.copy(message, &kept) ? kept : kMemoryExceeded);
}

Value no_overload(Context& context, std::string_view what, std::span<const Value> arguments) {
  std::string message = "no such overload: ";
  message += what;
  message += '(';
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) message += ", ";
    message += type_name(arguments[i]);
  }
  message += ')';
  return fail(context, message);
}

OperationPtr make_constant(const Value& value) {
  return std::make_unique<ConstantOperation>(value);
}

OperationPtr make_variable(std::uint32_t slot) {
  return std::make_unique<VariableOperation>(slot);
}

OperationPtr make_local(std::uint32_t index) {
  return std::make_unique<LocalOperation>(index);
}

OperationPtr make_select(OperationPtr operand, const Value& name, Access access) {
  return std::make_unique<SelectOperation>(std::move(operand), name, access);
}

OperationPtr make_has(OperationPtr operand, const Value& name, bool absent_is_null) {
  return std::make_unique<HasOperation>(std::move(operand), name, absent_is_null);
}

OperationPtr make_index(OperationPtr operand, OperationPtr index, Access access) {
  return std::make_unique<IndexOperation>(std::move(operand), std::move(index), access);
}

OperationPtr make_list(std::vector<Item> items) {
  return std::make_unique<ListOperation>(std::move(items));
}

OperationPtr make_map(std::vector<Item> items) {
  return std::make_unique<MapOperation>(std::move(items));
}

}  // namespace tessera::cel
