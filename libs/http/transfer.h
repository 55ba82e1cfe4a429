#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>

#include "libs/http/client.h"

namespace centralita::http {

/// One request on its way: an easy handle with everything that its callbacks touch. Used by one thread at a time.
class Transfer {
 public:
  Transfer(ClientRequest request, const ClientOptions& options, std::function<void(ClientResponse)> done);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return handle_.get(); }
  /// Why this cannot be sent at all; nullptr when it can.
  const char* wrong() const;
  /// Tells how it ended.
  void finish(CURLcode result);
  /// Tells that it was broken off, or never began.
  void abort(const char* why);

 private:
  static size_t on_header(char* data, size_t size, size_t count, void* self);
  static size_t on_body(char* data, size_t size, size_t count, void* self);
  static size_t on_send(char* out, size_t size, size_t count, void* self);
  static int on_begin(void* self, char* peer, char* local, int peer_port, int local_port);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  void prepare_body();
  bool fits(size_t more);

  ClientRequest request_;
  ClientOptions options_;
  std::function<void(ClientResponse)> done_;
  ClientResponse response_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_;
  size_t sent_ = 0;
  size_t received_ = 0;
  bool begun_ = false;    ///< The other side may have seen something.
  bool refused_ = false;  ///< The guard forbade an address.
  bool too_long_ = false;
};

}  // namespace centralita::http
