#include <charconv>
#include <csignal>
#include <iostream>
#include <string_view>

#include "libs/base/error.h"
#include "tests/support/simulator/simulator.h"

namespace {

int run(int argc, char** argv) {
  int port = 0;
  const std::string_view option = argc > 1 ? argv[1] : "";
  const std::string_view value = argc > 2 ? argv[2] : "";
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), port);
  if (argc != 1 && (argc != 3 || option != "--port" || failed != std::errc{} || end != value.data() + value.size() ||
                    port < 0 || port > 65'535)) {
    std::cerr << "usage: provider-simulator [--port N]\nPlays Twilio, Chatwoot and OpenAI on 127.0.0.1.\n";
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const centralita::simulator::Simulator simulator(port);
  std::cout << simulator.port() << std::endl;
  int received = 0;
  sigwait(&signals, &received);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const centralita::Error& error) {
    std::cerr << "provider-simulator: " << error.what() << '\n';
    return 1;
  }
}
