#include "tests/tidy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

namespace ergon::tidy {
namespace {

constexpr int kLineMax = 100;
constexpr int kFunctionMax = 70;
constexpr int kFileMax = 500;

// Floors from the ground up; an include goes to its own floor or below. Tests stand on the roof.
constexpr std::array<std::string_view, 5> kFloors = {"kernels", "harness", "analysis", "bench",
                                                     "tests"};

int floor_of(std::string_view first) {
  const auto found = std::find(kFloors.begin(), kFloors.end(), first);
  return found == kFloors.end() ? -1 : static_cast<int>(found - kFloors.begin());
}

std::string complaint(const std::filesystem::path& path, int line, std::string_view what) {
  return path.string() + ":" + std::to_string(line) + ": " + std::string(what);
}

// Libraries that stay behind one folder of ours; the standard's and GoogleTest's may be anywhere.
constexpr std::array<std::string_view, 14> kLibraries = {
    "yaml-cpp/", "hdf5",    "H5",    "Eigen/", "fmt/", "nlohmann/", "openssl/",
    "dnnl",      "oneapi/", "hwloc", "zlib",   "CLI/", "mpi.h",     "pybind11/"};

bool starts_with_word(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  return text.size() == word.size() ||
         !(std::isalnum(text[word.size()]) || text[word.size()] == '_');
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

// What stands before an opening brace tells a function from a scope, a type or a list of values.
bool opens_function(std::string_view head) {
  head = trim(head);
  for (const std::string_view word : {"namespace", "class", "struct", "enum", "union", "extern"}) {
    if (starts_with_word(head, word) && head.find('(') == std::string_view::npos) return false;
  }
  if (starts_with_word(head, "enum") || starts_with_word(head, "namespace")) return false;
  return head.find('(') != std::string_view::npos && !head.ends_with('=') && !head.ends_with(',') &&
         !head.ends_with('(');
}

void check_lines(const std::filesystem::path& path, std::string_view source,
                 std::vector<Complaint>& complaints) {
  std::istringstream lines{std::string(source)};
  std::string line;
  int number = 0;
  while (std::getline(lines, line)) {
    ++number;
    const auto columns = std::count_if(line.begin(), line.end(), [](unsigned char byte) {
      return (byte & 0xC0) != 0x80;  // UTF-8 continuation bytes take no column
    });
    if (columns > kLineMax) complaints.push_back(complaint(path, number, "line over 100 columns"));
    if (line.find('\t') != std::string::npos) {
      complaints.push_back(complaint(path, number, "tab; indent with spaces"));
    }
    if (!line.empty() && line.back() == ' ') {
      complaints.push_back(complaint(path, number, "space at the end of the line"));
    }
    for (const std::string_view word : {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "XX"
                                        "X",
                                        "HA"
                                        "CK"}) {
      if (line.find(word) != std::string::npos) {
        complaints.push_back(complaint(path, number, "finish it or file it: " + std::string(word)));
      }
    }
  }
  if (number > kFileMax) {
    complaints.push_back(complaint(path, number, "file over 500 lines; is it one noun?"));
  }
}

void check_include(const std::filesystem::path& path, int number, std::string_view line,
                   std::vector<Complaint>& complaints) {
  const std::string first = path.begin()->string();
  if (const auto quote = line.find('"'); quote != std::string_view::npos) {
    const std::string_view target = line.substr(quote + 1, line.rfind('"') - quote - 1);
    const int floor = floor_of(target.substr(0, target.find('/')));
    if (floor < 0) {
      complaints.push_back(complaint(path, number, "include ours from the root of the repository"));
    } else if (floor > floor_of(first)) {
      complaints.push_back(complaint(path, number, "an include goes only down the floors"));
    }
  }
}

void check_code(const std::filesystem::path& path, std::string_view code, std::string_view source,
                std::vector<Complaint>& complaints) {
  const bool header = path.extension() == ".h";
  if (header && source.find("#pragma once") == std::string_view::npos) {
    complaints.push_back(complaint(path, 1, "a header begins with #pragma once"));
  }
  std::istringstream code_lines{std::string(code)};
  std::istringstream source_lines{std::string(source)};
  std::string line, raw;
  int number = 0;
  while (std::getline(code_lines, line) && std::getline(source_lines, raw)) {
    ++number;
    const std::string_view text = trim(line);
    if (text.starts_with("#include")) check_include(path, number, trim(raw), complaints);
    if (header && starts_with_word(text, "using namespace")) {
      complaints.push_back(complaint(path, number, "using namespace in a header"));
    }
    for (const std::string_view word : {"system_clock", "high_resolution_clock"}) {
      // UTC anchors are the one place where the wall clock is asked for.
      if (text.find(word) != std::string_view::npos && path.begin()->string() == "kernels") {
        complaints.push_back(complaint(path, number, "time comes from steady_clock only"));
      }
    }
  }
}

}  // namespace

std::string blank_literals(std::string_view source) {
  std::string out(source);
  const auto blank = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end && i < out.size(); ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  };
  std::size_t i = 0;
  while (i < source.size()) {
    const std::string_view rest = source.substr(i);
    std::size_t end = i + 1;
    if (rest.starts_with("//")) {
      end = std::min(source.find('\n', i), source.size());
      blank(i, end);
    } else if (rest.starts_with("/*")) {
      const std::size_t close = source.find("*/", i + 2);
      end = close == std::string_view::npos ? source.size() : close + 2;
      blank(i, end);
    } else if (rest.starts_with("R\"")) {
      const std::size_t open = source.find('(', i);
      const std::string closing = ")" + std::string(source.substr(i + 2, open - i - 2)) + "\"";
      const std::size_t close = source.find(closing, open);
      end = close == std::string_view::npos ? source.size() : close + closing.size();
      blank(i, end);
    } else if (rest[0] == '"' || (rest[0] == '\'' && (i == 0 || !std::isalnum(source[i - 1])))) {
      while (end < source.size() && source[end] != rest[0]) end += source[end] == '\\' ? 2 : 1;
      ++end;
      blank(i + 1, end - 1);
    }
    i = end;
  }
  return out;
}

std::vector<Body> function_bodies(std::string_view source) {
  const std::string code = blank_literals(source);
  std::vector<Body> bodies;
  std::string head;
  int line = 1;
  int head_line = 1;
  int depth = 0;  // braces inside the function that is open
  bool inside = false;
  bool directive = false;
  Body body;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '#' && trim(head).empty()) directive = true;
    if (c == '\n') {
      ++line;
      if (directive && (i == 0 || code[i - 1] != '\\')) directive = false;
    }
    if (directive) continue;
    if (inside) {
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (depth == 0) {
        body.lines = line - body.line + 1;
        bodies.push_back(body);
        inside = false;
        head.clear();
      }
    } else if (c == '{' && opens_function(head)) {
      inside = true;
      depth = 1;
      body.line = head_line;
    } else if (c == '{' || c == '}' || c == ';') {
      head.clear();
    } else {
      if (trim(head).empty()) head_line = line;
      head += c;
    }
  }
  return bodies;
}

