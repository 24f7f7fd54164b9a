#include "engine/base/similar_word.h"

#include <catch2/catch.hpp>

namespace pulih {

TEST_CASE("the word that was meant is the nearest, and a word that is far from all is none of them") {
  const std::vector<std::string> words = {"get", "find", "history", "Peserta", "paket"};
  CHECK(SimilarWord("gett", words) == "get");
  CHECK(SimilarWord("fnid", words) == "find");
  CHECK(SimilarWord("PESERTA", words) == "Peserta");
  CHECK(SimilarWord("peserat", words) == "Peserta");
  CHECK(SimilarWord("GET", words) == "get");
  CHECK(SimilarWord("got", words).empty());  // of three letters one is much
  CHECK(SimilarWord("frobnicate", words).empty());
  CHECK(SimilarWord("", words).empty());
  CHECK(SimilarWord(std::string(100000, 'x'), words).empty());
  CHECK(SimilarWord("paket", {}).empty());
}

}  // namespace pulih
