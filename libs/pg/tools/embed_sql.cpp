// embed_sql <schema> <out.h> <file>...
//
// Makes the header <schema>_sql.h of a service's or library's queries.sql files and of its
// migrations/NNNN_name.{up,down}.sql. Tells what is wrong with them as file:line: and exits with 1.
#include <cctype>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Query {
  std::string name;
  std::string text;
  std::string place;
};

struct Half {
  std::string text;
  std::string file;
};

struct Migration {
  std::string name;
  std::optional<Half> up;
  std::optional<Half> down;
};

[[noreturn]] void fail(const std::string& place, const std::string& message) {
  throw std::runtime_error(place + ": " + message);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file || text.fail()) fail(path + ":1", "cannot be read");
  return text.str();
}

std::string place(const std::string& file, int line) { return file + ":" + std::to_string(line); }

bool is_blank(const std::string& line) { return line.find_first_not_of(" \t\r") == std::string::npos; }

bool is_comment(const std::string& line) {
  const auto start = line.find_first_not_of(" \t");
  return start != std::string::npos && line.compare(start, 2, "--") == 0;
}

/// The statement without what follows it: comments of the next one, blanks, and its semicolon.
std::string statement_of(std::vector<std::string> lines) {
  while (!lines.empty() && (is_blank(lines.back()) || is_comment(lines.back()))) lines.pop_back();
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  while (!text.empty() && (std::isspace(static_cast<unsigned char>(text.back())) || text.back() == ';'))
    text.pop_back();
  return text;
}

void read_queries(const std::string& file, std::vector<Query>& queries) {
  static const std::regex kName(R"(^\s*--\s*name:\s*(.*?)\s*$)");
  static const std::regex kIdentifier("[a-z][a-z0-9_]*");
  std::istringstream text(read(file));
  std::vector<std::string> lines;
  bool inside = false;
  const auto finish = [&] {
    if (!inside) return;
    queries.back().text = statement_of(std::exchange(lines, {}));
    if (queries.back().text.empty()) fail(queries.back().place, "statement '" + queries.back().name + "' is empty");
  };
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    std::smatch match;
    if (std::regex_match(line, match, kName)) {
      finish();
      const auto name = match[1].str();
      if (!std::regex_match(name, kIdentifier) || name == "schema")
        fail(place(file, number), "'" + name + "' cannot be a statement's name");
      for (const auto& other : queries)
        if (other.name == name) fail(place(file, number), "statement '" + name + "' is already at " + other.place);
      queries.push_back({name, "", place(file, number)});
      inside = true;
    } else if (inside) {
      lines.push_back(line);
    } else if (!is_blank(line) && !is_comment(line)) {
      fail(place(file, number), "SQL before the first '-- name:'");
    }
  }
  finish();
}

void read_migration(const std::string& file, std::map<int, Migration>& migrations) {
  static const std::regex kFile(R"((\d{4})_([a-z0-9_]+)\.(up|down)\.sql)");
  std::smatch match;
  const auto name = std::filesystem::path(file).filename().string();
  if (!std::regex_match(name, match, kFile)) fail(place(file, 1), "is neither queries.sql nor NNNN_name.{up,down}.sql");
  auto& migration = migrations[std::stoi(match[1])];
  if (!migration.name.empty() && migration.name != match[2].str())
    fail(place(file, 1), "number " + match[1].str() + " is already that of '" + migration.name + "'");
  migration.name = match[2];
  auto& half = match[3] == "up" ? migration.up : migration.down;
  if (half) fail(place(file, 1), "is there twice, also as " + half->file);
  half = {read(file), file};
}

void check(const std::map<int, Migration>& migrations) {
  int expected = 1;
  for (const auto& [number, migration] : migrations) {
    const auto& there = migration.up ? migration.up->file : migration.down->file;
    if (number != expected) fail(place(there, 1), "migration " + std::to_string(expected) + " is missing before it");
    if (!migration.up) fail(place(there, 1), "its .up.sql is missing");
    if (!migration.down) fail(place(there, 1), "its .down.sql is missing");
    ++expected;
  }
}

/// A raw string literal whose end cannot occur in the text.
std::string literal(const std::string& text) {
  std::string mark = "sql";
  for (int i = 0; text.find(")" + mark + "\"") != std::string::npos; ++i) mark = "sql" + std::to_string(i);
  return "R\"" + mark + "(" + text + ")" + mark + "\"";
}

std::string header(const std::string& schema, const std::vector<Query>& queries,
                   const std::map<int, Migration>& migrations) {
  std::ostringstream out;
  out << "#pragma once\n\n#include \"libs/pg/pg.h\"\n\nnamespace centralita::" << schema << "::sql {\n\n";
  for (const auto& query : queries)
    out << "inline constexpr pg::Statement " << query.name << "{\"" << schema << "." << query.name << "\", "
        << literal(query.text) << "};\n\n";
  out << "namespace embedded {\n";
  if (!queries.empty()) {
    out << "inline constexpr pg::Statement statements[] = {";
    for (const auto& query : queries) out << query.name << ", ";
    out << "};\n";
  }
  if (!migrations.empty()) {
    out << "inline constexpr pg::Migration migrations[] = {\n";
    for (const auto& [number, migration] : migrations)
      out << "{" << number << ", \"" << migration.name << "\", " << literal(migration.up->text) << ", "
          << literal(migration.down->text) << "},\n";
    out << "};\n";
  }
  out << "}  // namespace embedded\n\ninline constexpr pg::Schema schema{\"" << schema << "\", "
      << (queries.empty() ? "{}" : "embedded::statements") << ", "
      << (migrations.empty() ? "{}" : "embedded::migrations") << "};\n\n}  // namespace centralita::" << schema
      << "::sql\n";
  return out.str();
}

void embed(const std::string& schema, const std::string& out, const std::vector<std::string>& files) {
  std::vector<Query> queries;
  std::map<int, Migration> migrations;
  for (const auto& file : files) {
    if (std::filesystem::path(file).filename() == "queries.sql")
      read_queries(file, queries);
    else
      read_migration(file, migrations);
  }
  check(migrations);
  std::ofstream(out, std::ios::binary) << header(schema, queries, migrations);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: embed_sql <schema> <out.h> <file>...\n";
    return 2;
  }
  try {
    embed(argv[1], argv[2], {argv + 3, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
