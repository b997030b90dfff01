#include "harness/record/run_facts.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace ergon {

std::string kernel_hash_in(const std::string& kernels_hash, std::string_view primitive) {
  const std::string name = std::string(primitive) + "=";
  std::size_t begin = 0;
  while (begin < kernels_hash.size()) {
    const std::size_t end = std::min(kernels_hash.find(',', begin), kernels_hash.size());
    if (kernels_hash.compare(begin, name.size(), name) == 0) {
      return kernels_hash.substr(begin + name.size(), end - begin - name.size());
    }
    begin = end + 1;
  }
  return "";
}

std::string with_facts(const std::string& provenance, const std::string& name,
                       const std::string& facts) {
  if (facts.empty()) return provenance;
  nlohmann::json all = nlohmann::json::parse(provenance);
  all[name] = nlohmann::json::parse(facts);
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace ergon
