#include "formats/repo/signed_blob.h"

#include <limits>
#include <string>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {
constexpr size_t kMagicSize = 8;
static_assert(kSignedBlobHeadSize == kMagicSize + 4 + 4);
}  // namespace

Bytes EncodeSignedBlobHead(std::string_view magic, uint32_t version, ByteView body) {
  PULIH_CHECK(magic.size() == kMagicSize && body.size() <= std::numeric_limits<uint32_t>::max());
  ByteWriter out;
  out.bytes().reserve(kSignedBlobHeadSize + body.size() + kSignedBlobSignatureSize);
  out.Raw(AsBytes(magic));
  out.Le32(version);
  out.Le32(static_cast<uint32_t>(body.size()));
  out.Raw(body);
  return std::move(out).Take();
}

Result<SignedBlobView> ParseSignedBlob(std::string_view magic, uint32_t version, std::string_view what, ByteView blob) {
  ByteReader in(blob);
  if (!Equal(in.Raw(kMagicSize), AsBytes(magic))) return CorruptIn(what, "it does not start with " + std::string(magic));
  const uint32_t found_version = in.Le32();
  if (in.failed()) return CorruptIn(what, "it is cut short");
  PULIH_TRY(CheckVersion(what, found_version, version));

  SignedBlobView view;
  view.body = in.Raw(in.Le32());
  view.signed_bytes = blob.first(in.offset());
  view.signature = in.Raw(kSignedBlobSignatureSize);
  if (!in.Finish()) return CorruptIn(what, "its length does not fit what it says");
  return view;
}

}  // namespace pulih
