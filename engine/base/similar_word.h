// The word that somebody may have meant who typed another: for hints beside an error, never to act upon.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pulih {

// The one of `words` that is most like `typed`: the same but for the case, or a letter or two apart (of three letters or
// fewer, none). Empty when none is; the first of several. Pure.
std::string SimilarWord(std::string_view typed, const std::vector<std::string>& words);

}  // namespace pulih
