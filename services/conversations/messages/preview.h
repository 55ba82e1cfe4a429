#pragma once

#include <string>

#include "centralita/messaging/v1/messaging.pb.h"

namespace centralita::conversations {

/// One line of at most 120 characters that tells what a message says; where it has no words, what it carries.
std::string preview(const messaging::v1::Content& content);

}  // namespace centralita::conversations
