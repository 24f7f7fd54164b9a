// FileKind by a file's beginning. Signatures first, then a look at the blocks, then text.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>

#include "engine/base/endian.h"
#include "engine/base/time_text.h"
#include "engine/recover/identify.h"
#include "formats/postgres/control.h"

namespace pulih {
namespace {

constexpr size_t kTarBlock = 512;
constexpr size_t kLook = 64u << 10;  // how far into a head we look for words

bool Starts(ByteView head, std::string_view with, size_t at = 0) {
  return head.size() >= at + with.size() && std::memcmp(head.data() + at, with.data(), with.size()) == 0;
}

// --- archives of pg_dump -----------------------------------------------------------------------------------------------

// An int of pg_dump: a sign byte, then little-endian bytes.
std::optional<int64_t> TakeInt(ByteView& in, size_t size) {
  if (in.size() < size + 1) return std::nullopt;
  int64_t v = 0;
  for (size_t i = 0; i < size; ++i) v |= static_cast<int64_t>(in[1 + i]) << (8 * i);
  if (in[0] != 0) v = -v;
  in = in.subspan(size + 1);
  return v;
}

std::string DumpTime(const int64_t (&t)[7]) {
  const bool plausible = t[5] >= 90 && t[5] < 300 && t[4] >= 0 && t[4] < 12 && t[3] >= 1 && t[3] <= 31 && t[2] >= 0 && t[2] < 24 &&
                         t[1] >= 0 && t[1] < 60 && t[0] >= 0 && t[0] <= 60;
  if (!plausible) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", static_cast<int>(t[5] + 1900), static_cast<int>(t[4] + 1),
                static_cast<int>(t[3]), static_cast<int>(t[2]), static_cast<int>(t[1]), static_cast<int>(t[0]));
  return text;
}

Identity OfArchive(ByteView head) {
  Identity identity;
  if (head.size() < 11) return identity;
  const unsigned major = head[5], minor = head[6], int_size = head[8], format = head[10];
  identity.kind = format == 1 ? FileKind::dump_custom : FileKind::dump_toc;
  identity.detail = "version " + std::to_string(major) + "." + std::to_string(minor);
  if (int_size < 1 || int_size > 8) return identity;
  ByteView in = head.subspan(11);
  if (major == 1 && minor >= 15) {
    if (in.empty()) return identity;
    static constexpr std::string_view kNames[] = {"not compressed", "gzip", "lz4", "zstd"};
    if (in[0] < 4) identity.detail += ", " + std::string(kNames[in[0]]);
    in = in.subspan(1);
  } else if (const auto level = TakeInt(in, int_size)) {
    identity.detail += *level == 0 ? ", not compressed" : ", gzip";
  }
  int64_t time[7] = {};
  for (int64_t& part : time) {
    const auto v = TakeInt(in, int_size);
    if (!v) return identity;
    part = *v;
  }
  // The clock of the machine that made the dump, in its zone, which is not told.
  identity.captured = DumpTime(time);
  if (!identity.captured.empty()) identity.captured_from = "header of the dump, local time";
  return identity;
}

// --- single structures -------------------------------------------------------------------------------------------------

bool IsTar(ByteView head) {
  if (head.size() < kTarBlock) return false;
  uint64_t told = 0, sum = 0;
  size_t digits = 0;
  for (size_t i = 148; i < 156; ++i) {
    if (head[i] >= '0' && head[i] <= '7') told = told * 8 + head[i] - '0', ++digits;
    else if (head[i] != ' ' && head[i] != 0) return false;
  }
  for (size_t i = 0; i < kTarBlock; ++i) sum += i >= 148 && i < 156 ? ' ' : head[i];
  return digits > 0 && sum == told;
}

bool IsZlib(ByteView head) {
  if (head.size() < 64 || (head[0] & 0x0f) != 8 || (head[0] >> 4) > 7 || (head[0] * 256 + head[1]) % 31 != 0 || (head[1] & 0x20) != 0) return false;
  bool page = false;
  const BlockKind kind = IdentifyBlock(head.first(std::min<size_t>(head.size(), kBlockSize)), &page);
  return kind == BlockKind::high_entropy || kind == BlockKind::dump_chunk;
}

bool IsDisk(ByteView head) {
  if (head.size() < 2048) return false;
  if (Starts(head, "EFI PART", 512) || LoadLe<uint16_t>(head.data() + 1080) == 0xef53) return true;
  if (head[510] != 0x55 || head[511] != 0xaa) return false;
  if (Starts(head, "NTFS    ", 3) || Starts(head, "FAT", 54) || Starts(head, "FAT32", 82)) return true;
  for (size_t at = 446; at < 510; at += 16)  // partitions: a flag that is one, a type, a length
    if ((head[at] & 0x7f) != 0) return false;
  return head[450] != 0 && LoadLe<uint32_t>(head.data() + 458) != 0;
}

std::optional<Identity> OfControl(ByteView head, uint64_t size) {
  if (size > 65536 || head.size() < 256) return std::nullopt;
  const auto control = ReadPgControl(head);
  if (!control.ok()) return std::nullopt;
  Identity identity;
  identity.kind = FileKind::pg_control;
  identity.system_identifier = control->system_identifier;
  identity.detail = control->major == 0 ? "version not known" : "PostgreSQL " + MajorText(control->major);
  constexpr int64_t kLatest = 32503680000;  // the year 3000
  if (control->time > 0 && control->time < kLatest) {
    identity.captured = FormatUtc(control->time * 1000000000);
    identity.captured_from = "pg_control";
  }
  return identity;
}

struct Signature {
  std::string_view bytes;
  FileKind kind;
};
using namespace std::string_view_literals;
constexpr Signature kSignatures[] = {
    {"\x1f\x8b\x08"sv, FileKind::gzip}, {"\x04\x22\x4d\x18"sv, FileKind::lz4}, {"\x28\xb5\x2f\xfd"sv, FileKind::zstd},
    {"BZh"sv, FileKind::bzip2}, {"\xfd" "7zXZ\0"sv, FileKind::xz}, {"PK\3\4"sv, FileKind::zip}, {"PK\5\6"sv, FileKind::zip},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, FileKind::ole2}, {"SQLite format 3\0"sv, FileKind::sqlite}, {"WARC/"sv, FileKind::warc},
    {"\xff\xd8\xff"sv, FileKind::image}, {"\x89PNG\r\n\x1a\n"sv, FileKind::image}, {"GIF8"sv, FileKind::image},
    {"II*\0"sv, FileKind::image}, {"MM\0*"sv, FileKind::image}, {"\x17\x27\x59\0"sv, FileKind::filenode_map},
};

