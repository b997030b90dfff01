#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace ergon {

// Facts about where a run happens, each an object of JSON as text. What this machine or kernel does
// not have is absent; what is there and cannot be read is listed with the reason in "unreadable".

// {"host": ..., "cpu": ..., "unreadable": {"/sys/...": "Permission denied"}} from /proc, /sys and
// /etc under `root`.
[[nodiscard]] std::string machine_facts(const std::filesystem::path& root);

// {"libraries": [...], "glibc": "2.36"}: sonames that are loaded now, in this process.
[[nodiscard]] std::string software_facts();

// The variables that change what is measured, from "NAME=value" texts; none that may be a secret.
// Search paths are hashed, for they tell more of their owner than of the measurement.
[[nodiscard]] std::string environment_facts(std::span<const char* const> environment);

// Whether a variable or boot parameter of this name may hold a token, a password or the like.
[[nodiscard]] bool may_be_secret(std::string_view name);

// CPUs and memory nodes that this process may use, page size, address randomisation.
[[nodiscard]] std::string placement_facts(const std::filesystem::path& root);

}  // namespace ergon
