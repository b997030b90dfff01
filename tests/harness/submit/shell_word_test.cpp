#include "harness/submit/shell_word.h"

#include <gtest/gtest.h>

#include "harness/submit/command_output.h"

namespace ergon {

TEST(ShellWord, IsOneWordForBashWhateverItHolds) {
  for (const std::string word :
       {"a", "", "it's", "$(id)", "`id`", "a b", "a;b", "'", "''", "\\", "\"", "-n", "a\nb", "*"}) {
    const CommandOutput output =
        run_command(std::vector<std::string>{"bash", "-c", "printf '%s|' " + shell_quoted(word)});
    EXPECT_EQ(output.out, word + "|");
    EXPECT_EQ(output.exit_code, 0) << output.error;
  }
}

TEST(ShellWord, IsPlainWithoutBlanksDashInFrontAndForeignCharacters) {
  EXPECT_TRUE(is_plain("gpu:h200", ":"));
  for (const std::string word : {"", "-a", "a b", "a;", "a$", "a\n", "a'", "\xc3\xa4"}) {
    EXPECT_FALSE(is_plain(word, "_-")) << word;
  }
  EXPECT_FALSE(is_plain(std::string(256, 'a'), ""));
}

TEST(CommandOutput, GivesBothStreamsAndTheExitCode) {
  const CommandOutput output =
      run_command(std::vector<std::string>{"bash", "-c", "echo out; echo error >&2; exit 3"});
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.error, "error\n");
  EXPECT_EQ(output.exit_code, 3);
}

TEST(CommandOutput, SaysThatAProgramIsNotThere) {
  EXPECT_EQ(run_command(std::vector<std::string>{"no-such-program-of-ergon"}).exit_code, 127);
}

}  // namespace ergon
