// A test's HTTP/1.1 server on 127.0.0.1, in threads of its own: it answers what a function says. Tests only.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tessera::http_client {

class ScriptedServer {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    int connection = 0;  // the how-many-th connection it came over, from 0
  };
  struct Answer {
    int status = 200;
    std::vector<std::string> headers = {};  // whole lines without line ends
    std::string body = {};
    bool hang_up = false;  // close without answering
  };
  // Called from the connections' threads, at the same time.
  using Script = std::function<Answer(const Request&)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const;

 private:
  void accept_all();
  void serve(int socket, int connection);
  bool answer(int socket, const Request& request);

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<int> sockets_;           // under mutex_
  std::vector<std::thread> sessions_;  // the accepting thread's, until it has ended
  std::thread acceptor_;
};

}  // namespace tessera::http_client
