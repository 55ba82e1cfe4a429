#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;

struct Outcome {
  int status;
  std::string output;
};

Outcome shell(const std::string& command) {
  auto* output = popen(command.c_str(), "r");
  REQUIRE(output);
  Outcome outcome;
  std::array<char, 4096> part{};
  while (fgets(part.data(), part.size(), output)) outcome.output += part.data();
  outcome.status = WEXITSTATUS(pclose(output));
  return outcome;
}

}  // namespace

TEST_CASE("statements that a process knew and never executed are listed") {
  std::string folder = (fs::temp_directory_path() / "sql_coverage_XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()));
  const auto self = fs::read_symlink("/proc/self/exe").string();
  const auto run = shell("CENTRALITA_SQL_COVERAGE=" + folder + " " + self + " 'what is not committed is rolled back'");
  CHECK(run.status == 0);
  const auto listed = shell(std::string(SQL_COVERAGE) + " " + folder + " 2>/dev/null");
  fs::remove_all(folder);
  CHECK(listed.status == 1);
  CHECK_THAT(listed.output, Catch::Contains("shop.sleep\n") && Catch::Contains("shop.notify\n"));
  CHECK_THAT(listed.output, !Catch::Contains("shop.insert_label\n") && !Catch::Contains("shop.all_labels\n"));
}
