#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace centralita::tests {

/// A program running beside the test; killed when destroyed. Not thread-safe.
class Process {
 public:
  /// Starts it with these variables added to the environment; its output goes to the file, appended. Throws when it
  /// cannot be started. Usable beside the test's own thread: it asserts nothing.
  Process(std::vector<std::string> command, const std::map<std::string, std::string>& environment,
          const std::string& output);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  /// Waits for its end; the exit code, or 128 + the signal that ended it.
  int wait();
  bool running();

 private:
  pid_t pid_ = -1;
  int status_ = -1;
};

/// The program of this build that the variable names; throws when it is not set.
std::string program(const char* variable);

}  // namespace centralita::tests
