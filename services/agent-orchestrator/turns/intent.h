#pragma once

#include <string_view>

namespace centralita::agents {

/// Whether the customer asks, in Spanish or English, to be answered by a person: "quiero hablar con un asesor", "talk
/// to a human", "operador". Not when they say that they do not want to, nor when they merely speak of a person.
bool asks_for_person(std::string_view text);

/// Whether there is nothing in the text but a greeting: "Hola, buenos días".
bool is_greeting(std::string_view text);

}  // namespace centralita::agents
