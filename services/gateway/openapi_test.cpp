#include "services/gateway/openapi.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "proto/descriptors.h"
#include "services/gateway/catalogue.h"

using namespace centralita;
using nlohmann::json;

namespace {

const json& document() {
  static const auto made = json::parse(gateway::openapi(gateway::Catalogue(descriptor_set())));
  return made;
}

/// Calls `visit` with each object of the document.
template <class Visit>
void walk(const json& at, Visit visit) {
  if (at.is_object()) visit(at);
  if (at.is_structured())
    for (const auto& child : at) walk(child, visit);
}

}  // namespace

TEST_CASE("every path of the catalogue is documented, each operation under a name of its own") {
  std::set<std::string> names;
  size_t operations = 0;
  for (const auto& path : document()["paths"]) {
    for (const auto& operation : path) {
      ++operations;
      names.insert(operation["operationId"]);
      CHECK_FALSE(operation["summary"].get<std::string>().empty());
      CHECK_FALSE(operation["x-permission"].get<std::string>().empty());
    }
  }
  CHECK(operations == gateway::Catalogue(descriptor_set()).bindings().size());
  CHECK(names.size() == operations);
}

TEST_CASE("an operation is documented by what its RPC's comment says") {
  const auto& send = document()["paths"]["/api/whatsapp/send"]["post"];
  CHECK(send["tags"] == json{"Conversations"});
  CHECK(send["x-permission"] == "conversations.send");
  CHECK(send["summary"] ==
        "Sends a message as the caller: into a conversation, or to a phone, which opens a conversation where none is "
        "open.");
  CHECK_FALSE(send.contains("parameters"));
  const auto& body = send["requestBody"]["content"]["application/json"]["schema"]["properties"];
  CHECK(body.contains("requestId"));
  CHECK_FALSE(body.contains("medium"));
  CHECK(send["responses"]["404"]["description"] == "NOT_FOUND when there is no such conversation.");
  const auto bad = send["responses"]["400"]["description"].get<std::string>();
  CHECK_THAT(bad, Catch::Contains("INVALID_ARGUMENT when nothing") && Catch::Contains("; FAILED_PRECONDITION"));
  CHECK(document()["paths"]["/v1/customers"]["post"]["summary"] ==
        "Phones are normalised to E.164 by the tenant's default region.");
  CHECK(document()["paths"]["/v1/channels/{id}"]["get"]["summary"] == "Get channel.");
  CHECK(document()["paths"]["/v1/channels/{id}"]["delete"]["responses"].contains("204"));
}

TEST_CASE("parameters are those that neither path nor body gives") {
  std::set<std::string> names;
  for (const auto& parameter : document()["paths"]["/api/whatsapp/conversations"]["get"]["parameters"])
    names.insert(parameter["name"]);
  for (const auto* name : {"pageSize", "pageToken", "status", "reference.kind", "reference.id", "requiresAttention"})
    CHECK(names.contains(name));
  CHECK_FALSE(names.contains("medium"));
  const auto& update = document()["paths"]["/v1/channels/{id}"]["patch"];
  CHECK(update["parameters"][0]["in"] == "path");
  CHECK(update["parameters"][1]["name"] == "updateMask");
  CHECK(update["requestBody"]["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Channel");
}

TEST_CASE("every reference of the document leads somewhere") {
  size_t references = 0;
  walk(document(), [&](const json& object) {
    if (!object.contains("$ref")) return;
    ++references;
    const auto target = object["$ref"].get<std::string>().substr(1);
    CAPTURE(target);
    CHECK(document().contains(json::json_pointer(target)));
  });
  CHECK(references > 100);
}

TEST_CASE("the schema of a resource says types, enums and what the comments say") {
  const auto& channel = document()["components"]["schemas"]["Channel"]["properties"];
  CHECK(channel["createdAt"]["format"] == "date-time");
  CHECK(channel["settings"]["additionalProperties"]["type"] == "string");
  CHECK(channel["zone"]["description"] == "IANA time zone of the channel's hours, e.g. \"America/Bogota\".");
  const auto& creation = document()["components"]["schemas"]["Channel.CustomerCreation"];
  CHECK(creation["enum"].size() == 3);
  CHECK_THAT(creation["description"].get<std::string>(), Catch::Contains("AUTOMATIC: An unknown person"));
}