// --- pages -------------------------------------------------------------------------------------------------------------

std::string WalRelease(uint16_t magic) {
  switch (magic) {
    case 0xd063: return "8.4";
    case 0xd064: return "9.0";
    case 0xd066: return "9.1";
    case 0xd071: return "9.2";
    case 0xd075: return "9.3";
    case 0xd07e: return "9.4";
    case 0xd087: return "9.5";
    case 0xd093: return "9.6";
    case 0xd097: return "10";
    case 0xd098: return "11";
    case 0xd101: return "12";
    case 0xd106: return "13";
    case 0xd10d: return "14";
    case 0xd110: return "15";
    case 0xd113: return "16";
    case 0xd116: return "17";
    case 0xd118: return "18";
  }
  return "";
}

// The kind of the first pages that show one; a few bad ones among them do not matter.
Identity OfPages(ByteView head) {
  BlockMapper mapper(FileKind::unknown);
  std::vector<BlockRun> runs;
  mapper.Take(head.first(head.size() - head.size() % kBlockSize), runs);
  Identity identity;
  const auto& n = mapper.counts();
  const auto of = [&](BlockKind kind) { return n[static_cast<size_t>(kind)]; };
  const uint64_t heap = of(BlockKind::heap) + of(BlockKind::toast), best = std::max({heap, of(BlockKind::index), of(BlockKind::map), of(BlockKind::wal)});
  if (best == 0) return identity;
  if (best == of(BlockKind::wal)) {
    identity.kind = FileKind::wal;
    constexpr uint16_t kLongHead = 2;
    if ((LoadLe<uint16_t>(head.data() + 2) & kLongHead) != 0) {
      const std::string release = WalRelease(LoadLe<uint16_t>(head.data()));
      if (!release.empty()) {
        identity.detail = "PostgreSQL " + release;
        identity.system_identifier = LoadLe<uint64_t>(head.data() + 24);
      }
    }
  } else if (best == heap) {
    identity.kind = FileKind::relation;
    identity.detail = of(BlockKind::toast) > of(BlockKind::heap) ? "TOAST" : "heap";
  } else {
    identity.kind = best == of(BlockKind::map) ? FileKind::relation_map : FileKind::index;
  }
  return identity;
}

