#include "services/agent-orchestrator/turns/loop.h"

#include "libs/rpc/time.h"
#include "libs/text/fold.h"

namespace centralita::agents {
namespace {

using conversations::v1::Message;

constexpr int kSuspicious = 8;
constexpr std::chrono::seconds kPrompt{30};

}  // namespace

int turns_in_a_row(std::span<const Message> messages) {
  int turns = 0;
  for (auto message = messages.rbegin(); message != messages.rend() && message->author() != Message::CUSTOMER;
       ++message)
    if (message->author() == Message::AGENT) ++turns;
  return turns;
}

bool is_machine(std::span<const Message> messages) {
  const Message* ours = nullptr;
  const Message* former = nullptr;
  int same = 0;
  for (const auto& message : messages) {
    if (message.author() == Message::AGENT) ours = &message;
    if (message.author() != Message::CUSTOMER) continue;
    const bool prompt = ours && rpc::to_time(message.created_at()) - rpc::to_time(ours->created_at()) <= kPrompt;
    const bool alike = former && text::fold(former->content().body()) == text::fold(message.content().body());
    same = !prompt ? 0 : alike ? same + 1 : 1;
    former = &message;
    ours = nullptr;
  }
  return same >= kSuspicious;
}

}  // namespace centralita::agents
