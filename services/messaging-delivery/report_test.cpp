#include <catch2/catch.hpp>

#include "services/messaging-delivery/test_line.h"

using namespace centralita;
using namespace centralita::delivery;

TEST_CASE("a provider's reports move a message forward, never back") {
  Line line;
  const auto request = line.message("Hola");
  line.say(request);
  auto report = line.report(request, v1::READ);
  report.set_provider_message_id(line.until(request, v1::SENT).provider_message_id());
  line.say(report);
  line.until(request, v1::READ);
  for (const auto status : {v1::SENT, v1::DELIVERED, v1::FAILED, v1::READ}) {
    report.set_status(status);
    report.clear_message_id();
    line.say(report);
  }
  line.settle();
  CHECK(line.statuses(request) == std::vector{v1::SENT, v1::READ});
  CHECK(line.row(request).status == v1::READ);
}

TEST_CASE("a report that the message was not delivered comes with its reason") {
  Line line;
  const auto request = line.message("Hola");
  line.say(request);
  auto report = line.report(request, v1::FAILED);
  report.set_provider_message_id(line.until(request, v1::SENT).provider_message_id());
  report.mutable_failure()->set_code("63016");
  report.mutable_failure()->set_reason("Pasaron más de 24 horas desde el último mensaje del cliente.");
  line.say(report);
  const auto update = line.until(request, v1::FAILED);
  CHECK(update.failure().code() == "63016");
  CHECK(update.failure().reason() == report.failure().reason());
}

TEST_CASE("a report with our id settles an attempt whose answer was lost") {
  Line line("delivery.abandoned_after", "1h");
  const auto request = line.message("Hola");
  line.leave_open_attempt(request);
  line.say(line.report(request, v1::DELIVERED));
  CHECK(line.until(request, v1::DELIVERED).provider_message_id() == "SM-" + request.message_id());
  line.say(request);
  line.settle();
  CHECK(line.sent().empty());
  CHECK(line.statuses(request) == std::vector{v1::DELIVERED});
}

TEST_CASE("a report may be quicker than what it reports about; one about somebody else's message is let go") {
  Line line("delivery.unknown_report_after", "3s");
  const auto request = line.message("Hola");
  line.say(line.report(request, v1::DELIVERED));
  auto foreign = line.report(line.message("de otro"), v1::DELIVERED);
  foreign.clear_message_id();
  line.say(foreign);
  line.leave_open_attempt(request);
  line.until(request, v1::DELIVERED);
  line.settle();
  CHECK(line.bus().dead_letters("").empty());
}

TEST_CASE("reports of another tenant or on another channel change nothing") {
  Line line("delivery.unknown_report_after", "100ms");
  const auto request = line.message("Hola");
  line.say(request);
  const auto id = line.until(request, v1::SENT).provider_message_id();
  auto report = line.report(request, v1::READ);
  report.set_provider_message_id(id);
  line.say(report, new_id());
  const auto other = line.new_channel(line.channel.tenant_id());
  report.set_channel_id(other.channel().id());
  line.say(report);
  report.clear_message_id();
  line.say(report);
  line.settle();
  CHECK(line.row(request).status == v1::SENT);
  CHECK(line.bus().dead_letters("").empty());
}
