// A filter between live_values.py and formats/postgres. Each line that comes in asks for one value:
//
//   render TYPE HEX       the text of an image
//   parse TYPE HEX        the image of a text, which is given in hexadecimal as well
//   compare TYPE HEX/HEX  -1, 0 or 1
//
// and is answered by one line: "ok HEX", the order, or "CODE MESSAGE". TYPE is a word like int4, int4[], pair or pairs: it is
// found in the list of types that comes first, one a line, until an empty line:
//
//   base|array|composite|enumeration|domain|range|multirange NAME OID ELEMENT-NAME-OR-MINUS FIELD-TYPE…
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "engine/base/hex.h"
#include "formats/postgres/value_text.h"

namespace pulih {
namespace {

struct Types {
  TypeList list;
  std::map<std::string, TypeIndex> places;
};

PgTypeKind KindOf(const std::string& word) {
  const std::map<std::string, PgTypeKind> kinds = {{"base", PgTypeKind::base},
                                                   {"array", PgTypeKind::array},
                                                   {"composite", PgTypeKind::composite},
                                                   {"enumeration", PgTypeKind::enumeration},
                                                   {"domain", PgTypeKind::domain},
                                                   {"range", PgTypeKind::range},
                                                   {"multirange", PgTypeKind::multirange}};
  return kinds.at(word);
}

Types ReadTypes(std::istream& in) {
  Types types;
  for (std::string line; std::getline(in, line) && !line.empty();) {
    std::istringstream words(line);
    std::string kind, element, field;
    PgType type;
    words >> kind >> type.name >> type.oid >> element;
    type.kind = KindOf(kind);
    type.schema = "test";
    if (element != "-") type.element = types.places.at(element);
    while (words >> field) type.fields.push_back({"f", types.places.at(field)});
    types.places[type.name] = static_cast<TypeIndex>(types.list.size());
    types.list.push_back(type);
  }
  return types;
}

template <typename Value>
std::string Answer(const Result<Value>& value, ByteView bytes) {
  if (value.ok()) return "ok " + ToHex(bytes);
  return std::string(CodeName(value.status().code())) + " " + value.status().message();
}

std::string OrderOf(const Types& types, TypeIndex type, const std::string& pair) {
  const size_t slash = pair.find('/');
  const auto a = FromHex(pair.substr(0, slash)), b = FromHex(pair.substr(slash + 1));
  if (!a || !b) return "not hexadecimal";
  const auto order = CompareImages(types.list, type, *a, *b);
  if (!order.ok()) return order.status().message();
  return std::to_string(*order < 0 ? -1 : *order > 0 ? 1 : 0);
}

std::string AnswerTo(const Types& types, const std::string& line) {
  std::istringstream words(line);
  std::string verb, name, hex;
  words >> verb >> name >> hex;
  if (verb == "compare") return OrderOf(types, types.places.at(name), hex);
  const auto bytes = FromHex(hex);
  if (!bytes) return "not hexadecimal";
  if (verb == "render") {
    const auto text = ValueText(types.list, types.places.at(name), *bytes);
    return Answer(text, text.ok() ? AsBytes(*text) : ByteView());
  }
  const auto image = ValueImage(types.list, types.places.at(name), AsText(*bytes));
  return Answer(image, image.ok() ? ByteView(*image) : ByteView());
}

}  // namespace
}  // namespace pulih

int main() {
  std::ios::sync_with_stdio(false);
  const pulih::Types types = pulih::ReadTypes(std::cin);
  for (std::string line; std::getline(std::cin, line);) std::cout << pulih::AnswerTo(types, line) << '\n';
}
