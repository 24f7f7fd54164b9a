#include "formats/repo/key_slot.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

KeySlot Slot() {
  KeySlot slot;
  slot.kind = SlotKind::recovery;
  slot.kdf_passes = 4;
  slot.kdf_memory_kib = 65536;
  slot.salt.fill(0x5a);
  slot.created_ns = 0x0102030405060708;
  slot.label = "paper";
  slot.commitment.fill(0xc0);
  slot.nonce.fill(0x0e);
  slot.sealed = {0xde, 0xad};
  return slot;
}

Bytes GoldenHead() {
  return Hex("50554c49484b4559 01000000 02 000000 04000000 00000100" + Repeated(0x5a, 16) + "0807060504030201 05 7061706572");
}
Bytes Golden() {
  Bytes bytes = GoldenHead();
  Append(bytes, Hex(Repeated(0xc0, 32) + Repeated(0x0e, 24) + "02000000 dead"));
  return bytes;
}

TEST_CASE("a key slot has the bytes that the format says") {
  CHECK(ToHex(EncodeKeySlotHead(Slot())) == ToHex(GoldenHead()));
  CHECK(ToHex(EncodeKeySlot(Slot())) == ToHex(Golden()));

  const auto slot = DecodeKeySlot(Golden());
  REQUIRE(slot.ok());
  CHECK(slot->kind == SlotKind::recovery);
  CHECK(slot->kdf_passes == 4);
  CHECK(slot->kdf_memory_kib == 65536);
  CHECK(slot->salt == Slot().salt);
  CHECK(slot->created_ns == Slot().created_ns);
  CHECK(slot->label == "paper");
  CHECK(slot->commitment == Slot().commitment);
  CHECK(slot->nonce == Slot().nonce);
  CHECK(slot->sealed == Slot().sealed);
}

TEST_CASE("a key slot is canonical") {
  IsCanonical(Golden(), ReencodeKeySlot);
  ATrailingByteIsRefused(Golden(), ReencodeKeySlot);
  RandomValuesComeBack(500, KeySlotSpecimen, ReencodeKeySlot);
}

TEST_CASE("a key slot of a newer version is unsupported and named") {
  Bytes bytes = Golden();
  bytes[8] = 2;
  const auto status = DecodeKeySlot(bytes).status();
  CHECK(status.code() == Code::unsupported);
  CHECK(status.message() == "decode key slot: format version 2 is newer than 1, the newest this program knows");
}

TEST_CASE("a key slot's kind, reserved bytes and label length are checked") {
  for (const uint8_t kind : {0, 3, 255}) {
    Bytes bytes = Golden();
    bytes[12] = kind;
    CHECK(DecodeKeySlot(bytes).status().code() == Code::corrupt);
  }
  for (const size_t reserved : {13, 14, 15}) {
    Bytes bytes = Golden();
    bytes[reserved] = 1;
    CHECK(DecodeKeySlot(bytes).status().code() == Code::corrupt);
  }
  KeySlot slot = Slot();
  slot.label = std::string(64, 'x');
  Bytes longest = EncodeKeySlot(slot);
  CHECK(DecodeKeySlot(longest).ok());
  const size_t label_at = 8 + 4 + 4 + 4 + 4 + 16 + 8;
  longest[label_at] = 65;
  longest.insert(longest.begin() + label_at + 1, 'x');
  CHECK(DecodeKeySlot(longest).status().code() == Code::corrupt);
}

TEST_CASE("a key slot larger than any is refused") {
  KeySlot slot = Slot();
  slot.sealed.resize(kMaxKeySlotSize - (Golden().size() - slot.sealed.size()));
  Bytes largest = EncodeKeySlot(slot);
  CHECK(largest.size() == kMaxKeySlotSize);
  CHECK(DecodeKeySlot(largest).ok());
  CHECK_FALSE(DecodeKeySlot(Bytes(kMaxKeySlotSize + 1)).ok());
}

TEST_CASE("a key slot's sealed length is compared with what is there") {
  Bytes bytes = Golden();
  for (size_t i = 0; i < 4; ++i) bytes[bytes.size() - 6 + i] = 0xff;
  CHECK(DecodeKeySlot(bytes).status().code() == Code::corrupt);
}

}  // namespace
}  // namespace pulih
