#include <algorithm>

#include "services/conversations/fixture.h"
#include "services/conversations/messages/preview.h"
#include "services/conversations/messages/status.h"

using namespace centralita;
using namespace centralita::conversations;
using namespace centralita::conversations::testing;
using messaging::v1::DeliveryStatus;
using messaging::v1::QUEUED, messaging::v1::SENT, messaging::v1::DELIVERED, messaging::v1::READ, messaging::v1::FAILED;

TEST_CASE("a status moves forward only") {
  constexpr auto kNone = messaging::v1::DELIVERY_STATUS_UNSPECIFIED;
  struct Case {
    DeliveryStatus from, reported, to;
  };
  const Case cases[] = {
      {QUEUED, SENT, SENT},
      {QUEUED, DELIVERED, DELIVERED},
      {QUEUED, READ, READ},
      {QUEUED, FAILED, FAILED},
      {SENT, DELIVERED, DELIVERED},
      {SENT, READ, READ},
      {SENT, FAILED, FAILED},
      {DELIVERED, READ, READ},
      {QUEUED, QUEUED, kNone},
      {SENT, QUEUED, kNone},
      {SENT, SENT, kNone},
      {DELIVERED, SENT, kNone},
      {DELIVERED, FAILED, kNone},
      {READ, DELIVERED, kNone},
      {READ, FAILED, kNone},
      {FAILED, SENT, kNone},
      {FAILED, DELIVERED, kNone},
      {FAILED, READ, kNone},
      {FAILED, FAILED, kNone},
      {QUEUED, kNone, kNone},
      {READ, static_cast<DeliveryStatus>(9), kNone},
  };
  for (const auto& [from, reported, to] : cases) {
    CAPTURE(from, reported);
    CHECK(advance(from, reported).value_or(kNone) == to);
  }
}

TEST_CASE("whatever the order of the reports, a read message is read") {
  Service service;
  const auto line = service.new_line();
  service.say(line, "+573001234567", "Hola");
  const auto id = service.list(line.tenant).at(0).id();
  std::vector<DeliveryStatus> reports{SENT, DELIVERED, READ};
  do {
    const auto message = service.send(line.tenant, id, "Buenas");
    for (const auto status : reports) service.deliver(line, message, status, "SM" + message.id());
    const auto after = service.messages(line.tenant, id).back();
    CHECK(after.status() == READ);
    CHECK(after.has_read_at());
    CHECK(after.provider_message_id() == "SM" + message.id());
  } while (std::next_permutation(reports.begin(), reports.end()));
}

TEST_CASE("a message that could not be delivered says why, once, and somebody is asked to look") {
  Service service;
  const auto line = service.new_line();
  Heard heard(service, {"conversations.message.v1", "conversations.conversation.v1"});
  service.say(line, "+573001234567", "Hola");
  const auto id = service.list(line.tenant).at(0).id();
  const auto message = service.send(line.tenant, id, "Buenas");
  at_once(8, 16, [&](int) { service.deliver(line, message, FAILED); });
  service.deliver(line, message, READ);
  const auto after = service.messages(line.tenant, id).back();
  CHECK(after.status() == FAILED);
  CHECK(after.failure().reason() == "El número no existe.");
  CHECK(service.get(line.tenant, id).requires_attention());
  service.send(line.tenant, id, "Otra vez");
  CHECK(heard.all<v1::MessageSent>(2).size() == 2);
  CHECK(heard.all<v1::MessageStatusChanged>(1).size() == 1);
  CHECK(heard.all<v1::ConversationUpdated>(4).size() == 4);
}

TEST_CASE("a report about another tenant's message changes nothing") {
  Service service;
  const auto line = service.new_line();
  service.say(line, "+573001234567", "Hola");
  const auto id = service.list(line.tenant).at(0).id();
  const auto message = service.send(line.tenant, id, "Buenas");
  CHECK(error_of([&] {
          service.deliver({service.app.new_tenant("Ajena"), line.id}, message, SENT);
        }).code() == Code::kNotFound);
  CHECK(service.messages(line.tenant, id).back().status() == QUEUED);
}

TEST_CASE("a preview is one line that tells what a message says or carries") {
  messaging::v1::Content content;
  content.set_body("  Hola,\n\n¿cómo   estás?\t");
  CHECK(preview(content) == "Hola, ¿cómo estás?");
  std::string long_text;
  for (int i = 0; i < 200; ++i) long_text += "ñ";
  content.set_body(long_text);
  CHECK(preview(content) == long_text.substr(0, 240));
  content.set_body(" ");
  content.add_attachments()->set_media_type("image/jpeg");
  CHECK(preview(content) == "image/jpeg");
  content.mutable_attachments(0)->set_name("cotización.pdf");
  CHECK(preview(content) == "cotización.pdf");
  content.clear_attachments();
  content.mutable_location()->set_address("Calle 1 # 2-3");
  CHECK(preview(content) == "Calle 1 # 2-3");
}
