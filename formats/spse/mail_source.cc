#include "formats/spse/mail_source.h"

#include <algorithm>

#include "formats/mail/mail.h"
#include "formats/spse/page_table.h"
#include "formats/spse/read_source.h"
#include "formats/spse/source_text.h"
#include "formats/text/encoding.h"
#include "formats/web/html.h"

namespace pulih::spse {
namespace {

constexpr size_t kMostNoticeText = 1u << 20;
constexpr size_t kMostNoticeFields = 500;

bool IsDigits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }); }

// The number that `text` begins with, of a length that numbers of tenders have.
std::string CodeAt(std::string_view text) {
  const std::string_view digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
  return digits.size() >= 4 && digits.size() <= 12 ? std::string(digits) : std::string();
}

bool IsCodeLabel(std::string_view label) {
  const std::string lower = web::LowerCase(label);
  for (const std::string_view known : {"kode lelang", "kode tender", "kode seleksi", "id lelang", "id tender", "nomor lelang", "kode paket"}) {
    if (lower == known) return true;
  }
  return false;
}

// A label is a few words that begin with a letter: no address, no time of day.
bool MayBeLabel(std::string_view text) {
  if (text.size() < 3 || text.size() > 60) return false;
  const char first = text[0];
  if (!((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z'))) return false;
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '<' || c == '>' || c == '"' || c == '=' || c == ';'; }) && std::count(text.begin(), text.end(), ' ') < 7;
}

// A last line without its end may be a part of one.
void AddLines(std::string_view text, uint64_t offset, uint64_t length, SourceRecord& record) {
  text = text.substr(0, kMostNoticeText);
  for (size_t at = 0; at < text.size() && record.fields.size() < kMostNoticeFields;) {
    const size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return;
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.substr(colon, 3) == "://") continue;
    const std::string label = web::CollapseBlanks(line.substr(0, colon)), value = web::CollapseBlanks(line.substr(colon + 1));
    if (!MayBeLabel(label) || value.empty()) continue;
    record.fields.push_back({label, value, offset, length});
  }
}

std::string TenderOf(const SourceRecord& record, const std::string& subject, bool from_lpse) {
  for (const SourceField& field : record.fields) {
    if (IsCodeLabel(field.name)) return CodeAt(field.raw);
  }
  if (!from_lpse) return {};
  // One number in the subject, and no other that could be one.
  std::string found;
  for (size_t at = 0; at < subject.size();) {
    const size_t end = std::min(subject.find_first_not_of("0123456789", at), subject.size());
    const std::string_view word = std::string_view(subject).substr(at, end - at);
    if (IsDigits(word) && word.size() >= 6 && word.size() <= 11) {
      if (!found.empty()) return {};
      found = std::string(word);
    }
    at = std::max(end, at + 1);
  }
  return found;
}

bool HasWord(std::string_view text, std::string_view word) { return web::LowerCase(text).find(word) != std::string::npos; }

// Reads one message; `offset` is where it stands in the bytes given, `path` what it is.
class MessageReader {
 public:
  MessageReader(ByteView bytes, uint64_t offset, std::string path, uint32_t depth, SourceWalk& walk, SourceSink& sink)
      : bytes_(bytes), offset_(offset), path_(std::move(path)), depth_(depth), walk_(walk), sink_(sink), mail_(mail::ReadMail(bytes)) {}

  Status Read() {
    captured_ = mail::MailDateToIso(mail_.Field("date"));
    if (mail_.head.ended) PULIH_TRY(Notice());
    size_t number = 0;
    for (const mail::MailPart& part : mail_.parts) {
      ++number;
      const bool is_text = part.type == "text/plain" || part.type == "text/html";
      if (part.body.empty() || (is_text && part.name.empty() && part.location.empty())) continue;
      if (is_text && RecogniseSource(part.body, part.name) == SourceForm::none) continue;
      SourceWalk::Member member;
      member.origin = {part.location, captured_, part.name};
      member.offset = offset_ + part.offset;
      member.length = part.length;
      member.path = path_ + (path_.empty() ? "" : " » ") + (!part.name.empty() ? part.name : !part.location.empty() ? part.location : "part " + std::to_string(number));
      member.cut = !part.whole;
      PULIH_TRY(walk_.Enter(part.body, member, depth_, sink_));
    }
    return OkStatus();
  }

