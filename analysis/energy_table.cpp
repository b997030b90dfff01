#include "analysis/energy_table.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {

namespace {

using Rows = std::vector<const EnergyTable::Row*>;

std::set<std::string> values_of(const Rows& rows, std::string_view field) {
  std::set<std::string> values;
  for (const EnergyTable::Row* row : rows) values.insert(table_key_field(row->key, field));
  return values;
}

}  // namespace

const EnergyTable::Row& find_row(const EnergyTable& table, const TableKey& key) {
  std::map<std::string, std::string> fields;
  for (const std::string_view field : table_key_fields()) {
    fields[std::string(field)] = table_key_field(key, field);
  }
  return find_row(table, fields);
}

const EnergyTable::Row& find_row(const EnergyTable& table,
                                 const std::map<std::string, std::string>& fields) {
  Rows rows;
  for (const EnergyTable::Row& row : table.rows) rows.push_back(&row);
  if (rows.empty()) throw Error("energy table: has no rows; fit one from metered records");
  for (const std::string_view field : table_key_fields()) {
    const auto wanted = fields.find(std::string(field));
    if (wanted == fields.end()) continue;
    const std::set<std::string> values = values_of(rows, field);
    std::erase_if(rows, [&](const EnergyTable::Row* row) {
      return table_key_field(row->key, field) != wanted->second;
    });
    if (rows.empty()) {
      throw Error(fmt::format("energy table: no row with {} '{}'; the table has: '{}'", field,
                              wanted->second, fmt::join(values, "', '")));
    }
  }
  for (const std::string_view field : table_key_fields()) {
    const std::set<std::string> values = values_of(rows, field);
    if (values.size() > 1) {
      throw Error(fmt::format("energy table: has rows for {} '{}'; say which (--{})", field,
                              fmt::join(values, "', '"), field));
    }
  }
  return *rows.front();
}

std::string_view energy_kind_name(EnergyKind kind) {
  switch (kind) {
    case EnergyKind::gross:
      return "gross";
    case EnergyKind::net:
      return "net";
  }
  return "";
}

}  // namespace ergon
