// The page as a tree.
#include "formats/web/html.h"

#include <catch2/catch.hpp>

#include "formats/web/entities.h"

namespace pulih::web {
namespace {

HtmlPage Parsed(std::string_view text) {
  Result<HtmlPage> page = HtmlPage::Parse(text);
  REQUIRE(page.ok());
  return std::move(page).value();
}

TEST_CASE("elements know their place, end tags or not") {
  const std::string text = "<html><body><table><tr><td class='a b'>x &amp; y<td>z</table></body></html>";
  const HtmlPage page = Parsed(text);
  const std::vector<HtmlId> cells = page.All(page.root(), "td");
  REQUIRE(cells.size() == 2);
  CHECK(page.Text(cells[0]) == "x & y");
  CHECK(page.HasClass(cells[0], "b"));
  CHECK_FALSE(page.HasClass(cells[0], "a b"));
  CHECK(text.substr(page.node(cells[0]).begin, page.node(cells[0]).end - page.node(cells[0]).begin) == "<td class='a b'>x &amp; y");
  CHECK_FALSE(page.node(cells[0]).closed);
  CHECK_FALSE(page.IsCut(cells[0]));
  CHECK(page.complete());
}

TEST_CASE("what the end of the text cuts is told") {
  const HtmlPage page = Parsed("<table><tr><td>one</td><td>tw");
  const std::vector<HtmlId> cells = page.All(page.root(), "td");
  CHECK_FALSE(page.complete());
  CHECK_FALSE(page.IsCut(cells[0]));
  CHECK(page.IsCut(cells[1]));
  CHECK(page.IsCut(page.First(page.root(), "tr")));
}

TEST_CASE("text has line ends for breaks and blocks, and no scripts") {
  const HtmlPage page = Parsed("<div>a<br>b<ul><li> c </li><li>d</li></ul><script>x()</script>e&nbsp;</div>");
  CHECK(page.Text(page.root()) == "a\nb\nc\nd\ne");
  CHECK(CollapseBlanks("  a\n b\xC2\xA0 c ") == "a b c");
}

TEST_CASE("rows of a table inside are not those of the table") {
  const HtmlPage page = Parsed("<table><tr><td><table><tr><td>in</td></tr></table></td></tr><tr><td>out</td></tr></table>");
  CHECK(page.All(page.root(), "tr").size() == 3);
  CHECK(page.All(page.First(page.root(), "table"), "tr", "table").size() == 2);
}

TEST_CASE("the address that a browser wrote is found") {
  CHECK(SavedFrom("<!DOCTYPE html>\n<!-- saved from url=(0021)http://x.example/a -->") == "http://x.example/a");
  CHECK(SavedFrom("<html>").empty());
}

TEST_CASE("entities are decoded, and what is none stays") {
  CHECK(DecodeEntities("a &amp; b &lt;&#39;&#x41;&nbsp;&bogus; &#xD800; & ;") == "a & b <'A\xC2\xA0&bogus; &#xD800; & ;");
}

TEST_CASE("any text is a page, and none is a crash") {
  const std::string text = "<html><head><title>t</title></head><body><table class=x><tr><th>a<td colspan=2>b&eacute;<svg><path d='1'/></svg></table><p>c<template><b></template>";
  for (size_t size = 0; size <= text.size(); ++size) {
    const HtmlPage page = Parsed(std::string_view(text).substr(0, size));
    for (HtmlId id : page.All(page.root(), "td")) CHECK(page.node(id).end <= size);
  }
  for (size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 0xA5);
    (void)HtmlPage::Parse(changed).ok();
  }
}

}  // namespace
}  // namespace pulih::web
