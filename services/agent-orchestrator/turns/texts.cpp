#include "services/agent-orchestrator/turns/texts.h"

namespace centralita::agents {
namespace {

std::string own_or(const std::string& own, Language language, const char* spanish, const char* english) {
  if (!own.empty()) return own;
  return language == Language::kEnglish ? english : spanish;
}

}  // namespace

std::string greeting_of(const v1::Agent& agent, Language language) {
  return own_or(agent.greeting(), language, "¡Hola! ¿En qué podemos ayudarte?", "Hello! How can we help you?");
}

std::string fallback_of(const v1::Agent& agent, Language language) {
  return own_or(agent.fallback(), language,
                "En este momento no tengo esa información. Alguien de nuestro equipo te responderá pronto.",
                "I don't have that information right now. Somebody from our team will answer you soon.");
}

std::string handover_of(const v1::Agent& agent, Language language) {
  return own_or(agent.handover_message(), language, "Claro, te paso con una persona de nuestro equipo.",
                "Of course, I am handing you over to a person from our team.");
}

}  // namespace centralita::agents
