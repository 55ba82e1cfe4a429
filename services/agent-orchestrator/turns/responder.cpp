#include "services/agent-orchestrator/turns/responder.h"

#include "libs/base/error.h"
#include "libs/base/log.h"
#include "services/agent-orchestrator/agents/service.h"
#include "services/agent-orchestrator/knowledge/store.h"
#include "services/agent-orchestrator/turns/builtin.h"
#include "services/agent-orchestrator/turns/intent.h"
#include "services/agent-orchestrator/turns/texts.h"

namespace centralita::agents {
namespace {

using conversations::v1::Message;

constexpr int kFacts = 5;

Answer fall_back(const v1::Agent& agent, const Question& question, std::string error) {
  return {.text = fallback_of(agent, guess_language(question.burst)), .fell_back = true, .error = std::move(error)};
}

/// "¿Y los domingos?" is only understood with what the customer asked before.
std::string in_context(const Question& question) {
  auto text = question.burst;
  int former = 0;
  for (auto message = question.messages.rbegin(); message != question.messages.rend() && former < 3; ++message) {
    if (message->author() != Message::CUSTOMER) continue;
    text += "\n" + message->content().body();
    ++former;
  }
  return text;
}

}  // namespace

Answer Responder::answer(const Caller& caller, const StoredAgent& stored, const Question& question) {
  try {
    return stored.agent.responder() == v1::Agent::MODEL ? answer_with_model(caller, stored, question)
                                                        : answer_built_in(caller, stored.agent, question);
  } catch (const Error& error) {
    // What will never succeed must not become silence: the customer hears the fallback, the staff is told.
    if (error.transient()) throw;
    log::error("answer failed", {{"agent", stored.agent.id()}, {"reason", error.reason()}});
    return fall_back(stored.agent, question, "Error interno: " + error.reason() + ".");
  }
}

Answer Responder::answer_built_in(const Caller& caller, const v1::Agent& agent, const Question& question) {
  if (is_greeting(question.burst)) return {.text = greeting_of(agent, guess_language(question.burst))};
  pg::Tx tx{pool_, caller.tenant_id};
  auto known =
      answer_from_knowledge(question.burst, [&](std::string_view asked) { return search_entries(tx, asked, 1); });
  auto text = to_reply(known.text);
  if (!text) return fall_back(agent, question, "No hay una respuesta en la base de conocimiento.");
  return {.text = std::move(*text), .knowledge_ids = std::move(known.knowledge_ids)};
}

Answer Responder::answer_with_model(const Caller& caller, const StoredAgent& stored, const Question& question) {
  const auto deadline = std::chrono::steady_clock::now() + budget_;
  std::vector<v1::KnowledgeEntry> facts;
  {
    pg::Tx tx{pool_, caller.tenant_id};
    for (auto& found : search_entries(tx, in_context(question), kFacts)) facts.push_back(std::move(found.entry));
  }
  auto model = stored.agent.model();
  if (!stored.sealed_key.empty())
    model.set_api_key(vault_.open(stored.sealed_key, key_context(caller.tenant_id, stored.agent.id())));
  const auto result = models_.ask(model, make_prompt(stored.agent, facts, question.now, question.messages), deadline);
  if (const auto* failure = std::get_if<ModelFailure>(&result))
    return fall_back(stored.agent, question, failure->reason);

  const auto& completion = std::get<Completion>(result);
  auto text = to_reply(completion.text, completion.ending);
  auto answer = text ? Answer{.text = std::move(*text)}
                     : fall_back(stored.agent, question, "La respuesta del modelo no se podía enviar.");
  for (const auto& fact : facts) answer.knowledge_ids.push_back(fact.id());
  answer.prompt_tokens = completion.prompt_tokens;
  answer.completion_tokens = completion.completion_tokens;
  return answer;
}

}  // namespace centralita::agents
