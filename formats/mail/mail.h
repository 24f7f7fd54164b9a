// Mail as files keep it: mailboxes (mbox), single messages (eml), and pages saved with their parts (MHT). Parts come
// without their encodings; texts are UTF-8. No view on what a message means: formats/spse/mail_source.h.
//
// Bounded: kMostMailDepth parts in parts, kMostMailParts of a message. Pure.
// Source: RFC 5322, RFC 2045 to 2047, RFC 2557, RFC 4155.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/web/head_fields.h"

namespace pulih::mail {

inline constexpr size_t kMostMailDepth = 8;
inline constexpr size_t kMostMailParts = 1000;

struct MailPart {
  std::string type;      // "text/plain"
  std::string charset;   // as it stands; empty: not told
  std::string name;      // of an attachment's file
  std::string location;  // Content-Location: of a saved page its address
  Bytes body;            // without transfer encoding
  uint64_t offset = 0, length = 0;  // of the encoded body in the message
  bool whole = true;     // its end was seen, and its encoding was sound
};

struct Mail {
  web::HeadFields head;
  std::vector<MailPart> parts;  // leaves, in order
  // A field of the head with its encoded words decoded: "=?utf-8?B?…?=".
  std::string Field(std::string_view name) const;
};

struct MailStretch {
  uint64_t offset = 0, length = 0;  // of a message, without its "From " line
};
// The messages of a mailbox: each begins with a "From " line that an empty line stands before.
std::vector<MailStretch> SplitMbox(ByteView bytes, size_t most);

bool IsMboxHead(ByteView bytes);
bool IsMailHead(ByteView bytes);
bool IsMhtHead(ByteView bytes);
Mail ReadMail(ByteView message);

// The text of a part in UTF-8; a charset that is not known is taken for UTF-8 or windows-1252, whichever it can be.
std::string TextOf(const MailPart& part);
std::string DecodeWords(std::string_view field);
// "Thu, 2 Oct 2014 17:04:05 +0700" as "2014-10-02T10:04:05Z"; empty when it is none.
std::string MailDateToIso(std::string_view date);
// What is no letter of the alphabet is passed over. False: the text ends inside a group, or had more than blanks in it.
bool DecodeBase64(std::string_view text, Bytes& out);
Bytes DecodeQuotedPrintable(std::string_view text);

}  // namespace pulih::mail
