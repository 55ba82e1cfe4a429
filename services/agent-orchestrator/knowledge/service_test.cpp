#include "services/agent-orchestrator/knowledge/service.h"

#include "services/agent-orchestrator/knowledge/store.h"
#include "services/agent-orchestrator/testing/house.h"

using namespace centralita;
using namespace centralita::agents;
using testing::House;

namespace {

v1::ListKnowledgeEntriesResponse list(House& house, const std::string& query, int size = 0,
                                      const std::string& token = "") {
  v1::ListKnowledgeEntriesRequest request;
  request.set_query(query);
  request.set_page_size(size);
  request.set_page_token(token);
  return rpc::call<v1::ListKnowledgeEntriesResponse>(house.staff, [&](auto* context, auto* reply) {
    return house.knowledge->ListKnowledgeEntries(context, request, reply);
  });
}

std::string best(House& house, const std::string& query) {
  const auto found = list(house, query);
  return found.entries_size() == 0 ? "nothing" : found.entries(0).title();
}

v1::KnowledgeEntry update(House& house, const v1::KnowledgeEntry& entry, const std::string& field) {
  v1::UpdateKnowledgeEntryRequest request;
  *request.mutable_entry() = entry;
  request.mutable_update_mask()->add_paths(field);
  return rpc::call<v1::KnowledgeEntry>(house.staff, [&](auto* context, auto* reply) {
    return house.knowledge->UpdateKnowledgeEntry(context, request, reply);
  });
}

v1::KnowledgeEntry get(House& house, const Caller& caller, const std::string& id) {
  v1::GetKnowledgeEntryRequest request;
  request.set_id(id);
  return rpc::call<v1::KnowledgeEntry>(
      caller, [&](auto* context, auto* reply) { return house.knowledge->GetKnowledgeEntry(context, request, reply); });
}

Code code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return Code::kOk;
}

}  // namespace

TEST_CASE("a question finds the entry that answers it, in both languages, whatever its accents and endings") {
  House house;
  house.know("Horario", "Abrimos de lunes a sábado de 9:00 a 19:00.");
  house.know("Opening hours (English)", "We are open Monday to Saturday from 9 to 7.");
  house.know("Limpieza dental", "La limpieza cuesta 120.000 pesos y dura 40 minutos.");
  house.know("Formas de pago", "Recibimos efectivo, tarjeta y transferencia.");
  house.know("Dirección", "Estamos en la carrera 15 con calle 45, Bogotá.");
  house.know("Ortodoncia", "La valoración de ortodoncia es gratuita.");
  struct Row {
    const char* question;
    const char* title;
  };
  for (const auto& row : std::vector<Row>{{"¿A qué hora abren?", "Horario"},
                                          {"¿Abren los domingos?", "Horario"},
                                          {"HORARIOS", "Horario"},
                                          {"What time do you open?", "Opening hours (English)"},
                                          {"are you open on mondays", "Opening hours (English)"},
                                          {"¿cuánto cuestan las limpiezas?", "Limpieza dental"},
                                          {"¿Puedo pagar con tarjeta?", "Formas de pago"},
                                          {"¿Dónde están ubicados?", "Dirección"},
                                          {"direccion", "Dirección"},
                                          {"¿hacen ortodoncias?", "Ortodoncia"},
                                          {"¿Venden llantas?", "nothing"},
                                          {"¿y eso?", "nothing"},
                                          {"'); DROP TABLE agent; --", "nothing"},
                                          {"a & b | !c <-> d:*", "nothing"}}) {
    INFO(row.question);
    CHECK(best(house, row.question) == row.title);
  }
}

TEST_CASE("an entry is searched by its new words once it is changed") {
  House house;
  auto entry = house.know("Parqueadero", "Hay parqueadero gratuito.");
  entry.set_title("Estacionamiento");
  entry.set_answer("Estacionamiento sin costo.");
  CHECK(update(house, entry, "title").answer() == "Hay parqueadero gratuito.");
  update(house, entry, "answer");
  CHECK(best(house, "¿tienen parqueadero?") == "nothing");
  CHECK(best(house, "¿tienen estacionamiento?") == "Estacionamiento");
}

TEST_CASE("entries are listed newest first, page by page") {
  House house;
  for (const auto* title : {"uno", "dos", "tres"}) house.know(title, "Respuesta.");
  const auto first = list(house, "", 2);
  REQUIRE(first.entries_size() == 2);
  CHECK(first.entries(0).title() == "tres");
  const auto second = list(house, "", 2, first.next_page_token());
  REQUIRE(second.entries_size() == 1);
  CHECK(second.entries(0).title() == "uno");
  CHECK(second.next_page_token().empty());
}

TEST_CASE("an entry without an answer, or with an endless one, is refused") {
  House house;
  CHECK(code_of([&] { house.know("Horario", ""); }) == Code::kInvalidArgument);
  CHECK(code_of([&] { house.know("Horario", std::string(8'001, 'x')); }) == Code::kInvalidArgument);
  std::string longest;
  for (int i = 0; i < 8'000; ++i) longest += "é";
  CHECK(house.know("Horario", longest).answer() == longest);
}

TEST_CASE("a tenant knows nothing of another's entries") {
  House house;
  const auto entry = house.know("Horario", "Abrimos a las 9.");
  const auto stranger = Caller::service("test", new_id(), Trace::start());
  CHECK(code_of([&] { get(house, stranger, entry.id()); }) == Code::kNotFound);
  pg::Tx tx{*house.host().database().pool, stranger.tenant_id};
  CHECK(search_entries(tx, "horario", 10).empty());
}

TEST_CASE("a deleted entry is gone") {
  House house;
  const auto entry = house.know("Horario", "Abrimos a las 9.");
  const auto remove = [&] {
    v1::DeleteKnowledgeEntryRequest request;
    request.set_id(entry.id());
    rpc::call<google::protobuf::Empty>(house.staff, [&](auto* context, auto* reply) {
      return house.knowledge->DeleteKnowledgeEntry(context, request, reply);
    });
  };
  remove();
  CHECK(best(house, "horario") == "nothing");
  CHECK(code_of(remove) == Code::kNotFound);
}
