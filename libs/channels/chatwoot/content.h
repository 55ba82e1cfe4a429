#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "centralita/messaging/v1/messaging.pb.h"

/// What a message is made of, in Chatwoot's words and in ours.
namespace centralita::channels::chatwoot {

messaging::v1::Content read_content(const nlohmann::json& message);

/// The text under which the content is sent: files and locations as links, for the API takes files only by upload.
std::string written(const messaging::v1::Content& content);

}  // namespace centralita::channels::chatwoot
