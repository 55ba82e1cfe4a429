#pragma once

#include <string>
#include <string_view>

#include "libs/base/clock.h"

namespace centralita {

/// A UUIDv7 (RFC 9562) of this moment; ids that one process makes are in strictly rising order. Thread-safe.
std::string new_id();

/// The smallest UUIDv7 of a moment: a bound for ids made before or after it.
std::string first_id(Time time);

/// The same UUID for the same text, different ones for different texts (RFC 9562 version 8 over SHA-256): an id for
/// what has no id of its own, so that saying it twice says it once.
std::string id_of(std::string_view text);

/// Whether the text is a UUID in its canonical lower-case form.
bool is_id(std::string_view text);

}  // namespace centralita
