#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/config/yaml.h"

namespace ergon {

// Everything that a person wrote and a script repeats goes through one of these two: it is quoted,
// or it is refused where it is read.

// One word for bash, in single quotes whatever it holds: it's -> 'it'\''s'.
[[nodiscard]] std::string shell_quoted(std::string_view word);

// The words of a command, each quoted, with a space before each: " 'a' 'b'".
[[nodiscard]] std::string shell_quoted_words(std::span<const std::string> words);

// Whether a word is letters, digits and characters of `others` alone, does not begin with a dash,
// and is neither empty nor longer than 255 bytes: such a word needs no quotes in a line that a
// scheduler reads.
[[nodiscard]] bool is_plain(std::string_view word, std::string_view others);

// What the path of a campaign and of a program may hold besides letters and digits. No percent
// sign: it stands for a number in Slurm's file names.
inline constexpr std::string_view kPathCharacters = "_-./+@:,=";

// A plain word of a YAML file; fails with its place where it is not one.
[[nodiscard]] const std::string& read_plain(const Yaml& node, std::string_view what,
                                            std::string_view others);

// A text without control characters, of at most 4096 bytes, that is quoted later.
[[nodiscard]] const std::string& read_quotable(const Yaml& node, std::string_view what);

}  // namespace ergon
