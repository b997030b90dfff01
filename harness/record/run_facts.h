#pragma once

#include <string>
#include <string_view>

namespace ergon {

// The hash of one primitive's kernel sources out of RunInfo::kernels_hash, which is canonical
// "attention=<sha256>,gemm=<sha256>"; empty where that build had none.
[[nodiscard]] std::string kernel_hash_in(const std::string& kernels_hash,
                                         std::string_view primitive);

// Provenance (JSON) with what a run knows of itself beside, as `name`: "campaign" of a shard,
// "ranks" of one of several. `facts` is JSON too; empty: there are none.
[[nodiscard]] std::string with_facts(const std::string& provenance, const std::string& name,
                                     const std::string& facts);

}  // namespace ergon
