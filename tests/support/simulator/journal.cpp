#include "tests/support/simulator/journal.h"

#include <nlohmann/json.hpp>

namespace centralita::simulator {
namespace {

using nlohmann::json;

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string headers_text(const http::Headers& headers) {
  auto all = json::object();
  for (const auto& [name, value] : headers) all[name] = value;
  for (auto& [name, value] : all.items()) {
    const http::HeaderLess less;
    const auto is = [&](std::string_view other) { return !less(name, other) && !less(other, name); };
    const auto text = value.get<std::string>();
    if (is("Authorization")) value = text.substr(0, text.find(' ')) + " ***";
    if (is("api_access_token")) value = "***";
  }
  return dumped(all);
}

json form_json(const std::string& body) {
  auto form = json::object();
  for (const auto& [name, value] : parse_form(body)) {
    auto& field = form[name];
    if (name != "MediaUrl" || field.is_null()) {
      field = value;
    } else {
      if (!field.is_array()) field = json::array({field});
      field.push_back(value);
    }
  }
  return form;
}

}  // namespace

struct Journal::Entry {
  int64_t seq = 0;
  Time at;
  std::string provider;
  std::string method;
  std::string_view path;
  std::string query;
  std::string_view headers;
  std::string content_type;
  std::string body;
  int status = 0;
  bool accepted = false;

  std::string text() const {
    json entry{{"seq", seq},     {"at", format_time(at)}, {"provider", provider}, {"method", method},    {"path", path},
               {"query", query}, {"body", body},          {"status", status},     {"accepted", accepted}};
    if (content_type == "application/x-www-form-urlencoded") entry["form"] = form_json(body);
    if (content_type == "application/json")
      if (auto read = json::parse(body, nullptr, false); !read.is_discarded()) entry["json"] = std::move(read);
    auto written = dumped(entry);
    written.pop_back();
    return written.append(",\"headers\":").append(headers) + '}';
  }
};

void Journal::add(Time at, std::string_view provider, const http::Request& request, int status, bool accepted) {
  auto entry = std::make_shared<Entry>();
  entry->at = at;
  entry->provider = provider;
  entry->method = request.method;
  entry->query = request.query;
  entry->content_type = request.content_type();
  entry->body = request.body;
  entry->status = status;
  entry->accepted = accepted;
  auto headers = headers_text(request.headers);
  const std::lock_guard lock(mutex_);
  entry->path = *words_.insert(request.path).first;
  entry->headers = *words_.insert(std::move(headers)).first;
  entry->seq = forgotten_ + static_cast<int64_t>(entries_.size()) + 1;
  last_[entry->provider] = last_[""] = entry->seq;
  entries_.push_back(std::move(entry));
}

int64_t Journal::last(std::string_view provider) const {
  const std::lock_guard lock(mutex_);
  const auto found = last_.find(provider);
  return found == last_.end() ? 0 : found->second;
}

std::string Journal::after(int64_t after, std::string_view provider) const {
  std::vector<std::shared_ptr<const Entry>> found;
  {
    const std::lock_guard lock(mutex_);
    const auto last = forgotten_ + static_cast<int64_t>(entries_.size());
    const auto first = std::clamp(after, forgotten_, last) - forgotten_;
    for (auto entry = entries_.begin() + first; entry != entries_.end(); ++entry)
      if (provider.empty() || (*entry)->provider == provider) found.push_back(*entry);
  }
  std::string text = "[";
  for (const auto& entry : found) {
    if (text.size() > 1) text += ",\n";
    text += entry->text();
  }
  return text + "]\n";
}

void Journal::forget() {
  const std::lock_guard lock(mutex_);
  forgotten_ += static_cast<int64_t>(entries_.size());
  entries_.clear();
  last_.clear();
}

}  // namespace centralita::simulator
