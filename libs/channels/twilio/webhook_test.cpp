#include "libs/channels/twilio/webhook.h"

#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/channels/testing/testdata.h"
#include "libs/channels/twilio/twilio.h"
#include "libs/security/security.h"

using namespace centralita;
using namespace centralita::channels;
using nlohmann::json;

namespace {

const std::string kToken = "tok_prueba_147";

Channel whatsapp_channel() {
  Channel channel;
  channel.id = "019a0000-0000-7000-8000-000000000147";
  channel.kind = "twilio";
  channel.region = "CO";
  channel.settings = {{"accountSid", "AC147"}, {"address", "whatsapp:+573005550100"}};
  channel.credentials = {{"authToken", kToken}};
  channel.webhook_path = "/webhooks/twilio/" + channel.id;
  return channel;
}

http::Request form_post(std::string body, std::string query = "") {
  http::Request request;
  request.method = "POST";
  request.path = "/webhooks/twilio/019a0000-0000-7000-8000-000000000147";
  request.query = std::move(query);
  request.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8";
  request.body = std::move(body);
  return request;
}

json read(const http::Request& request) { return testing::read(twilio::adapter(), request, whatsapp_channel()); }

/// As Twilio signs a form without repeated parameters.
std::string signature(const std::string& url, Form form, const std::string& token = kToken) {
  std::sort(form.begin(), form.end());
  auto data = url;
  for (const auto& [name, value] : form) data += name + value;
  return to_base64(security::hmac_sha1(token, data));
}

bool authentic(const http::Request& request, const Channel& channel) {
  return twilio::adapter().authentic(request, channel, Time{});
}

}  // namespace

TEST_CASE("every kind of webhook of Twilio's says what it means") {
  const auto paths = testing::payloads("twilio", ".form");
  REQUIRE(paths.size() > 30);
  for (auto path : paths) {
    INFO(path);
    const auto body = testing::read_file(path);
    auto expected = json::parse(testing::read_file(path.replace_extension(".expected")));
    const auto query = expected.value("query", "");
    expected.erase("query");
    CHECK(read(form_post(body, query)) == expected);

    // The same by GET, which Twilio can be told to use. Then our own parameters stand among Twilio's.
    auto get = form_post("", body + (query.empty() ? "" : "&" + query));
    get.method = "GET";
    CHECK(read(get) == expected);
  }
}

TEST_CASE("a webhook without its channel in the path is matched by our number") {
  const auto address = [](const std::string& body) { return twilio::adapter().address_of(form_post(body)); };
  CHECK(address("MessageSid=SM1&From=whatsapp%3A%2B573105550147&To=whatsapp%3A%2B573005550100&Body=hola&NumMedia=0") ==
        "whatsapp:+573005550100");
  CHECK(address("MessageSid=SM1&MessageStatus=read&From=whatsapp%3A%2B573005550100&To=whatsapp%3A%2B573105550147") ==
        "whatsapp:+573005550100");
  CHECK_FALSE(address("MessageSid=SM1&MessageStatus=failed&To=%2B12125550147"));
  CHECK_FALSE(address(""));
  CHECK_FALSE(address("{\"To\":1}"));
  CHECK(twilio::adapter().address(whatsapp_channel()) == "whatsapp:+573005550100");
}

TEST_CASE("hostile forms are read or refused, and harm nobody") {
  std::string many;
  while (many.size() < 1 << 20) many += "a=&";
  CHECK(read(form_post(many)) == json{{"unreadable", true}});
  CHECK(read(form_post(std::string(1 << 20, '%'))) == json{{"unreadable", true}});
  CHECK(read(form_post(std::string(1 << 20, '&'))) == json{{"unreadable", true}});
  const std::string good = "MessageSid=SM1&From=whatsapp%3A%2B573105550147&To=x&Body=hola";
  CHECK(read(form_post(good + "&NumMedia=999999999999999999999"))["inbound"]["content"]["body"] == "hola");
  CHECK(read(form_post(good + "&Body=otra&MessageSid=SM2"))["inbound"]["providerMessageId"] == "SM1");
  for (const auto* where : {"&Latitude=nan&Longitude=1", "&Latitude=91&Longitude=1", "&Latitude=1e400&Longitude=1",
                            "&Latitude=1&Longitude=-180.5", "&Latitude=4.5", "&Latitude=4.5x&Longitude=1"})
    CHECK_FALSE(read(form_post(good + where))["inbound"]["content"].contains("location"));
  std::string media = good;
  for (int i = 0; i < 5000; ++i) media += "&MediaUrl" + std::to_string(i) + "=https://x.example/" + std::to_string(i);
  CHECK(read(form_post(media))["inbound"]["content"]["attachments"].size() == 100);
}

TEST_CASE("Twilio's signature is checked over the URL that Twilio called") {
  for (const auto& vector : testing::vectors("twilio")) {
    INFO(vector["name"]);
    const std::string url = vector["url"];
    auto request = form_post(vector["body"]);
    request.method = vector["method"];
    const auto path = url.find('/', url.find("://") + 3);
    const auto question = url.find('?');
    request.path = url.substr(path, question == std::string::npos ? question : question - path);
    if (question != std::string::npos) request.query = url.substr(question + 1);
    request.headers["Content-Type"] = vector["contentType"];
    request.headers["X-Twilio-Signature"] = vector["signature"];
    auto channel = whatsapp_channel();
    channel.credentials["authToken"] = vector["authToken"];
    channel.settings["publicUrl"] = url.substr(0, path);
    CHECK(authentic(request, channel) == vector["valid"]);
  }
}

