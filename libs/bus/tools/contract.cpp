#include "libs/bus/tools/contract.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/bus/postgres/postgres_bus.h"

namespace centralita::bus::contract {
namespace {

constexpr pg::Statement kInsert{"contract.insert",
                                "INSERT INTO contract.effect (event_id, consumer_group, key, number, process) "
                                "VALUES ($1, $2, $3, $4, $5)"};
constexpr pg::Statement kList{"contract.list",
                              "SELECT event_id, key, number, process FROM contract.effect WHERE consumer_group = $1 "
                              "ORDER BY n"};
constexpr pg::Statement kStatements[] = {kInsert, kList};
constexpr pg::Migration kMigrations[] = {
    {1, "effect",
     "CREATE TABLE effect (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid, consumer_group text, "
     "key text, number int, process text)",
     "DROP TABLE effect"}};
constexpr pg::Schema kSchema{"contract", kStatements, kMigrations};

}  // namespace

const pg::Schema& schema() { return kSchema; }

std::unique_ptr<Bus> open_bus(pg::Pool& pool, const std::string& dsn) {
  const char* engine = std::getenv("CENTRALITA_TEST_BUS");
  if (engine && std::string(engine) != "postgres") throw std::runtime_error("no such engine of the bus");
  PostgresBusOptions options;
  options.dsn = dsn;
  options.lease = kLease;
  options.poll = std::chrono::milliseconds{500};
  return make_postgres_bus(pool, options);
}

std::unique_ptr<pg::Pool> open_pool(const std::string& dsn) {
  pg::PoolOptions options;
  options.dsn = dsn;
  options.wait = std::chrono::seconds{20};
  return std::make_unique<pg::Pool>(options, std::vector<const pg::Schema*>{&bus::schema(), &kSchema});
}

Event event(const std::string& topic, const std::string& key, int number, const std::string& tenant_id) {
  return {new_id(), "contract.Event",      "contract", SystemClock{}.now(), tenant_id, Trace::start().header(), topic,
          key,      std::to_string(number)};
}

int number_of(const Event& event) { return std::stoi(event.data); }

std::vector<std::string> keys_of_one_partition(int count) {
  std::vector<std::string> keys;
  for (int i = 0; static_cast<int>(keys.size()) < count; ++i) {
    const auto key = "same" + std::to_string(i);
    if (partition_of(key, 16) == 7) keys.push_back(key);
  }
  return keys;
}

Handler recorder(Database database, std::string group, std::string process) {
  return [database, group = std::move(group), process = std::move(process)](const Event& event) {
    Tx tx(database, caller_of(event, "contract"), event, group);
    if (!tx.first_time()) return;
    tx.run(kInsert, event.id, group, event.key, number_of(event), process);
    tx.commit();
  };
}

World::World()
    : tables({&bus::schema(), &kSchema}),
      pool(open_pool(tables.app_dsn())),
      bus(open_bus(*pool, tables.app_dsn())),
      owner_({.dsn = tables.owner_dsn(), .application_name = "owner"}, {}) {}

int64_t World::ask(const pg::Statement& statement, std::initializer_list<pg::Param> params) {
  pg::Tx tx(owner_, "");
  const auto value = tx.one(statement, params).number("value");
  tx.commit();
  return value;
}

std::vector<Effect> World::effects(const std::string& group) {
  pg::Tx tx(*pool, "");
  std::vector<Effect> effects;
  for (const auto row : tx.all(kList, group))
    effects.push_back(
        {row.text("event_id"), row.text("key"), static_cast<int>(row.number("number")), row.text("process")});
  tx.commit();
  return effects;
}

std::optional<int64_t> World::lag(const std::string& group, const std::string& topic) {
  const auto lags = bus->lag();
  const auto found = lags.find(group + "/" + topic);
  return found == lags.end() ? std::nullopt : std::optional(found->second);
}

std::unique_ptr<Subscription> World::subscribe(const std::string& group, const std::string& topic, Handler handler,
                                               int concurrency) {
  SubscriptionOptions options;
  options.group = group;
  options.topics = {topic};
  options.concurrency = concurrency;
  return bus->subscribe(options, std::move(handler));
}

std::map<std::string, std::vector<int>> by_key(const std::vector<Effect>& effects) {
  std::map<std::string, std::vector<int>> keys;
  for (const auto& effect : effects) keys[effect.key].push_back(effect.number);
  return keys;
}

std::map<std::string, std::vector<int>> expected(int keys, int each) {
  std::map<std::string, std::vector<int>> all;
  for (int key = 0; key < keys; ++key)
    for (int number = 0; number < each; ++number) all["k" + std::to_string(key)].push_back(number);
  return all;
}

std::vector<Event> events_for(const std::string& topic, int keys, int each) {
  std::vector<Event> events;
  for (int number = 0; number < each; ++number)
    for (int key = 0; key < keys; ++key) events.push_back(event(topic, "k" + std::to_string(key), number));
  return events;
}

void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void Gate::pass() {
  std::unique_lock lock(mutex_);
  ++arrived_;
  changed_.wait_for(lock, std::chrono::seconds{30}, [this] { return open_; });
}

int Gate::arrived() const {
  const std::lock_guard lock(mutex_);
  return arrived_;
}

#ifdef BUS_CONSUMER
Consumer::Consumer(World& world, const std::string& group, const std::string& topic, const std::string& name) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
  std::vector<std::string> words{BUS_CONSUMER, world.tables.app_dsn(), group, topic, name};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int failed = posix_spawn(&pid_, BUS_CONSUMER, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[0]);
  input_ = ends[1];
  if (failed) throw std::runtime_error("the consumer did not start");
}
#endif

Consumer::~Consumer() {
  if (pid_ > 0) kill();
}

void Consumer::kill() {
  ::kill(pid_, SIGKILL);
  reap();
}

int Consumer::finish() {
  close(std::exchange(input_, -1));
  return reap();
}

int Consumer::reap() {
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  if (input_ >= 0) close(std::exchange(input_, -1));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace centralita::bus::contract
