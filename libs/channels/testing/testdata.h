#pragma once

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libs/base/error.h"
#include "libs/channels/channel.h"

/// The tables of webhooks under each channel's testdata/: what comes in, and beside it, as <name>.expected, what it
/// says.
namespace centralita::channels::testing {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::filesystem::path testdata(const std::string& channel) {
  return std::filesystem::path(CENTRALITA_CHANNELS_DIR) / channel / "testdata";
}

inline nlohmann::json vectors(const std::string& channel) {
  return nlohmann::json::parse(read_file(testdata(channel) / "signatures.vectors"));
}

/// The files of a channel's testdata with this extension, in the order of their names.
inline std::vector<std::filesystem::path> payloads(const std::string& channel, const std::string& extension) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(testdata(channel)))
    if (entry.path().extension() == extension) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

inline nlohmann::json as_json(const google::protobuf::Message& message) {
  std::string text;
  REQUIRE(google::protobuf::util::MessageToJsonString(message, &text).ok());
  return nlohmann::json::parse(text);
}

inline nlohmann::json as_json(const Inbound& said) {
  if (const auto* message = std::get_if<messaging::v1::InboundReceived>(&said)) return {{"inbound", as_json(*message)}};
  if (const auto* report = std::get_if<messaging::v1::DeliveryReported>(&said)) return {{"report", as_json(*report)}};
  return {{"ignored", std::get<Ignored>(said).why}};
}

/// What the adapter makes of the request, in the words of an .expected file.
inline nlohmann::json read(const Adapter& adapter, const http::Request& request, const Channel& channel) {
  try {
    const auto said = adapter.parse(request, channel);
    REQUIRE(said.size() == 1);
    return as_json(said[0]);
  } catch (const Error& error) {
    CHECK(error.code() == Code::kInvalidArgument);
    CHECK_FALSE(error.message().empty());
    return {{"unreadable", true}};
  }
}

}  // namespace centralita::channels::testing
