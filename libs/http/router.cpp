#include "libs/http/router.h"

#include <algorithm>
#include <tuple>

#include "libs/base/encoding.h"

namespace centralita::http {
namespace {

/// The segments after each slash; of "/" one empty segment.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

}  // namespace

std::vector<Router::Segment> Router::parse(std::string_view pattern) {
  std::vector<Segment> segments;
  for (const auto text : split(pattern)) {
    const auto close = text.find('}');
    if (text == "**")
      segments.push_back({Segment::Kind::kRest, "**", ""});
    else if (!text.starts_with('{') || close == std::string_view::npos)
      segments.push_back({Segment::Kind::kLiteral, "", std::string(text)});
    else
      segments.push_back({close + 1 == text.size() ? Segment::Kind::kName : Segment::Kind::kNameAndLiteral,
                          std::string(text.substr(1, close - 1)), std::string(text.substr(close + 1))});
  }
  return segments;
}

void Router::add(Route route) {
  auto segments = parse(route.pattern);
  const auto rank = [](const std::vector<Segment>& of) {
    const auto count = [&](Segment::Kind kind) { return std::ranges::count(of, kind, &Segment::kind); };
    return std::tuple(count(Segment::Kind::kLiteral), count(Segment::Kind::kNameAndLiteral),
                      count(Segment::Kind::kName));
  };
  const auto beaten = std::ranges::find_if(entries_, [&](const Entry& e) { return rank(e.segments) < rank(segments); });
  entries_.insert(beaten, {std::move(route), std::move(segments)});
}

bool Router::match(const std::vector<Segment>& segments, const std::vector<std::string>& path,
                   std::map<std::string, std::string>* parameters) {
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto& segment = segments[i];
    if (segment.kind == Segment::Kind::kRest) {
      std::string rest;
      for (size_t k = i; k < path.size(); ++k) rest += (k == i ? "" : "/") + path[k];
      (*parameters)[segment.name] = std::move(rest);
      return true;
    }
    if (i >= path.size()) return false;
    if (segment.kind == Segment::Kind::kLiteral) {
      if (path[i] != segment.literal) return false;
    } else {
      if (path[i].size() <= segment.literal.size() || !path[i].ends_with(segment.literal)) return false;
      (*parameters)[segment.name] = path[i].substr(0, path[i].size() - segment.literal.size());
    }
  }
  return path.size() == segments.size();
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match found;
  if (!path.starts_with('/')) return found;
  std::vector<std::string> decoded;
  for (const auto segment : split(path)) decoded.push_back(percent_decode(segment));

  for (const auto& entry : entries_) {
    std::map<std::string, std::string> parameters;
    if (!match(entry.segments, decoded, &parameters)) continue;
    const auto& allowed = entry.route.method;
    if (allowed == method || allowed == "*" || (method == "HEAD" && allowed == "GET"))
      return {&entry.route, std::move(parameters), {}};
    found.allowed.insert(allowed);
    if (allowed == "GET") found.allowed.insert("HEAD");
  }
  return found;
}

}  // namespace centralita::http
