#include "http/connection.h"

namespace tessera::http {

void serve_plain(std::shared_ptr<IoThread> io, ServerState& state, Socket socket) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);  // so that answers can be written without a detour
  Connection<Socket>::start(std::make_shared<Connection<Socket>>(std::move(io), state, std::move(socket)));
}

}  // namespace tessera::http
