#include "analysis/network/description.h"

#include <gtest/gtest.h>

#include "analysis/network/description_file.h"
#include "kernels/error.h"

namespace ergon {
namespace {

const std::string kSmall =
    "kind: encoder\n"
    "layers: 2\n"
    "hidden: 64\n"
    "heads: 4\n"
    "vocabulary: 100\n"
    "context: 32\n";

std::string refusal_of(const std::string& text) {
  try {
    (void)parse_description(text, "net.yaml");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string refusal_of_setting(const std::string& setting) {
  NetworkDescription description = parse_description(kSmall, "net.yaml");
  try {
    override_fields(description, {{setting}});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(Description, TakesWhatIsLeftOutFromTheRest) {
  const NetworkDescription given = parse_description(kSmall, "small.yaml");
  EXPECT_EQ(given.name, "small");
  const NetworkDescription description = completed(given);
  EXPECT_EQ(description.kv_heads, 4);
  EXPECT_EQ(description.head_size, 16);
  EXPECT_EQ(description.feed_forward, 256);
}

TEST(Description, SaysWhereAFileIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"layrs: 3\n", "net.yaml:7:1: unknown key 'layrs' in a network; known: "},
      {"head: big\n", "net.yaml:7:7: head is 'big'; expected one of: none, lm, masked_lm"},
      {"feed_forward: wide\n", "net.yaml:7:15: feed_forward is 'wide', not an integer"},
      {"feed_forward: 0\n", "net.yaml:7:15: feed_forward is 0; expected an integer from 1"},
      {"pooler: maybe\n", "net.yaml:7:9: pooler is 'maybe'; expected yes or no"},
      {"layers: 3\n", "net.yaml:7:1: key 'layers' stands twice"},
      {"kv_heads: 3\n", "net.yaml:7:11: kv_heads: heads 4 is not a multiple of kv_heads 3"},
      {"cache: yes\n", "net.yaml:7:8: cache: an encoder keeps no keys and values"},
      {"head: lm\n", "net.yaml:7:7: head: lm is a decoder's head"},
      {"position_offset: 32\n", "net.yaml:7:18: position_offset: 32 leaves no position"},
      {"positions: rotary\nhead_size: 7\n", "net.yaml:8:12: head_size: is odd"},
  };
  for (const auto& [line, message] : cases) {
    EXPECT_EQ(refusal_of(kSmall + line).substr(0, message.size()), message);
  }
}

TEST(Description, NamesTheKeyThatIsMissing) {
  EXPECT_EQ(refusal_of("kind: encoder\nlayers: 2\n"),
            "net.yaml:1:1: a network lacks hidden (elements of a token between layers); give it");
  EXPECT_EQ(refusal_of(""), "net.yaml:1:1: a network is empty; expected a map with keys among: " +
                                refusal_of("").substr(refusal_of("").find("name")));
  EXPECT_NE(refusal_of("- 1\n").find("a network is a list; expected a map"), std::string::npos);
}

TEST(Description, OverridesAFieldByItsName) {
  NetworkDescription description = parse_description(kSmall, "net.yaml");
  const std::vector<std::string> settings = {"layers=6", "pooler=yes", "activation=swiglu"};
  override_fields(description, settings);
  EXPECT_EQ(description.layers, 6);
  EXPECT_TRUE(description.pooler);
  EXPECT_EQ(description.activation, Activation::swiglu);
}

TEST(Description, RefusesAnOverrideThatIsNone) {
  EXPECT_EQ(refusal_of_setting("layers=six").substr(0, 48),
            "--set layers=six:1:8: layers is 'six', not an in");
  EXPECT_EQ(refusal_of_setting("layer=6").substr(0, 37), "--set layer=6: no such field; known: ");
  EXPECT_NE(refusal_of_setting("layer=6").find("did you mean 'layers'?"), std::string::npos);
  EXPECT_NE(refusal_of_setting("layers").find("expected field=value"), std::string::npos);
  EXPECT_EQ(refusal_of_setting("heads=5"),
            "--set heads=5: heads: hidden 64 is not a multiple of heads 5; change one, or give "
            "head_size");
}

TEST(Description, EveryFieldReadsBackWhatItSays) {
  for (const DescriptionField& field : description_fields()) {
    NetworkDescription description = completed(parse_description(kSmall, "net.yaml"));
    description.norm_first = true;
    const std::string text = field.text(description);
    NetworkDescription read = description;
    Yaml value;
    value.kind = Yaml::Kind::scalar;
    value.text = text;
    value.file = std::make_shared<const std::string>("f");
    field.read(value, read);
    EXPECT_EQ(read, description) << field.name;
  }
}

}  // namespace ergon
