#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "analysis/energy_table.h"

namespace ergon {

// The file's form: analysis/energy_table.schema.json. Raised when a reader of the older form would
// misread the newer.
inline constexpr std::string_view kTableSchema = "ergon.energy_table";
inline constexpr int kTableVersion = 2;

// Canonical JSON: keys sorted, shortest doubles that read back the same, null (with a reason beside
// it) for what is not known. Reading and writing again gives the same bytes.
[[nodiscard]] std::string table_text(const EnergyTable&);
// `name` stands in messages. Throws Error for what is not JSON, another schema or version, a field
// that is missing, unknown or of another type, a form that this build does not know.
[[nodiscard]] EnergyTable parse_table(std::string_view text, std::string_view name);

[[nodiscard]] EnergyTable read_table(const std::filesystem::path& json);
// Writes beside and renames. Replaces an energy table and nothing else: throws Error where `json`
// is another kind of file.
void write_table(const std::filesystem::path& json, const EnergyTable&);

}  // namespace ergon
