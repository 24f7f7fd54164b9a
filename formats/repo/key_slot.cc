#include "formats/repo/key_slot.h"

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "key slot";
constexpr std::string_view kMagic = "PULIHKEY";
constexpr size_t kMaxLabelSize = 64;

void WriteHead(const KeySlot& slot, ByteWriter& out) {
  PULIH_CHECK(slot.label.size() <= kMaxLabelSize);
  out.Raw(AsBytes(kMagic));
  out.Le32(kKeySlotVersion);
  out.U8(static_cast<uint8_t>(slot.kind));
  out.Zeros(3);
  out.Le32(slot.kdf_passes);
  out.Le32(slot.kdf_memory_kib);
  out.Raw(slot.salt);
  out.Le64(static_cast<uint64_t>(slot.created_ns));
  out.U8(static_cast<uint8_t>(slot.label.size()));
  out.Raw(AsBytes(slot.label));
}

}  // namespace

Bytes EncodeKeySlotHead(const KeySlot& slot) {
  ByteWriter out;
  WriteHead(slot, out);
  return std::move(out).Take();
}

Bytes EncodeKeySlot(const KeySlot& slot) {
  ByteWriter out;
  WriteHead(slot, out);
  out.Raw(slot.commitment);
  out.Raw(slot.nonce);
  out.Le32(static_cast<uint32_t>(slot.sealed.size()));
  out.Raw(slot.sealed);
  PULIH_CHECK(out.size() <= kMaxKeySlotSize);
  return std::move(out).Take();
}

Result<KeySlot> DecodeKeySlot(ByteView bytes) {
  if (bytes.size() > kMaxKeySlotSize) return CorruptIn(kWhat, "it is larger than a slot may be");
  ByteReader in(bytes);
  if (!Equal(in.Raw(kMagic.size()), AsBytes(kMagic))) return CorruptIn(kWhat, "it does not start with PULIHKEY");
  const uint32_t version = in.Le32();
  if (in.failed()) return CorruptIn(kWhat, "it is cut short");
  PULIH_TRY(CheckVersion(kWhat, version, kKeySlotVersion));

  KeySlot slot;
  const uint8_t kind = in.U8();
  const bool reserved_is_zero = in.Array<3>() == std::array<uint8_t, 3>{};
  slot.kdf_passes = in.Le32();
  slot.kdf_memory_kib = in.Le32();
  slot.salt = in.Array<16>();
  slot.created_ns = static_cast<int64_t>(in.Le64());
  const uint8_t label_size = in.U8();
  slot.label = ToText(in.Raw(label_size));
  slot.commitment = in.Array<32>();
  slot.nonce = in.Array<24>();
  slot.sealed = ToBytes(in.Raw(in.Le32()));

  if (!in.Finish()) return CorruptIn(kWhat, "its length does not fit what it says");
  if (kind != static_cast<uint8_t>(SlotKind::passphrase) && kind != static_cast<uint8_t>(SlotKind::recovery)) {
    return CorruptIn(kWhat, "its kind is not known");
  }
  if (!reserved_is_zero) return CorruptIn(kWhat, "a reserved byte is not zero");
  if (label_size > kMaxLabelSize) return CorruptIn(kWhat, "its label is too long");
  slot.kind = static_cast<SlotKind>(kind);
  return slot;
}

}  // namespace pulih
