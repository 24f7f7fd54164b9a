#include "formats/web/html.h"

#include <gumbo.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace pulih::web {
namespace {

// The parser's memory: blocks that are let go together, so that no tree is ever walked to free it, and a limit. The
// parser cannot be told that memory is out; it is left by longjmp, through C frames only.
class Arena {
 public:
  explicit Arena(size_t most) : left_(most) {}
  ~Arena() {
    while (blocks_ != nullptr) {
      Block* next = blocks_->next;
      std::free(blocks_);
      blocks_ = next;
    }
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* Take(size_t size) {
    size = (size + 15) & ~size_t{15};
    if (size > left_) std::longjmp(out_of_memory, 1);
    left_ -= size;
    if (size > room_) Grow(size);
    void* taken = at_;
    at_ += size;
    room_ -= size;
    return taken;
  }

  std::jmp_buf out_of_memory;

 private:
  struct alignas(16) Block {
    Block* next;
  };
  void Grow(size_t size) {
    const size_t block = std::max<size_t>(size, 256u << 10);
    void* memory = std::malloc(sizeof(Block) + block);
    if (memory == nullptr) std::longjmp(out_of_memory, 1);
    Block* header = static_cast<Block*>(memory);
    header->next = blocks_;
    blocks_ = header;
    at_ = reinterpret_cast<char*>(header + 1);
    room_ = block;
  }

  Block* blocks_ = nullptr;
  char* at_ = nullptr;
  size_t room_ = 0, left_;
};

void* TakeFromArena(void* arena, size_t size) { return static_cast<Arena*>(arena)->Take(size); }
void LeaveToArena(void*, void*) {}

// A function without objects, for setjmp.
GumboOutput* ParseInto(Arena* arena, const char* text, size_t size) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = TakeFromArena;
  options.deallocator = LeaveToArena;
  options.userdata = arena;
  options.max_errors = 0;
  if (setjmp(arena->out_of_memory) != 0) return nullptr;
  return gumbo_parse_with_options(&options, text, size);
}

bool IsOneOf(std::string_view tag, std::initializer_list<std::string_view> tags) { return std::find(tags.begin(), tags.end(), tag) != tags.end(); }

// How deep elements can be nested at most: start tags less end tags, whatever they are. The parser's time grows with the
// square of it.
bool MayBeTooDeep(std::string_view text) {
  size_t depth = 0;
  for (size_t at = text.find('<'); at != std::string_view::npos && at + 1 < text.size(); at = text.find('<', at + 1)) {
    if (text[at + 1] == '/') {
      depth -= depth > 0;
      continue;
    }
    std::string tag;
    for (size_t i = at + 1; i < text.size() && tag.size() < 12 && std::isalnum(static_cast<unsigned char>(text[i])); ++i) tag.push_back(static_cast<char>(text[i] | 0x20));
    // Void elements, and those whose end tag is left out again and again.
    const bool stays_open = !tag.empty() && !IsOneOf(tag, {"br", "img", "input", "meta", "link", "hr", "area", "base", "col", "embed", "param", "source", "wbr", "p", "li", "td", "tr", "th", "option", "dt", "dd"});
    if (stays_open && ++depth > kMaxHtmlDepth) return true;
  }
  return false;
}

bool IsBlock(std::string_view tag) { return IsOneOf(tag, {"p", "div", "li", "tr", "table", "h1", "h2", "h3", "h4", "ul", "ol", "td", "th"}); }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsSilent(std::string_view tag) { return IsOneOf(tag, {"script", "style", "noscript", "template", "head"}); }

// Blanks at both ends, those that do not break among them.
std::string_view Trim(std::string_view text) {
  constexpr std::string_view kHard = "\xC2\xA0";
  for (bool goes_on = true; goes_on && !text.empty();) {
    goes_on = true;
    if (IsBlank(text.front())) text.remove_prefix(1);
    else if (text.substr(0, 2) == kHard) text.remove_prefix(2);
    else if (IsBlank(text.back())) text.remove_suffix(1);
    else if (text.size() >= 2 && text.substr(text.size() - 2) == kHard) text.remove_suffix(2);
    else goes_on = false;
  }
  return text;
}

}  // namespace

