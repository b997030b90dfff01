#include "harness/record/frame.h"

#include <nlohmann/json.hpp>

#include <string>

#include "harness/record/columns.h"
#include "kernels/error.h"

namespace ergon {
namespace {

using nlohmann::json;

// A struct that is a map of its own within that of the struct which holds it.
template <class T>
concept IsPart =
    std::is_same_v<T, Activity> || std::is_same_v<T, BesideInfo> || std::is_same_v<T, SamplingCost>;

// Fields of a frame: Writer and Reader take the same calls, so each field is named once.
class Writer {
 public:
  template <class Field>
  void operator()(const char* name, const Field& field) {
    out_[name] = value(field);
  }
  [[nodiscard]] json take() { return std::move(out_); }

 private:
  template <class Field>
  static json value(const Field& field) {
    if constexpr (hdf5::kind_of<Field>() == hdf5::Kind::flag)
      return field;
    else
      return hdf5::to_cell(field);
  }
  static json value(const std::vector<Seconds>& times) {
    json list = json::array();
    for (const Seconds time : times) list.push_back(time.value);
    return list;
  }
  template <class Element>
  static json value(const std::vector<Element>& elements);
  template <class Part>
  requires IsPart<Part>
  static json value(const Part& part);

  json out_ = json::object();
};

class Reader {
 public:
  explicit Reader(const json& in) : in_(in) {}
  template <class Field>
  void operator()(const char* name, Field& field) {
    if (const auto found = in_.find(name); found != in_.end()) read(*found, field);
  }

 private:
  template <class Field>
  static void read(const json& from, Field& field) {
    constexpr hdf5::Kind kind = hdf5::kind_of<Field>();
    bool known = true;
    if constexpr (kind == hdf5::Kind::flag)
      field = from.get<bool>();
    else if constexpr (kind == hdf5::Kind::text)
      known = hdf5::from_cell(from.get_ref<const std::string&>(), field);
    else if constexpr (kind == hdf5::Kind::uint64)
      field = from.get<std::uint64_t>();
    else if constexpr (kind == hdf5::Kind::int64)
      known = hdf5::from_cell(from.get<std::int64_t>(), field);
    else
      known = hdf5::from_cell(from.get<double>(), field);
    if (!known) throw Error("a value that this ergon does not know: " + from.dump());
  }
  static void read(const json& from, std::vector<Seconds>& times) {
    for (const json& time : from) times.push_back({time.get<double>()});
  }
  template <class Element>
  static void read(const json& from, std::vector<Element>& elements);
  template <class Part>
  requires IsPart<Part>
  static void read(const json& from, Part& part);

