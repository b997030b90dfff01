#include "analysis/network/network_builder.h"

#include <fmt/format.h>

#include "kernels/error.h"

namespace ergon {
namespace {

const Primitive& primitive_of(std::string_view name) {
  const Primitive* const found = primitive::named(name);
  ERGON_ASSERT(found != nullptr);
  return *found;
}

// A matrix that is shared still has a bias of its own.
std::int64_t weight_elements(const Problem& problem, bool matrix_shared) {
  std::int64_t elements = 0;
  bool matrix = matrix_shared;
  for (const Operand& operand : problem.primitive->operands(problem)) {
    if (operand.role != Role::weight) continue;
    if (!matrix) elements += operand.elements();
    matrix = false;
  }
  return elements;
}

}  // namespace

void NetworkBuilder::open(std::string name, std::string_view kind) {
  Node node;
  node.name = std::move(name);
  node.kind = kind;
  node.parent = open_;
  node.depth = open_ < 0 ? 0 : network_.nodes[static_cast<std::size_t>(open_)].depth + 1;
  open_ = static_cast<int>(network_.nodes.size());
  network_.nodes.push_back(std::move(node));
}

void NetworkBuilder::close() {
  Node& node = network_.nodes[static_cast<std::size_t>(open_)];
  node.end = static_cast<int>(network_.nodes.size());
  open_ = node.parent;
}

void NetworkBuilder::add(std::string_view name, std::string_view primitive, Extents extents,
                         Choices choices, Weights weights) {
  Node node;
  node.name = name;
  node.problem = make_problem(primitive_of(primitive), std::vector<std::int64_t>(extents.size()));
  node.problem.dtypes = dtypes_;
  node.kind = node.problem.primitive->name;
  std::size_t axis = 0;
  for (const auto& [axis_name, extent] : extents) {
    ERGON_ASSERT(node.problem.primitive->axes[axis] == axis_name);
    node.problem.extents[axis++] = extent;
  }
  for (const auto& [option, value] : choices) choose(node.problem, option, value);
  node.parent = open_;
  node.depth = network_.nodes[static_cast<std::size_t>(open_)].depth + 1;
  node.end = static_cast<int>(network_.nodes.size()) + 1;
  if (const std::string why = node.problem.primitive->invalid(node.problem); !why.empty()) {
    throw Error(fmt::format("network: {}/{}: {} is no problem: {}", network_.path(open_), name,
                            problem_key(node.problem), why));
  }
  if (!weights_counted_) {
    node.parameters = weight_elements(node.problem, weights == Weights::shared);
  }
  network_.nodes.push_back(std::move(node));
}

void NetworkBuilder::pass(std::string_view name, std::int64_t elements) {
  add(name, "copy", {{"elements", elements}});
}

void NetworkBuilder::pass_of_two(std::string_view name, std::int64_t elements) {
  add(name, "residual_add", {{"elements", elements}});
}

}  // namespace ergon