// Copies the parser's tree into ours.
class HtmlBuilder {
 public:
  HtmlBuilder(HtmlPage& page, std::string_view text) : page_(page), text_(text) {}

  bool Build(const GumboNode* root) {
    struct Work {
      const GumboNode* from;
      HtmlId parent;
    };
    std::vector<Work> work = {{root, kNoHtml}};
    while (!work.empty()) {
      const Work next = work.back();
      work.pop_back();
      const HtmlId id = Add(*next.from, next.parent);
      if (id == kNoHtml) continue;
      if (next.from->type != GUMBO_NODE_ELEMENT && next.from->type != GUMBO_NODE_TEMPLATE) continue;
      if (IsSilent(page_.nodes_[id].tag) && page_.nodes_[id].tag != "head") continue;
      const GumboVector& children = next.from->v.element.children;
      for (unsigned i = children.length; i > 0; --i) work.push_back({static_cast<const GumboNode*>(children.data[i - 1]), id});
    }
    // Children stand behind their parents: ends are handed up from the last to the first.
    for (size_t i = page_.nodes_.size(); i > 1; --i) {
      const HtmlNode& node = page_.nodes_[i - 1];
      HtmlNode& parent = page_.nodes_[node.parent];
      if (parent.begin == 0 && node.begin != 0 && i - 1 == parent.children.front()) parent.begin = node.begin;  // one that the parser added
      if (!parent.closed) parent.end = std::max(parent.end, node.end);
    }
    for (const HtmlNode& node : page_.nodes_) page_.content_end_ = std::max(page_.content_end_, node.end);
    return !page_.nodes_.empty();
  }

 private:
  uint64_t OffsetOf(const char* at) const {
    const bool inside = at >= text_.data() && at <= text_.data() + text_.size();
    return inside ? static_cast<uint64_t>(at - text_.data()) : 0;
  }

  HtmlId Add(const GumboNode& from, HtmlId parent) {
    HtmlNode node;
    if (from.type == GUMBO_NODE_ELEMENT || from.type == GUMBO_NODE_TEMPLATE) {
      AddElement(from.v.element, node);
    } else if (from.type == GUMBO_NODE_TEXT || from.type == GUMBO_NODE_WHITESPACE || from.type == GUMBO_NODE_CDATA) {
      node.text = from.v.text.text;
      node.begin = OffsetOf(from.v.text.original_text.data);
      node.end = node.begin + from.v.text.original_text.length;
      node.closed = true;
    } else {
      return kNoHtml;
    }
    node.parent = parent;
    const HtmlId id = static_cast<HtmlId>(page_.nodes_.size());
    page_.nodes_.push_back(std::move(node));
    if (parent != kNoHtml) page_.nodes_[parent].children.push_back(id);
    return id;
  }

  void AddElement(const GumboElement& element, HtmlNode& node) {
    node.tag = gumbo_normalized_tagname(element.tag);
    if (node.tag.empty()) {
      GumboStringPiece name = element.original_tag;
      gumbo_tag_from_original_text(&name);
      node.tag.assign(name.data == nullptr ? "" : name.data, name.data == nullptr ? 0 : std::min<size_t>(name.length, 64));
      if (node.tag.empty()) node.tag = "?";
    }
    for (unsigned i = 0; i < element.attributes.length; ++i) {
      const auto* attribute = static_cast<const GumboAttribute*>(element.attributes.data[i]);
      node.attributes.emplace_back(attribute->name, attribute->value);
    }
    if (element.original_tag.data != nullptr) {
      node.begin = OffsetOf(element.original_tag.data);
      node.end = node.begin + element.original_tag.length;
    }
    if (element.original_end_tag.length > 0) {
      node.closed = true;
      node.end = std::max(node.end, OffsetOf(element.original_end_tag.data) + element.original_end_tag.length);
      if (node.tag == "html" || node.tag == "body") page_.complete_ = true;
    }
    // Nothing can be cut in an element that has no content.
    if (IsOneOf(node.tag, {"br", "img", "input", "hr", "meta", "link"})) node.closed = true;
  }

  HtmlPage& page_;
  const std::string_view text_;
};