// --- text --------------------------------------------------------------------------------------------------------------

bool Contains(std::string_view text, std::string_view what) { return text.find(what) != text.npos; }

bool IsMarkup(std::string_view text) {
  std::string low(text.substr(0, 1024));
  for (char& c : low) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return Contains(low, "<html") || Contains(low, "<!doctype html") || Contains(low, "<head>");
}

bool IsSql(std::string_view text) {
  for (const std::string_view sign : {"-- PostgreSQL database dump"sv, "-- PostgreSQL database cluster dump"sv, "\nCREATE TABLE "sv,
                                      "\nINSERT INTO "sv, "\nSET client_encoding"sv, " FROM stdin;\n"sv, "\nALTER TABLE ONLY "sv}) {
    if (Contains(text, sign)) return true;
  }
  return text.starts_with("CREATE TABLE ") || text.starts_with("INSERT INTO ") || text.starts_with("COPY ");
}

// "16403 blob_16403.dat" on each line.
bool IsBlobToc(std::string_view text) {
  size_t lines = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == text.npos) break;
    const std::string_view line = text.substr(0, end);
    const size_t blank = line.find(' ');
    if (blank == line.npos || blank == 0 || line.find_first_not_of("0123456789") != blank || !line.substr(blank).starts_with(" blob_")) return false;
    text.remove_prefix(end + 1);
    ++lines;
  }
  return lines > 0;
}

// Rows of the same number of fields, by and large. Within quotes separators and line ends are text, where quotes are meant:
// a stray one would swallow the rest.
bool HasRows(std::string_view text, char separator, bool with_quotes) {
  std::optional<size_t> expected;
  size_t rows = 0, odd = 0, separators = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"' && with_quotes) quoted = !quoted;
    if (quoted) continue;
    if (c == separator) ++separators;
    if (c != '\n') continue;
    odd += separators != expected.value_or(separators) ? 1 : 0;
    expected = expected.value_or(separators);
    separators = 0;
    if (++rows == 50) break;
  }
  return rows >= 2 && *expected > 0 && odd * 3 <= rows;
}

bool IsCsv(std::string_view text) {
  for (const char separator : {',', ';', '\t'})
    for (const bool with_quotes : {true, false})
      if (HasRows(text, separator, with_quotes)) return true;
  return false;
}

// "-- Started on 2014-10-04 22:00:05 WIB", which pg_dump --verbose writes.
void TakeStartedOn(std::string_view text, Identity& identity) {
  constexpr std::string_view kWords = "\n-- Started on ";
  const size_t at = text.find(kWords);
  if (at == text.npos || text.size() < at + kWords.size() + 24) return;
  const std::string_view when = text.substr(at + kWords.size(), 19);
  for (size_t i = 0; i < when.size(); ++i) {
    const char shape = "dddd-dd-dd dd:dd:dd"[i];
    if (shape == 'd' ? when[i] < '0' || when[i] > '9' : when[i] != shape) return;
  }
  identity.captured = std::string(when);
  identity.captured[10] = 'T';
  identity.captured_from = "text of the dump, local time";
  std::string_view zone = text.substr(at + kWords.size() + 20, 8);
  zone = zone.substr(0, zone.find_first_of("\r\n "));
  static constexpr std::pair<std::string_view, std::string_view> kZones[] = {
      {"WIB", "+07:00"}, {"WITA", "+08:00"}, {"WIT", "+09:00"}, {"UTC", "Z"}, {"GMT", "Z"}};
  for (const auto& [name, offset] : kZones) {
    if (zone != name) continue;
    identity.captured += offset;
    identity.captured_from = "text of the dump";
  }
}

Identity OfText(ByteView head) {
  Identity identity;
  bool page = false;
  const BlockKind first = IdentifyBlock(head.first(std::min<size_t>(head.size(), kBlockSize)), &page);
  const bool is_short = head.size() <= 16 && std::all_of(head.begin(), head.end(), [](uint8_t b) { return b >= 0x20 || b == '\n' || b == '\r' || b == '\t'; });
  std::string_view text = AsText(head.first(std::min(head.size(), kLook)));
  // A script with a hole in its first block is a script: what is left of it is text that says so.
  const auto printable = static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t'; }));
  const bool is_script = printable * 4 >= text.size() * 3 && IsSql(text);
  if (first != BlockKind::text && first != BlockKind::copy_text && !is_short && !is_script) return identity;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  const char sign = begin == text.npos ? '\0' : text[begin];
  if (IsSql(text)) {
    identity.kind = FileKind::sql;
    TakeStartedOn(text, identity);
  } else if (IsMarkup(text)) {
    identity.kind = FileKind::html;
  } else if (sign == '{' || (sign == '[' && text.find_first_of("{[\"]", begin + 1) != text.npos)) {
    identity.kind = FileKind::json;
  } else if (IsBlobToc(text)) {
    identity.kind = FileKind::blob_toc;
  } else if (first == BlockKind::copy_text) {
    identity.kind = FileKind::copy_text;
  } else {
    identity.kind = IsCsv(text) ? FileKind::csv : FileKind::text;
  }
  return identity;
}

