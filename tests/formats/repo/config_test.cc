#include "formats/repo/config.h"

#include "engine/base/endian.h"
#include "formats/repo/group.h"
#include "formats/repo/pack.h"
#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

Config SecondConfig() {
  Config config;
  config.domain.bytes.fill(0xd0);
  config.repository.bytes.fill(0xe0);
  config.number = 1;
  config.previous.bytes.fill(0x99);
  config.created_ns = 3;
  config.root_key.fill(0x01);
  config.content_key.fill(0x02);
  config.structure_key.fill(0x03);
  config.content_generation = 1;
  config.features.read = {"groups", "maps-1"};
  config.features.check = {"log"};
  return config;
}

Bytes Golden() {
  return Hex(Repeated(0xd0, 16) + Repeated(0xe0, 16) + "0100000000000000" + Repeated(0x99, 32) + "0300000000000000" +
             Repeated(1, 32) + Repeated(2, 32) + Repeated(3, 32) + "01000000" + "00000400 00001000 00004000" +
             "00000400 00001000 00400000 00000002" + "02 06 67726f757073 06 6d6170732d31" + "00 00" + "01 03 6c6f67");
}

// Where the le32 of content generation and the seven sizes stand.
constexpr size_t kGenerationAt = 16 + 16 + 8 + 32 + 8 + 3 * 32;
constexpr size_t kChunkMinAt = kGenerationAt + 4, kChunkAverageAt = kChunkMinAt + 4, kChunkMaxAt = kChunkMinAt + 8;
constexpr size_t kSmallAt = kChunkMinAt + 12, kGroupAt = kChunkMinAt + 16, kNodeAt = kChunkMinAt + 20, kPackAt = kChunkMinAt + 24;

bool AcceptedWith(size_t at, uint32_t value) {
  Bytes bytes = Golden();
  StoreLe<uint32_t>(bytes.data() + at, value);
  return DecodeConfigBody(bytes).ok();
}

TEST_CASE("a config has the bytes that the format says") {
  CHECK(ToHex(EncodeConfigBody(SecondConfig())) == ToHex(Golden()));
  const auto back = DecodeConfigBody(Golden());
  REQUIRE(back.ok());
  CHECK(back->domain == SecondConfig().domain);
  CHECK(back->repository == SecondConfig().repository);
  CHECK(back->number == 1);
  CHECK(back->previous == SecondConfig().previous);
  CHECK(back->created_ns == 3);
  CHECK(back->root_key == SecondConfig().root_key);
  CHECK(back->content_key == SecondConfig().content_key);
  CHECK(back->structure_key == SecondConfig().structure_key);
  CHECK(back->content_generation == 1);
  CHECK(back->chunk_min == 256u << 10);
  CHECK(back->chunk_average == 1u << 20);
  CHECK(back->chunk_max == 4u << 20);
  CHECK(back->small_file_limit == 256u << 10);
  CHECK(back->group_target == 1u << 20);
  CHECK(back->node_target == 16u << 10);
  CHECK(back->pack_target == 32u << 20);
  CHECK(back->features.read == std::vector<std::string>{"groups", "maps-1"});
  CHECK(back->features.write.empty());
  CHECK(back->features.prune.empty());
  CHECK(back->features.check == std::vector<std::string>{"log"});
}

TEST_CASE("a config is canonical") {
  IsCanonical(Golden(), ReencodeConfig);
  ATrailingByteIsRefused(Golden(), ReencodeConfig);
  RandomValuesComeBack(500, ConfigSpecimen, ReencodeConfig);
}

TEST_CASE("only the first config has no previous one") {
  Config first = SecondConfig();
  first.number = 0;
  first.previous = {};
  Bytes bytes = EncodeConfigBody(first);
  CHECK(DecodeConfigBody(bytes).ok());
  bytes[32] = 1;  // number 1, and no previous
  CHECK(DecodeConfigBody(bytes).status().code() == Code::corrupt);
  bytes[32] = 0;
  bytes[40] = 1;  // number 0, and one before it
  CHECK(DecodeConfigBody(bytes).status().code() == Code::corrupt);
}

TEST_CASE("a config's chunk sizes are in order and bounded") {
  CHECK(AcceptedWith(kChunkMinAt, 64));
  CHECK_FALSE(AcceptedWith(kChunkMinAt, 63));
  CHECK_FALSE(AcceptedWith(kChunkMinAt, 0));
  CHECK(AcceptedWith(kChunkMinAt, 1u << 20));
  CHECK_FALSE(AcceptedWith(kChunkMinAt, (1u << 20) + 1));
  CHECK_FALSE(AcceptedWith(kChunkAverageAt, (4u << 20) + 1));
  CHECK_FALSE(AcceptedWith(kChunkMaxAt, kMaxObjectSize + 1));
  CHECK_FALSE(AcceptedWith(kChunkMaxAt, 0xffffffff));
}

TEST_CASE("a config's targets are neither zero nor beyond what a reader takes") {
  CHECK(AcceptedWith(kSmallAt, 0));
  CHECK_FALSE(AcceptedWith(kSmallAt, kMaxObjectSize));
  CHECK(AcceptedWith(kGroupAt, kMaxObjectSize - (256u << 10) - 4 * (kMaxGroupMembers + 1)));
  CHECK_FALSE(AcceptedWith(kGroupAt, kMaxObjectSize - (256u << 10) - 4 * (kMaxGroupMembers + 1) + 1));
  CHECK_FALSE(AcceptedWith(kGroupAt, 0));
  CHECK_FALSE(AcceptedWith(kGroupAt, 0xffffffff));
  CHECK(AcceptedWith(kNodeAt, kMaxObjectSize / 16));
  CHECK_FALSE(AcceptedWith(kNodeAt, kMaxObjectSize / 16 + 1));
  CHECK_FALSE(AcceptedWith(kNodeAt, 0));
  CHECK(AcceptedWith(kPackAt, kMaxPackSize / 2));
  CHECK_FALSE(AcceptedWith(kPackAt, kMaxPackSize / 2 + 1));
  CHECK_FALSE(AcceptedWith(kPackAt, 0));
}

TEST_CASE("a config's content generation fits a key list") {
  CHECK(AcceptedWith(kGenerationAt, 65535));
  CHECK_FALSE(AcceptedWith(kGenerationAt, 65536));
}

TEST_CASE("features are lower-case names in strictly ascending order") {
  const Bytes head = ToBytes(ByteView(Golden()).first(kPackAt + 4));
  auto accepted = [&head](std::string features) {
    Bytes bytes = head;
    Append(bytes, Hex(features + "00 00 00"));
    return DecodeConfigBody(bytes).ok();
  };
  CHECK(accepted("00"));
  CHECK(accepted("02 01 61 01 62"));
  CHECK(accepted("02 01 61 02 612d"));
  CHECK_FALSE(accepted("02 01 62 01 61"));
  CHECK_FALSE(accepted("02 01 61 01 61"));
  CHECK_FALSE(accepted("01 00"));
  CHECK_FALSE(accepted("01 01 41"));
  CHECK_FALSE(accepted("01 01 5f"));
  CHECK_FALSE(accepted("01 02 6100"));
  CHECK_FALSE(accepted("ff 01 61"));
}

}  // namespace
}  // namespace pulih
