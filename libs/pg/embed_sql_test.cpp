#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

namespace fs = std::filesystem;

/// A folder of files, and what embed_sql makes of them.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "embed_sql_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()));
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }

  Folder& add(const std::string& name, const std::string& text) {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    files_ += " " + (path_ / name).string();
    return *this;
  }

  /// What it says on standard error; empty when it succeeded.
  std::string complaint() const {
    const auto command = std::string(EMBED_SQL) + " shop " + header_path() + files_ + " 2>&1";
    auto* output = popen(command.c_str(), "r");
    REQUIRE(output);
    std::string text;
    std::array<char, 4096> part{};
    while (fgets(part.data(), part.size(), output)) text += part.data();
    const int status = pclose(output);
    CHECK(WEXITSTATUS(status) == (text.empty() ? 0 : 1));
    if (!text.empty()) CHECK_FALSE(fs::exists(header_path()));
    return text;
  }

  std::string header() const {
    REQUIRE(complaint().empty());
    std::stringstream text;
    text << std::ifstream(header_path()).rdbuf();
    return text.str();
  }

 private:
  std::string header_path() const { return (path_ / "shop_sql.h").string(); }

  fs::path path_;
  std::string files_;
};

}  // namespace

using Catch::Contains;

TEST_CASE("named statements become constants without their comments at the end and their semicolons") {
  const auto header =
      Folder()
          .add("queries.sql",
               "-- Labels of a tenant.\n\n-- name: insert_label\nINSERT INTO shop.label -- why\nVALUES ($1);\n\n"
               "-- About the next one.\n-- name: find_label\nSELECT 1\n  ;\n")
          .header();
  CHECK_THAT(header, Contains("namespace centralita::shop::sql {"));
  CHECK_THAT(header, Contains("pg::Statement insert_label{\"shop.insert_label\", "
                              "R\"sql(INSERT INTO shop.label -- why\nVALUES ($1))sql\"};"));
  CHECK_THAT(header, Contains("pg::Statement find_label{\"shop.find_label\", R\"sql(SELECT 1)sql\"};"));
  CHECK_THAT(header, Contains("statements[] = {insert_label, find_label, }"));
  CHECK_THAT(header, Contains("schema{\"shop\", embedded::statements, {}}"));
}

TEST_CASE("SQL may hold what ends a raw string") {
  CHECK_THAT(Folder().add("queries.sql", "-- name: x\nSELECT ')sql\"'").header(),
             Contains("R\"sql0(SELECT ')sql\"')sql0\""));
}

TEST_CASE("statements come from several folders, migrations in the order of their numbers") {
  const auto header = Folder()
                          .add("tickets/queries.sql", "-- name: a\nSELECT 1")
                          .add("proposals/queries.sql", "-- name: b\nSELECT 2")
                          .add("migrations/0002_more.down.sql", "D2")
                          .add("migrations/0002_more.up.sql", "U2")
                          .add("migrations/0001_first.up.sql", "U1")
                          .add("migrations/0001_first.down.sql", "D1")
                          .header();
  CHECK_THAT(header, Contains("statements[] = {a, b, }"));
  CHECK_THAT(
      header,
      Contains("{1, \"first\", R\"sql(U1)sql\", R\"sql(D1)sql\"},\n{2, \"more\", R\"sql(U2)sql\", R\"sql(D2)sql\"}"));
}

TEST_CASE("what is wrong with the SQL files is told with file and line") {
  CHECK_THAT(Folder().add("queries.sql", "-- name: a\nSELECT 1\n-- name: a\nSELECT 2").complaint(),
             Contains("queries.sql:3: statement 'a' is already at ") && Contains("queries.sql:1"));
  CHECK_THAT(Folder().add("queries.sql", "\nSELECT 1").complaint(), Contains("queries.sql:2: SQL before"));
  CHECK_THAT(Folder().add("queries.sql", "-- name: a\n-- name: b\nSELECT 1").complaint(),
             Contains("queries.sql:1: statement 'a' is empty"));
  for (const auto* bad : {"", "Label", "a b", "schema", "1a"})
    CHECK_THAT(Folder().add("queries.sql", std::string("-- name: ") + bad + "\nSELECT 1").complaint(),
               Contains("queries.sql:1: '" + std::string(bad) + "' cannot be"));
}

TEST_CASE("what is wrong with the migrations is told with their file") {
  CHECK_THAT(Folder().add("0001_a.up.sql", "x").complaint(), Contains("0001_a.up.sql:1: its .down.sql is missing"));
  CHECK_THAT(Folder().add("0001_a.down.sql", "x").complaint(), Contains("0001_a.down.sql:1: its .up.sql is missing"));
  CHECK_THAT(Folder().add("0002_a.up.sql", "x").add("0002_a.down.sql", "x").complaint(),
             Contains("0002_a.up.sql:1: migration 1 is missing before it"));
  CHECK_THAT(Folder().add("0001_a.up.sql", "x").add("0001_b.up.sql", "x").complaint(),
             Contains("0001_b.up.sql:1: number 0001 is already that of 'a'"));
  CHECK_THAT(Folder().add("first.up.sql", "x").complaint(), Contains("first.up.sql:1: is neither"));
}
