#include "harness/config/glob.h"

#include <cstddef>

namespace ergon {

// On a mismatch only the last star needs to give way: linear space, at most quadratic time.
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, star = std::string_view::npos, star_text = 0, i = 0;
  while (i < text.size()) {
    if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[i]) &&
        pattern[at] != '*') {
      ++at;
      ++i;
    } else if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_text = i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++star_text;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace ergon
