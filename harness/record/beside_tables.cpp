#include "harness/record/beside_tables.h"

#include "harness/record/layout.h"

namespace ergon::hdf5 {
namespace {

// Rows that belong to windows: of each the element itself, and rows of other groups.
template <class Element>
struct WindowRows {
  std::vector<const Element*> rows;
  std::vector<std::int64_t> record, window, channel;

  WindowRows(const Results& results, const ChannelRows& channels,
             const std::vector<Element> Window::*elements) {
    std::int64_t windows = 0;
    for (std::int64_t i = 0; i < std::ssize(results.records); ++i) {
      for (const Window& of : results.records[i].windows) {
        for (const Element& element : of.*elements) {
          rows.push_back(&element);
          record.push_back(i);
          window.push_back(windows);
          const bool none = element.channel < 0;
          channel.push_back(none ? -1 : channels.row(results.records[i].run, element.channel));
        }
        ++windows;
      }
    }
  }

  void write_indices(TableWriter& table) {
    index_column(table, "record", "row of /records", record);
    index_column(table, "window", "row of /windows", window);
    index_column(table, "channel", "row of /channels", channel);
  }
};

std::string_view unit_of(Measure measure) {
  switch (measure) {
    case Measure::energy:
      return "J";
    case Measure::power:
      return "W";
    case Measure::temperature:
      return "degC";
    case Measure::frequency:
      return "Hz";
    case Measure::duration:
      return "s";
    case Measure::flags:
      return "";
  }
  ERGON_ASSERT(!"a measure without a unit");
}

}  // namespace

void write_states(File& file, const Results& results, const ChannelRows& channels) {
  WindowRows<ChannelState> states(results, channels, &Window::states);
  TableWriter table(file, "/beside", "clocks, temperatures and the like over windows",
                    std::ssize(states.rows));
  states.write_indices(table);
  const auto channel = [&](std::int64_t i) -> const Channel& {
    return *channels.rows[states.channel[i]];
  };
  table.column(
      {"channel_name", "", "name of the channel"}, [&](std::int64_t i) -> auto& {
        return channel(i).name;
      });
  table.column({"unit", "", "of begin, end, min, max and mean; empty for flags"},
               [&](std::int64_t i) { return unit_of(channel(i).measure); });
  state_columns(table, states.rows);
}

void write_checks(File& file, const Results& results, const ChannelRows& channels) {
  WindowRows<CrossCheck> checks(results, channels, &Window::checks);
  std::vector<std::int64_t> other;
  for (std::int64_t i = 0; i < std::ssize(checks.rows); ++i) {
    const int run = results.records[checks.record[i]].run;
    const int index = checks.rows[i]->other;
    other.push_back(index < 0 ? -1 : channels.row(run, index));
  }
  TableWriter table(file, "/cross_checks", "two meters of one energy, over one window",
                    std::ssize(checks.rows));
  checks.write_indices(table);
  index_column(table, "other", "row of /channels; -1: the parts of the channel, in sum", other);
  table.column(
      {"channel_name", "", "name of the channel"},
      [&](std::int64_t i) -> std::string_view { return channels.rows[checks.channel[i]]->name; });
  table.column({"other_name", "", "name of the other; empty: the parts of the channel"},
               [&](std::int64_t i) -> std::string_view {
                 return other[i] < 0 ? std::string_view() : channels.rows[other[i]]->name;
               });
  check_columns(table, checks.rows);
}

void write_nodes(File& file, const Results& results, const ChannelRows& channels) {
  WindowRows<NodeWindow> nodes(results, channels, &Window::nodes);
  TableWriter table(file, "/node_windows", "nodes that ran a window at once, a row per node",
                    std::ssize(nodes.rows));
  nodes.write_indices(table);
  node_columns(table, nodes.rows);
}

}  // namespace ergon::hdf5
