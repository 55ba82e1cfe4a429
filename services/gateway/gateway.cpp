#include "services/gateway/gateway.h"

#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>

#include "libs/base/log.h"
#include "libs/base/metrics.h"
#include "services/gateway/problem.h"
#include "services/gateway/transcode.h"

namespace centralita::gateway {

using google::protobuf::Message;
using std::chrono::milliseconds, std::chrono::steady_clock;
using Stub = grpc::TemplatedGenericStub<Message, Message>;

/// One request on its way to an answer.
struct Gateway::Exchange {
  http::Request http;
  http::Reply reply;
  Trace trace;
  steady_clock::time_point start;
  steady_clock::time_point deadline;
  const Binding* binding = nullptr;
  PathValues path;
  Caller caller;
  grpc::ClientContext context;
  std::unique_ptr<Message> request;
  std::unique_ptr<Message> response;

  /// At least a moment, so that what is late fails by its deadline.
  milliseconds left() const {
    return std::max(std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()), milliseconds{1});
  }
};

struct Gateway::Stubs {
  std::map<std::string, Stub> by_package;
};

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

Gateway::Gateway(const Catalogue& catalogue, const rpc::Peers& peers, const Clock& clock, milliseconds timeout)
    : catalogue_(catalogue),
      timeout_(timeout),
      authenticator_(peers.at("accounts"), clock),
      stubs_(std::make_unique<Stubs>()) {
  for (const auto& binding : catalogue.bindings()) {
    const auto& package = binding.method->file()->package();
    if (!stubs_->by_package.contains(package)) stubs_->by_package.emplace(package, peers.at(rpc::owner_of(package)));
  }
}

Gateway::~Gateway() {
  std::unique_lock lock(mutex_);
  all_answered_.wait(lock, [&] { return unanswered_ == 0; });
}

template <class Step>
void Gateway::attempt(Exchange& exchange, Step step) {
  const TraceScope scope(exchange.trace);
  try {
    step();
  } catch (const Error& error) {
    finish(exchange, problem_of(error, exchange.trace));
  } catch (const std::exception&) {
    log::error("a request met what nobody expected", {{"path", exchange.binding ? exchange.binding->pattern : ""}});
    finish(exchange, problem_of({Code::kInternal, "UNEXPECTED", ""}, exchange.trace));
  }
}

void Gateway::handle(http::Request request, http::Reply reply) {
  {
    const std::lock_guard lock(mutex_);
    ++unanswered_;
  }
  const std::shared_ptr<Exchange> exchange(new Exchange, [this](Exchange* done) {
    delete done;
    const std::lock_guard lock(mutex_);
    if (--unanswered_ == 0) all_answered_.notify_all();
  });
  exchange->http = std::move(request);
  exchange->reply = std::move(reply);
  exchange->trace = Trace::parse(exchange->http.header("traceparent")).next();
  exchange->start = steady_clock::now();
  exchange->deadline = exchange->start + timeout_;
  attempt(*exchange, [&] {
    auto match = catalogue_.match(exchange->http.method, exchange->http.path);
    exchange->binding = match.binding;
    exchange->path = std::move(match.values);
    if (match.binding != nullptr) return authenticate(exchange);
    if (match.allowed.empty()) throw Error(Code::kNotFound, "NO_SUCH_PATH", "There is nothing at this path.");
    auto response = problem_of({Code::kUnimplemented, "METHOD_NOT_ALLOWED", "The path does not have this method."},
                               exchange->trace);
    response.headers["Allow"] = joined(match.allowed);
    finish(*exchange, std::move(response));
  });
}

void Gateway::authenticate(const std::shared_ptr<Exchange>& exchange) {
  exchange->caller.trace = exchange->trace;
  if (exchange->binding->permission == "public") return call(exchange);
  authenticator_.authenticate(api_key_of(exchange->http), exchange->trace, exchange->left(),
                              [this, exchange](std::variant<Caller, Error> answer) {
                                attempt(*exchange, [&] {
                                  if (const auto* error = std::get_if<Error>(&answer)) throw *error;
                                  exchange->caller = std::get<Caller>(std::move(answer));
                                  call(exchange);
                                });
                              });
}

void Gateway::call(const std::shared_ptr<Exchange>& exchange) {
  const auto& binding = *exchange->binding;
  exchange->request = read_request(binding, exchange->path, exchange->http);
  exchange->http.body = {};
  exchange->response.reset(binding.response->New());
  rpc::prepare(exchange->context, exchange->caller, exchange->left());
  auto& stub = stubs_->by_package.at(binding.method->file()->package());
  const auto name = "/" + binding.method->service()->full_name() + "/" + binding.method->name();
  stub.UnaryCall(&exchange->context, name, {}, exchange->request.get(), exchange->response.get(),
                 [this, exchange](grpc::Status status) {
                   attempt(*exchange, [&] {
                     if (!status.ok()) throw error_of(status);
                     finish(*exchange, write_response(*exchange->response));
                   });
                 });
}

void Gateway::finish(Exchange& exchange, http::Response response) {
  const auto reply = std::exchange(exchange.reply, nullptr);
  if (!reply) return;
  const auto seconds = std::chrono::duration<double>(steady_clock::now() - exchange.start).count();
  const auto route = exchange.binding ? exchange.binding->verb + " " + exchange.binding->pattern : "";
  metrics::histogram("centralita_gateway_seconds", "Answers to REST requests.",
                     {{"route", route}, {"status", std::to_string(response.status)}})
      .observe(seconds);
  const auto write = response.status >= 500 ? log::warn : log::debug;
  write("request answered",
        {{"route", route}, {"status", response.status}, {"ms", seconds * 1e3}, {"tenant", exchange.caller.tenant_id}});
  response.headers["traceparent"] = exchange.trace.header();
  response.headers["X-Trace-Id"] = exchange.trace.trace_id;
  response.headers["Cache-Control"] = "no-store";
  reply(std::move(response));
}

}  // namespace centralita::gateway
