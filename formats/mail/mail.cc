#include "formats/mail/mail.h"

#include <algorithm>

#include "formats/text/encoding.h"

namespace pulih::mail {
namespace {

using web::HeadFields;

constexpr size_t npos = std::string_view::npos;

size_t LineEnd(std::string_view text, size_t at) {
  const size_t newline = text.find('\n', at);
  return newline == npos ? text.size() : newline + 1;
}

// A line that separates parts: "--boundary", or "--boundary--" behind the last.
struct Separator {
  size_t begin = 0, end = 0;
  bool last = false;
};
bool FindSeparator(std::string_view text, const std::string& boundary, size_t from, Separator& found) {
  const std::string mark = "--" + boundary;
  for (size_t at = text.find(mark, from); at != npos; at = text.find(mark, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    std::string_view rest = text.substr(at + mark.size(), LineEnd(text, at) - at - mark.size());
    found = {at, LineEnd(text, at), rest.substr(0, 2) == "--"};
    if (found.last) rest.remove_prefix(2);
    // Another boundary may begin with this one.
    if (rest.find_first_not_of(" \t\r\n") == npos) return true;
  }
  return false;
}

class Reader {
 public:
  Reader(ByteView message, Mail& mail) : message_(AsText(message)), mail_(mail) {}

  void Read() {
    mail_.head = web::ReadHeadFields(message_);
    Body(mail_.head, mail_.head.size, message_.size(), true, 0);
  }

 private:
  // A body with the head that it has; `whole`: what ends it was seen.
  void Body(const HeadFields& head, size_t from, size_t to, bool whole, size_t depth) {
    if (mail_.parts.size() >= kMostMailParts) return;
    const std::string_view content_type = head.Find("content-type");
    const std::string type = web::BaseValue(content_type);
    const std::string boundary = web::Parameter(content_type, "boundary");
    if (type.substr(0, 10) == "multipart/" && !boundary.empty() && depth < kMostMailDepth) return Multipart(boundary, from, to, depth);
    if (type == "message/rfc822" && depth < kMostMailDepth) {
      const HeadFields inner = web::ReadHeadFields(message_.substr(from, to - from));
      return Body(inner, from + inner.size, to, whole, depth + 1);
    }
    MailPart part;
    part.type = type.empty() ? "text/plain" : type;
    part.charset = web::Parameter(content_type, "charset");
    part.name = DecodeWords(web::Parameter(head.Find("content-disposition"), "filename"));
    if (part.name.empty()) part.name = DecodeWords(web::Parameter(content_type, "name"));
    part.location = head.Find("content-location");
    part.offset = from;
    part.length = to - from;
    part.whole = whole;
    const std::string_view text = message_.substr(from, to - from);
    const std::string coding = web::BaseValue(head.Find("content-transfer-encoding"));
    if (coding == "base64") {
      part.whole = DecodeBase64(text, part.body) && whole;
    } else if (coding == "quoted-printable") {
      part.body = DecodeQuotedPrintable(text);
    } else {
      part.body = ToBytes(text);
    }
    mail_.parts.push_back(std::move(part));
  }

  void Multipart(const std::string& boundary, size_t from, size_t to, size_t depth) {
    const std::string_view text = message_.substr(0, to);
    Separator begin, end;
    if (!FindSeparator(text, boundary, from, begin)) return;
    while (!begin.last && mail_.parts.size() < kMostMailParts) {
      const bool ended = FindSeparator(text, boundary, begin.end, end);
      size_t body_end = ended ? end.begin : to;
      // The line end before a separator belongs to it.
      if (ended && body_end > begin.end && text[body_end - 1] == '\n') --body_end;
      if (ended && body_end > begin.end && text[body_end - 1] == '\r') --body_end;
      const HeadFields head = web::ReadHeadFields(text.substr(begin.end, body_end - begin.end));
      Body(head, begin.end + head.size, body_end, ended, depth + 1);
      if (!ended) return;
      begin = end;
    }
  }

  const std::string_view message_;
  Mail& mail_;
};

// "From sender Thu Oct  2 17:04:05 2014": two words at least and a time.
bool IsFromLine(std::string_view line) {
  if (line.substr(0, 5) != "From ") return false;
  const size_t colon = line.find(':', 5);
  return colon != npos && colon > 7 && line.size() < 1000 && line[colon - 1] >= '0' && line[colon - 1] <= '9';
}

size_t KnownFields(const HeadFields& head) {
  constexpr std::string_view kNames[] = {"from", "to", "subject", "date", "received", "message-id", "mime-version", "return-path", "content-type", "delivered-to"};
  return static_cast<size_t>(std::count_if(std::begin(kNames), std::end(kNames), [&](std::string_view name) { return !head.Find(name).empty(); }));
}

}  // namespace

std::string Mail::Field(std::string_view name) const { return MendUtf8(DecodeWords(head.Find(name))); }

std::vector<MailStretch> SplitMbox(ByteView bytes, size_t most) {
  const std::string_view text = AsText(bytes);
  std::vector<MailStretch> messages;
  bool empty_before = true;
  for (size_t at = 0; at < text.size();) {
    const size_t end = LineEnd(text, at);
    const std::string_view line = text.substr(at, end - at);
    if (empty_before && IsFromLine(line)) {
      if (!messages.empty()) messages.back().length = at - messages.back().offset;
      if (messages.size() == most) return messages;
      messages.push_back({end, text.size() - end});
    }
    empty_before = line == "\n" || line == "\r\n";
    at = end;
  }
  return messages;
}

bool IsMboxHead(ByteView bytes) {
  const std::string_view text = AsText(bytes);
  return IsFromLine(text.substr(0, LineEnd(text, 0))) && !web::ReadHeadFields(text.substr(LineEnd(text, 0))).fields.empty();
}

bool IsMailHead(ByteView bytes) {
  const HeadFields head = web::ReadHeadFields(AsText(bytes));
  return KnownFields(head) >= 3;
}

bool IsMhtHead(ByteView bytes) {
  const HeadFields head = web::ReadHeadFields(AsText(bytes));
  if (head.Find("mime-version").empty() || web::BaseValue(head.Find("content-type")) != "multipart/related") return false;
  return !head.Find("snapshot-content-location").empty() || head.Find("from").find("aved by") != npos || head.Find("to").empty();
}

Mail ReadMail(ByteView message) {
  Mail mail;
  Reader(message, mail).Read();
  return mail;
}

}  // namespace pulih::mail
