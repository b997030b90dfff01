#include "analysis/foreign/csv.h"

#include <gtest/gtest.h>

#include "kernels/error.h"

namespace ergon {

namespace {

std::string refusal_of(std::string_view text) {
  try {
    (void)parse_csv(text, "a.csv");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(Csv, ReadsQuotesEitherLineEndAndAnUnfinishedLastLine) {
  const Csv csv =
      parse_csv("\xEF\xBB\xBFname,joules\r\n\"a \"\"b\"\", c\",2.5e-3\n\nd,-1", "a.csv");
  EXPECT_EQ(csv.columns, (std::vector<std::string>{"name", "joules"}));
  ASSERT_EQ(csv.rows.size(), 2u);
  EXPECT_EQ(csv.rows[0].fields[0], "a \"b\", c");
  EXPECT_EQ(csv.number(csv.rows[0], csv.at("joules")), 2.5e-3);
  EXPECT_EQ(csv.rows[1].line, 4);
  EXPECT_EQ(csv.integer(csv.rows[1], 1), -1);
}

TEST(Csv, RefusesWhatIsNoTableWithTheLine) {
  EXPECT_EQ(refusal_of(""), "a.csv: is empty; expected a header line");
  EXPECT_EQ(refusal_of("a,b\n1\n"), "a.csv:2: has 1 fields, the header 2; is the file cut off?");
  EXPECT_EQ(refusal_of("a,a\n1,2\n"), "a.csv:1: column 'a' stands twice");
  EXPECT_EQ(refusal_of("a\n\"1\n2\n"), "a.csv:2: the quote is never closed");
  EXPECT_EQ(refusal_of("a\n\"1\"2\n"), "a.csv:2: text behind a closed quote");
}

TEST(Csv, RefusesNumbersThatAreNoneAndColumnsThatAreMissing) {
  const Csv csv = parse_csv("a\n1x\nnan\n2.5\n", "a.csv");
  EXPECT_THROW((void)csv.number(csv.rows[0], 0), Error);
  EXPECT_THROW((void)csv.number(csv.rows[1], 0), Error);
  EXPECT_THROW((void)csv.integer(csv.rows[2], 0), Error);
  EXPECT_THROW((void)csv.at("b"), Error);
  EXPECT_THROW((void)read_csv("/nowhere/a.csv"), Error);
}

}  // namespace ergon
