// Mail as a source: notices of SPSE as records, and what is attached to a message as sources of their own.
//
//   mail.notice   fields Subject, From, To, Date, Message-ID, Received (one for each, the sender's last), and each line
//                 "Label : value" of its text, or row of its table; `tender` where the text or the subject says it
//
// A message is a notice when its text has the number of a tender under a label, or when it comes from an LPSE and its
// subject has one. Pages saved with their parts (MHT) are read as pages. Pure.
#pragma once

#include "engine/base/bytes.h"
#include "formats/spse/source_walk.h"

namespace pulih::spse {

Status ReadMbox(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink);
Status ReadMessage(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink);
Status ReadMht(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink);

}  // namespace pulih::spse
