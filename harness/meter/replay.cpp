#include "harness/meter/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

#include "kernels/error.h"

namespace ergon {
namespace {

constexpr char kVariable[] = "ERGON_REPLAY";
constexpr double kCountsPerUnit = 1e6;

class Replay final : public Meter {
 public:
  Replay(std::vector<Recording> recordings, const std::string& from, Clock& clock)
      : recordings_(std::move(recordings)), places_(recordings_.size()), clock_(clock) {
    std::int64_t first_ns = std::numeric_limits<std::int64_t>::max();
    for (Recording& recording : recordings_) {
      ERGON_ASSERT(recording.time_ns.size() == recording.raw.size());
      ERGON_ASSERT(!recording.raw.empty());
      first_ns = std::min(first_ns, recording.time_ns.front());
      channels_.push_back(replayed(recording.channel, from));
    }
    shift_ns_ = clock.now_ns() - first_ns;
  }

  std::span<const Channel> channels() const override { return channels_; }

  void read(std::span<Reading> readings) noexcept override {
    const std::int64_t then_ns = clock_.now_ns() - shift_ns_;
    for (std::size_t i = 0; i < recordings_.size(); ++i) {
      const Recording& recording = recordings_[i];
      std::size_t& place = places_[i];  // of the first moment after `then_ns`
      while (place < recording.time_ns.size() && recording.time_ns[place] <= then_ns) ++place;
      const bool over = then_ns > recording.time_ns.back();
      if (place == 0 || over) {
        readings[i].error = ENODATA;
        continue;
      }
      readings[i].raw = recording.raw[place - 1];
      readings[i].time_ns = recording.time_ns[place - 1] + shift_ns_;
    }
  }

 private:
  static Channel replayed(Channel channel, const std::string& from) {
    channel.name = "replayed/" + channel.name;
    if (!channel.within.empty()) channel.within = "replayed/" + channel.within;
    channel.note =
        fmt::format("replayed from {}: {} there, not of what runs now{}{}", from,
                    source_name(channel.source), channel.note.empty() ? "" : "; ", channel.note);
    return channel;
  }

  std::vector<Recording> recordings_;
  std::vector<Channel> channels_;
  std::vector<std::size_t> places_;
  Clock& clock_;
  std::int64_t shift_ns_ = 0;  // clock_ less that of the recordings
};

using Series = std::map<std::int64_t, std::uint64_t>;

void add_edges(std::vector<Series>& series, std::int64_t begin_ns, std::int64_t end_ns,
               const std::vector<ChannelEnergy>& energies) {
  for (const ChannelEnergy& energy : energies) {
    if (!std::isfinite(energy.gross.value)) continue;
    Series& of_channel = series.at(static_cast<std::size_t>(energy.channel));
    of_channel[begin_ns] = energy.raw_begin;
    of_channel[end_ns] = energy.raw_end;
  }
}

std::vector<Recording> recordings_of_file(const std::filesystem::path& file) {
  if (file.extension() == ".csv") return {recording(read_trace(file))};
  const Results results = read_results(file);
  if (results.runs.size() != 1) {
    throw Error(fmt::format("{}: {} runs; a replay takes a file of one", file.string(),
                            results.runs.size()));
  }
  auto found = recordings(results, 0);
  if (found.empty()) throw Error(fmt::format("{}: nothing was metered in it", file.string()));
  return found;
}

std::unique_ptr<Meter> open(const MeterSite& site, std::string& why_not) {
  const char* file = std::getenv(kVariable);
  if (file == nullptr || *file == '\0') {
    why_not = fmt::format(
        "replay: nothing given; {}=results/a.h5 (or a CSV trace) names what to "
        "replay",
        kVariable);
    return nullptr;
  }
  try {
    return make_replay(recordings_of_file(file), file, *site.clock);
  } catch (const Error& error) {
    why_not = fmt::format("replay: {}", error.what());
    return nullptr;
  }
}

}  // namespace

std::vector<Recording> recordings(const Results& results, int run) {
  const RunInfo& info = results.runs.at(static_cast<std::size_t>(run));
  std::vector<Series> series(info.channels.size());
  for (const Record& record : results.records) {
    if (record.run != run) continue;
    for (const Window& window : record.windows) {
      add_edges(series, window.begin_ns, window.end_ns, window.energy);
    }
  }
  for (const IdleStretch& idle : results.idle) {
    if (idle.run == run) add_edges(series, idle.begin_ns, idle.end_ns, idle.energy);
  }
  std::vector<Recording> found;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series[i].size() < 2) continue;
    Recording of_channel{.channel = info.channels[i], .time_ns = {}, .raw = {}};
    for (const auto& [time_ns, raw] : series[i]) {
      of_channel.time_ns.push_back(time_ns);
      of_channel.raw.push_back(raw);
    }
    found.push_back(std::move(of_channel));
  }
  return found;
}

Recording recording(const Trace& trace) {
  Recording of_trace{.channel = {}, .time_ns = trace.time_ns, .raw = {}};
  Channel& channel = of_trace.channel;
  channel.name = "external/" + std::filesystem::path(trace.name).filename().string();
  channel.domain = "external";
  channel.measure = trace.measure;
  channel.source = Source::imported;
  channel.scale = 1 / kCountsPerUnit;
  channel.update_period = TraceEnergy(trace).interval();
  channel.resolution = channel.scale;
  channel.gain_group = channel.name;
  for (const double value : trace.value) {
    of_trace.raw.push_back(static_cast<std::uint64_t>(std::llround(value * kCountsPerUnit)));
  }
  return of_trace;
}

std::unique_ptr<Meter> make_replay(std::vector<Recording> recordings, const std::string& from,
                                   Clock& clock) {
  return std::make_unique<Replay>(std::move(recordings), from, clock);
}

namespace meter {

extern const MeterType meter_replay{
    .name = "replay",
    .description = "what an earlier run's channels showed: a file named by ERGON_REPLAY",
    .source = Source::imported,
    .options = {},
    .open = open,
};

}  // namespace meter
}  // namespace ergon
