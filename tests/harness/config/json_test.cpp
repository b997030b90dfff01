#include "harness/config/json.h"

#include <gtest/gtest.h>

#include <string>

#include "kernels/error.h"

namespace ergon {
namespace {

std::string message(const std::string& text) {
  try {
    (void)parse_json(text, "a.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Kind, place and text of every node, in order.
std::string outline(const Yaml& node) {
  std::string text = std::to_string(static_cast<int>(node.kind)) + "@" + std::to_string(node.line) +
                     ":" + std::to_string(node.column) + "=" + node.text;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i < node.keys.size()) text += "\n" + outline(node.keys[i]);
    text += "\n" + outline(node.items[i]);
  }
  return text;
}

}  // namespace

TEST(Json, GivesTheNodesAndPlacesThatYamlGives) {
  const std::string text =
      "{\"model_type\": \"bert\",\n  \"sizes\": [1, -2,3.5e1,\n 4],\n\"flags\":{\"a\":true ,\n"
      "\"b\" : false}, \"empty\": [], \"none\":{}, \"last\": [[7],[8]]}\n";
  EXPECT_EQ(outline(parse_json(text, "a.json")), outline(parse_yaml(text, "a.json")));
}

TEST(Json, NullIsNothingAndEscapesAreResolved) {
  const Yaml root = parse_json("{\"a\": null, \"b\\n\": \"\\u00e9\"}", "a.json");
  EXPECT_EQ(root.find("a")->kind, Yaml::Kind::nothing);
  EXPECT_EQ(root.find("b\n")->text, "\xc3\xa9");
}

TEST(Json, ErrorsHaveTheirPlace) {
  EXPECT_EQ(message("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}"),
            "a.json:3:2: key 'a' stands twice in this map, first on line 1; expected each key "
            "once; remove one, or join their values");
  EXPECT_EQ(message("{\"a\": 1,\n  b: 2}"),
            "a.json:2:3: not JSON; look for a bracket, quote or comma that is off here or just "
            "above");
  EXPECT_EQ(message("").substr(0, 20), "a.json:1:1: not JSON");
  EXPECT_EQ(message("{} {}").substr(0, 20), "a.json:1:4: not JSON");
  EXPECT_EQ(message("{\"a\": [1, 2}").substr(0, 21), "a.json:1:12: not JSON");
  EXPECT_NE(message("{\"a\": \"\xf6\"}").find("not JSON"), std::string::npos);
}

TEST(Json, DeepNestingIsAnErrorAndNoCrash) {
  EXPECT_EQ(message(std::string(100000, '[')),
            "a.json:1:101: nested deeper than 100 levels; expected a plain description");
}

}  // namespace ergon
