#pragma once

// What every kernel of oneDNN needs: memories over our buffers, and primitives that execute without
// allocating. Private: included inside a namespace, after <dnnl.hpp> and every other header.

// Primitives run in order on one stream, with their arguments bound once. The scratchpads are ours:
// oneDNN's own would be allocated during a launch, and is shared between threads.
class OnednnExecution {
 public:
  explicit OnednnExecution(int threads) : threads_(threads), engine_(dnnl::engine::kind::cpu, 0) {
    stream_ = dnnl::stream(engine_);
  }
  [[nodiscard]] const dnnl::engine& engine() const { return engine_; }

  // Elements at `data`, or allocated here where it is null.
  [[nodiscard]] dnnl::memory memory(const dnnl::memory::desc& layout, void* data) const {
    if (data == nullptr) return {layout, engine_};
    return {layout, engine_, data};
  }

  [[nodiscard]] static dnnl::primitive_attr attributes() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
  }

  void append(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
              std::vector<std::pair<int, dnnl::memory>> arguments) {
    arguments.emplace_back(DNNL_ARG_SCRATCHPAD, dnnl::memory(scratchpad, engine_));
    Step step{primitive, std::move(arguments), {}};
    for (const auto& [index, memory] : step.memories) {
      step.arguments.push_back({index, memory.get()});
    }
    steps_.push_back(std::move(step));
  }

  void run() const {
    prepare_openmp(threads_);
    for (const Step& step : steps_) {
      const dnnl_status_t status =
          dnnl_primitive_execute(step.primitive.get(), stream_.get(),
                                 static_cast<int>(step.arguments.size()), step.arguments.data());
      ERGON_ASSERT(status == dnnl_success);
    }
    const dnnl_status_t status = dnnl_stream_wait(stream_.get());
    ERGON_ASSERT(status == dnnl_success);
  }

 private:
  struct Step {
    dnnl::primitive primitive;
    std::vector<std::pair<int, dnnl::memory>> memories;
    std::vector<dnnl_exec_arg_t> arguments;
  };
  int threads_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  std::vector<Step> steps_;
};

// Of the dtypes that our kernels share with oneDNN.
inline dnnl::memory::data_type onednn_dtype(Dtype dtype) {
  using type = dnnl::memory::data_type;
  switch (dtype) {
    case Dtype::f32:
      return type::f32;
    case Dtype::bf16:
      return type::bf16;
    case Dtype::i32:
      return type::s32;
    case Dtype::i8:
      return type::s8;
    case Dtype::u8:
      return type::u8;
    case Dtype::f64:
    case Dtype::tf32:
    case Dtype::f16:
    case Dtype::f8e4m3:
    case Dtype::f8e5m2:
    case Dtype::i4:
      break;
  }
  return type::undef;
}

// fill(execution) builds the steps; oneDNN's exceptions leave as ours.
template <class Fill>
inline Launch onednn_launch(const Binding& binding, const Fill& fill) {
  prepare_openmp(binding.threads);  // oneDNN divides its work when a primitive is made
  try {
    const auto execution = std::make_shared<OnednnExecution>(binding.threads);
    fill(*execution);
    return [execution] { execution->run(); };
  } catch (const dnnl::error& error) {
    throw Error("oneDNN: " + problem_key(binding.problem) + ": " + error.what() +
                "; leave this kernel out of the sweep");
  }
}

// "oneDNN 2.6.3".
inline std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}
