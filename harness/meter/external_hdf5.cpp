#include "harness/meter/external_hdf5.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <cmath>
#include <utility>

#include "harness/meter/external_csv.h"
#include "kernels/error.h"

namespace ergon {
namespace {

class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  [[nodiscard]] hid_t id() const { return id_; }
  [[nodiscard]] bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// HDF5 prints its own stack of errors unless told not to; ours says what to do instead.
class Quiet {
 public:
  Quiet() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  Quiet(const Quiet&) = delete;
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

std::vector<std::string> root_names(hid_t file) {
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names);
  return names;
}

std::vector<double> read_column(hid_t file, const std::string& name, const std::string& place) {
  const Handle set(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  const Handle space(set.ok() ? H5Dget_space(set.id()) : -1, H5Sclose);
  if (!space.ok() || H5Sget_simple_extent_ndims(space.id()) != 1) {
    throw Error(fmt::format("{}: '{}' is not a dataset of one dimension", place, name));
  }
  std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id())));
  if (H5Dread(set.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    throw Error(fmt::format("{}: '{}' cannot be read as numbers", place, name));
  }
  return values;
}

}  // namespace

Trace read_trace_hdf5(const std::filesystem::path& path, std::string_view column) {
  const Quiet quiet;
  const std::string place = path.string();
  const Handle file(H5Fopen(place.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file.ok()) throw Error(fmt::format("{}: HDF5 cannot open it; is it truncated?", place));
  const std::vector<std::string> names = root_names(file.id());
  const TraceFormat format = trace_format(names, place, column);
  const std::vector<double> times = read_column(file.id(), names[format.time_column], place);
  const std::vector<double> values = read_column(file.id(), names[format.value_column], place);
  if (times.size() != values.size() || times.size() < 2) {
    throw Error(
        fmt::format("{}: {} times and {} values; a trace has as many of both, and 2 at "
                    "least",
                    place, times.size(), values.size()));
  }
  Trace trace{.name = place, .measure = format.measure, .time_ns = {}, .value = {}};
  for (std::size_t i = 0; i < times.size(); ++i) {
    TraceSample sample{.value = values[i] * format.value_scale};
    const char* wrong = set_trace_time(times[i], format.time_scale_ns, sample);
    if (wrong == nullptr && !(std::isfinite(sample.value) && sample.value >= 0)) {
      wrong = "the value is negative or not a finite number";
    }
    if (wrong == nullptr) wrong = append_sample(trace, sample);
    if (wrong != nullptr) throw Error(fmt::format("{}: sample {}: {}", place, i, wrong));
  }
  return trace;
}

}  // namespace ergon