Identity Simple(FileKind kind) {
  Identity identity;
  identity.kind = kind;
  return identity;
}

}  // namespace

Identity IdentifyFile(ByteView head, uint64_t size) {
  if (size == 0 || head.empty()) return Simple(FileKind::empty);
  if (Starts(head, "PGDMP")) return OfArchive(head);
  for (const Signature& signature : kSignatures)
    if (Starts(head, signature.bytes)) return Simple(signature.kind);
  if (auto control = OfControl(head, size)) return std::move(*control);
  if (IsTar(head)) return Simple(FileKind::tar);
  const std::string_view beginning = AsText(head.first(std::min<size_t>(head.size(), 1024)));
  if (Contains(beginning, "%PDF-")) return Simple(FileKind::pdf);
  if (Identity pages = OfPages(head); pages.kind != FileKind::unknown) return pages;
  if (IsZlib(head)) return Simple(FileKind::zlib);
  if (IsDisk(head)) return Simple(FileKind::disk_image);
  return OfText(head);
}

FileKind KindOfBlocks(const std::array<uint64_t, kBlockKinds>& counts) {
  const auto of = [&](BlockKind kind) { return counts[static_cast<size_t>(kind)]; };
  const std::pair<uint64_t, FileKind> candidates[] = {
      {of(BlockKind::heap) + of(BlockKind::toast), FileKind::relation},
      {of(BlockKind::index), FileKind::index},
      {of(BlockKind::wal), FileKind::wal},
      // A chunk's head stands in nearly every block of a dump, and by chance in one of a hundred million others.
      {of(BlockKind::dump_chunk) >= of(BlockKind::high_entropy) ? of(BlockKind::dump_chunk) : 0, FileKind::dump_fragment},
      {of(BlockKind::copy_text), FileKind::copy_text},
      {of(BlockKind::text), FileKind::text},
  };
  const auto* best = std::max_element(std::begin(candidates), std::end(candidates), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (best->first > 0) return best->second;
  uint64_t all = 0;
  for (const uint64_t n : counts) all += n;
  return all > 0 && of(BlockKind::zero) + of(BlockKind::pattern) == all ? FileKind::zero : FileKind::unknown;
}

namespace {
constexpr std::string_view kFileKindNames[] = {
    "unknown", "empty", "custom dump", "table of contents of a dump", "tar", "gzip", "zlib", "lz4", "zstd", "SQL script", "COPY text",
    "CSV", "JSON", "HTML", "WARC", "ZIP", "PDF", "OLE2 document", "SQLite", "disk image", "table pages", "index pages",
    "free space or visibility map", "WAL segment", "pg_control", "pg_filenode.map", "transaction status", "text", "picture", "bzip2", "xz",
    "zeros", "list of large objects", "fragment of a custom dump"};
}  // namespace

bool IsKnownFileKind(uint8_t number) { return number < std::size(kFileKindNames); }
std::string_view FileKindName(FileKind kind) { return kFileKindNames[static_cast<size_t>(kind)]; }

uint8_t ClassOf(FileKind kind) {
  switch (kind) {
    case FileKind::dump_custom:
    case FileKind::dump_toc:
    case FileKind::dump_fragment:
    case FileKind::sql:
    case FileKind::copy_text:
    case FileKind::relation:
    case FileKind::index:
    case FileKind::relation_map:
    case FileKind::wal:
    case FileKind::pg_control:
    case FileKind::filenode_map:
    case FileKind::clog:
    case FileKind::blob_toc: return 1;
    case FileKind::pdf:
    case FileKind::image: return 2;  // a contract, a scan
    case FileKind::warc:
    case FileKind::html: return 4;
    case FileKind::json:
    case FileKind::csv:
    case FileKind::ole2: return 5;
    default: return 0;  // a container, or nothing that its kind tells
  }
}

}  // namespace pulih
