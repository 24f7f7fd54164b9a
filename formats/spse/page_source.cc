#include "formats/spse/page_source.h"

#include <algorithm>
#include <cctype>

#include "formats/spse/page_table.h"
#include "formats/spse/pages3.h"
#include "formats/spse/pages45.h"
#include "formats/spse/source_text.h"
#include "formats/web/html.h"

namespace pulih::spse {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "20141004" is a day, in a file name.
bool LooksLikeDay(std::string_view digits) {
  return digits.size() == 8 && (digits.substr(0, 2) == "19" || digits.substr(0, 2) == "20") && digits.substr(4, 2) <= "12" && digits.substr(6, 2) <= "31";
}

// The one number in a file name that says which page it is: "lelang_tahap_3389127.html".
std::string TenderOfName(std::string_view name) {
  const std::string base = Lower(name.substr(name.find_last_of("/\\") + 1));
  const auto names_page = [&](std::string_view word) { return base.find(word) != std::string::npos; };
  if (!names_page("lelang") && !names_page("tahap") && !names_page("jadwal") && !names_page("peserta") && !names_page("pemenang") && !names_page("pengumuman") && !names_page("tender")) return {};
  std::string found;
  for (size_t at = 0; at < base.size();) {
    if (!IsDigit(base[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < base.size() && IsDigit(base[end])) ++end;
    const std::string digits = base.substr(at, end - at);
    at = end;
    if (digits.size() < 5 || digits.size() > 11 || LooksLikeDay(digits)) continue;
    if (!found.empty()) return {};
    found = digits;
  }
  return found;
}

std::string HostOf(std::string_view url) {
  const size_t begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  url.remove_prefix(begin + 3);
  return Lower(url.substr(0, url.find_first_of("/:?#")));
}

// "LPSE Provinsi DKI Jakarta - Informasi Tender".
std::string PublisherOfTitle(const web::HtmlPage& page) {
  const web::HtmlId title = page.First(page.root(), "title");
  if (title == web::kNoHtml) return {};
  std::string text = web::CollapseBlanks(page.Text(title));
  text = text.substr(0, text.find(" - "));
  return text.size() > 5 && text.substr(0, 5) == "LPSE " ? text : std::string();
}

// Rows of lists are of many tenders, and a view that has its own number needs no other.
bool SaysItself(const SourceRecord& record) {
  if (record.source == "spse3.list" || record.source == "spse4.list" || record.source == "spse3.winner") return true;
  return record.Find("Kode Lelang") != nullptr || record.Find("Kode Tender") != nullptr || record.Find("Kode Seleksi") != nullptr;
}

class PageReader {
 public:
  PageReader(const SourceText& text, size_t size, const PageOrigin& origin, SourceSink& sink) : text_(text), size_(size), origin_(origin), sink_(sink) {}

  Status Read(const web::HtmlPage& page) {
    std::vector<SourceRecord> records = ReadPage3(page);
    if (records.empty()) records = ReadPage45(page);
    if (records.empty()) return sink_.Range({0, size_, SourceFate::skipped, "page that tells of no tender"});
    PULIH_TRY(sink_.Range({0, size_, SourceFate::read, std::string("page of SPSE") + (page.complete() ? "" : ", cut")}));
    FindTender(page);
    SourceHead head{"", origin_.captured, origin_.url.empty() ? web::SavedFrom(text_.text()) : origin_.url};
    head.publisher = HostOf(head.url);
    if (head.publisher.empty()) head.publisher = PublisherOfTitle(page);
    PULIH_TRY(sink_.Head(head));
    for (SourceRecord& record : records) {
      if (!record.fields.empty()) PULIH_TRY(Tell(record));
    }
    return OkStatus();
  }

 private:
  void FindTender(const web::HtmlPage& page) {
    tender_ = TenderOfTabs(page);
    tender_from_ = "page";
    if (!tender_.empty()) return;
    tender_ = TenderOfUrl(origin_.url.empty() ? web::SavedFrom(text_.text()) : origin_.url);
    tender_from_ = "address";
    if (!tender_.empty()) return;
    tender_ = TenderOfName(origin_.name);
    tender_from_ = "file name";
  }

  Status Tell(SourceRecord& record) {
    const auto place = [&](uint64_t& offset, uint64_t& length) {
      const uint64_t begin = text_.OffsetOf(offset);
      length = text_.OffsetOf(offset + length) - begin;
      offset = begin;
    };
    place(record.offset, record.length);
    for (SourceField& field : record.fields) place(field.offset, field.length);
    record.fields.erase(std::remove_if(record.fields.begin(), record.fields.end(), [](const SourceField& field) { return HasDamage(field.raw); }), record.fields.end());
    if (!SaysItself(record) && !tender_.empty()) {
      record.tender = tender_;
      record.fields.push_back({"@tender_from", tender_from_, 0, 0});
    }
    return sink_.Record(record);
  }

  const SourceText& text_;
  const size_t size_;
  const PageOrigin& origin_;
  SourceSink& sink_;
  std::string tender_, tender_from_;
};

}  // namespace

bool LooksLikeHtml(ByteView head) {
  const SourceText text(head.first(std::min<size_t>(head.size(), 4096)));
  const std::string lower = Lower(text.text());
  for (const std::string_view mark : {"<!doctype html", "<html", "<head", "<body", "<table", "<!-- saved from url"}) {
    if (lower.find(mark) != std::string::npos) return true;
  }
  return false;
}

Status ReadPage(ByteView bytes, const PageOrigin& origin, const SourceLimits&, SourceSink& sink) {
  const SourceText text(bytes);
  // What lies before and behind a hole may not be joined: a name would get another's price.
  const std::string_view whole = text.text();
  const size_t hole = std::min(whole.find('\0'), whole.size());
  Result<web::HtmlPage> page = web::HtmlPage::Parse(whole.substr(0, hole));
  if (!page.ok()) {
    PULIH_TRY(sink.Remark(std::string(page.status().message())));
    return sink.Range({0, bytes.size(), SourceFate::damaged, "page that cannot be read"});
  }
  PULIH_TRY(PageReader(text, bytes.size(), origin, sink).Read(*page));
  if (hole == whole.size()) return OkStatus();
  const uint64_t from = text.OffsetOf(hole);
  return sink.Range({from, bytes.size() - from, SourceFate::damaged, "page behind a hole"});
}

}  // namespace pulih::spse
