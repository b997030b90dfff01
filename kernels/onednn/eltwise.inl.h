#pragma once

// One of oneDNN's eltwise functions over packed elements: operand 0 to operand 1. Private: included
// after execution.inl.h, in the same namespace.
inline void fill_eltwise(OnednnExecution& execution, const Binding& binding,
                         dnnl::algorithm algorithm, float alpha = 0) {
  const dnnl::memory::desc layout({binding.problem.extent("elements")},
                                  onednn_dtype(binding.problem.dtypes.a),
                                  dnnl::memory::format_tag::a);
  const dnnl::eltwise_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, algorithm, layout, alpha}, OnednnExecution::attributes(),
      execution.engine());
  execution.append(dnnl::eltwise_forward(description), description.scratchpad_desc(),
                   {{DNNL_ARG_SRC, execution.memory(layout, binding.operands[0].get())},
                    {DNNL_ARG_DST, execution.memory(layout, binding.operands[1].get())}});
}
