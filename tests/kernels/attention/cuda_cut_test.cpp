#include "kernels/attention/cuda_cut.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace ergon {
namespace {

// batch, heads, kv_heads, queries, keys, head_size.
Problem attention(const std::vector<std::int64_t>& extents, bool causal) {
  Problem problem = make_problem(*primitive::named("attention"), extents);
  choose(problem, "mask", causal ? "causal" : "none");
  return problem;
}

std::int64_t blocks(const RowTiles& tiles) { return tiles.units * tiles.count; }

}  // namespace

TEST(AttentionUnits, AreTheGroupsWhereATileHasRoomForThemElseTheHeads) {
  const AttentionUnits decode = attention_units(attention({3, 8, 2, 1, 100, 64}, true), 16);
  EXPECT_EQ(decode.units, 6);
  EXPECT_EQ(decode.units_per_kv, 1);
  EXPECT_EQ(decode.rows, 4);
  const AttentionUnits prefill = attention_units(attention({3, 8, 2, 100, 100, 64}, true), 16);
  EXPECT_EQ(prefill.units, 24);
  EXPECT_EQ(prefill.units_per_kv, 4);
  EXPECT_EQ(prefill.rows, 100);
}

TEST(AttentionUnits, BoundWhatTheRowsOfATileSee) {
  for (const bool causal : {false, true}) {
    const AttentionUnits units = attention_units(attention({1, 12, 3, 5, 11, 8}, causal), 16);
    ASSERT_EQ(units.rows, 20);
    for (int first = 0; first < units.rows; ++first) {
      int least = units.seen(first), most = least;
      for (int end = first + 1; end <= units.rows; ++end) {
        least = std::min(least, units.seen(end - 1));
        most = std::max(most, units.seen(end - 1));
        EXPECT_EQ(units.seen_most(first, end), most) << first << " to " << end;
        EXPECT_EQ(units.seen_least(first, end), least) << first << " to " << end;
      }
    }
    EXPECT_EQ(units.seen_least(0, units.rows), causal ? 7 : 11);
  }
}

TEST(RowTiles, PlaceEveryTileOfEveryUnitOnce) {
  const AttentionUnits units = attention_units(attention({1, 35, 7, 100, 100, 64}, true), 16);
  for (const std::size_t cache : {std::size_t{0}, std::size_t{6'000}, std::size_t{1} << 30}) {
    const RowTiles tiles = row_tiles(units, 16, 1000, cache);
    std::set<std::pair<std::int64_t, int>> places;
    for (std::int64_t block = 0; block < blocks(tiles); ++block) {
      const RowTiles::Place place = tiles.place(block);
      EXPECT_TRUE(places.emplace(place.unit, place.first_row).second) << "block " << block;
    }
    EXPECT_EQ(places.size(), 35 * 7);
    EXPECT_EQ(places.begin()->second, 0);
    EXPECT_EQ(*places.rbegin(), std::pair(std::int64_t{34}, 96));
  }
}

TEST(RowTiles, GoFromTheMostKeysToTheFewestWithinASection) {
  const AttentionUnits units = attention_units(attention({1, 8, 4, 64, 64, 64}, true), 16);
  // Half of the cache holds two KV heads, which four query heads read.
  const RowTiles tiles = row_tiles(units, 16, 1000, 4000);
  EXPECT_EQ(tiles.section, 4);
  std::vector<std::pair<std::int64_t, int>> places;
  for (std::int64_t block = 0; block < blocks(tiles); ++block) {
    const RowTiles::Place place = tiles.place(block);
    places.emplace_back(place.unit / 4, -place.first_row);
  }
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end()));
}

TEST(KeyTiles, CutEveryCountIntoWholeParts) {
  for (int tiles = 0; tiles < 20; ++tiles) {
    for (int splits = 1; splits <= 20; ++splits) {
      int next = 0;
      for (int split = 0; split < splits; ++split) {
        const KeyTiles part = key_tiles(tiles, splits, split);
        EXPECT_EQ(part.begin, next);
        EXPECT_GE(part.end, part.begin);
        EXPECT_LE(part.end - part.begin, (tiles + splits - 1) / splits);
        next = part.end;
      }
      EXPECT_EQ(next, tiles);
    }
  }
}

TEST(KeySplits, FillTheGpuAndNoMore) {
  // 132 multiprocessors of 4 blocks each; 32768 keys by 64.
  EXPECT_EQ(key_splits(8, 512, 528), 64);
  EXPECT_EQ(key_splits(528, 512, 528), 1);
  EXPECT_EQ(key_splits(10'000, 512, 528), 1);
  // Too few keys to be worth a second stage.
  EXPECT_EQ(key_splits(8, 4, 528), 1);
  for (const std::int64_t blocks : {1, 7, 100, 264, 300, 529}) {
    for (const int tiles : {1, 2, 30, 512, 16384}) {
      const int splits = key_splits(blocks, tiles, 528);
      EXPECT_GE(splits, 1);
      EXPECT_LE(splits, tiles);
      EXPECT_LE(splits, 1024);
    }
  }
}

TEST(RefuseAttentionExtents, NamesWhatIsTooLarge) {
  EXPECT_EQ(refuse_attention_extents(attention({1, 1, 1, 1, 1, 256}, false), 256), "");
  EXPECT_EQ(refuse_attention_extents(attention({1, 1, 1, 1, 1, 257}, false), 256),
            "takes head_size up to 256, not 257");
  EXPECT_EQ(refuse_attention_extents(attention({1, 1, 1, 1, std::int64_t{1} << 31, 8}, false), 256),
            "counts rows of queries, and keys, up to 2^30");
}

}  // namespace ergon
