// Who sends events, and how what they send is answered: for tracking calls and webhooks alike.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/source.h"
#include "http/message.h"
#include "http/services.h"
#include "log/log.h"

namespace tessera::http {

// The enabled source whose write key an Authorization header has; null if there is none.
const catalog::Source* sender_of(const std::shared_ptr<const catalog::Sources>& sources,
                                 std::string_view authorization);

// kPermissionDenied if the request comes from a page that its source does not let send.
Status check_origin(const catalog::Source& source, std::optional<std::string_view> foreign_origin);

// Submits `drafts` and answers with `response`, and their position, once they are synced; at once if there are none.
// A page of `origin` may read the answer.
void submit_and_answer(Services& services, std::vector<log::Draft> drafts, Response response,
                       std::optional<std::string> origin, Respond respond);

}  // namespace tessera::http
