#include "formats/postgres/toast.h"

#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "tests/support/heap_builder.h"

namespace pulih {
namespace {

// "abcabcabcabcabcabc…": three literals, then one copy that overlaps itself.
const std::string kRepeated = [] {
  std::string text;
  while (text.size() < 120) text += "abc";
  return text;
}();

Bytes PglzOfRepeated() {
  return Bytes{0x08, 'a', 'b', 'c', 0x0f, 0x03, static_cast<uint8_t>(kRepeated.size() - 3 - 18)};
}
Bytes Lz4OfRepeated() {
  // 3 literals, match length 4 + 15 + 93 = 112, distance 3, then 5 literals.
  return Bytes{0x3f, 'a', 'b', 'c', 0x03, 0x00, 112 - 4 - 15, 0x50, 'b', 'c', 'a', 'b', 'c'};
}

TEST_CASE("pglz and LZ4 give what was compressed") {
  const Detoasted pglz = DecompressPglz(PglzOfRepeated(), static_cast<uint32_t>(kRepeated.size()));
  CHECK(AsText(pglz.bytes) == kRepeated);
  CHECK_FALSE(pglz.cut);
  const Detoasted lz4 = DecompressLz4(Lz4OfRepeated(), 120);
  CHECK(AsText(lz4.bytes) == kRepeated);
  CHECK_FALSE(lz4.cut);
}

TEST_CASE("a stream that ends early gives its beginning and says so") {
  for (const bool is_lz4 : {false, true}) {
    const Bytes whole = is_lz4 ? Lz4OfRepeated() : PglzOfRepeated();
    for (size_t size = 0; size < whole.size(); ++size) {
      const ByteView part = ByteView(whole).first(size);
      const Detoasted out = is_lz4 ? DecompressLz4(part, 120) : DecompressPglz(part, 120);
      CHECK(out.cut);
      CHECK(std::string_view(kRepeated).starts_with(AsText(out.bytes)));
    }
  }
}

TEST_CASE("output never passes the raw size, whatever a stream says") {
  const Bytes bomb(4096, 0xff);
  CHECK(DecompressPglz(bomb, 1000).bytes.size() <= 1000);
  CHECK(DecompressLz4(bomb, 1000).bytes.size() <= 1000);
  CHECK(DecompressPglz(PglzOfRepeated(), 50).cut);
  CHECK(DecompressLz4(Lz4OfRepeated(), 50).cut);
  // A distance before the beginning.
  CHECK(DecompressPglz(Bytes{0x02, 'a', 0x01, 0x05}, 10).cut);
}

Bytes PointerBytes(uint32_t raw, uint32_t word, uint32_t id, uint32_t relation) {
  Bytes bytes(16);
  StoreLe(bytes.data(), raw);
  StoreLe(bytes.data() + 4, word);
  StoreLe(bytes.data() + 8, id);
  StoreLe(bytes.data() + 12, relation);
  return bytes;
}

TEST_CASE("a pointer says sizes, method and place, or is none") {
  const auto pointer = ReadToastPointer(PointerBytes(5004, 3000 | (1u << 30), 77, 88));
  REQUIRE(pointer.has_value());
  CHECK(*pointer == ToastPointer{5004, 3000, ToastMethod::lz4, 77, 88});
  CHECK(pointer->is_compressed());
  CHECK_FALSE(ReadToastPointer(PointerBytes(5004, 5000, 77, 88))->is_compressed());
  CHECK_FALSE(ReadToastPointer(PointerBytes(5004, 5001, 77, 88)).has_value());
  CHECK_FALSE(ReadToastPointer(PointerBytes(3, 1, 77, 88)).has_value());
  CHECK_FALSE(ReadToastPointer(PointerBytes(5004, 3000, 0, 88)).has_value());
  CHECK_FALSE(ReadToastPointer(PointerBytes(5004, 3000 | (3u << 30), 77, 88)).has_value());
}

class Store : public ToastSource {
 public:
  explicit Store(const Bytes& stored) {
    for (size_t at = 0; at < stored.size(); at += kToastChunkSize)
      pieces[static_cast<uint32_t>(at / kToastChunkSize)] =
          ToBytes(ByteView(stored).subspan(at, std::min(kToastChunkSize, stored.size() - at)));
  }
  void Chunks(const ToastPointer& pointer, std::vector<ToastChunk>& found) const override {
    for (const auto& [number, bytes] : pieces) found.push_back({pointer.value_id, number, bytes});
  }
  std::map<uint32_t, Bytes> pieces;
};

TupleField FieldOf(const Bytes& pointer) { return {TupleField::Kind::external, pointer, 0}; }

TEST_CASE("chunks are joined, and a lost one leaves the beginning and no short value") {
  Bytes value(7000);
  for (size_t i = 0; i < value.size(); ++i) value[i] = static_cast<uint8_t>(i * 7 + i / 256);
  const Bytes pointer = PointerBytes(7004, 7000, 77, 88);
  Store store(value);
  auto whole = Detoast(FieldOf(pointer), &store);
  REQUIRE(whole.has_value());
  CHECK(whole->bytes == value);
  CHECK_FALSE(whole->cut);

  SECTION("the third is lost") {
    store.pieces.erase(2);
    whole = Detoast(FieldOf(pointer), &store);
    CHECK(whole->cut);
    CHECK(whole->bytes.size() == 2 * kToastChunkSize);
  }
  SECTION("one has another length") {
    store.pieces[1].pop_back();
    whole = Detoast(FieldOf(pointer), &store);
    CHECK(whole->cut);
    CHECK(whole->bytes.size() == kToastChunkSize);
  }
  SECTION("nothing is left") {
    whole = Detoast(FieldOf(pointer), nullptr);
    CHECK(whole->cut);
    CHECK(whole->bytes.empty());
  }
}

TEST_CASE("of two chunks with one number that differ neither counts") {
  const Bytes a(kToastChunkSize, 'a'), b(kToastChunkSize, 'b'), c(4, 'c');
  const ToastPointer pointer{2004, 2000, ToastMethod::pglz, 7, 8};
  CHECK_FALSE(JoinChunks(pointer, {{7, 0, a}, {7, 1, c}, {7, 0, a}}).cut);
  const Detoasted joined = JoinChunks(pointer, {{7, 0, a}, {7, 0, b}, {7, 1, c}});
  CHECK(joined.cut);
  CHECK(joined.bytes.empty());
  CHECK(JoinChunks(pointer, {{9, 0, a}, {7, 1, c}}).bytes.empty());
}

TEST_CASE("a compressed external value begins with its word, and must say what its pointer says") {
  for (const bool is_lz4 : {false, true}) {
    Bytes stored(4);
    StoreLe(stored.data(), uint32_t{120} | (is_lz4 ? 1u << 30 : 0u));
    Append(stored, is_lz4 ? Lz4OfRepeated() : PglzOfRepeated());
    const auto size = static_cast<uint32_t>(stored.size());
    const Store store(stored);
    const auto whole = Detoast(FieldOf(PointerBytes(124, size | (is_lz4 ? 1u << 30 : 0u), 7, 8)), &store);
    REQUIRE(whole.has_value());
    CHECK_FALSE(whole->cut);
    CHECK(AsText(whole->bytes) == kRepeated);
    CHECK(Detoast(FieldOf(PointerBytes(125, size, 7, 8)), &store)->cut);
  }
}

TEST_CASE("a chunk is a tuple of the TOAST relation") {
  const Bytes tuple = TupleBuilder().Int(uint32_t{77}).Int(int32_t{3}).Varlena(Bytes(50, 'x')).Build();
  std::vector<TupleField> fields;
  size_t used = 0;
  REQUIRE(WalkTuple(ToastShape(), tuple, true, fields, used) == TupleFault::none);
  const auto chunk = ChunkOf(fields);
  REQUIRE(chunk.has_value());
  CHECK(chunk->value_id == 77);
  CHECK(chunk->sequence == 3);
  CHECK(chunk->bytes.size() == 50);
}

}  // namespace
}  // namespace pulih
