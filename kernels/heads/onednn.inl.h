#pragma once

// Rows of heads moved by oneDNN's reorder. Private: included after onednn/execution.inl.h, in the
// same namespace.
inline void fill_heads(OnednnExecution& execution, const HeadExchange& heads) {
  constexpr auto kF32 = dnnl::memory::data_type::f32;
  const dnnl::memory::dims extents = {heads.batch, heads.inner, heads.outer, heads.row};
  const dnnl::memory::desc from(extents, kF32, dnnl::memory::format_tag::acbd);
  const dnnl::memory::desc to(extents, kF32, dnnl::memory::format_tag::abcd);
  const dnnl::reorder::primitive_desc description(execution.engine(), from, execution.engine(), to,
                                                  OnednnExecution::attributes());
  execution.append(dnnl::reorder(description), description.scratchpad_desc(),
                   {{DNNL_ARG_FROM, execution.memory(from, const_cast<float*>(heads.in))},
                    {DNNL_ARG_TO, execution.memory(to, heads.out)}});
}