std::vector<Complaint> check_source(const std::filesystem::path& path, std::string_view source) {
  std::vector<Complaint> complaints;
  check_lines(path, source, complaints);
  check_code(path, blank_literals(source), source, complaints);
  for (const Body& body : function_bodies(source)) {
    if (body.lines > kFunctionMax) {
      complaints.push_back(complaint(
          path, body.line, "function of " + std::to_string(body.lines) + " lines, over 70"));
    }
  }
  return complaints;
}

std::vector<Complaint> check_privacy(const std::map<std::filesystem::path, std::string>& sources) {
  const auto includes_of = [](const std::string& source) {
    std::vector<std::string> includes;
    std::istringstream lines(source);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#include ")) includes.push_back(line.substr(10, line.size() - 11));
    }
    return includes;
  };
  std::set<std::string> wrapping;
  for (const auto& [path, source] : sources) {
    if (path.extension() != ".h" || *path.begin() == "bench" || *path.begin() == "tests") continue;
    for (const std::string& include : includes_of(source)) {
      for (const std::string_view library : kLibraries) {
        if (include.starts_with(library)) wrapping.insert(path.string());
      }
    }
  }
  std::vector<Complaint> complaints;
  for (const auto& [path, source] : sources) {
    for (const std::string& include : includes_of(source)) {
      const std::filesystem::path home = std::filesystem::path(include).parent_path();
      if (wrapping.contains(include) && path.parent_path() != home && *path.begin() != "tests") {
        complaints.push_back(complaint(path, 1, include + " wraps a library for its own folder"));
      }
    }
  }
  return complaints;
}

std::vector<Complaint> check_type_names(
    const std::map<std::filesystem::path, std::string>& sources) {
  std::vector<Complaint> complaints;
  std::map<std::string, std::filesystem::path> first;  // namespace and type -> where
  for (const auto& [path, source] : sources) {
    if (path.extension() != ".h" || path.string().ends_with(".inl.h")) continue;
    std::istringstream lines(source);
    std::string space;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      std::istringstream words(line);
      std::string kind, name;
      words >> kind >> name;
      if (line.starts_with("namespace ")) space = name;
      const bool defines = (line.starts_with("struct ") || line.starts_with("class ")) &&
                           line.find(';') == std::string::npos;
      if (!defines) continue;
      const auto [at, fresh] = first.try_emplace(space + "::" + name, path);
      if (fresh || at->second == path) continue;
      complaints.push_back(
          complaint(path, number, name + " is a type of " + at->second.string() + " as well"));
    }
  }
  return complaints;
}

std::vector<std::filesystem::path> repository_files(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> files;
  for (std::filesystem::recursive_directory_iterator entry(root), end; entry != end; ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() &&
        (name.starts_with("build") || name.starts_with(".") || name == "__pycache__")) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      files.push_back(entry->path().lexically_relative(root));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace ergon::tidy
