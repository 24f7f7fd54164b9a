#include "tests/formats/postgres/dump_builder.h"

#include <algorithm>

namespace pulih {

namespace {

constexpr size_t kChunk = 4096;

void PutInt(Bytes& out, int64_t value) {
  out.push_back(value < 0 ? 1 : 0);
  const auto size = static_cast<uint32_t>(value < 0 ? -value : value);
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<uint8_t>(size >> shift));
}
void PutText(Bytes& out, const std::optional<std::string>& text) {
  PutInt(out, text ? static_cast<int64_t>(text->size()) : -1);
  if (text) Append(out, AsBytes(*text));
}

struct Entry {
  int32_t dump_id = 0;
  bool has_data = false;
  std::string tag, desc, definition, copy_statement, schema, file;
  std::optional<size_t> offset_at;  // where its offset stands in the output
};

void PutEntry(Bytes& out, Entry& entry, const BuiltArchive& what) {
  PutInt(out, entry.dump_id);
  PutInt(out, entry.has_data ? 1 : 0);
  PutText(out, "1259");
  PutText(out, "16385");
  PutText(out, entry.tag);
  PutText(out, entry.desc);
  if (what.minor >= 11) PutInt(out, entry.has_data ? 3 : 2);
  PutText(out, entry.definition);
  PutText(out, "");
  PutText(out, entry.copy_statement.empty() ? std::nullopt : std::optional(entry.copy_statement));
  PutText(out, entry.schema);
  PutText(out, "");
  if (what.minor >= 14) PutText(out, "heap");
  if (what.minor >= 16) PutInt(out, 'r');
  PutText(out, "postgres");
  PutText(out, "false");
  PutText(out, "3");
  PutText(out, std::nullopt);
  if (what.format == 1) {
    out.push_back(!entry.has_data ? 3 : what.offsets ? 2 : 1);
    entry.offset_at = out.size();
    out.insert(out.end(), 8, 0);
  } else {
    PutText(out, entry.file);
  }
}

uint32_t Adler(ByteView bytes) {
  uint32_t a = 1, b = 0;
  for (const uint8_t byte : bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

void PutChunks(Bytes& out, const std::string& content, const BuiltArchive& what) {
  if (what.compressed) {
    const Bytes stream = what.compress != nullptr ? what.compress(AsBytes(content)) : StoredStream(AsBytes(content));
    const size_t most = what.compress != nullptr && what.codec != 1 ? 777 : kChunk;  // those of lz4 and zstd are as long as they happen to be
    for (size_t at = 0; at < stream.size(); at += most) {
      const ByteView chunk = ByteView(stream).subspan(at, std::min(most, stream.size() - at));
      PutInt(out, static_cast<int64_t>(chunk.size()));
      Append(out, chunk);
    }
  } else {
    for (size_t at = 0; at < content.size();) {
      const size_t end = std::min(content.find('\n', at), content.size() - 1) + 1;
      PutInt(out, static_cast<int64_t>(end - at));
      Append(out, AsBytes(std::string_view(content).substr(at, end - at)));
      at = end;
    }
  }
  PutInt(out, 0);
}

}  // namespace

Bytes StoredStream(ByteView plain) {
  Bytes out = {0x78, 0x01};
  constexpr size_t kStored = 1000;
  size_t at = 0;
  do {
    const size_t size = std::min(kStored, plain.size() - at);
    out.push_back(at + size == plain.size() ? 1 : 0);
    for (const size_t word : {size, ~size}) {
      out.push_back(static_cast<uint8_t>(word));
      out.push_back(static_cast<uint8_t>(word >> 8));
    }
    Append(out, plain.subspan(at, size));
    at += size;
  } while (at < plain.size());
  const uint32_t sum = Adler(plain);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(sum >> shift));
  return out;
}

std::string TableContent(const BuiltTable& table) { return table.rows + "\\.\n\n\n"; }

Bytes BuildArchive(const BuiltArchive& what, size_t* data_begin) {
  Bytes out = ToBytes("PGDMP");
  for (const uint8_t byte : {uint8_t{1}, what.minor, uint8_t{0}, uint8_t{4}, uint8_t{8}, what.format}) out.push_back(byte);
  if (what.minor >= 15) out.push_back(what.compressed ? what.codec : 0);
  else PutInt(out, what.compressed ? -1 : 0);
  for (const int part : {0, 30, 22, 2, 9, 114, 0}) PutInt(out, part);
  for (const char* text : {"contoh", "15.8", "15.8"}) PutText(out, text);
  PutInt(out, static_cast<int64_t>(1 + 2 * what.tables.size() + (what.objects ? 1 : 0)));
  Entry encoding{1, false, "ENCODING", "ENCODING", "SET client_encoding = 'UTF8';\n", "", "", "", {}};
  PutEntry(out, encoding, what);
  std::vector<Entry> data;
  for (const BuiltTable& table : what.tables) {
    Entry shape{table.dump_id - 1000, false, table.name, "TABLE", table.definition, "", table.schema, "", {}};
    PutEntry(out, shape, what);
  }
  for (const BuiltTable& table : what.tables) {
    data.push_back({table.dump_id, true, table.name, "TABLE DATA", "",
                    "COPY " + table.schema + "." + table.name + " (" + table.columns + ") FROM stdin;\n", table.schema,
                    std::to_string(table.dump_id) + ".dat", {}});
    PutEntry(out, data.back(), what);
  }
  if (what.objects) {
    Entry objects{9000, true, "BLOBS", "BLOBS", "", "", "", "", {}};
    PutEntry(out, objects, what);
  }
  if (data_begin != nullptr) *data_begin = out.size();
  if (what.format != 1) return out;
  for (size_t i = 0; i < what.tables.size(); ++i) {
    if (what.offsets) {
      for (size_t k = 0; k < 8; ++k) out[*data[i].offset_at + k] = static_cast<uint8_t>(uint64_t{out.size()} >> (8 * k));
    }
    out.push_back(1);
    PutInt(out, what.tables[i].dump_id);
    PutChunks(out, TableContent(what.tables[i]), what);
  }
  if (what.objects) {
    out.push_back(3);
    PutInt(out, 9000);
    PutInt(out, 16999);
    PutChunks(out, what.object, what);
    PutInt(out, 0);
  }
  return out;
}

std::vector<BuiltTable> SpecimenTables() {
  std::vector<BuiltTable> tables(2);
  tables[0].dump_id = 3410;
  tables[0].schema = "public";
  tables[0].name = "paket";
  tables[0].columns = "pkt_id, pkt_nama, pkt_pagu, pkt_tgl_buat";
  tables[0].definition =
      "CREATE TABLE public.paket (\n    pkt_id numeric(19,0) NOT NULL PRIMARY KEY,\n    pkt_nama character varying(400) NOT NULL,\n"
      "    pkt_pagu numeric(20,2),\n    pkt_tgl_buat timestamp without time zone\n);\n";
  for (int i = 1; i <= 300; ++i) {
    tables[0].rows += std::to_string(i * 1000 + 127) + "\tPengadaan alat tulis kantor ke-" + std::to_string(i * 7919 % 1000) + "\t" +
                      std::to_string(i * 104729 % 100000) + ".50\t2014-0" + std::to_string(1 + i % 9) + "-1" + std::to_string(i % 10) + " 08:0" +
                      std::to_string(i % 10) + ":00\n";
  }
  tables[1].dump_id = 3411;
  tables[1].schema = "ekontrak";
  tables[1].name = "catatan";
  tables[1].columns = "cat_id, cat_isi";
  tables[1].definition = "CREATE TABLE ekontrak.catatan (\n    cat_id integer NOT NULL PRIMARY KEY,\n    cat_isi text\n);\n";
  for (int i = 1; i <= 40; ++i) tables[1].rows += std::to_string(i) + (i % 5 == 0 ? "\t\\N\n" : "\tcatatan\\tke \\\\ " + std::to_string(i) + "\n");
  return tables;
}

Bytes BuildTar(const std::vector<std::pair<std::string, Bytes>>& members) {
  Bytes out;
  for (const auto& [name, content] : members) {
    Bytes header(512, 0);
    std::copy(name.begin(), name.end(), header.begin());
    const auto octal = [&header](size_t at, size_t digits, uint64_t value) {
      for (size_t i = digits; i-- > 0; value /= 8) header[at + i] = static_cast<uint8_t>('0' + value % 8);
    };
    octal(100, 7, 0600);
    octal(124, 11, content.size());
    octal(136, 11, 1412000000);
    header[156] = '0';
    const std::string_view magic("ustar\00000", 8);
    std::copy(magic.begin(), magic.end(), header.begin() + 257);
    std::fill_n(header.begin() + 148, 8, ' ');
    uint64_t sum = 0;
    for (const uint8_t byte : header) sum += byte;
    octal(148, 6, sum);
    header[154] = 0;
    Append(out, header);
    Append(out, content);
    out.resize((out.size() + 511) / 512 * 512);
  }
  out.resize(out.size() + 1024);
  return out;
}

}  // namespace pulih
