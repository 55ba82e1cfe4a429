#include "libs/runtime/operate.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/bus/postgres/postgres_bus.h"
#include "libs/pg/pg.h"

namespace centralita::runtime {
namespace {

using Options = std::map<std::string, std::string>;
using Json = nlohmann::ordered_json;

std::string value_of(const Options& options, const std::string& name, const std::string& fallback = "") {
  const auto found = options.find(name);
  return found == options.end() ? fallback : found->second;
}

pg::Migrator migrator(const Config& config, std::span<const Module> modules) {
  std::vector<const pg::Schema*> schemas{&bus::schema()};
  for (const auto& module : modules)
    if (module.schema) schemas.push_back(module.schema);
  return {config.required("postgres.owner_dsn"), config.text("postgres.runtime_role", "centralita_app"), schemas};
}

Json to_json(const bus::DeadLetter& letter) {
  return {{"id", letter.id},
          {"topic", letter.event.topic},
          {"type", letter.event.type},
          {"group", letter.group},
          {"reason", letter.reason},
          {"diedAt", format_time(letter.died_at)},
          {"tenantId", letter.event.tenant_id},
          {"replayed", letter.replayed}};
}

void show(Host& host, const Options& options, std::ostream& out) {
  const auto id = value_of(options, "id");
  for (const auto& letter : host.database().bus->dead_letters("")) {
    if (letter.id != id) continue;
    auto json = to_json(letter);
    json["event"] = {{"id", letter.event.id},
                     {"key", letter.event.key},
                     {"time", format_time(letter.event.time)},
                     {"traceparent", letter.event.traceparent},
                     {"data", to_base64(letter.event.data)}};
    out << json.dump(2) << '\n';
    return;
  }
  throw not_found("dead letter");
}

void replay(Host& host, const Options& options, std::ostream& out) {
  auto& bus = *host.database().bus;
  Json replayed = Json::array();
  if (const auto id = value_of(options, "id"); !id.empty()) {
    bus.replay(id);
    replayed.push_back(id);
  } else {
    const auto topic = value_of(options, "topic");
    require(!topic.empty(), "id", "name a dead letter with --id, or all of a topic with --topic");
    for (const auto& letter : bus.dead_letters(topic)) {
      if (letter.replayed) continue;
      bus.replay(letter.id);
      replayed.push_back(letter.id);
    }
  }
  out << Json{{"replayed", replayed}}.dump() << '\n';
}

}  // namespace

std::vector<Command> operator_commands(std::span<const Module> modules) {
  const auto migration = [&modules](std::string verb, std::string help, std::vector<Command::Option> options,
                                    auto act) {
    Command command;
    command.path = "migrate " + verb;
    command.help = std::move(help);
    command.options = std::move(options);
    command.run_without_host = [modules, act](const Config& config, const Options& given, std::ostream& out) {
      auto all = migrator(config, modules);
      act(all, given, out);
    };
    return command;
  };
  std::vector<Command> commands;
  commands.push_back(migration("up", "Apply every migration that is missing", {},
                               [](pg::Migrator& all, const Options&, std::ostream& out) {
                                 out << Json{{"applied", all.up()}}.dump() << '\n';
                               }));
  commands.push_back(migration("down", "Take back the newest migrations", {{"steps", "How many; 1 when not given"}},
                               [](pg::Migrator& all, const Options& given, std::ostream& out) {
                                 const auto steps = value_of(given, "steps", "1");
                                 require(!steps.empty() && steps.size() < 5 &&
                                             steps.find_first_not_of("0123456789") == std::string::npos,
                                         "steps", "must be a whole number");
                                 out << Json{{"takenBack", all.down(std::stoi(steps))}}.dump() << '\n';
                               }));
  commands.push_back(migration(
      "status", "List migrations, applied and missing", {}, [](pg::Migrator& all, const Options&, std::ostream& out) {
        for (const auto& one : all.status())
          out << Json{{"schema", one.schema},
                      {"number", one.number},
                      {"name", one.name},
                      {"appliedAt", one.applied_at ? Json(format_time(*one.applied_at)) : Json()}}
                     .dump()
              << '\n';
      }));
  commands.push_back({"dead-letters list",
                      "List events that could not be handled, one JSON object a line",
                      {{"topic", "Only this topic's"}},
                      [](Host& host, const Options& given, std::ostream& out) {
                        for (const auto& letter : host.database().bus->dead_letters(value_of(given, "topic")))
                          out << to_json(letter).dump() << '\n';
                      }});
  commands.push_back({"dead-letters show", "Show one, with its event", {{"id", "The dead letter's id", true}}, show});
  commands.push_back({"dead-letters replay",
                      "Publish the event of one, or of all of a topic, once more",
                      {{"id", "The dead letter's id"}, {"topic", "All of this topic that were not replayed yet"}},
                      replay});
  return commands;
}

}  // namespace centralita::runtime
