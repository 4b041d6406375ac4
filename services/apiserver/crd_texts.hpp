// The texts of deploy/crds/*.yaml; crd_texts.cpp is written by embed_crds.cmake when the server is built.
#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace wasmbed::apiserver {

/// File name and content.
extern const std::span<const std::pair<std::string_view, std::string_view>> kCrdTexts;

}  // namespace wasmbed::apiserver
