#include "harness/meter/described_meter.h"

#include <utility>

#include "kernels/error.h"

namespace ergon {
namespace {

class DescribedMeter final : public Meter {
 public:
  DescribedMeter(std::unique_ptr<Meter> meter, std::vector<Channel> channels)
      : meter_(std::move(meter)), channels_(std::move(channels)) {}
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> readings) noexcept override { meter_->read(readings); }

 private:
  std::unique_ptr<Meter> meter_;
  std::vector<Channel> channels_;
};

}  // namespace

std::unique_ptr<Meter> described(std::unique_ptr<Meter> meter, std::vector<Channel> channels) {
  ERGON_ASSERT(meter->channels().size() == channels.size());
  return std::make_unique<DescribedMeter>(std::move(meter), std::move(channels));
}

}  // namespace ergon
