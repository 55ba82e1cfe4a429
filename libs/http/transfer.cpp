#include "libs/http/transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace centralita::http {
namespace {

/// Load balancers close idle connections after a minute or so; one that is about to be closed is better not used.
constexpr long kMaxIdleSeconds = 30;

bool is_idempotent(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

std::string text_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  else if (address.sa_family == AF_INET6)
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  return text;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Transfer::Transfer(ClientRequest request, const ClientOptions& options, std::function<void(ClientResponse)> done)
    : request_(std::move(request)),
      options_(options),
      done_(std::move(done)),
      handle_(curl_easy_init(), curl_easy_cleanup),
      headers_(nullptr, curl_slist_free_all) {
  auto* curl = handle_.get();
  curl_easy_setopt(curl, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, options_.max_redirects > 0 ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(options_.max_redirects));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "centralita");

  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_begin);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
  prepare_body();

  for (const auto& [name, value] : request_.headers) {
    // Without a value curl would leave the header out, unless a semicolon stands for the colon.
    const auto line = value.empty() ? name + ";" : name + ": " + value;
    headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
  }
  // What curl would add by itself.
  headers_.reset(curl_slist_append(headers_.release(), "Expect:"));
  if (!request_.headers.contains("Content-Type"))
    headers_.reset(curl_slist_append(headers_.release(), "Content-Type:"));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
}

const char* Transfer::wrong() const {
  if (!valid_header(request_.method, "")) return "the method is not a word";
  for (const auto& [name, value] : request_.headers)
    if (!valid_header(name, value)) return "a header cannot be written";
  return nullptr;
}

void Transfer::prepare_body() {
  auto* curl = handle_.get();
  const auto& method = request_.method;
  if (method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  if (method == "GET" && request_.body.empty()) return;
  if (method == "POST" || !request_.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    // curl sends a request again when a reused connection closes before the answer's first byte, whatever the method.
    // It cannot once it has read from a callback that cannot be rewound: then it fails, and we say kUnknown.
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(curl, CURLOPT_READDATA, this);
  }
  // Where there is no body to rewind, a connection of its own has the same effect.
  if (request_.body.empty() && !is_idempotent(method)) curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
  if (method != "POST") curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
}

bool Transfer::fits(size_t more) {
  received_ += more;
  too_long_ = received_ > request_.max_response;
  return !too_long_;
}

size_t Transfer::on_header(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view line(data, size * count);
  if (!transfer.fits(line.size())) return 0;
  // Each answer begins anew: 100 Continue, a redirect, the last one.
  if (line.starts_with("HTTP/")) transfer.response_.headers.clear();
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || line.starts_with("HTTP/")) return line.size();
  auto& value = transfer.response_.headers[std::string(line.substr(0, colon))];
  if (!value.empty()) value += ", ";
  value += trim(line.substr(colon + 1));
  return line.size();
}

size_t Transfer::on_body(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.fits(size * count)) return 0;
  transfer.response_.body.append(data, size * count);
  return size * count;
}

size_t Transfer::on_send(char* out, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto part = std::min(size * count, transfer.request_.body.size() - transfer.sent_);
  std::memcpy(out, transfer.request_.body.data() + transfer.sent_, part);
  transfer.sent_ += part;
  return part;
}

int Transfer::on_begin(void* self, char*, char*, int, int) {
  static_cast<Transfer*>(self)->begun_ = true;
  return CURL_PREREQFUNC_OK;
}

curl_socket_t Transfer::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.options_.allow_private_addresses && !is_public_address(text_of(address->addr))) {
    transfer.refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void Transfer::finish(CURLcode result) {
  if (result == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.outcome = Outcome::kAnswered;
    response_.status = static_cast<int>(status);
  } else {
    const bool guarded = refused_ && result == CURLE_COULDNT_CONNECT;
    response_ = {};
    response_.outcome = guarded ? Outcome::kRefused : begun_ ? Outcome::kUnknown : Outcome::kNotSent;
    // curl's own detail may quote the URL, which may hold a secret.
    response_.error = guarded     ? "the address is not on the public internet"
                      : too_long_ ? "the answer is too long"
                                  : curl_easy_strerror(result);
  }
  done_(std::move(response_));
}

void Transfer::abort(const char* why) {
  response_ = {};
  response_.outcome = begun_ ? Outcome::kUnknown : Outcome::kNotSent;
  response_.error = why;
  done_(std::move(response_));
}

}  // namespace centralita::http
