// A page as a tree, with the place of every element in the text. Parsed as browsers do (WHATWG HTML), so that whatever
// was rendered once is read again: forgotten end tags, stray scripts, what a browser rewrote when it saved the page.
//
// A page may end anywhere. An element is `cut` when the text ends inside it; what was seen of it may be a part of what it
// said. Scripts and styles have no text here.
//
// Hostile pages give a Status: kMaxHtmlText long, kMaxHtmlDepth elements deep, memory in proportion to the text. The one
// place that knows the parser is html.cc (gumbo). Values; read-only after Parse.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace pulih::web {

inline constexpr size_t kMaxHtmlText = 32u << 20;
inline constexpr size_t kMaxHtmlDepth = 2000;

using HtmlId = uint32_t;
inline constexpr HtmlId kNoHtml = UINT32_MAX;

struct HtmlNode {
  std::string tag;   // lower case; empty: a text
  std::string text;  // of a text, entities decoded
  std::vector<std::pair<std::string, std::string>> attributes;
  HtmlId parent = kNoHtml;
  std::vector<HtmlId> children;
  uint64_t begin = 0, end = 0;  // from the start tag to behind the end tag, or as far as its content goes
  bool closed = false;          // its end tag was seen
};

class HtmlPage {
 public:
  // `text`: UTF-8; what is not becomes U+FFFD.
  static Result<HtmlPage> Parse(std::string_view text);

  HtmlId root() const { return 0; }
  const HtmlNode& node(HtmlId id) const { return nodes_[id]; }
  // The end tag of the page was seen, or of its body.
  bool complete() const { return complete_; }
  // The text ends inside the element.
  bool IsCut(HtmlId id) const { return !complete_ && !nodes_[id].closed && nodes_[id].end >= content_end_; }

  // All below `from` with this tag, in the order of the page. `not_in`: without those inside of another element of this
  // tag below `from` (the rows of a table without those of tables inside).
  std::vector<HtmlId> All(HtmlId from, std::string_view tag, std::string_view not_in = {}) const;
  HtmlId First(HtmlId from, std::string_view tag) const;
  std::string_view Attribute(HtmlId id, std::string_view name) const;
  bool HasClass(HtmlId id, std::string_view name) const;

  // The text below, as it was written but for blanks at both ends: a line end for each <br> and between blocks. Elements
  // for which `leave_out` is true are passed over.
  std::string Text(HtmlId id) const { return Text(id, nullptr); }
  std::string Text(HtmlId id, bool (*leave_out)(const HtmlPage& page, HtmlId id)) const;

 private:
  friend class HtmlBuilder;
  std::vector<HtmlNode> nodes_;
  bool complete_ = false;
  uint64_t content_end_ = 0;
};

// The address that a browser wrote into a page which it saved: "<!-- saved from url=(0021)http://… -->".
std::string SavedFrom(std::string_view text);

// Blanks of every kind at both ends off, runs of them to one: what a label says.
std::string CollapseBlanks(std::string_view text);

}  // namespace pulih::web