 private:
  Status Notice() {
    SourceRecord record;
    record.source = "mail.notice";
    record.offset = offset_;
    record.length = bytes_.size();
    record.path = path_;
    for (const mail::MailPart& part : mail_.parts) {
      if (!part.name.empty()) continue;
      const uint64_t offset = offset_ + part.offset;
      // The line end before a separator of parts is the separator's.
      if (part.type == "text/plain") AddLines(mail::TextOf(part) + (part.whole && mail_.parts.size() > 1 ? "\n" : ""), offset, part.length, record);
      if (part.type == "text/html") AddHtml(part, offset, record);
      record.cut = record.cut || !part.whole;
    }
    const std::string subject = mail_.Field("subject"), from = mail_.Field("from");
    const bool from_lpse = HasWord(from, "lpse") || HasWord(from, "spse") || HasWord(subject, "lpse") || HasWord(subject, "spse");
    record.tender = TenderOf(record, subject, from_lpse);
    if (record.tender.empty()) return OkStatus();
    record.fields.erase(std::remove_if(record.fields.begin(), record.fields.end(), [](const SourceField& field) { return HasDamage(field.raw); }), record.fields.end());
    for (const std::string_view name : {"Subject", "From", "To", "Date", "Message-ID"}) {
      std::string value = mail_.Field(web::LowerCase(name));
      if (!value.empty()) record.fields.push_back({std::string(name), std::move(value), offset_, mail_.head.size});
    }
    for (const auto& [name, value] : mail_.head.fields) {
      if (name == "received") record.fields.push_back({"Received", MendUtf8(value), offset_, mail_.head.size});
    }
    const size_t at = from.rfind('@');
    const std::string host = at == std::string::npos ? std::string() : web::LowerCase(from.substr(at + 1, from.find_first_of("> ", at) - at - 1));
    PULIH_TRY(sink_.Head({host, captured_, ""}));
    return sink_.Record(record);
  }

  static void AddHtml(const mail::MailPart& part, uint64_t offset, SourceRecord& record) {
    Result<web::HtmlPage> page = web::HtmlPage::Parse(mail::TextOf(part));
    if (!page.ok()) return;
    if (part.whole && page->complete()) AddLines(page->Text(page->root()) + "\n", offset, part.length, record);
    for (const LabelledCell& cell : LabelledCells(*page, page->root())) {
      if (record.fields.size() < kMostNoticeFields) AddCell(*page, cell.value, cell.label, record);
    }
  }

  const ByteView bytes_;
  const uint64_t offset_;
  const std::string path_;
  const uint32_t depth_;
  SourceWalk& walk_;
  SourceSink& sink_;
  const mail::Mail mail_;
  std::string captured_;
};

}  // namespace

Status ReadMbox(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink) {
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "mailbox"}));
  size_t number = 0;
  for (const mail::MailStretch& message : mail::SplitMbox(bytes, static_cast<size_t>(walk.limits().max_members))) {
    const ByteView content = bytes.subspan(static_cast<size_t>(message.offset), static_cast<size_t>(message.length));
    PULIH_TRY(MessageReader(content, message.offset, "message " + std::to_string(++number), depth, walk, sink).Read());
  }
  return OkStatus();
}

Status ReadMessage(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink) {
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "mail"}));
  return MessageReader(bytes, 0, "", depth, walk, sink).Read();
}

Status ReadMht(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink) {
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "saved page with its parts"}));
  const mail::Mail mail = mail::ReadMail(bytes);
  for (const mail::MailPart& part : mail.parts) {
    // Images and styles beside the page tell nothing.
    if (part.type != "text/html" || part.body.empty()) continue;
    SourceWalk::Member member;
    member.origin.url = part.location.empty() ? mail.Field("snapshot-content-location") : part.location;
    member.origin.captured = mail::MailDateToIso(mail.Field("date"));
    member.offset = part.offset;
    member.length = part.length;
    member.path = "page";
    member.cut = !part.whole;
    PULIH_TRY(walk.Enter(part.body, member, depth, sink));
  }
  return OkStatus();
}

}  // namespace pulih::spse
