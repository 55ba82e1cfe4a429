#include "services/gateway/route.h"

#include <algorithm>

#include "libs/base/encoding.h"
#include "libs/base/error.h"

namespace centralita::gateway {
namespace {

using Segment = PathTemplate::Segment;

/// The grammar, by recursive descent.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  void parse(std::vector<Segment>& segments, std::vector<PathTemplate::Variable>& variables, std::string& verb) {
    expect("/");
    do {
      if (take("{")) {
        const auto first = segments.size();
        auto field = field_path();
        if (take("=")) {
          do segments.push_back(segment());
          while (take("/"));
        } else {
          segments.push_back({Segment::kOne, ""});
        }
        expect("}");
        variables.push_back({std::move(field), first, segments.size() - first});
      } else {
        segments.push_back(segment());
      }
    } while (take("/"));
    if (take(":")) verb = word();
    if (!rest_.empty()) fail();
    const auto many = std::find_if(segments.begin(), segments.end(), [](auto& s) { return s.kind == Segment::kRest; });
    if (many != segments.end() && many + 1 != segments.end()) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(Code::kInternal, "BAD_PATH_TEMPLATE",
                "The path template " + std::string(text_) + " is malformed at \"" + std::string(rest_) + "\".");
  }
  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail();
  }
  std::string word() {
    const auto length = std::min(rest_.find_first_of("/{}=:*"), rest_.size());
    if (length == 0) fail();
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return std::string(taken);
  }
  std::string field_path() {
    auto path = word();
    if (path.front() == '.' || path.back() == '.' || path.find("..") != std::string::npos) fail();
    return path;
  }
  Segment segment() {
    if (take("**")) return {Segment::kRest, ""};
    if (take("*")) return {Segment::kOne, ""};
    return {Segment::kLiteral, word()};
  }

  std::string_view text_;
  std::string_view rest_;
};

/// Decodes all but an encoded slash, which would read as one more segment.
std::string decode_many(std::string_view text) {
  std::string decoded;
  while (true) {
    auto slash = text.find("%2");
    while (slash != std::string_view::npos && text.substr(slash, 3) != "%2F" && text.substr(slash, 3) != "%2f")
      slash = text.find("%2", slash + 1);
    decoded += percent_decode(text.substr(0, slash));
    if (slash == std::string_view::npos) return decoded;
    decoded += text.substr(slash, 3);
    text.remove_prefix(slash + 3);
  }
}

}  // namespace

PathTemplate::PathTemplate(std::string_view text) { Parser(text).parse(segments_, variables_, verb_); }

std::optional<PathValues> PathTemplate::match(std::string_view path) const {
  if (!verb_.empty()) {
    if (!path.ends_with(verb_)) return {};
    path.remove_suffix(verb_.size());
    if (!path.ends_with(':')) return {};
    path.remove_suffix(1);
  }
  // Where each segment of the template lies in the path: positions[i] until positions[i + 1], the slash included.
  std::vector<size_t> positions;
  size_t at = 0;
  for (const auto& [kind, literal] : segments_) {
    positions.push_back(at);
    if (kind == Segment::kRest) {
      at = path.size();
      continue;
    }
    if (at >= path.size() || path[at] != '/') return {};
    const auto end = std::min(path.find('/', at + 1), path.size());
    const auto text = path.substr(at + 1, end - at - 1);
    if (text.empty() || (kind == Segment::kLiteral && text != literal && percent_decode(text) != literal)) return {};
    at = end;
  }
  if (at != path.size()) return {};
  positions.push_back(at);

  PathValues values;
  for (const auto& [field, first, count] : variables_) {
    auto text = path.substr(positions[first], positions[first + count] - positions[first]);
    if (!text.empty()) text.remove_prefix(1);
    const auto one = count == 1 && segments_[first].kind != Segment::kRest;
    values.emplace_back(field, one ? percent_decode(text) : decode_many(text));
  }
  return values;
}

}  // namespace centralita::gateway
