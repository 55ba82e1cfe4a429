#include "libs/text/fold.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <utility>

namespace centralita::text {
namespace {

bool is_latin(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  return uscript_getScript(c, &status) == USCRIPT_LATIN;
}

bool is_mark(UChar32 c) { return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }
bool is_word(UChar32 c) { return u_isalnum(c) || is_mark(c); }
bool is_blank(UChar32 c) { return u_isspace(c) || u_ispunct(c) || u_iscntrl(c); }

/// Letters whose mark is part of their shape, so that Unicode does not take it off.
UChar32 without_stroke(UChar32 c) {
  static constexpr std::array<std::pair<UChar32, char>, 6> kLetters{
      {{U'ø', 'o'}, {U'đ', 'd'}, {U'ł', 'l'}, {U'ħ', 'h'}, {U'ŧ', 't'}, {U'ı', 'i'}}};
  for (const auto& [letter, plain] : kLetters)
    if (c == letter) return plain;
  return c;
}

void append(std::string& text, UChar32 c) {
  std::array<char, U8_MAX_LENGTH> bytes{};
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes.data(), length, c);
  text.append(bytes.data(), length);
}

/// Lower case, composed, without compatibility forms; bytes that are not UTF-8 stay.
std::string normalized(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  normalizer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, status);
  return out;
}

std::string fold_ascii(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const unsigned char c : text) {
    if (is_blank(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += static_cast<char>(u_tolower(c));
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string fold_unicode(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* composer = icu::Normalizer2::getNFCInstance(status);
  const auto folded = normalized(text);
  const auto length = static_cast<int32_t>(folded.size());
  icu::UnicodeString parts;
  std::string out;
  out.reserve(folded.size());
  bool after_latin = false;
  for (int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(folded.data(), i, length, c);
    if (is_blank(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      after_latin = false;
    } else if (!is_mark(c)) {
      after_latin = is_latin(c);
      if (after_latin && c >= 0x80 && composer->getDecomposition(c, parts)) c = parts.char32At(0);
      append(out, after_latin ? without_stroke(c) : c);
    } else if (!after_latin) {
      append(out, c);
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// Whether `text` may be cut before its byte `at` without cutting a word.
bool word_ends(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size()) return true;
  const auto* bytes = text.data();
  auto before = static_cast<int32_t>(at);
  auto after = before;
  UChar32 left = 0;
  UChar32 right = 0;
  U8_PREV(bytes, 0, before, left);
  U8_NEXT(bytes, after, static_cast<int32_t>(text.size()), right);
  return left < 0 || right < 0 || !is_word(left) || !is_word(right);
}

}  // namespace

std::string fold(std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
  return ascii ? fold_ascii(text) : fold_unicode(text);
}

bool contains_phrase(std::string_view folded_text, std::string_view folded_phrase) {
  if (folded_phrase.empty()) return false;
  for (auto at = folded_text.find(folded_phrase); at != std::string_view::npos;
       at = folded_text.find(folded_phrase, at + 1))
    if (word_ends(folded_text, at) && word_ends(folded_text, at + folded_phrase.size())) return true;
  return false;
}

}  // namespace centralita::text
