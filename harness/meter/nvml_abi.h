#pragma once

#include <cstddef>
#include <cstdint>

// The part of NVML's binary interface that ergon uses, declared by ourselves so that a build needs
// nothing of NVIDIA's: names and layouts as of API version 13, LP64. Source: nvml.h of the CUDA
// toolkit; sizes and offsets are held below.
namespace ergon::nvml {

struct DeviceHandle;
using Device = DeviceHandle*;
using Return = int;

inline constexpr Return kSuccess = 0;
inline constexpr Return kUninitialized = 1;
inline constexpr Return kInvalidArgument = 2;
inline constexpr Return kNotSupported = 3;
inline constexpr Return kNoPermission = 4;
inline constexpr Return kNotFound = 6;
inline constexpr Return kInsufficientSize = 7;
inline constexpr Return kDriverNotLoaded = 9;
inline constexpr Return kTimeout = 10;
inline constexpr Return kFunctionNotFound = 13;
inline constexpr Return kGpuIsLost = 15;
inline constexpr Return kResetRequired = 16;
inline constexpr Return kVersionMismatch = 18;
inline constexpr Return kMemory = 20;
inline constexpr Return kNoData = 21;
inline constexpr Return kUnknown = 999;

// Which member of FieldValue::value is filled.
enum ValueType : std::int32_t {
  kDouble = 0,
  kUnsignedInt = 1,
  kUnsignedLong = 2,
  kUnsignedLongLong = 3,
  kSignedLongLong = 4,
  kSignedInt = 5,
  kUnsignedShort = 6,
};

union Value {
  double as_double;
  unsigned int as_uint;
  unsigned long as_ulong;
  unsigned long long as_ulonglong;
  long long as_slonglong;
  int as_sint;
  unsigned short as_ushort;
};

struct FieldValue {
  std::uint32_t field;
  std::uint32_t scope;
  std::int64_t timestamp_us;  // Unix time of the call, not of the sensor's update
  std::int64_t latency_us;
  std::int32_t value_type;
  Return status;  // of this element alone
  Value value;
};
static_assert(sizeof(FieldValue) == 40);
static_assert(offsetof(FieldValue, scope) == 4 && offsetof(FieldValue, timestamp_us) == 8);
static_assert(offsetof(FieldValue, latency_us) == 16 && offsetof(FieldValue, value_type) == 24);
static_assert(offsetof(FieldValue, status) == 28 && offsetof(FieldValue, value) == 32);

struct PciInfo {
  char bus_id_legacy[16];
  std::uint32_t domain, bus, device, pci_device_id, sub_system_id;
  char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68);
static_assert(offsetof(PciInfo, domain) == 16 && offsetof(PciInfo, pci_device_id) == 28);
static_assert(offsetof(PciInfo, bus_id) == 36);

struct ProcessInfo {
  std::uint32_t pid;
  std::uint64_t memory_bytes;
  std::uint32_t gpu_instance, compute_instance;
};
static_assert(sizeof(ProcessInfo) == 24);
static_assert(offsetof(ProcessInfo, memory_bytes) == 8 &&
              offsetof(ProcessInfo, gpu_instance) == 16);

struct ViolationTime {
  std::uint64_t reference_us, violation_ns;
};
static_assert(sizeof(ViolationTime) == 16 && offsetof(ViolationTime, violation_ns) == 8);

struct Memory {
  std::uint64_t total, free, used;
};
static_assert(sizeof(Memory) == 24);

struct Temperature {
  std::uint32_t version;
  std::int32_t sensor, celsius;
};
static_assert(sizeof(Temperature) == 12 && offsetof(Temperature, celsius) == 8);
inline constexpr std::uint32_t kTemperatureVersion = sizeof(Temperature) | 1u << 24;
static_assert(kTemperatureVersion == 0x0100000C);

// Fields of GetFieldValues.
inline constexpr std::uint32_t kFieldLimitedByPower = 74;  // ns, and so on to 79
inline constexpr std::uint32_t kFieldLimitedByHeat = 75;
inline constexpr std::uint32_t kFieldLimitedBySyncBoost = 76;
inline constexpr std::uint32_t kFieldLimitedByBoard = 77;
inline constexpr std::uint32_t kFieldLimitedByLowUse = 78;
inline constexpr std::uint32_t kFieldLimitedByReliability = 79;
inline constexpr std::uint32_t kFieldMemoryTemperature = 82;      // degrees Celsius
inline constexpr std::uint32_t kFieldEnergy = 83;                 // mJ since the driver was loaded
inline constexpr std::uint32_t kFieldPowerAverage = 185;          // mW, over 1 s
inline constexpr std::uint32_t kFieldPowerInstant = 186;          // mW
inline constexpr std::uint32_t kFieldSlowedByHeatSoftware = 269;  // ns
inline constexpr std::uint32_t kFieldSlowedByHeatHardware = 270;
inline constexpr std::uint32_t kFieldSlowedByPowerBrake = 271;

// Scopes of the power fields. Of 2 and 3 nvml.h says two things: see NvmlGpu.
inline constexpr std::uint32_t kScopeGpu = 0;
inline constexpr std::uint32_t kScopeModule = 1;
inline constexpr std::uint32_t kScopeMemory = 2;
inline constexpr std::uint32_t kScopeBase = 3;

enum ClockType : std::uint32_t { kClockGraphics = 0, kClockSm = 1, kClockMemory = 2 };

// Why the clocks are not at their highest.
enum EventReason : std::uint64_t {
  kReasonIdle = 0x1,
  kReasonApplicationClocks = 0x2,
  kReasonSoftwarePowerCap = 0x4,
  kReasonHardwareSlowdown = 0x8,
  kReasonSyncBoost = 0x10,
  kReasonSoftwareThermal = 0x20,
  kReasonHardwareThermal = 0x40,
  kReasonHardwarePowerBrake = 0x80,
  kReasonDisplayClocks = 0x100,
};

enum Architecture : std::uint32_t {
  kKepler = 2,
  kMaxwell = 3,
  kPascal = 4,
  kVolta = 5,
  kTuring = 6,
  kAmpere = 7,
  kAda = 8,
  kHopper = 9,
  kBlackwell = 10,
  kRubin = 13,
};

inline constexpr unsigned kTextLength = 96;  // room for a name, UUID, driver or VBIOS version

}  // namespace ergon::nvml
