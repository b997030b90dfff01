#include "harness/run/rank_message.h"

#include <gtest/gtest.h>

#include "kernels/error.h"

namespace ergon {

TEST(RankMessage, ArrivesAsItWasSent) {
  const RankMessage sent{.what = "visit",
                         .texts = {"k1:gemm", ""},
                         .numbers = {-1, INT64_MAX},
                         .values = {0.1, -1e300},
                         .frames = {{std::byte{0}, std::byte{255}}, {}},
                         .ends = true};
  const RankMessage got = decode_message(encode_message(sent));
  EXPECT_EQ(got.what, sent.what);
  EXPECT_EQ(got.texts, sent.texts);
  EXPECT_EQ(got.numbers, sent.numbers);
  EXPECT_EQ(got.values, sent.values);
  EXPECT_EQ(got.frames, sent.frames);
  EXPECT_TRUE(got.ends);
}

TEST(RankMessage, RefusesBytesThatAreNone) {
  const std::vector<std::byte> bytes(5, std::byte{0x42});
  EXPECT_THROW(static_cast<void>(decode_message(bytes)), Error);
}

}  // namespace ergon
