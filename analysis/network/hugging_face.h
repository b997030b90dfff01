#pragma once

#include <span>
#include <string>

#include "analysis/network/description.h"

namespace ergon {

// The description that a config.json of Hugging Face's transformers stands for; JSON is YAML, so
// errors have their place. Reads the fields as that library names them, with its defaults; keys
// that change nothing about the work are passed over, those that change it in a way that is not
// modelled (relative positions, cross-attention, quantised weights) are refused. The first of
// `architectures` decides on the head; without one it is the body alone. Throws Error for a
// model_type that is not known, and names the known ones.
[[nodiscard]] NetworkDescription import_hugging_face(const Yaml& root);

[[nodiscard]] std::span<const std::string> hugging_face_types();

}  // namespace ergon
