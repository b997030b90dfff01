#include "harness/config/yaml.h"

#include <gtest/gtest.h>

#include <string>

#include "kernels/error.h"

namespace ergon {
namespace {

std::string message(const std::string& text) {
  try {
    (void)parse_yaml(text, "a.yaml");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST(Yaml, NodesKnowTheirPlaces) {
  const Yaml root = parse_yaml("first: 1\nlist:\n  - a\n  - {inner: 'b c'}\nempty:\n", "a.yaml");
  EXPECT_EQ(root.kind, Yaml::Kind::map);
  EXPECT_EQ(root.find("first")->line, 1);
  EXPECT_EQ(root.find("first")->column, 8);
  const Yaml& list = *root.find("list");
  EXPECT_EQ(list.items.at(0).line, 3);
  EXPECT_EQ(list.items.at(0).column, 5);
  const Yaml& inner = *list.items.at(1).find("inner");
  EXPECT_EQ(inner.text, "b c");
  EXPECT_EQ(inner.line, 4);
  EXPECT_EQ(inner.column, 13);
  EXPECT_EQ(root.find("empty")->kind, Yaml::Kind::nothing);
  EXPECT_EQ(root.find("empty")->line, 5);
  EXPECT_EQ(root.find("absent"), nullptr);
}

TEST(Yaml, FailGivesFileLineAndColumn) {
  const Yaml root = parse_yaml("\n  key: value", "dir/a.yaml");
  try {
    root.find("key")->fail("is wrong");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "dir/a.yaml:2:8: is wrong");
  }
}

TEST(Yaml, KeysAreScalarsAndStandOnce) {
  EXPECT_EQ(message("a: 1\nb: 2\na: 3\n"),
            "a.yaml:3:1: key 'a' stands twice in this map, first on line 1; expected each key "
            "once; remove one, or join their values");
  EXPECT_NE(message("? [a, b]\n: 1\n").find("a.yaml:1:3: a key is a list"), std::string::npos);
}

TEST(Yaml, BytesThatAreNoTextAreNamed) {
  EXPECT_EQ(message("name: Gr\xf6\xdf"
                    "e\n")
                .substr(0, 35),
            "a.yaml:1:9: byte 0xf6 is no text; e");
  EXPECT_EQ(message(std::string("a: 1\nb: \0\n", 10)).substr(0, 27), "a.yaml:2:4: byte 0x00 is no");
  EXPECT_EQ(message("name: Gr\xc3\xb6\xc3\x9f"
                    "e\n"),
            "no error");
  EXPECT_EQ(message("a: \xe2\x82").substr(0, 16), "a.yaml:1:4: byte");  // cut off within a letter
}

TEST(Yaml, DeepNestingIsAnErrorAndNoCrash) {
  EXPECT_NE(message(std::string(100000, '[')), "no error");
  std::string maps;
  for (int i = 0; i < 5000; ++i) maps += "{a: ";
  EXPECT_NE(message(maps), "no error");
}

TEST(Yaml, AnEmptyTextIsNothing) {
  EXPECT_EQ(parse_yaml("", "a.yaml").kind, Yaml::Kind::nothing);
  EXPECT_EQ(parse_yaml("# only this\n", "a.yaml").kind, Yaml::Kind::nothing);
}

}  // namespace ergon
