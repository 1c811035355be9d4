#include "http/connection.h"

namespace tessera::http {

void serve_tls(std::shared_ptr<IoThread> io, ServerState& state, Socket socket, net::ssl::context& tls) {
  using Transport = net::ssl::stream<Socket>;
  Connection<Transport>::start(std::make_shared<Connection<Transport>>(std::move(io), state, std::move(socket), tls));
}

}  // namespace tessera::http
