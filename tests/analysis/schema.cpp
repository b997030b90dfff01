#include "tests/analysis/schema.h"

#if ERGON_HAS_VALIJSON
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace ergon {

std::optional<std::string> schema_complaint(const std::string& schema,
                                            const std::string& document) {
  const auto schema_json = nlohmann::json::parse(schema);
  const auto document_json = nlohmann::json::parse(document);
  const valijson::adapters::NlohmannJsonAdapter adapter(document_json);
  valijson::Schema parsed;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json),
                                          parsed);
  valijson::ValidationResults complaints;
  if (valijson::Validator().validate(parsed, adapter, &complaints)) return "";
  valijson::ValidationResults::Error error;
  complaints.popError(error);
  return error.description;
}

}  // namespace ergon
#else
namespace ergon {

std::optional<std::string> schema_complaint(const std::string&, const std::string&) {
  return std::nullopt;
}

}  // namespace ergon
#endif
