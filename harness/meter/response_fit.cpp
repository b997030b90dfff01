#include "harness/meter/response_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace ergon {
namespace {

constexpr std::size_t kUpdatesMin = 8;
constexpr std::size_t kGridUpdates = 300;  // the grid looks at no more, evenly spread
constexpr std::size_t kStarts = 4;         // places of the grid to search from

// Time for which the load was on since the first switch; asked for at ascending times.
class OnTime {
 public:
  explicit OnTime(std::span<const double> switches_s) : switches_(switches_s) {}

  double until(double time_s) {
    while (next_ < switches_.size() && switches_[next_] <= time_s) {
      if (on()) sum_ += switches_[next_] - switches_[next_ - 1];
      ++next_;
    }
    return on() ? sum_ + time_s - switches_[next_ - 1] : sum_;
  }

 private:
  [[nodiscard]] bool on() const { return next_ % 2 == 1; }
  std::span<const double> switches_;
  std::size_t next_ = 0;
  double sum_ = 0;
};

// The middle of the window and its length: unlike lag and length, hardly correlated.
struct Place {
  double middle_s, window_s;
};

// The updates less their mean and drift, so that what is left to fit at each place is one factor.
class Updates {
 public:
  Updates(std::span<const SeenUpdate> updates, std::span<const double> switches_s)
      : updates_(updates.begin(), updates.end()), switches_(switches_s) {
    const double n = static_cast<double>(updates_.size());
    for (const SeenUpdate& u : updates_) {
      mean_time_ += u.time_s / n;
      mean_value_ += u.value / n;
    }
    double tv = 0;
    for (const SeenUpdate& u : updates_) {
      const double t = u.time_s - mean_time_;
      tt_ += t * t;
      tv += t * (u.value - mean_value_);
    }
    for (const SeenUpdate& u : updates_) {
      const double t = u.time_s - mean_time_;
      left_.push_back(u.value - mean_value_ - tv / tt_ * t);
      total_ += left_.back() * left_.back();
    }
  }

  struct Fit {
    double swing = 0, residuals = 0;  // sum of squares
  };

  // The share of each update's window in which the load was on, less its mean and drift.
  void shares(const Place& place, std::vector<double>& share) const {
    OnTime begin(switches_), end(switches_);
    share.clear();
    double sum = 0, drift = 0;
    for (const SeenUpdate& u : updates_) {
      const double from_s = u.time_s - place.middle_s - place.window_s / 2;
      share.push_back((end.until(from_s + place.window_s) - begin.until(from_s)) / place.window_s);
      sum += share.back();
      drift += share.back() * (u.time_s - mean_time_);
    }
    const double mean = sum / static_cast<double>(updates_.size());
    for (std::size_t i = 0; i < updates_.size(); ++i) {
      share[i] -= mean + drift / tt_ * (updates_[i].time_s - mean_time_);
    }
  }

  // More load never shows as less power: a negative swing explains nothing.
  Fit fit(const Place& place) const {
    shares(place, scratch_);
    const double ss = dot(scratch_, scratch_), sv = dot(scratch_, left_);
    if (!(ss > 0) || sv <= 0) return {0, total_};
    return {sv / ss, std::max(0.0, total_ - sv * sv / ss)};
  }

  [[nodiscard]] std::size_t size() const { return updates_.size(); }
  [[nodiscard]] double total() const { return total_; }
  static double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }

 private:
  std::vector<SeenUpdate> updates_;
  std::span<const double> switches_;
  std::vector<double> left_;
  mutable std::vector<double> scratch_;
  double mean_time_ = 0, mean_value_ = 0, tt_ = 0, total_ = 0;
};

struct Candidate {
  Place place;
  double residuals;
};

// Best places of a grid: windows by steps of 1.4, lags of 0 and by steps of 1.25.
std::vector<Candidate> search_grid(const Updates& updates, const ResponseRange& range) {
  std::vector<Candidate> best;
  for (double window = range.window_min_s; window <= range.window_max_s; window *= 1.4) {
    for (double lag = 0; lag <= range.lag_max_s;
         lag = std::max(2 * range.window_min_s, 1.25 * lag)) {
      const Place place{lag + window / 2, window};
      best.push_back({place, updates.fit(place).residuals});
    }
  }
  const std::size_t kept = std::min(kStarts, best.size());
  std::ranges::partial_sort(best, best.begin() + static_cast<std::ptrdiff_t>(kept), {},
                            &Candidate::residuals);
  best.resize(kept);
  return best;
}

