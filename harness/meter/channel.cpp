#include "harness/meter/channel.h"

#include "kernels/error.h"

namespace ergon {

std::string_view measure_name(Measure measure) {
  switch (measure) {
    case Measure::energy:
      return "energy";
    case Measure::power:
      return "power";
    case Measure::temperature:
      return "temperature";
    case Measure::frequency:
      return "frequency";
    case Measure::duration:
      return "duration";
    case Measure::flags:
      return "flags";
  }
  ERGON_ASSERT(!"a measure without a name");
}

std::string_view source_name(Source source) {
  switch (source) {
    case Source::measured:
      return "measured";
    case Source::estimated:
      return "estimated";
    case Source::simulated:
      return "simulated";
    case Source::imported:
      return "imported";
  }
  ERGON_ASSERT(!"a source without a name");
}

}  // namespace ergon
