#include "services/agent-orchestrator/turns/intent.h"

#include <catch2/catch.hpp>

using namespace centralita::agents;

TEST_CASE("a customer who asks for a person is understood") {
  const auto* text = GENERATE(
      "Quiero hablar con una persona", "quiero hablar con un humano por favor", "Asesor", "¿Asesor, por favor?",
      "agente humano", "¿Me comunicas con alguien?", "me puede comunicar con un asesor de ventas", "OPERADOR",
      "necesito un asesor", "Pásame con el gerente", "que me atienda una persona", "¿Hay alguien ahí?",
      "No me sirve, quiero hablar con una persona", "prefiero hablar con alguien real",
      "¿No me comunicas con un asesor?", "quiero hablar con servicio al cliente", "Talk to a human",
      "I want to speak with a representative", "can I talk to a real person please", "connect me to an agent",
      "Human please", "I need a human", "agent", "transfer me to an operator",
      "This is useless. Let me talk to someone", "can't I talk to a human?", "quiero una persona real");
  INFO(text);
  CHECK(asks_for_person(text));
}

TEST_CASE("a customer who merely speaks of a person is not handed over") {
  const auto* text =
      GENERATE("No quiero hablar con una persona", "soy una persona seria", "Quiero una cita para una persona",
               "mesa para dos personas", "¿Eres humano?", "Are you a human?", "I don't want to talk to a human",
               "no necesito un asesor", "never transfer me to an agent", "¿A qué hora abren?", "",
               "quiero hablar del pedido 123", "necesito una habitación para una persona", "hablé ayer con mi hermana",
               "I want a table for one person", "vendo seguros, trabajo de agente de viajes",
               "¿Qué pasa con una persona que llega tarde?", "¿Pueden atender a una persona mayor?",
               "¿atienden personas con diabetes?", "¿se puede contactar por correo?");
  INFO(text);
  CHECK_FALSE(asks_for_person(text));
}

TEST_CASE("a bare greeting is told from a question that begins with one") {
  for (const auto* text : {"hola", "¡Hola!", "Buenos días", "buenas", "Holaaa 👋", "hola, ¿cómo están?", "Hi",
                           "hello there!", "Good morning", "hey", "Hola\nbuenas tardes", "que tal"}) {
    INFO(text);
    CHECK(is_greeting(text));
  }
  for (const auto* text :
       {"hola, ¿a qué hora abren?", "", "👋", "¿cómo están los precios?", "hi do you open today", "12345", "muy bien"}) {
    INFO(text);
    CHECK_FALSE(is_greeting(text));
  }
}
