#include "kernels/attention/heads.h"

#include <memory>
#include <vector>

#include "kernels/cpu/parts.h"

namespace ergon {
namespace {

// Where each member's rows begin, and the end. A member's share of the keys seen by all rows is as
// near to equal as whole rows allow.
template <class Element>
std::vector<std::size_t> cut_rows(const HeadsOf<Element>& heads, int members) {
  std::size_t group_cost = 0;
  for (std::size_t row = 0; row < heads.rows; ++row) group_cost += heads.seen(row);
  std::vector<std::size_t> cuts = {0};
  for (int member = 1; member < members; ++member) {
    const double target =
        static_cast<double>(heads.groups) * static_cast<double>(group_cost) * member / members;
    const auto group = static_cast<std::size_t>(target / static_cast<double>(group_cost));
    double left = target - static_cast<double>(group) * static_cast<double>(group_cost);
    std::size_t row = 0;
    for (; row < heads.rows && left >= static_cast<double>(heads.seen(row)) / 2; ++row) {
      left -= static_cast<double>(heads.seen(row));
    }
    cuts.push_back(group * heads.rows + row);
  }
  cuts.push_back(heads.groups * heads.rows);
  return cuts;
}

// What a launch needs and bind makes: the cuts, and a scratch buffer a member.
template <class Element>
struct Team {
  HeadsOf<Element> heads;
  AttentionMethod<Element> method;
  int members, threads;
  std::vector<std::size_t> cuts;
  std::size_t scratch_bytes;  // a member's
  Buffer scratch;

  void attend(int member) const {
    const auto i = static_cast<std::size_t>(member);
    auto* own = reinterpret_cast<float*>(scratch.get() + i * scratch_bytes);
    method.attend(heads, {cuts[i], cuts[i + 1]}, own);
  }
};

}  // namespace

template <class Element>
HeadsOf<Element> heads_of(const Binding& binding) {
  const Problem& problem = binding.problem;
  const auto extent = [&](std::string_view axis) {
    return static_cast<std::size_t>(problem.extent(axis));
  };
  const auto operand = [&](std::size_t i) {
    return reinterpret_cast<Element*>(binding.operands[i].get());
  };
  return {.groups = extent("batch") * extent("kv_heads"),
          .rows = extent("heads") / extent("kv_heads") * extent("queries"),
          .queries = extent("queries"),
          .keys = extent("keys"),
          .head_size = extent("head_size"),
          .causal = problem.choice("mask") == "causal",
          .q = operand(0),
          .k = operand(1),
          .v = operand(2),
          .out = operand(3)};
}

template <class Element>
Launch bind_attention(const Binding& binding, const AttentionMethod<Element>& method) {
  constexpr std::int64_t kFlopsLeast = 200'000;
  const HeadsOf<Element> heads = heads_of<Element>(binding);
  const Work work = binding.problem.primitive->work(binding.problem);
  const int members = threads_worthwhile(work.flops, kFlopsLeast, binding.threads);
  // Whole pages, so that each thread touches its own first.
  constexpr std::size_t kPage = 4096;
  const std::size_t bytes = method.scratch_floats(heads) * sizeof(float);
  const std::size_t scratch_bytes = (bytes + kPage - 1) / kPage * kPage;
  const auto team = std::make_shared<const Team<Element>>(Team<Element>{
      heads, method, members, binding.threads, cut_rows(heads, members), scratch_bytes,
      binding.device.allocate(scratch_bytes * static_cast<std::size_t>(members), members)});
  prepare_team(binding.threads);
  return [team] {
    parallel_first(team->members, team->threads, [&](int member) { team->attend(member); });
  };
}

template HeadsOf<float> heads_of(const Binding&);
template HeadsOf<Bf16> heads_of(const Binding&);
template Launch bind_attention(const Binding&, const AttentionMethod<float>&);
template Launch bind_attention(const Binding&, const AttentionMethod<Bf16>&);

}  // namespace ergon
