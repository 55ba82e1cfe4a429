#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace centralita::text {

/// A phone number by libphonenumber, with the quirks of AR, MX and BR that WhatsApp brings along
/// (https://faq.whatsapp.com/1294841057948784).
struct Phone {
  std::string e164;    ///< "+573001234567".
  std::string match;   ///< The form under which two spellings of one person's number are equal: without AR's mobile 9,
                       ///< without MX's old 1, with BR's ninth digit.
  std::string region;  ///< ISO 3166, "" where the library does not know.
};

/// Reads a number as people, providers and WhatsApp write it: "300 123 4567", "whatsapp:+57…", a wa_id without plus, a
/// JID. `region` completes a national number; empty accepts international ones only. Nothing when it is no possible
/// number.
std::optional<Phone> parse_phone(std::string_view input, std::string_view region = "");

}  // namespace centralita::text
