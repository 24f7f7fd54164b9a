// Mail of any bytes: parts and messages lie inside of them; what a part holds is no more than was encoded.
#include "formats/mail/mail.h"

#include "formats/text/encoding.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const mail::Mail mail = mail::ReadMail({data, size});
  for (const mail::MailPart& part : mail.parts) {
    if (part.offset > size || part.length > size - part.offset || part.body.size() > part.length) std::abort();
    if (!IsUtf8(mail::TextOf(part))) std::abort();
  }
  for (const mail::MailStretch& message : mail::SplitMbox({data, size}, 1000)) {
    if (message.offset > size || message.length > size - message.offset) std::abort();
  }
  (void)mail::MailDateToIso(mail.Field("date"));
  accepted_inputs += mail.parts.size() > 1;
  return 0;
}
