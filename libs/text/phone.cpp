#include "libs/text/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>

#include "libs/base/encoding.h"

namespace centralita::text {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr size_t kLongestInput = 120;   // a number with its extension, the blanks people put in, and a prefix
constexpr size_t kDigitsOfANumber = 7;  // as many on both sides of a separator are two numbers, not an extension
constexpr auto kUnknownRegion = "ZZ";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Removes `prefix` (in lower case) from the front, whatever its case there.
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() ||
      !std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) { return a == (b | 0x20) || a == b; }))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// "US.13491208655302741918": names a WhatsApp user, not a number, though it ends in digits.
bool is_business_scoped(std::string_view text) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return text.size() > 3 && upper(text[0]) && upper(text[1]) && text[2] == '.';
}

bool holds_two_numbers(std::string_view text) {
  const auto digits = [](std::string_view part) {
    return static_cast<size_t>(std::count_if(part.begin(), part.end(), is_digit));
  };
  for (size_t i = 1; i < text.size(); ++i) {
    const auto before = text.substr(0, i);
    if (text[i] == '+' && digits(before) > 0) return true;
    const bool separates = std::string_view("/,;|\n\r").find(text[i]) != std::string_view::npos;
    if (separates && digits(before) >= kDigitsOfANumber && digits(text.substr(i)) >= kDigitsOfANumber) return true;
  }
  return false;
}

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

/// Brazil's mobiles got a ninth digit from 2012 to 2016; WhatsApp still names the older accounts without it.
void add_ninth_digit(std::string& e164) {
  const bool eight_digits = starts_with(e164, "+55") && e164.size() == 13;
  if (eight_digits && e164[5] >= '6') e164.insert(5, "9");
}

/// Mexico dropped the 1 of its mobiles in 2019; WhatsApp still names the older accounts with it.
void drop_old_mobile_digit(std::string& e164) {
  if (starts_with(e164, "+521") && e164.size() == 14) e164.erase(3, 1);
}

Phone describe(const PhoneNumber& number) {
  const auto& library = *PhoneNumberUtil::GetInstance();
  Phone phone;
  library.Format(number, PhoneNumberUtil::E164, &phone.e164);
  library.GetRegionCodeForNumber(number, &phone.region);
  if (phone.region == kUnknownRegion || all_digits(phone.region)) phone.region.clear();  // "001": no country's
  add_ninth_digit(phone.e164);
  drop_old_mobile_digit(phone.e164);
  phone.match = phone.e164;
  if (starts_with(phone.match, "+549")) phone.match.erase(3, 1);
  return phone;
}

enum class Proof { kPossible, kValid };

std::optional<Phone> read(const std::string& text, const std::string& region, Proof proof) {
  const auto& library = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (library.Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
      library.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE)
    return std::nullopt;
  auto phone = describe(number);
  // Only in its mended form is an older account's number valid.
  if (proof == Proof::kValid &&
      (library.Parse(phone.e164, kUnknownRegion, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
       !library.IsValidNumber(number)))
    return std::nullopt;
  return phone;
}

}  // namespace

std::optional<Phone> parse_phone(std::string_view input, std::string_view region) {
  auto text = trim(input);
  if (text.empty() || text.size() > kLongestInput || !is_text(text)) return std::nullopt;

  bool international = take_prefix(text, "whatsapp:");
  if (!international) take_prefix(text, "tel:");
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    const auto server = text.substr(at + 1);
    if (server != "s.whatsapp.net" && server != "c.us") return std::nullopt;
    text = text.substr(0, std::min(at, text.find(':')));  // "573001234567:12@…" is one of the person's devices
    if (!all_digits(text)) return std::nullopt;
    international = true;
  }
  if (is_business_scoped(text) || holds_two_numbers(text)) return std::nullopt;

  const std::string digits(text);
  const std::string with_plus = '+' + digits;
  const std::string country(region.empty() ? kUnknownRegion : region);
  if (!all_digits(text)) return read(digits, country, Proof::kPossible);
  if (international) return read(with_plus, kUnknownRegion, Proof::kPossible);
  // What is valid in its own country is meant so; else the digits may be international ones without their plus.
  auto phone = read(digits, country, Proof::kValid);
  if (!phone) phone = read(with_plus, kUnknownRegion, Proof::kValid);
  return phone ? phone : read(digits, country, Proof::kPossible);
}

}  // namespace centralita::text
