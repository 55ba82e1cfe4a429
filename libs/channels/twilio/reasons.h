#pragma once

#include <string>
#include <string_view>

namespace centralita::channels::twilio {

/// A sentence in Spanish for one of Twilio's error codes ("Error and warning dictionary" of its documentation); a
/// general one, naming the code, for those that we do not know.
std::string reason_of(std::string_view code);

/// Whether the code means that Twilio did not take the message now but may later.
bool is_temporary(std::string_view code);

}  // namespace centralita::channels::twilio