  const json& in_;
};

template <class Fields, class Energy>
requires std::is_same_v<std::remove_const_t<Energy>, ChannelEnergy>
void fields(Fields& field, Energy& energy) {
  field("channel", energy.channel);
  field("raw_begin", energy.raw_begin);
  field("raw_end", energy.raw_end);
  field("gross", energy.gross);
  field("u_edge", energy.u_edge);
  field("peak", energy.peak);
  field("peak_bandwidth", energy.peak_bandwidth);
}

template <class Fields, class State>
requires std::is_same_v<std::remove_const_t<State>, ChannelState>
void fields(Fields& field, State& state) {
  field("channel", state.channel);
  field("begin", state.begin);
  field("end", state.end);
  field("min", state.min);
  field("max", state.max);
  field("mean", state.mean);
  field("flags", state.flags);
}

template <class Fields, class Check>
requires std::is_same_v<std::remove_const_t<Check>, CrossCheck>
void fields(Fields& field, Check& check) {
  field("channel", check.channel);
  field("other", check.other);
  field("ratio", check.ratio);
  field("disagrees", check.disagrees);
}

template <class Fields, class Node>
requires std::is_same_v<std::remove_const_t<Node>, NodeWindow>
void fields(Fields& field, Node& node) {
  field("channel", node.channel);
  field("node", node.node);
  field("host", node.host);
  field("ranks", node.ranks);
  field("begin_ns", node.begin_ns);
  field("end_ns", node.end_ns);
  field("gross", node.gross);
  field("cut", node.cut);
  field("launches", node.launches);
  field("clock_offset_ns", node.clock_offset_ns);
  field("clock_bound_ns", node.clock_bound_ns);
  field("barrier_wait", node.barrier_wait);
}

template <class Fields, class A>
requires std::is_same_v<std::remove_const_t<A>, Activity>
void fields(Fields& field, A& activity) {
  field("elapsed", activity.elapsed);
  field("cycles", activity.cycles);
  field("instructions", activity.instructions);
  field("cache_misses", activity.cache_misses);
  field("counted_share", activity.counted_share);
  field("frequency", activity.frequency);
  field("steal_share", activity.steal_share);
  field("preemptions", activity.preemptions);
  field("migrations", activity.migrations);
}

template <class Fields, class W>
requires std::is_same_v<std::remove_const_t<W>, Window>
void fields(Fields& field, W& window) {
  field("launches", window.launches);
  field("begin_ns", window.begin_ns);
  field("end_ns", window.end_ns);
  field("invalid", window.invalid);
  field("energy", window.energy);
  field("activity", window.activity);
  field("states", window.states);
  field("checks", window.checks);
  field("nodes", window.nodes);
}

template <class Fields, class C>
requires std::is_same_v<std::remove_const_t<C>, Channel>
void fields(Fields& field, C& channel) {
  field("name", channel.name);
  field("domain", channel.domain);
  field("within", channel.within);
  field("measure", channel.measure);
  field("source", channel.source);
  field("scale", channel.scale);
  field("update_period", channel.update_period);
  field("averaging_window", channel.averaging_window);
  field("lag", channel.lag);
  field("wrap", channel.wrap);
  field("resolution", channel.resolution);
  field("gain", channel.gain);
  field("gain_relative", channel.gain_relative);
  field("gain_group", channel.gain_group);
  field("note", channel.note);
}

template <class Fields, class Beside>
requires std::is_same_v<std::remove_const_t<Beside>, BesideInfo>
void fields(Fields& field, Beside& beside) {
  field("counters_reason", beside.counters_reason);
  field("frequency_source", beside.frequency_source);
  field("frequency_reason", beside.frequency_reason);
  field("scheduling_reason", beside.scheduling_reason);
}

template <class Fields, class Cost>
requires std::is_same_v<std::remove_const_t<Cost>, ChannelTotals>
void fields(Fields& field, Cost& cost) {
  field("reads", cost.reads);
  field("time", cost.time);
  field("energy", cost.energy);
  field("span", cost.span);
}

template <class Fields, class Cost>
requires std::is_same_v<std::remove_const_t<Cost>, SamplingCost>
void fields(Fields& field, Cost& cost) {
  field("cpu", cost.cpu);
  field("elapsed", cost.elapsed);
  field("channels", cost.channels);
}

template <class Fields, class Sampling>
requires std::is_same_v<std::remove_const_t<Sampling>, RunSampling>
void fields(Fields& field, Sampling& sampling) {
  field("run", sampling.run);
  field("cost", sampling.cost);
}

template <class Fields, class Run>
requires std::is_same_v<std::remove_const_t<Run>, RunInfo>
void fields(Fields& field, Run& run) {
  field("id", run.id);
  field("sweep_name", run.sweep_name);
  field("sweep_text", run.sweep_text);
  field("seed", run.seed);
  field("protocol", run.protocol);
  field("build_hash", run.build_hash);
  field("kernels_hash", run.kernels_hash);
  field("device", run.device);
  field("started_utc", run.started_utc);
  field("anchor_utc_ns", run.anchor_utc_ns);
  field("anchor_steady_ns", run.anchor_steady_ns);
  field("primary_channel", run.primary_channel);
  field("unmeasured_reason", run.unmeasured_reason);
  field("channels", run.channels);
  field("provenance", run.provenance);
  field("beside", run.beside);
  field("sampling", run.sampling);
  field("slurm_energy", run.slurm_energy);
}

template <class Fields, class Stretch>
requires std::is_same_v<std::remove_const_t<Stretch>, IdleStretch>
void fields(Fields& field, Stretch& stretch) {
  field("run", stretch.run);
  field("begin_ns", stretch.begin_ns);
  field("end_ns", stretch.end_ns);
  field("invalid", stretch.invalid);
  field("energy", stretch.energy);
}

// All but the point, which is its key.
template <class Fields, class R>
requires std::is_same_v<std::remove_const_t<R>, Record>
void fields(Fields& field, R& record) {
  field("run", record.run);
  field("order", record.order);
  field("replicate", record.replicate);
  field("repetition", record.repetition);
  field("sentinel", record.sentinel);
  field("run_status", record.run_status);
  field("check_status", record.check_status);
  field("energy_status", record.energy_status);
  field("reason", record.reason);
  field("error_max", record.error_max);
  field("tolerance", record.tolerance);
  field("checked", record.checked);
  field("zero_fraction", record.zero_fraction);
  field("operand_sets", record.operand_sets);
  field("time_batch", record.time_batch);
  field("ranks", record.ranks);
  field("nodes", record.nodes);
  field("time_of_ranks", record.time_of_ranks);
  field("settle_time", record.settling.time);
  field("settle_watched", record.settling.watched);
  field("settle_restless", record.settling.restless);
  field("stop", record.stop);
  field("times", record.times);
  field("windows", record.windows);
}

template <class Element>
json Writer::value(const std::vector<Element>& elements) {
  json list = json::array();
  for (const Element& element : elements) {
    Writer writer;
    fields(writer, element);
    list.push_back(writer.take());
  }
  return list;
}

template <class Part>
requires IsPart<Part> json Writer::value(const Part& part) {
  Writer writer;
  fields(writer, part);
  return writer.take();
}

template <class Element>
void Reader::read(const json& from, std::vector<Element>& elements) {
  for (const json& one : from) {
    Reader reader(one);
    fields(reader, elements.emplace_back());
  }
}

template <class Part>
requires IsPart<Part>
void Reader::read(const json& from, Part& part) {
  Reader reader(from);
  fields(reader, part);
}

template <class What>
json object(const char* frame, const What& what) {
  Writer writer;
  writer("frame", std::string_view(frame));
  fields(writer, what);
  return writer.take();
}

std::vector<std::byte> cbor(const json& object) {
  const std::vector<std::uint8_t> bytes = json::to_cbor(object);
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

Frame decode(const json& object, KernelFinder& kernels) {
  const auto& frame = object.at("frame").get_ref<const std::string&>();
  Reader reader(object);
  if (frame == "run") {
    RunInfo run;
    fields(reader, run);
    return run;
  }
  if (frame == "idle") {
    IdleStretch stretch;
    fields(reader, stretch);
    return stretch;
  }
  if (frame == "sampling") {
    RunSampling sampling;
    fields(reader, sampling);
    return sampling;
  }
  if (frame != "record") throw Error("a frame of unknown kind '" + frame + "'");
  Record record;
  fields(reader, record);
  record.point = kernels.point(object.at("point").get_ref<const std::string&>());
  return record;
}

}  // namespace

std::vector<std::byte> encode_frame(const RunInfo& run) { return cbor(object("run", run)); }

std::vector<std::byte> encode_frame(const IdleStretch& stretch) {
  return cbor(object("idle", stretch));
}

std::vector<std::byte> encode_frame(const RunSampling& sampling) {
  return cbor(object("sampling", sampling));
}

std::vector<std::byte> encode_frame(const Record& record) {
  json frame = object("record", record);
  frame["point"] = point_key(record.point);
  return cbor(frame);
}

Frame decode_frame(std::span<const std::byte> bytes, KernelFinder& kernels) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  try {
    return decode(json::from_cbor(first, first + bytes.size()), kernels);
  } catch (const json::exception& error) {
    throw Error(std::string("no frame of a journal: ") + error.what());
  }
}

}  // namespace ergon
