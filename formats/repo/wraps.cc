#include "formats/repo/wraps.h"

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {
constexpr std::string_view kWhat = "wraps";
constexpr size_t kSealedSize = 80;
constexpr size_t kEntrySize = SessionId::kSize + WriterId::kSize + kSealedSize;
}  // namespace

Bytes EncodeWrapsBody(const Wraps& wraps) {
  PULIH_CHECK(wraps.sessions.size() <= kMaxWrapsPerBlob);
  ByteWriter out;
  out.Raw(wraps.domain.view());
  out.Le64(wraps.config_number);
  out.Le32(wraps.content_generation);
  out.Le32(static_cast<uint32_t>(wraps.sessions.size()));
  for (size_t i = 0; i < wraps.sessions.size(); ++i) {
    const RewrappedSession& session = wraps.sessions[i];
    PULIH_CHECK(i == 0 || wraps.sessions[i - 1].session < session.session);
    out.Raw(session.session.view());
    out.Raw(session.writer.view());
    out.Raw(session.sealed_key);
  }
  return std::move(out).Take();
}

Result<Wraps> DecodeWrapsBody(ByteView body) {
  ByteReader in(body);
  Wraps wraps;
  wraps.domain.bytes = in.Array<DomainId::kSize>();
  wraps.config_number = in.Le64();
  wraps.content_generation = in.Le32();
  const uint32_t count = in.Le32();
  if (in.failed()) return CorruptIn(kWhat, "they are cut short");
  if (count > kMaxWrapsPerBlob || in.remaining() != count * kEntrySize) {
    return CorruptIn(kWhat, "their number does not fit their length");
  }
  wraps.sessions.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    RewrappedSession session;
    session.session.bytes = in.Array<SessionId::kSize>();
    session.writer.bytes = in.Array<WriterId::kSize>();
    session.sealed_key = in.Array<kSealedSize>();
    if (i > 0 && !(wraps.sessions.back().session < session.session)) return CorruptIn(kWhat, "they are not in order");
    wraps.sessions.push_back(session);
  }
  return wraps;
}

}  // namespace pulih
