#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ergon::tidy {

// One broken rule of the house style: "harness/a.cpp:12: what, and what the rule is".
using Complaint = std::string;

// The source with comments, string and character literals blanked out, line breaks kept.
[[nodiscard]] std::string blank_literals(std::string_view source);

// A function body, from the line of its name's parenthesis to its closing brace.
struct Body {
  int line = 0;
  int lines = 0;
};
// Outermost function bodies by brace matching; a lambda belongs to the function around it.
[[nodiscard]] std::vector<Body> function_bodies(std::string_view source);

// What is wrong with one C++ file; `path` is relative to the root of the repository.
[[nodiscard]] std::vector<Complaint> check_source(const std::filesystem::path& path,
                                                  std::string_view source);

// A header that includes a library's is private to its folder: complaints about includes of it from
// elsewhere. `sources` maps paths, relative to the root, to texts.
[[nodiscard]] std::vector<Complaint> check_privacy(
    const std::map<std::filesystem::path, std::string>& sources);

// Headers that define types of one name in one namespace: a program that links both has undefined
// behaviour without a word of the linker. Private ones (.inl.h) lie in namespaces of their own.
[[nodiscard]] std::vector<Complaint> check_type_names(
    const std::map<std::filesystem::path, std::string>& sources);

// Files of the repository, relative to `root`, without build folders and dot folders.
[[nodiscard]] std::vector<std::filesystem::path> repository_files(
    const std::filesystem::path& root);

}  // namespace ergon::tidy
