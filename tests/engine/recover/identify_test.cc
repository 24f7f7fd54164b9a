#include <chrono>
#include <cmath>
#include <random>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "engine/recover/identify.h"

namespace pulih {
namespace {

Bytes Noise(size_t size, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
  return bytes;
}

// A page with a header, and `items` tuples of `length` bytes from its end.
Bytes Page(uint16_t special, unsigned items, uint16_t length, uint16_t natts) {
  Bytes page(8192);
  uint16_t upper = special;
  for (unsigned i = 0; i < items; ++i) {
    upper = static_cast<uint16_t>(upper - length);
    StoreLe<uint32_t>(page.data() + 24 + 4 * i, static_cast<uint32_t>(upper | (1u << 15) | (static_cast<uint32_t>(length) << 17)));
    uint8_t* t = page.data() + upper;
    StoreLe<uint16_t>(t + 18, natts);
    t[22] = 24;
    StoreLe<uint32_t>(t + 24, 5000 + i);
    StoreLe<uint32_t>(t + 28, i);
    StoreLe<uint32_t>(t + 32, static_cast<uint32_t>((length - 32) << 2));
    for (unsigned k = 36; k < length; ++k) t[k] = static_cast<uint8_t>(k * 7);
  }
  StoreLe<uint16_t>(page.data() + 12, static_cast<uint16_t>(24 + 4 * items));
  StoreLe<uint16_t>(page.data() + 14, upper);
  StoreLe<uint16_t>(page.data() + 16, special);
  StoreLe<uint16_t>(page.data() + 18, 0x2004);
  return page;
}

Bytes WalPage() {
  Bytes page = Noise(8192, 3);
  StoreLe<uint16_t>(page.data(), 0xd110);
  StoreLe<uint16_t>(page.data() + 2, 2);
  StoreLe<uint32_t>(page.data() + 4, 1);
  StoreLe<uint64_t>(page.data() + 8, 0x1000000);
  StoreLe<uint64_t>(page.data() + 24, 7123456789);
  return page;
}

std::string Rows(size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(1000 + i) + "\tPembangunan jembatan " + std::to_string(i * 37) + "\t\\N\t2014-09-27\n";
  text.resize(size);
  return text;
}

std::vector<BlockRun> Map(ByteView bytes, FileKind head = FileKind::unknown) {
  BlockMapper mapper(head);
  std::vector<BlockRun> runs;
  mapper.Take(bytes, runs);
  return runs;
}
FileKind KindOf(std::string_view text) { return IdentifyFile(AsBytes(text), text.size()).kind; }

}  // namespace

TEST_CASE("a block is told by its bytes") {
  Bytes all;
  Append(all, Page(8192, 20, 200, 7));        // heap, 2 blocks
  Append(all, Page(8192, 4, 2032, 3));        // TOAST
  Append(all, Page(8176, 30, 64, 1));         // index
  Append(all, WalPage());
  Append(all, Bytes(8192));                   // zero
  Append(all, Bytes(4096, 0xf6));             // pattern
  Append(all, AsBytes(Rows(8192)));           // COPY
  Append(all, Noise(8192));
  const std::vector<BlockRun> expected = {{BlockKind::heap, 2}, {BlockKind::toast, 2}, {BlockKind::index, 2}, {BlockKind::wal, 2}, {BlockKind::zero, 2},
                                          {BlockKind::pattern, 1}, {BlockKind::copy_text, 2}, {BlockKind::high_entropy, 2}};
  CHECK(Map(all) == expected);
}

TEST_CASE("high entropy is a dump's or a stream's where the file says so") {
  Bytes chunks;
  for (int i = 0; i < 40; ++i) {
    Append(chunks, Bytes{0, 0, 0x10, 0, 0});
    Append(chunks, Noise(4096, static_cast<unsigned>(i)));
  }
  chunks.resize(160 * 1024);
  CHECK(Map(chunks) == std::vector<BlockRun>{{BlockKind::dump_chunk, 40}});
  CHECK(Map(Noise(40960), FileKind::gzip) == std::vector<BlockRun>{{BlockKind::deflate, 10}});
  BlockMapper mapper(FileKind::unknown);
  std::vector<BlockRun> runs;
  mapper.Take(chunks, runs);
  CHECK(KindOfBlocks(mapper.counts()) == FileKind::dump_fragment);
}

TEST_CASE("pieces of any length that blocks fit into give one map") {
  Bytes all = Page(8192, 20, 200, 7);
  Append(all, AsBytes(Rows(9000)));
  const auto whole = Map(all);
  BlockMapper mapper(FileKind::unknown);
  std::vector<BlockRun> runs;
  for (ByteView rest = all; !rest.empty();) {
    const ByteView piece = rest.first(std::min<size_t>(rest.size(), kBlockSize));
    mapper.Take(piece, runs);
    rest = rest.subspan(piece.size());
  }
  CHECK(runs == whole);
}

TEST_CASE("a file is told by its content") {
  CHECK(KindOf("\x1f\x8b\x08\0\0\0\0") == FileKind::gzip);
  CHECK(KindOf("%PDF-1.4\n%x") == FileKind::pdf);
  CHECK(KindOf("WARC/1.0\r\nWARC-Type: warcinfo") == FileKind::warc);
  CHECK(KindOf("<!DOCTYPE html>\n<html><head><title>Lelang</title></head>") == FileKind::html);
  CHECK(KindOf("{\"ocid\":\"ocds-1\",\"tender\":{\"id\":\"1\"}}\n") == FileKind::json);
  CHECK(KindOf("--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n") == FileKind::sql);
  CHECK(KindOf("kode,nama,pagu\n1,Jembatan,100\n2,Jalan,200\n3,Gedung,300\n") == FileKind::csv);
  // Names of people hold commas, and addresses lines, within quotes.
  CHECK(KindOf("kode,panitia,pagu\n1,\"Sari, S.E., M.M.\",100\n2,\"Budi, S.T.; Tono, S.H.\",200\n3,\"Rina, S.Kom, M.T.\nJl. Contoh 1, 2\",300\n") == FileKind::csv);
  CHECK(KindOf("kode,nama,ukuran\n1,pipa,5\"\n2,papan,3\n3,pagar,2\n") == FileKind::csv);
  CHECK(KindOf(Rows(9000)) == FileKind::copy_text);
  CHECK(KindOf("16403 blob_16403.dat\n16404 blob_16404.dat\n") == FileKind::blob_toc);
  CHECK(KindOf("") == FileKind::empty);
  const Bytes page = Page(8192, 20, 200, 7), index = Page(8176, 30, 64, 1), wal = WalPage(), noise = Noise(70000);
  CHECK(IdentifyFile(page, page.size()).kind == FileKind::relation);
  CHECK(IdentifyFile(index, index.size()).kind == FileKind::index);
  CHECK(IdentifyFile(wal, wal.size()).kind == FileKind::wal);
  CHECK(IdentifyFile(wal, wal.size()).detail == "PostgreSQL 15");
  CHECK(IdentifyFile(noise, noise.size()).kind == FileKind::unknown);
  // A zeroed first page does not hide the rest.
  Bytes torn(8192);
  Append(torn, page);
  CHECK(IdentifyFile(torn, torn.size()).kind == FileKind::relation);
}

TEST_CASE("a dump tells when it was made") {
  Bytes dump = ToBytes("PGDMP\x01\x0e");
  Append(dump, Bytes{0, 4, 8, 1, 0, 0xff, 0xff, 0xff, 0xff});
  dump[11] = 1;  // level -1
  for (const uint8_t part : {5, 0, 22, 4, 9, 114, 0}) Append(dump, Bytes{0, part, 0, 0, 0});
  const Identity identity = IdentifyFile(dump, dump.size());
  CHECK(identity.kind == FileKind::dump_custom);
  CHECK(identity.detail.find("1.14") != std::string::npos);
  CHECK(identity.captured == "2014-10-04T22:00:05");
  const Identity text = IdentifyFile(AsBytes("--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 9.3.5\n\n-- Started on 2014-10-04 22:00:05 WIB\n\nSET x = 0;\n"), 130);
  CHECK(text.captured == "2014-10-04T22:00:05+07:00");
}

TEST_CASE("every prefix and any bytes have an answer") {
  Bytes all = ToBytes("PGDMP\x01\x0e");
  Append(all, Noise(200));
  for (size_t n = 0; n <= all.size(); ++n) (void)IdentifyFile(ByteView(all).first(n), n);
  for (unsigned seed = 0; seed < 300; ++seed) {
    Bytes page = Page(8192, 10, 100, 3);
    std::mt19937 random(seed);
    for (int i = 0; i < 20; ++i) page[random() % 64] = static_cast<uint8_t>(random());
    (void)Map(page);
    (void)IdentifyFile(page, page.size());
  }
}

TEST_CASE("block maps are made at half a gigabyte a second and more", "[.benchmark]") {
  for (const char* what : {"noise", "rows", "pages"}) {
    Bytes bytes = std::string_view(what) == "noise" ? Noise(64u << 20) : std::string_view(what) == "rows" ? ToBytes(Rows(64u << 20)) : Bytes();
    const Bytes page = Page(8192, 30, 200, 7);
    while (bytes.size() < (64u << 20)) Append(bytes, page);
    const auto began = std::chrono::steady_clock::now();
    (void)Map(bytes);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    WARN(what << ": " << 64 / took.count() << " MiB/s");
  }
}

}  // namespace pulih
