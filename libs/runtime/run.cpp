#include <CLI/CLI.hpp>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "libs/base/error.h"
#include "libs/base/log.h"
#include "libs/bus/postgres/postgres_bus.h"
#include "libs/runtime/app.h"
#include "libs/runtime/operate.h"

namespace centralita::runtime {
namespace {

/// Signals that end the process are taken by sigwait in serve() and by no other thread.
sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

/// Ends the process when stopping takes too long: a handler may wait for a model. That is safe at any moment; what it
/// was doing is done again by whoever has its events next.
class BoundedEnd {
 public:
  BoundedEnd()
      : watch_([this] {
          std::unique_lock lock(mutex_);
          if (ended_.wait_for(lock, kMost, [this] { return over_; })) return;
          log::warn("stopped with work under way");
          std::_Exit(0);
        }) {}
  ~BoundedEnd() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    ended_.notify_all();
  }

 private:
  static constexpr std::chrono::seconds kMost{18};
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::jthread watch_;
};

void serve(const Config& config, std::span<const Module> modules) {
  const auto signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const SystemClock clock;
  App app(config, modules, clock);
  app.start();
  int signal = 0;
  sigwait(&signals, &signal);
  log::info("stopping", {{"signal", signal}});
  const BoundedEnd bound;
  app.stop();
}

/// Adds a command whose path has blanks below the commands that its first words name.
CLI::App* add_command(CLI::App& root, const std::string& path, const std::string& help) {
  const auto blank = path.find(' ');
  if (blank == std::string::npos) return root.add_subcommand(path, help);
  const auto group = path.substr(0, blank);
  const auto known = root.get_subcommands([&](CLI::App* sub) { return sub->get_name() == group; });
  auto* parent = known.empty() ? root.add_subcommand(group, "See " + group + " --help") : known.front();
  parent->require_subcommand(1);
  return add_command(*parent, path.substr(blank + 1), help);
}

}  // namespace

int run(int argc, char** argv, std::span<const Module> modules) {
  CLI::App cli{"Centralita: every message of a business's customers, accepted once, in order, and answered."};
  std::string path;
  cli.add_option("--config", path, "TOML file with settings; each can also be given as CENTRALITA_<SECTION>_<NAME>")
      ->envname("CENTRALITA_CONFIG");
  cli.require_subcommand(1);

  std::function<void(const Config&)> chosen;
  cli.add_subcommand("serve", "Run the services of this program")->callback([&] {
    chosen = [&](const Config& config) { serve(config, modules); };
  });

  std::vector<Command> commands = operator_commands(modules);
  for (const auto& module : modules) commands.insert(commands.end(), module.commands.begin(), module.commands.end());
  for (const auto& command : commands) {
    const auto given = std::make_shared<std::map<std::string, std::string>>();
    auto* sub = add_command(cli, command.path, command.help);
    for (const auto& option : command.options)
      sub->add_option_function<std::string>(
             "--" + option.name, [given, name = option.name](const std::string& value) { (*given)[name] = value; },
             option.help)
          ->required(option.required);
    sub->callback([&chosen, &command, given, &modules] {
      chosen = [&command, given, &modules](const Config& config) {
        if (command.run_without_host) return command.run_without_host(config, *given, std::cout);
        const SystemClock clock;
        Config quiet = config;
        quiet.set("log.level", "warn");
        App app(quiet, modules, clock);
        command.run(app.host(), *given, std::cout);
      };
    });
  }

  try {
    cli.parse(argc, argv);
    chosen(Config(path));
    return 0;
  } catch (const CLI::ParseError& problem) {
    return cli.exit(problem) == 0 ? 0 : 2;
  } catch (const Error& error) {
    std::cerr << "centralita: " << error.message() << '\n';
    return 1;
  } catch (const std::exception& problem) {
    std::cerr << "centralita: " << problem.what() << '\n';
    return 1;
  }
}

}  // namespace centralita::runtime
