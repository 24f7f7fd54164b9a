#include "tools/json_output.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

using namespace pulih;
using nlohmann::json;

TEST_CASE("a document is what another reader reads") {
  Output out;
  JsonWriter writer(out);
  writer.BeginObject();
  writer.Field("text", "quote \" backslash \\ newline \n bell \x07 é");
  writer.Field("number", uint64_t{18446744073709551615u});
  writer.Field("negative", -5);
  writer.Field("yes", true);
  writer.Field("seconds", 1.5);
  writer.NullField("nothing");
  writer.Field("list", std::vector<std::string>{"a", "b"});
  writer.Key("objects");
  writer.BeginArray();
  for (int i = 0; i < 2; ++i) {
    writer.BeginObject();
    writer.Field("i", i);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  const json read = json::parse(out.text());
  CHECK(read["text"] == "quote \" backslash \\ newline \n bell \x07 é");
  CHECK(read["number"] == 18446744073709551615u);
  CHECK(read["negative"] == -5);
  CHECK(read["yes"] == true);
  CHECK(read["seconds"] == 1.5);
  CHECK(read["nothing"].is_null());
  CHECK(read["list"] == json({"a", "b"}));
  CHECK(read["objects"][1]["i"] == 1);
  CHECK(out.text().back() == '\n');
}

TEST_CASE("any bytes as text give valid JSON") {
  for (int byte = 0; byte < 256; ++byte) {
    Output out;
    JsonWriter writer(out);
    writer.BeginArray();
    writer.Text(std::string("x") + static_cast<char>(byte) + "y");
    writer.EndArray();
    CHECK(json::accept(out.text()));
  }
}

TEST_CASE("each element of a list has a line of its own") {
  Output out;
  JsonWriter writer(out);
  writer.BeginArray();
  for (int i = 0; i < 2; ++i) {
    writer.BeginObject();
    writer.Field("a", i);
    writer.Field("b", "x");
    writer.EndObject();
  }
  writer.EndArray();
  CHECK(out.text() == "[\n  {\"a\": 0, \"b\": \"x\"},\n  {\"a\": 1, \"b\": \"x\"}\n]\n");
}

TEST_CASE("empty lists and objects are valid") {
  Output out;
  JsonWriter writer(out);
  writer.BeginObject();
  writer.Field("none", std::vector<std::string>{});
  writer.EndObject();
  CHECK(json::parse(out.text())["none"] == json::array());
}

TEST_CASE("a path that is UTF-8 stands alone, another one brings its bytes") {
  const auto fields = [](const std::string& path) {
    Output out;
    JsonWriter writer(out);
    writer.BeginObject();
    writer.PathField("path", path);
    writer.EndObject();
    return json::parse(out.text());
  };
  CHECK(fields("/srv/naïve") == json({{"path", "/srv/naïve"}}));
  const json odd = fields("/a\xff");
  CHECK(odd["path"] == "/a\ufffd");
  CHECK(odd["path_b64"] == "L2H/");
}

TEST_CASE("base64 pads every length") {
  CHECK(Base64("").empty());
  CHECK(Base64("f") == "Zg==");
  CHECK(Base64("fo") == "Zm8=");
  CHECK(Base64("foo") == "Zm9v");
  CHECK(Base64("foobar") == "Zm9vYmFy");
  CHECK(Base64(std::string("\0\xff", 2)) == "AP8=");
}

TEST_CASE("a list that an error ends is still one document") {
  Output out;
  JsonWriter writer(out);
  CHECK_FALSE(writer.started());
  writer.BeginObject();
  writer.Key("added");
  writer.BeginArray();
  writer.BeginObject();
  writer.Key("path");
  CHECK(writer.started());
  writer.Close();
  CHECK(json::parse(out.text()) == json({{"added", {{{"path", nullptr}}}}}));
}
