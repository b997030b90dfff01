#include "harness/config/shapes.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/config/axes.h"
#include "harness/config/spelling.h"
#include "harness/config/yaml_values.h"

namespace ergon {

Shapes::Shapes(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

void Shapes::load() {
  if (loaded_) return;
  loaded_ = true;
  for (const std::filesystem::path& folder : folders_) {
    std::vector<std::filesystem::path> paths;
    std::error_code error;  // a folder that is not there has no lists
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const std::filesystem::path& path : paths) {
      Yaml file = parse_yaml(read_text_file(path, "shape lists in YAML"), path.string());
      if (file.kind != Yaml::Kind::map) {
        file.fail(fmt::format("the file is {}; expected a map from models to shape lists",
                              file.description()));
      }
      files_.push_back(std::move(file));
    }
  }
}

const Yaml& Shapes::model(const Yaml& name) {
  load();
  const std::string word = name.text.substr(0, name.text.rfind('/'));
  std::vector<std::string> known;
  for (const Yaml& file : files_) {
    if (const Yaml* model = file.find(word)) return *model;
    for (const Yaml& key : file.keys) known.push_back(key.text);
  }
  name.fail(fmt::format("there are no shape lists of a model '{}'; known: {}{}", word,
                        joined(known), did_you_mean(word, known)));
}

Sweep::ZippedAxes Shapes::find(const Yaml& name, const Primitive& primitive) {
  const std::string& word = read_word(name, "shapes", "a list's name, such as bert-base/gemm");
  const std::size_t slash = word.rfind('/');
  if (slash == std::string::npos) {
    name.fail(fmt::format("shapes is '{}'; expected model/primitive, such as {}/{}", word, word,
                          primitive.name));
  }
  const std::string model_name = word.substr(0, slash), list_name = word.substr(slash + 1);
  const Yaml& lists = model(name);
  const Yaml* const list = list_name == "source" ? nullptr : lists.find(list_name);
  if (list == nullptr) {
    std::vector<std::string> known;
    for (const Yaml& key : lists.keys) {
      if (key.text != "source") known.push_back(key.text);
    }
    name.fail(fmt::format("model {} has no shape list '{}'; its lists: {}{}", model_name, list_name,
                          joined(known), did_you_mean(list_name, known)));
  }
  if (list_name != primitive.name) {
    name.fail(
        fmt::format("shape list '{}' is for {}, the kernels of this group are for {}; "
                    "expected '{}/{}'",
                    word, list_name, primitive.name, model_name, primitive.name));
  }
  std::vector<Sweep::ZippedAxes> axes = read_axes(*list, primitive.axes, primitive.name);
  if (axes.size() != 1) {
    list->fail(
        fmt::format("shape list '{}' has {} keys; expected one, whose axes move together: "
                    "'n,k'",
                    word, axes.size()));
  }
  return std::move(axes.front());
}

}  // namespace ergon
