#include "http/problem.h"

#include "base/json.h"

namespace tessera::http {

std::string_view status_title(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Unknown";
  }
}

Response problem(int status, std::string_view code, std::string_view detail) {
  Response response;
  response.status = status;
  response.content_type = Response::kProblem;
  std::string type = "urn:tessera:problem:";
  type += code;
  JsonWriter json(response.body);
  json.begin_object().key("type").string(type).key("title").string(status_title(status)).key("status").number(status);
  json.key("detail").string(detail).key("code").string(code).end_object();
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tessera\"");
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response problem(Code code, std::string_view detail) {
  return problem(http_status(code), code_name(code), detail);
}

Response problem(const Error& error) {
  return problem(error.code, error.message);
}

}  // namespace tessera::http
