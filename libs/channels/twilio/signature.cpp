#include "libs/channels/twilio/signature.h"

#include <optional>
#include <set>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/channels/url.h"
#include "libs/security/security.h"

namespace centralita::channels::twilio {
namespace {

constexpr size_t kSignatureLength = 28;     // base64 of the 20 bytes of SHA-1
constexpr size_t kLongestForm = 128 << 10;  // Twilio's are a few KiB, and each spelling of the URL reads them again

std::string_view first_of_list(std::string_view header) {
  header = header.substr(0, header.find(','));
  while (!header.empty() && header.back() == ' ') header.remove_suffix(1);
  return header;
}

/// JavaScript's encodeURIComponent: what Twilio's older signers encode a query with.
std::string encode_like_javascript(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("!'()*").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += percent_encode({&c, 1});
    }
  }
  return out;
}

std::string encode_query_like_javascript(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form)
    text += (text.empty() ? "?" : "&") + encode_like_javascript(name) + '=' + encode_like_javascript(value);
  return text;
}

/// Adds the spellings of one URL that Twilio's SDKs try.
void add_spellings(const Url& url, std::set<std::string>& all) {
  std::set<std::string> queries{url.query};
  if (url.query.size() > 1) {
    const auto form = parse_form(std::string_view(url.query).substr(1));
    queries.insert('?' + format_form(form));
    queries.insert(encode_query_like_javascript(form));
  }
  for (const auto& port : {url.port, std::string(), std::string(url.scheme == "https" ? ":443" : ":80")}) {
    if (!url.port.empty() && !port.empty() && port != url.port) continue;  // a port of its own is never replaced
    for (const auto& query : queries) {
      auto spelling = url;
      spelling.port = port;
      spelling.query = query;
      all.insert(spelling.text());
    }
  }
}

/// What is signed behind the URL: the parameters of a form, sorted, repeated values once. Nothing when the body is not
/// covered by the signature at all.
std::optional<std::string> signed_body(const http::Request& request) {
  for (const auto& [name, value] : parse_form(request.query))
    if (name == "bodySHA256")
      return security::equal(to_hex(security::sha256(request.body)), value) ? std::optional(std::string())
                                                                            : std::nullopt;
  if (request.method == "GET" || request.body.empty()) return "";
  if (request.content_type() != "application/x-www-form-urlencoded") return std::nullopt;
  if (request.body.size() > kLongestForm) return std::nullopt;
  const auto form = parse_form(request.body);
  std::string data;
  data.reserve(request.body.size());
  for (const auto& [name, value] : std::set<std::pair<std::string_view, std::string_view>>(form.begin(), form.end())) {
    data += name;
    data += value;
  }
  return data;
}

}  // namespace

std::vector<std::string> called_urls(const http::Request& request, std::string_view public_url) {
  const auto query = request.query.empty() ? "" : '?' + request.query;
  std::vector<std::string> urls;
  if (const auto url = parse_url(public_url)) {
    urls.push_back(std::string(without_last_slash(public_url)) + request.path + query);
    if (!url->path.empty()) {
      const auto& own = url->query;
      urls.push_back(std::string(public_url) + (own.empty() || query.empty() ? query : '&' + request.query));
      urls.push_back(url->scheme + "://" + url->userinfo + url->host + url->port + request.path + query);
    }
  }
  const auto forwarded_scheme = first_of_list(request.header("X-Forwarded-Proto"));
  const auto forwarded_host = first_of_list(request.header("X-Forwarded-Host"));
  for (const auto scheme : {std::string_view("https"), std::string_view("http")}) {
    if (!forwarded_scheme.empty() && forwarded_scheme != scheme) continue;
    for (const auto host : std::set{forwarded_host, request.header("Host")})
      if (!host.empty()) urls.push_back(std::string(scheme) + "://" + std::string(host) + request.path + query);
  }
  return urls;
}

bool is_signed(const http::Request& request, const std::vector<std::string>& urls, std::string_view auth_token) {
  const auto signature = request.header("X-Twilio-Signature");
  if (auth_token.empty() || signature.size() != kSignatureLength) return false;
  const auto body = signed_body(request);
  if (!body) return false;
  std::set<std::string> spellings;
  for (const auto& text : urls)
    if (const auto url = parse_url(text)) add_spellings(*url, spellings);
  bool found = false;
  for (const auto& spelling : spellings)
    found |= security::equal(to_base64(security::hmac_sha1(auth_token, spelling + *body)), signature);
  return found;
}

}  // namespace centralita::channels::twilio
