#include "formats/postgres/heap_page.h"

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "tests/support/heap_builder.h"

namespace pulih {
namespace {

Bytes SmallPage(uint32_t block, bool with_checksum) {
  PageBuilder page(block);
  for (int i = 0; i < 5; ++i) page.Add(TupleBuilder().Int(int32_t{i}).Text("tender"));
  page.AddItem(ItemState::redirect, 2);
  page.AddItem(ItemState::dead, 0);
  return page.Finish(with_checksum);
}

TEST_CASE("a page that was built is a heap page, with its line pointers") {
  const Bytes page = SmallPage(7, false);
  CHECK(IdentifyPage(page) == PageKind::heap);
  CHECK(ItemCount(page) == 7);
  CHECK(ReadItemId(page, 1).state == ItemState::normal);
  CHECK(ReadItemId(page, 6) == ItemId{2, 0, ItemState::redirect});
  for (size_t n = 1; n <= 7; ++n) CHECK(IsSoundHeapItem(ReadItemId(page, n), page.size()));
}

// The sum of a page of zeros in which only pd_checksum differs is the same: the field counts as zero.
TEST_CASE("a checksum proves bytes and place") {
  Bytes page = SmallPage(7, true);
  CHECK(HasRightChecksum(page, 7));
  CHECK_FALSE(HasRightChecksum(page, 8));
  const uint16_t sum = PageChecksum(page, 7);
  page[8] ^= 0xff;
  CHECK(PageChecksum(page, 7) == sum);
  page[8] ^= 0xff;
  for (size_t at = 0; at < page.size(); ++at) {
    if (at == 8 || at == 9) continue;
    page[at] ^= 0x10;
    CHECK_FALSE(HasRightChecksum(page, 7));
    page[at] ^= 0x10;
  }
}

TEST_CASE("a page without a checksum is not proven by its absence") {
  CHECK_FALSE(HasRightChecksum(SmallPage(7, false), 7));
  CHECK_FALSE(HasRightChecksum(Bytes(kPageSize, 0), 0));
}

TEST_CASE("kinds of pages are told by their special space") {
  Bytes page = SmallPage(0, false);
  const auto with_special = [&](size_t size, auto fill) {
    Bytes other = page;
    StoreLe(other.data() + 16, static_cast<uint16_t>(kPageSize - size));
    StoreLe(other.data() + 14, static_cast<uint16_t>(kPageSize - size));
    std::fill(other.end() - static_cast<std::ptrdiff_t>(size), other.end(), uint8_t{0});
    fill(other.data() + kPageSize - size);
    return IdentifyPage(other);
  };
  CHECK(with_special(16, [](uint8_t* s) { StoreLe(s + 12, uint16_t{1}); }) == PageKind::btree);
  CHECK(with_special(16, [](uint8_t* s) { StoreLe(s + 14, uint16_t{0xff80}); }) == PageKind::hash);
  CHECK(with_special(16, [](uint8_t* s) { StoreLe(s + 14, uint16_t{0xff81}); }) == PageKind::gist);
  CHECK(with_special(8, [](uint8_t* s) { StoreLe(s + 6, uint16_t{0xff82}); }) == PageKind::spgist);
  CHECK(with_special(8, [](uint8_t* s) { StoreLe(s + 6, uint16_t{0xf093}); }) == PageKind::brin);
  CHECK(with_special(8, [](uint8_t* s) { StoreLe(s + 6, uint16_t{2}); }) == PageKind::gin);
  CHECK(with_special(8, [](uint8_t* s) { StoreLe(s, uint32_t{0x1717}); }) == PageKind::sequence);
  CHECK(IdentifyPage(Bytes(kPageSize, 0)) == PageKind::zero);
  CHECK(IdentifyPage(PageBuilder(0).Finish(false)) == PageKind::fresh);
  CHECK(IdentifyPage(Bytes(kPageSize, 0xff)) == PageKind::unsound);
  CHECK(IdentifyPage(Bytes(10, 0)) == PageKind::unsound);
}

TEST_CASE("line pointers are counted where the header is lost, and no further than they are sound") {
  Bytes page = SmallPage(0, false);
  std::fill(page.begin(), page.begin() + kPageHeaderSize, uint8_t{0xaa});
  CHECK(ItemCount(page) == 7);
  StoreLe(page.data() + kPageHeaderSize + 8, uint32_t{0xffffffff});
  CHECK(ItemCount(page) == 2);
}

TEST_CASE("every flipped byte of a header is refused or harmless") {
  const Bytes page = SmallPage(0, false);
  for (size_t at = 0; at < kPageHeaderSize + 28; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes flipped = page;
      flipped[at] ^= static_cast<uint8_t>(1 << bit);
      (void)IdentifyPage(flipped);
      const size_t count = ItemCount(flipped);
      REQUIRE(kPageHeaderSize + count * kItemIdSize <= flipped.size());
      for (size_t n = 1; n <= count; ++n) {
        const ItemId item = ReadItemId(flipped, n);
        if (IsSoundHeapItem(item, flipped.size())) REQUIRE(size_t{item.offset} + item.length <= flipped.size());
      }
    }
  }
}

TEST_CASE("pages of other sizes are read by their own size") {
  for (const size_t size : {size_t{1024}, size_t{4096}, size_t{16384}, size_t{32768}}) {
    PageBuilder builder(3, size);
    builder.Add(TupleBuilder().Int(int32_t{1}));
    const Bytes page = builder.Finish(true);
    CHECK(IdentifyPage(page) == PageKind::heap);
    CHECK(HasRightChecksum(page, 3));
  }
}

}  // namespace
}  // namespace pulih
