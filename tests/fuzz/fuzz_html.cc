// A page of any bytes: elements lie inside the text, children inside their kind of parent, and its text is UTF-8.
#include "formats/web/html.h"

#include "formats/text/encoding.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const Result<web::HtmlPage> page = web::HtmlPage::Parse(AsText({data, size}));
  if (!page.ok()) return 0;
  for (const std::string_view tag : {"tr", "td", "table", "div", "a"}) {
    for (const web::HtmlId id : page->All(page->root(), tag)) {
      const web::HtmlNode& node = page->node(id);
      if (node.end > size || node.parent >= id) std::abort();
    }
  }
  if (!IsUtf8(page->Text(page->root()))) std::abort();
  ++accepted_inputs;
  return 0;
}
