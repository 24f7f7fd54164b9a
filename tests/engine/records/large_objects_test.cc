#include "engine/records/large_objects.h"

#include <string>

#include <catch2/catch.hpp>

namespace pulih {

TEST_CASE("an access list is read as the server writes it") {
  using Items = std::vector<AclItem>;
  CHECK(ParseAcl("{}").value().empty());
  CHECK(ParseAcl("{pulih=rw/pulih}").value() == Items{{"pulih", "rw"}});
  CHECK(ParseAcl("{pulih=rw/pulih,=r/pulih,budi=r*w/pulih}").value() ==
        Items{{"pulih", "rw"}, {"", "r"}, {"budi", "r*w"}});
  CHECK(ParseAcl(R"({"\"Budi W\"=r/pulih","\"a,\"\"}=\"=w/pulih"})").value() ==
        Items{{"Budi W", "r"}, {"a,\"}=", "w"}});
}

TEST_CASE("an access list that is none is corrupt, however it is cut") {
  for (const char* text :
       {"", "{", "}", "{}}", "x", "{x}", "{x=}", "{x=r}", "{=", "{\"x=r/y}", "{x=r/y,}", "{,}", "{x=r/y\\}"}) {
    INFO(text);
    const auto items = ParseAcl(text);
    CHECK(items.status().code() == Code::corrupt);
  }
}

}  // namespace pulih
