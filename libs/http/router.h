#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/server.h"

namespace centralita::http {

/// Which handler answers which path. Routes are added first; finding is thread-safe.
class Router {
 public:
  struct Route {
    std::string method;
    std::string pattern;
    Handler handler;
    size_t max_body = 0;
  };
  struct Match {
    const Route* route = nullptr;                   ///< nullptr where nothing matches.
    std::map<std::string, std::string> parameters;  ///< Decoded.
    std::set<std::string> allowed;                  ///< Where nothing matches: the methods that this path has.
  };

  void add(Route route);
  /// `path` is percent-encoded; literals are compared with it as it is and decoded.
  Match find(std::string_view method, std::string_view path) const;

 private:
  /// A literal, {name}, {name}literal, or the rest of the path.
  struct Segment {
    enum class Kind { kRest, kName, kNameAndLiteral, kLiteral } kind;
    std::string name;
    std::string literal;
  };
  struct Entry {
    Route route;
    std::vector<Segment> segments;
  };
  static std::vector<Segment> parse(std::string_view pattern);
  static bool match(const std::vector<Segment>& segments, const std::vector<std::string>& path,
                    std::map<std::string, std::string>* parameters);

  std::vector<Entry> entries_;  ///< The one that wins before the one that it beats.
};

}  // namespace centralita::http
