#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace centralita::gateway {

/// What a path gave to the fields of a request: field path in its proto spelling, decoded value.
using PathValues = std::vector<std::pair<std::string, std::string>>;

/// A path template of google.api.http, in full (google/api/http.proto, "Path template syntax"):
///
///     Template = "/" Segments [":" LITERAL]      Segment  = "*" | "**" | LITERAL | Variable
///     Segments = Segment {"/" Segment}           Variable = "{" FieldPath ["=" Segments] "}"
class PathTemplate {
 public:
  /// INTERNAL naming the template when it breaks the grammar: it comes from our own protos.
  explicit PathTemplate(std::string_view text);

  struct Segment {
    enum Kind { kLiteral, kOne, kRest };
    Kind kind;
    std::string literal;
    auto operator<=>(const Segment&) const = default;
  };
  /// A field and the segments whose text it takes.
  struct Variable {
    std::string field;
    size_t first;
    size_t count;
  };

  /// What a request's path, still percent-encoded, gives to the variables; nothing when it does not match. One segment
  /// is decoded wholly, several keep their %2F.
  std::optional<PathValues> match(std::string_view path) const;

  /// Templates with the same shape match the same paths. Sorted, the more literal comes first.
  auto shape() const { return std::pair(segments_, verb_.empty() ? "~" : verb_); }

  const std::vector<Segment>& segments() const { return segments_; }
  const std::vector<Variable>& variables() const { return variables_; }
  const std::string& verb() const { return verb_; }

 private:
  std::vector<Segment> segments_;
  std::vector<Variable> variables_;
  std::string verb_;
};

}  // namespace centralita::gateway