Place step(const Place& from, double middle_s, double ratio, const ResponseRange& range) {
  const double window =
      std::clamp(from.window_s * ratio, range.window_min_s / 2, 2 * range.window_max_s);
  return {std::max(from.middle_s + middle_s, window / 2), window};  // no lag is negative
}

// Looks one step each way; goes where it is better, else takes smaller steps.
Candidate search_pattern(const Updates& updates, Place place, const ResponseRange& range) {
  constexpr double kRelativeEnd = 1e-3;
  double by = 0.25;
  double middle_step = 0.25 * place.middle_s;
  Candidate best{place, updates.fit(place).residuals};
  for (int round = 0; round < 200 && by > kRelativeEnd; ++round) {
    Candidate next = best;
    for (const int i : {-1, 0, 1}) {
      for (const int j : {-1, 0, 1}) {
        if (i == 0 && j == 0) continue;
        const Place tried = step(best.place, i * middle_step, std::pow(1 + by, j), range);
        const double residuals = updates.fit(tried).residuals;
        if (residuals < next.residuals) next = {tried, residuals};
      }
    }
    if (next.residuals >= best.residuals) {
      // The middle first, to a part of the window: before that, the window found is not its own.
      middle_step /= 2;
      if (middle_step < by * best.place.window_s) by /= 2;
    }
    best = next;
  }
  return best;
}

// Standard deviations by the curvature of the sum of squares: Gauss and Newton's normal equations
// of window and middle, the swing projected out; lag is middle less half the window.
void add_uncertainties(const Updates& updates, const Place& place, double residuals,
                       ResponseFit& fit) {
  const double by = 0.02 * place.window_s;
  std::vector<double> share, window_low, window_high, early, late;
  updates.shares(place, share);
  updates.shares({place.middle_s, place.window_s - by}, window_low);
  updates.shares({place.middle_s, place.window_s + by}, window_high);
  updates.shares({place.middle_s - by, place.window_s}, early);
  updates.shares({place.middle_s + by, place.window_s}, late);
  std::vector<double> window(share.size()), middle(share.size());
  for (std::size_t i = 0; i < share.size(); ++i) {
    window[i] = fit.swing * (window_high[i] - window_low[i]) / (2 * by);
    middle[i] = fit.swing * (late[i] - early[i]) / (2 * by);
  }
  const double ss = Updates::dot(share, share);
  const double sw = Updates::dot(share, window), sm = Updates::dot(share, middle);
  const double ww = Updates::dot(window, window) - sw * sw / ss;
  const double mm = Updates::dot(middle, middle) - sm * sm / ss;
  const double wm = Updates::dot(window, middle) - sw * sm / ss;
  const double determinant = ww * mm - wm * wm;
  const double variance = residuals / static_cast<double>(updates.size() - 5);
  const double u_ww = variance * mm / determinant, u_mm = variance * ww / determinant;
  const double u_wm = -variance * wm / determinant;
  fit.window_u_s = std::sqrt(u_ww);
  fit.lag_u_s = std::sqrt(std::max(0.0, u_mm + u_ww / 4 - u_wm));
}

std::vector<SeenUpdate> spread(std::span<const SeenUpdate> updates) {
  const std::size_t stride = 1 + updates.size() / kGridUpdates;
  std::vector<SeenUpdate> some;
  for (std::size_t i = 0; i < updates.size(); i += stride) some.push_back(updates[i]);
  return some;
}

}  // namespace

ResponseFit fit_response(std::span<const SeenUpdate> updates, std::span<const double> switches_s,
                         const ResponseRange& range) {
  ResponseFit fit;
  if (updates.size() < kUpdatesMin) return fit;
  const std::vector<SeenUpdate> some = spread(updates);
  const Updates all(updates, switches_s);
  std::vector<Candidate> ends;
  for (const Candidate& start : search_grid(Updates(some, switches_s), range)) {
    ends.push_back(search_pattern(all, start.place, range));
  }
  const Candidate best = *std::ranges::min_element(ends, {}, &Candidate::residuals);
  if (!(best.residuals < all.total())) return fit;
  fit.window_s = best.place.window_s;
  fit.lag_s = best.place.middle_s - best.place.window_s / 2;
  fit.swing = all.fit(best.place).swing;
  fit.explained = 1 - best.residuals / all.total();
  const double freedom = static_cast<double>(updates.size() - 5);
  fit.residual = std::sqrt(best.residuals / freedom) / fit.swing;
  add_uncertainties(all, best.place, best.residuals, fit);
  return fit;
}

}  // namespace ergon
