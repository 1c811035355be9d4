#include "http/message.h"

#include "http/text.h"

namespace tessera::http {

std::string_view method_name(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      break;
  }
  return "OTHER";
}

void Headers::add(std::string_view name, std::string_view value) {
  TESSERA_ASSERT(name.size() < 65'536 && value.size() < 65'536);
  fields_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint16_t>(name.size()),
                     static_cast<std::uint16_t>(value.size())});
  text_ += name;
  text_ += value;
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  const std::string_view text = text_;
  for (const Field& field : fields_) {
    if (field.name_size == name.size() && equals_ignoring_case(text.substr(field.at, field.name_size), name)) {
      return text.substr(field.at + field.name_size, field.value_size);
    }
  }
  return std::nullopt;
}

std::pair<std::string_view, std::string_view> Headers::at(std::size_t index) const {
  const Field& field = fields_[index];
  const std::string_view text = text_;
  return {text.substr(field.at, field.name_size), text.substr(field.at + field.name_size, field.value_size)};
}

std::string_view Request::path_parameter(std::string_view name) const {
  for (const Parameter& parameter : path_parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return {};
}

Response json_response(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace tessera::http