TEST_CASE("a webhook is authentic by whichever of our addresses Twilio was given") {
  const Form form{{"Body", "hola"}, {"From", "whatsapp:+573105550147"}, {"MessageSid", "SM147"}};
  auto channel = whatsapp_channel();
  auto request = form_post(format_form(form));
  request.headers["Host"] = "10.0.0.7:8080";
  const auto signed_as = [&](const std::string& url) {
    request.headers["X-Twilio-Signature"] = signature(url, form);
    return authentic(request, channel);
  };
  const auto own_path = request.path;

  SECTION("the public address of the server, with either path") {
    channel.settings["publicUrl"] = "https://chat.example.com/";
    CHECK(signed_as("https://chat.example.com" + own_path));
    CHECK_FALSE(signed_as("https://otro.example.com" + own_path));
    request.path = "/api/whatsapp/webhook";
    CHECK(signed_as("https://chat.example.com/api/whatsapp/webhook"));
    CHECK_FALSE(signed_as("https://chat.example.com" + own_path));
  }
  SECTION("the whole URL, and a status callback with our message id behind it") {
    channel.settings["publicUrl"] = "https://proxy.example.com/hooks/wa";
    CHECK(signed_as("https://proxy.example.com/hooks/wa"));
    request.query = "messageId=m-1";
    CHECK(signed_as("https://proxy.example.com/hooks/wa?messageId=m-1"));
    CHECK(signed_as("https://proxy.example.com" + own_path + "?messageId=m-1"));
    CHECK_FALSE(signed_as("https://proxy.example.com/hooks/wa?messageId=m-2"));
  }
  SECTION("what the proxy says, when we were told nothing") {
    CHECK(signed_as("http://10.0.0.7:8080" + own_path));
    request.headers["X-Forwarded-Proto"] = "https, http";
    request.headers["X-Forwarded-Host"] = "chat.example.com, interno";
    CHECK(signed_as("https://chat.example.com" + own_path));
    CHECK_FALSE(signed_as("http://chat.example.com" + own_path));
  }
  SECTION("nothing at all to go by") {
    request.headers.erase("Host");
    CHECK_FALSE(signed_as(own_path));
  }
}

TEST_CASE("a form larger than any of Twilio's is not even read for its signature") {
  const auto signed_body = [](size_t size) {
    const Form form{{"Body", std::string(size, 'a')}};
    auto request = form_post(format_form(form));
    request.headers["Host"] = "chat.example.com";
    request.headers["X-Twilio-Signature"] = signature("https://chat.example.com" + request.path, form);
    return authentic(request, whatsapp_channel());
  };
  CHECK(signed_body(100'000));
  CHECK_FALSE(signed_body(200'000));
}

TEST_CASE("while the auth token is changed, both tokens sign") {
  const Form form{{"Body", "hola"}, {"MessageSid", "SM147"}};
  auto channel = whatsapp_channel();
  auto request = form_post(format_form(form));
  request.headers["Host"] = "chat.example.com";
  request.headers["X-Twilio-Signature"] = signature("https://chat.example.com" + request.path, form, "el nuevo");
  CHECK_FALSE(authentic(request, channel));
  channel.credentials["secondaryAuthToken"] = "el nuevo";
  CHECK(authentic(request, channel));
  channel.credentials = {{"authToken", ""}, {"secondaryAuthToken", ""}};
  request.headers["X-Twilio-Signature"] = signature("https://chat.example.com" + request.path, form, "");
  CHECK_FALSE(authentic(request, channel));
}

TEST_CASE("a channel of Twilio's is checked before it is kept") {
  const auto& adapter = twilio::adapter();
  CHECK_NOTHROW(adapter.check(whatsapp_channel()));
  CHECK(adapter.medium(whatsapp_channel()) == "whatsapp");
  auto sms = whatsapp_channel();
  sms.settings["address"] = "+14155550100";
  CHECK_NOTHROW(adapter.check(sms));
  CHECK(adapter.medium(sms) == "sms");
  const auto refuses = [&](const std::string& name, const std::string& value) {
    auto channel = whatsapp_channel();
    channel.settings[name] = value;
    try {
      adapter.check(channel);
    } catch (const Error& error) {
      return error.fields.at(0).field == "settings." + name;
    }
    return false;
  };
  CHECK(refuses("accountSid", "AC147/../otra"));
  CHECK(refuses("accountSid", "cuenta"));
  CHECK(refuses("address", "573005550100"));
  CHECK(refuses("address", "whatsapp:57300"));
  CHECK(refuses("address", "whatsapp:+57 300 555 0100"));
  CHECK(refuses("messagingServiceSid", "SM147"));
  CHECK(refuses("publicUrl", "chat.example.com"));
  CHECK(refuses("apiBaseUrl", "ftp://api.example.com"));
}
