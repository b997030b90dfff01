#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <cuda_runtime_api.h>

#include "kernels/cuda/cuda_device.h"

namespace ergon {
namespace {

// Throws what went wrong while doing `what`.
void check(cudaError_t status, const std::string& what) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();
  throw Error("kernels/device/cuda: " + what + ": " + cudaGetErrorString(status) +
              "; see `nvidia-smi` for the GPU's state");
}

// GPUs that this process sees; 0, with the reason, where there is none.
int count_gpus(std::string& why_not) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return count;
  (void)cudaGetLastError();
  if (status == cudaErrorInsufficientDriver) {
    why_not = "no GPU: no NVIDIA driver, or one older than this build's CUDA " +
              std::to_string(CUDART_VERSION / 1000) + "." +
              std::to_string(CUDART_VERSION % 1000 / 10);
  } else {
    why_not = std::string("no GPU: ") +
              (status == cudaSuccess ? "the driver sees none" : cudaGetErrorString(status));
  }
  return 0;
}

// "GPU-" and the 16 bytes as NVML writes them.
std::string uuid_text(const cudaUUID_t& uuid) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "GPU-";
  for (int i = 0; i < 16; ++i) {
    const auto byte = static_cast<unsigned char>(uuid.bytes[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

CudaProperties read_properties(int index) {
  cudaDeviceProp read;
  check(cudaGetDeviceProperties(&read, index), "reading the GPU's properties");
  char bus_id[32] = "";
  check(cudaDeviceGetPCIBusId(bus_id, sizeof(bus_id), index), "reading the GPU's PCI address");
  return {.name = read.name,
          .uuid = uuid_text(read.uuid),
          .bus_id = bus_id,
          .sm = 10 * read.major + read.minor,
          .multiprocessors = read.multiProcessorCount,
          .shared_bytes_max = read.sharedMemPerBlockOptin,
          .l2_bytes = static_cast<std::size_t>(read.l2CacheSize),
          .memory_bytes = read.totalGlobalMem};
}

std::vector<CacheLevel> cache_levels(const CudaProperties& properties, int index) {
  int shared_bytes = 0;  // shared memory and first-level cache are one memory
  check(cudaDeviceGetAttribute(&shared_bytes, cudaDevAttrMaxSharedMemoryPerMultiprocessor, index),
        "reading the size of the first-level cache");
  return {{.name = "L1",
           .bytes_each = static_cast<std::size_t>(shared_bytes),
           .instances = properties.multiprocessors},
          {.name = "L2", .bytes_each = properties.l2_bytes, .instances = 1}};
}

// A graph of launches. Of the rounds that are queued each has an event behind it.
class GraphReplay final : public Replay {
 public:
  // Takes over the graph.
  GraphReplay(CudaDevice& device, cudaGraphExec_t graph) : device_(device), graph_(graph) {
    for (cudaEvent_t& event : events_) {
      // Whoever waits sleeps: a thread that spins would draw power beside the GPU.
      check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming | cudaEventBlockingSync),
            "making an event");
    }
    check(cudaGraphUpload(graph_, stream()), "uploading a graph");
  }
  GraphReplay(const GraphReplay&) = delete;
  GraphReplay& operator=(const GraphReplay&) = delete;
  ~GraphReplay() override {
    (void)cudaStreamSynchronize(stream());
    for (const cudaEvent_t event : events_) {
      if (event != nullptr) (void)cudaEventDestroy(event);
    }
    (void)cudaGraphExecDestroy(graph_);
  }

  void queue() noexcept override {
    if (queued_ - done_ == kRoundsMax) note(cudaEventSynchronize(events_[done_++ % kRoundsMax]));
    note(cudaGraphLaunch(graph_, stream()));
    note(cudaEventRecord(events_[queued_++ % kRoundsMax], stream()));
  }
  [[nodiscard]] std::string wait_until_left(int left) override {
    while (queued_ - done_ > left) {
      const cudaError_t status = cudaEventSynchronize(events_[done_++ % kRoundsMax]);
      note(status);
      if (status != cudaSuccess) break;
    }
    return failed_ ? device_.synchronize() : "";
  }

 private:
  static constexpr std::int64_t kRoundsMax = 4;

  [[nodiscard]] cudaStream_t stream() const { return static_cast<cudaStream_t>(device_.stream()); }
  void note(cudaError_t status) noexcept {
    if (status == cudaSuccess) return;
    failed_ = true;
    device_.note_error(cudaGetErrorString(status));
  }

  CudaDevice& device_;
  cudaGraphExec_t graph_;
  cudaEvent_t events_[kRoundsMax] = {};
  std::int64_t queued_ = 0, done_ = 0;
  bool failed_ = false;
};

// One GPU, its primary context and a stream of ours.
class Cuda final : public CudaDevice {
 public:
  explicit Cuda(int index)
      : CudaDevice(read_properties(index)), caches_(cache_levels(properties(), index)) {
    check(cudaSetDevice(index), "making a context");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream");
  }
  Cuda(const Cuda&) = delete;
  Cuda& operator=(const Cuda&) = delete;
  ~Cuda() override { (void)cudaStreamDestroy(stream_); }

  [[nodiscard]] Buffer allocate(std::size_t bytes, int /*threads*/) override {
    void* data = nullptr;
    const std::size_t rounded = std::max<std::size_t>(bytes, 1);
    if (cudaMalloc(&data, rounded) != cudaSuccess) {
      (void)cudaGetLastError();
      throw Error("kernels/device/cuda: no memory for " + std::to_string(bytes) + " bytes on " +
                  std::string(name()) +
                  "; use smaller extents, fewer cold buffers or a GPU of your own");
    }
    Buffer buffer(static_cast<std::byte*>(data), [](std::byte* memory) { (void)cudaFree(memory); });
    check(cudaMemsetAsync(data, 0, rounded, stream_), "zeroing memory");
    return buffer;
  }
  void upload(const Buffer& to, std::span<const std::byte> from) override {
    if (from.empty()) return;
    check(cudaMemcpyAsync(to.get(), from.data(), from.size(), cudaMemcpyHostToDevice, stream_),
          "copying to the GPU");
    check(cudaStreamSynchronize(stream_), "copying to the GPU");
  }
  void download(std::span<std::byte> to, const Buffer& from) override {
    if (to.empty()) return;
    check(cudaMemcpyAsync(to.data(), from.get(), to.size(), cudaMemcpyDeviceToHost, stream_),
          "copying from the GPU");
    check(cudaStreamSynchronize(stream_), "copying from the GPU");
  }
  [[nodiscard]] std::string synchronize() override {
    const cudaError_t status = cudaStreamSynchronize(stream_);
    std::string error(error_);
    error_[0] = '\0';
    if (error.empty() && status != cudaSuccess) error = cudaGetErrorString(status);
    return error.empty() ? "" : std::string(name()) + ": a launch failed: " + error;
  }
  [[nodiscard]] std::span<const CacheLevel> caches() const override { return caches_; }

  [[nodiscard]] void* stream() const override { return stream_; }
  void note_error(std::string_view what) noexcept override {
    if (error_[0] != '\0') return;
    const std::size_t length = std::min(what.size(), sizeof(error_) - 1);
    std::memcpy(error_, what.data(), length);
    error_[length] = '\0';
  }
  [[nodiscard]] std::unique_ptr<Replay> record(std::span<const Launch> launches, std::int64_t count,
                                               std::string& why_not) override;

 private:
  std::vector<CacheLevel> caches_;
  cudaStream_t stream_ = nullptr;
  char error_[256] = "";  // of the first launch that could not be made
};

std::unique_ptr<Replay> Cuda::record(std::span<const Launch> launches, std::int64_t count,
                                     std::string& why_not) {
  check(cudaStreamSynchronize(stream_), "waiting before launches are recorded");
  check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "recording launches");
  std::size_t next = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    launches[next]();
    if (++next == launches.size()) next = 0;
  }
  cudaGraph_t graph = nullptr;
  cudaError_t status = cudaStreamEndCapture(stream_, &graph);
  cudaGraphExec_t executable = nullptr;
  if (status == cudaSuccess) status = cudaGraphInstantiate(&executable, graph, 0);
  if (graph != nullptr) (void)cudaGraphDestroy(graph);
  if (status == cudaSuccess && error_[0] == '\0') {
    return std::make_unique<GraphReplay>(*this, executable);
  }
  if (executable != nullptr) (void)cudaGraphExecDestroy(executable);
  (void)cudaGetLastError();
  why_not = error_[0] == '\0' ? cudaGetErrorString(status) : error_;
  error_[0] = '\0';
  return nullptr;
}

std::unique_ptr<Device> open(int index, std::string& why_not) {
  const int count = count_gpus(why_not);
  if (count == 0) return nullptr;
  if (index < 0 || index >= count) {
    why_not = "there are " + std::to_string(count) + " GPUs, 0 to " + std::to_string(count - 1) +
              ", not " + std::to_string(index);
    return nullptr;
  }
  try {
    return std::make_unique<Cuda>(index);
  } catch (const Error& error) {
    why_not = error.what();
    return nullptr;
  }
}

int architecture(std::string& why_not) {
  if (count_gpus(why_not) == 0) return 0;
  int major = 0, minor = 0;
  (void)cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0);
  (void)cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0);
  return 10 * major + minor;
}

}  // namespace

namespace device {
extern const DeviceType device_cuda = {
    .name = "cuda", .kind = DeviceKind::cuda, .open = open, .architecture = architecture};
}

}  // namespace ergon