Result<HtmlPage> HtmlPage::Parse(std::string_view text) {
  if (text.size() > kMaxHtmlText) return Status(Code::too_large, "read a page: more than 32 MiB");
  if (MayBeTooDeep(text)) return Status(Code::too_large, "read a page: elements nested too deep");
  Arena arena(text.size() * 64 + (4u << 20));
  const GumboOutput* output = ParseInto(&arena, text.data(), text.size());
  if (output == nullptr) return Status(Code::too_large, "read a page: its elements take too much memory");
  HtmlPage page;
  if (!HtmlBuilder(page, text).Build(output->root)) return Status(Code::corrupt, "read a page: no elements");
  return page;
}

std::vector<HtmlId> HtmlPage::All(HtmlId from, std::string_view tag, std::string_view not_in) const {
  std::vector<HtmlId> found, work(nodes_[from].children.rbegin(), nodes_[from].children.rend());
  while (!work.empty()) {
    const HtmlId id = work.back();
    work.pop_back();
    const HtmlNode& node = nodes_[id];
    if (node.tag == tag) found.push_back(id);
    if (!not_in.empty() && node.tag == not_in) continue;
    work.insert(work.end(), node.children.rbegin(), node.children.rend());
  }
  return found;
}

HtmlId HtmlPage::First(HtmlId from, std::string_view tag) const {
  std::vector<HtmlId> work(nodes_[from].children.rbegin(), nodes_[from].children.rend());
  while (!work.empty()) {
    const HtmlId id = work.back();
    work.pop_back();
    if (nodes_[id].tag == tag) return id;
    work.insert(work.end(), nodes_[id].children.rbegin(), nodes_[id].children.rend());
  }
  return kNoHtml;
}

std::string_view HtmlPage::Attribute(HtmlId id, std::string_view name) const {
  for (const auto& [key, value] : nodes_[id].attributes) {
    if (key == name) return value;
  }
  return {};
}

bool HtmlPage::HasClass(HtmlId id, std::string_view name) const {
  std::string_view classes = Attribute(id, "class");
  while (!classes.empty()) {
    const size_t end = std::min(classes.find_first_of(" \t\r\n"), classes.size());
    if (classes.substr(0, end) == name) return true;
    classes.remove_prefix(std::min(end + 1, classes.size()));
  }
  return false;
}

std::string HtmlPage::Text(HtmlId id, bool (*leave_out)(const HtmlPage&, HtmlId)) const {
  std::string out;
  // A block begins and ends a line; kNoHtml stands for such an end.
  std::vector<HtmlId> work = {id};
  const auto end_line = [&] {
    while (!out.empty() && IsBlank(out.back())) out.pop_back();
    if (!out.empty()) out.push_back('\n');
  };
  bool line_begins = true;
  while (!work.empty()) {
    const HtmlId next = work.back();
    work.pop_back();
    if (next == kNoHtml) {
      end_line();
      line_begins = true;
      continue;
    }
    const HtmlNode& node = nodes_[next];
    if (node.tag.empty()) {
      std::string_view text = node.text;
      if (line_begins) text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
      out.append(text);
      line_begins = line_begins && text.empty();
      continue;
    }
    if (IsSilent(node.tag) || (next != id && leave_out != nullptr && leave_out(*this, next))) continue;
    const bool ends_line = next != id && (IsBlock(node.tag) || node.tag == "br");
    if (ends_line) {
      end_line();
      line_begins = true;
      if (node.tag != "br") work.push_back(kNoHtml);
    }
    work.insert(work.end(), node.children.rbegin(), node.children.rend());
  }
  return std::string(Trim(out));
}

std::string SavedFrom(std::string_view text) {
  constexpr std::string_view kMark = "<!-- saved from url=(";
  text = text.substr(0, 4096);
  const size_t mark = text.find(kMark);
  if (mark == std::string_view::npos) return {};
  const size_t begin = text.find(')', mark);
  const size_t end = begin == std::string_view::npos ? begin : text.find(" -->", begin);
  return end == std::string_view::npos ? std::string() : std::string(Trim(text.substr(begin + 1, end - begin - 1)));
}

std::string CollapseBlanks(std::string_view text) {
  std::string out;
  bool blank = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool nbsp = text.substr(i, 2) == "\xC2\xA0";
    if (nbsp || IsBlank(text[i])) {
      blank = !out.empty();
      i += nbsp;
    } else {
      if (blank) out.push_back(' ');
      blank = false;
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace pulih::web
