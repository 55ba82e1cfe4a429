#include "libs/channels/chatwoot/content.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/channels/channel.h"
#include "libs/channels/json.h"

namespace centralita::channels::chatwoot {
namespace {

using nlohmann::json;

/// The name of the file at the end of its URL.
std::string file_name(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  return to_text(percent_decode(url.substr(url.rfind('/') + 1)));
}

/// Chatwoot tells a file's kind, and sometimes its extension; what remains unknown stays open, as "image/*".
std::string media_type(const std::string& kind, std::string extension, const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 16> kTypes{{
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"png", "image/png"},
      {"gif", "image/gif"},
      {"webp", "image/webp"},
      {"mp4", "video/mp4"},
      {"3gp", "video/3gpp"},
      {"mp3", "audio/mpeg"},
      {"ogg", "audio/ogg"},
      {"oga", "audio/ogg"},
      {"m4a", "audio/mp4"},
      {"wav", "audio/wav"},
      {"pdf", "application/pdf"},
      {"txt", "text/plain"},
      {"csv", "text/csv"},
      {"vcf", "text/vcard"},
  }};
  if (const auto dot = name.rfind('.'); extension.empty() && dot != std::string::npos) extension = name.substr(dot + 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  for (const auto& [known, type] : kTypes)
    if (known == extension) return type;
  return kind == "image" || kind == "audio" || kind == "video" ? kind + "/*" : "application/octet-stream";
}

bool read_location(const json& attachment, messaging::v1::Content& content) {
  const auto& latitude = at(attachment, {"coordinates_lat"});
  const auto& longitude = at(attachment, {"coordinates_long"});
  if (!latitude.is_number() || !longitude.is_number()) return false;
  if (!(std::abs(latitude.get<double>()) <= 90) || !(std::abs(longitude.get<double>()) <= 180)) return false;
  content.mutable_location()->set_latitude(latitude.get<double>());
  content.mutable_location()->set_longitude(longitude.get<double>());
  content.mutable_location()->set_name(text_at(attachment, {"fallback_title"}));
  return true;
}

void read_attachment(const json& from, messaging::v1::Content& content) {
  const auto kind = text_at(from, {"file_type"});
  if (kind == "location" && read_location(from, content)) return;
  const auto url = text_at(from, {"data_url"});
  if (url.empty()) return;
  auto& attachment = *content.add_attachments();
  attachment.set_url(url);
  attachment.set_name(file_name(url));
  attachment.set_media_type(media_type(kind, text_at(from, {"extension"}), attachment.name()));
  if (const auto& size = at(from, {"file_size"}); size.is_number_unsigned())
    attachment.set_size(static_cast<int64_t>(std::min<uint64_t>(size.get<uint64_t>(), INT64_MAX)));
}

std::string map_link(const messaging::v1::Location& location) {
  std::array<char, 96> link{};
  std::snprintf(link.data(), link.size(), "https://maps.google.com/?q=%.6f,%.6f", location.latitude(),
                location.longitude());
  return location.name().empty() ? link.data() : location.name() + ": " + link.data();
}

void add_line(std::string& text, const std::string& line) {
  if (!text.empty()) text += '\n';
  text += line;
}

}  // namespace

messaging::v1::Content read_content(const json& message) {
  messaging::v1::Content content;
  content.set_body(text_at(message, {"content"}));
  if (const auto& attachments = at(message, {"attachments"}); attachments.is_array())
    for (const auto& attachment : attachments) read_attachment(attachment, content);
  if (const auto answered = text_at(message, {"content_attributes", "in_reply_to"}); !answered.empty())
    content.mutable_quote()->set_provider_message_id(answered);
  if (content.body().empty() && content.attachments().empty() && !content.has_location()) content.set_body(kNoContent);
  return content;
}

std::string written(const messaging::v1::Content& content) {
  auto text = content.body();
  for (const auto& attachment : content.attachments()) add_line(text, attachment.url());
  if (content.has_location()) add_line(text, map_link(content.location()));
  return text;
}

}  // namespace centralita::channels::chatwoot
