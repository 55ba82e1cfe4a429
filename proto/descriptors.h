#pragma once

#include <string_view>

extern "C" const char centralita_descriptors_begin[];
extern "C" const char centralita_descriptors_end[];

namespace centralita {

/// The serialised google.protobuf.FileDescriptorSet of every proto of the product, imports and comments included.
inline std::string_view descriptor_set() {
  return {centralita_descriptors_begin, static_cast<size_t>(centralita_descriptors_end - centralita_descriptors_begin)};
}

}  // namespace centralita
