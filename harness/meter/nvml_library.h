#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "harness/meter/nvml_abi.h"

namespace ergon::nvml {

// The functions of the library. Null where this driver does not have one; call() answers
// kFunctionNotFound then.
struct Functions {
  Return (*init)();
  Return (*shutdown)();
  Return (*driver_version)(char*, unsigned);
  Return (*nvml_version)(char*, unsigned);
  Return (*cuda_driver_version)(int*);
  Return (*count)(unsigned*);
  Return (*by_index)(unsigned, Device*);
  Return (*by_uuid)(const char*, Device*);
  Return (*name)(Device, char*, unsigned);
  Return (*uuid)(Device, char*, unsigned);
  Return (*pci_info)(Device, PciInfo*);
  Return (*vbios_version)(Device, char*, unsigned);
  Return (*architecture)(Device, unsigned*);
  Return (*compute_capability)(Device, int*, int*);
  Return (*memory_info)(Device, Memory*);
  Return (*total_energy)(Device, unsigned long long*);
  Return (*power_usage)(Device, unsigned*);
  Return (*power_limit)(Device, unsigned*);
  Return (*power_limit_default)(Device, unsigned*);
  Return (*power_limit_enforced)(Device, unsigned*);
  Return (*power_limit_range)(Device, unsigned*, unsigned*);
  Return (*field_values)(Device, int, FieldValue*);
  Return (*clock)(Device, unsigned, unsigned*);
  Return (*clock_max)(Device, unsigned, unsigned*);
  Return (*event_reasons)(Device, unsigned long long*);
  Return (*violation)(Device, int, ViolationTime*);
  Return (*temperature)(Device, int, unsigned*);
  Return (*temperature_v)(Device, Temperature*);
  Return (*persistence_mode)(Device, int*);
  Return (*performance_state)(Device, int*);
  Return (*ecc_mode)(Device, int*, int*);
  Return (*mig_mode)(Device, unsigned*, unsigned*);
  Return (*compute_processes)(Device, unsigned*, ProcessInfo*);
  Return (*pcie_generation)(Device, unsigned*);
  Return (*pcie_width)(Device, unsigned*);
  Return (*power_source)(Device, unsigned*);
};

// Calls an optional function of the library.
template <typename Function, typename... Arguments>
[[nodiscard]] Return call(Function function, Arguments... arguments) noexcept {
  return function == nullptr ? kFunctionNotFound : function(arguments...);
}

// libnvidia-ml, loaded and initialised; closed with the last owner.
class Library {
 public:
  // Null, with the reason and what mends it, where it cannot be had. Looked for: the file that
  // ERGON_NVML_LIBRARY names, and no other; else libnvidia-ml.so.1 and libnvidia-ml.so as the
  // system finds them or, where root is not "/", in the usual folders below root.
  [[nodiscard]] static std::shared_ptr<const Library> open(const std::filesystem::path& root,
                                                           std::string& why_not);
  explicit Library(void* handle);  // takes over a handle of dlopen
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  [[nodiscard]] const Functions* operator->() const { return &functions_; }

 private:
  [[nodiscard]] Return start();

  void* handle_;
  Functions functions_ = {};
  bool started_ = false;
};

// "not supported", "the GPU is lost", ...
[[nodiscard]] std::string_view message(Return status);
// The errno that says the same.
[[nodiscard]] int error_number(Return status) noexcept;

}  // namespace ergon::nvml
