#include "harness/record/provenance.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "harness/sha256.h"
#include "kernels/kernel.h"

namespace ergon {

using nlohmann::json;

TEST(Provenance, HashesTheSourcesOfEveryPrimitive) {
  for (const Primitive* primitive : primitive::all()) {
    EXPECT_EQ(kernel_hash(primitive->name).size(), std::size_t{64}) << primitive->name;
    const std::string pair = std::string(primitive->name) + "=" + kernel_hash(primitive->name);
    EXPECT_NE(kernels_hash().find(pair), std::string::npos) << pair;
  }
  EXPECT_NE(kernel_hash("gemm"), kernel_hash("softmax"));
  EXPECT_EQ(kernel_hash("of_another_build"), "");
}

TEST(Provenance, DescribesTheBuildInOneLine) {
  const std::string description = build_description();
  EXPECT_EQ(description.find('\n'), std::string::npos);
  EXPECT_EQ(build_hash(), sha256(description));
  const json build = json::parse(description);
  EXPECT_FALSE(build.at("compiler").get<std::string>().empty());
  EXPECT_TRUE(build.at("dirty").is_boolean());
  EXPECT_NE(build.at("flags").get<std::string>().find("-std=gnu++20"), std::string::npos);
}

TEST(Provenance, SaysWhereARunHappened) {
  std::string why_not;
  for (const DeviceType* type : device::all()) {
    if (type->kind != DeviceKind::cpu) continue;
    const auto device = type->open(0, why_not);
    ASSERT_NE(device, nullptr) << why_not;
    const json facts = json::parse(provenance_json(*device, "ergon run a.yaml"));
    EXPECT_EQ(facts.at("command_line"), "ergon run a.yaml");
    EXPECT_EQ(facts.at("device").at("name"), device->name());
    for (const char* part : {"host", "cpu", "software", "environment", "placement", "build"}) {
      EXPECT_TRUE(facts.at(part).is_object()) << part;
    }
    EXPECT_FALSE(facts.at("placement").at("cpus").empty());
  }
}

}  // namespace ergon
