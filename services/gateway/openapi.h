#pragma once

#include <string>

namespace centralita::gateway {

class Catalogue;

/// The OpenAPI 3.1 document of a catalogue, as JSON: https://spec.openapis.org/oas/v3.1.0. Comments of the protos are
/// its descriptions, and the codes that an RPC's comment names are its error responses.
std::string openapi(const Catalogue& catalogue);

}  // namespace centralita::gateway
