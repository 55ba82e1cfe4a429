#include "services/agent-orchestrator/turns/reply.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/text/fold.h"
#include "services/agent-orchestrator/words.h"

namespace centralita::agents {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\n";
  const auto from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

std::string without_control_characters(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
  return out;
}

/// Some templates give the opening tag to the model, so that only the closing one is seen.
std::string without_reasoning(std::string text) {
  for (const std::string_view name : {"think", "thinking"}) {
    const auto open = "<" + std::string(name) + ">";
    const auto close = "</" + std::string(name) + ">";
    for (auto end = text.find(close); end != std::string::npos; end = text.find(close)) {
      const auto begin = std::min(text.find(open), end);
      const bool opened = text.compare(begin, open.size(), open) == 0;
      text.erase(opened ? begin : 0, end + close.size() - (opened ? begin : 0));
    }
    if (const auto begin = text.find(open); begin != std::string::npos) text.erase(begin);
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

bool is_web_page(std::string_view lower_text) {
  return lower_text.starts_with("<!doctype") || lower_text.starts_with("<?xml") ||
         lower_text.find("<html") != std::string_view::npos || lower_text.find("<body") != std::string_view::npos;
}

bool has_template_marker(std::string_view lower_text) {
  const auto has = [&](std::string_view marker) { return lower_text.find(marker) != std::string_view::npos; };
  if (has("<|") || has("|>") || has("[inst]") || has("[/inst]") || has("<start_of_turn>") || has("<end_of_turn>") ||
      has("</s>") || has("### instruction") || has("### response"))
    return true;
  for (const std::string_view role : {"user:", "assistant:", "human:", "system:", "asistente:"})
    if (lower_text.starts_with(role) || has("\n" + std::string(role))) return true;
  return false;
}

/// The same character, line, or few words over and over: what a model does that has lost its way.
bool repeats_itself(std::string_view text) {
  size_t run = 0;
  for (size_t i = 1; i < text.size(); ++i) {
    run = text[i] == text[i - 1] ? run + 1 : 0;
    if (run >= 40) return true;
  }
  std::map<std::string_view, int> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (trim(line).size() > 3 && ++lines[trim(line)] >= 4) return true;
  }
  const auto folded = text::fold(text);
  const auto words = split_words(folded);
  for (size_t period = 1; period <= 12; ++period) {
    const size_t enough = std::max<size_t>(8, 3 * period);
    size_t same = 0;
    for (size_t i = period; i < words.size(); ++i) {
      same = words[i] == words[i - period] ? same + 1 : 0;
      if (same >= enough) return true;
    }
  }
  return false;
}

bool has_words(std::string_view text) {
  const auto folded = text::fold(text);
  const auto words = split_words(folded);
  return std::any_of(words.begin(), words.end(), [](auto word) { return static_cast<unsigned char>(word[0]) < 0xF0; });
}

/// The bytes of the first `count` characters.
size_t bytes_of(std::string_view text, size_t count) {
  size_t i = 0;
  for (; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && count-- == 0) break;
  return i;
}

/// As much of the text as ends with a sentence, or else with a word and an ellipsis.
std::string whole_sentences(std::string_view text) {
  size_t end = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool last = i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n';
    if ((last && (text[i] == '.' || text[i] == '!' || text[i] == '?')) || text[i] == '\n') end = i + 1;
  }
  if (end >= text.size() / 3 && end > 0) return std::string(trim(text.substr(0, end)));
  const auto blank = text.find_last_of(" \n");
  return std::string(trim(text.substr(0, blank == std::string_view::npos ? text.size() : blank))) + "…";
}

}  // namespace

std::optional<std::string> to_reply(std::string_view raw, Ending ending) {
  if (!is_text(raw)) return std::nullopt;
  const auto said = without_reasoning(without_control_characters(raw));
  auto text = trim(said);
  const auto lower_text = lower(text);
  if (!has_words(text) || is_web_page(lower_text) || has_template_marker(lower_text) || repeats_itself(text))
    return std::nullopt;
  const auto most = bytes_of(text, kLongestReply);
  if (most < text.size()) return whole_sentences(text.substr(0, bytes_of(text, kLongestReply - 1)));
  if (ending == Ending::kCutShort) return whole_sentences(text);
  return std::string(text);
}

}  // namespace centralita::agents
