#pragma once

// A GELU of either form, of f32 or bf16, from functions over elements. Private: included after
// math/elements.inl.h and kernels/cpu/bf16.h, outside the target region.

Launch bind(const Binding& binding) {
  const bool erf = binding.problem.choice("form") == "erf";
  if (is_bf16(binding)) {
    constexpr Writes kStore = Writes::store;
    return bind_elementwise(binding, erf ? map_elements<gelu_erf, kStore, Bf16>
                                         : map_elements<gelu_tanh, kStore, Bf16>);
  }
  return bind_elementwise(binding, erf ? map_elements<gelu_erf> : map_elements<gelu_tanh>);
}
