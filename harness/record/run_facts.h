#pragma once

#include <string>
#include <string_view>

namespace ergon {

// The hash of one primitive's kernel sources out of RunInfo::kernels_hash, which is canonical
// "attention=<sha256>,gemm=<sha256>"; empty where that build had none.
[[nodiscard]] std::string kernel_hash_in(const std::string& kernels_hash,
                                         std::string_view primitive);

// Provenance (JSON) with what a shard of a campaign knows of itself as "campaign"; `facts` is JSON
// too, and empty where the run is no such shard.
[[nodiscard]] std::string with_campaign_facts(const std::string& provenance,
                                              const std::string& facts);

}  // namespace ergon
