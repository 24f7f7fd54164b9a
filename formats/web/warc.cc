#include "formats/web/warc.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "engine/base/hex.h"
#include "formats/web/head_fields.h"
#include "formats/web/http.h"
#include "formats/web/sha1.h"

namespace pulih::web {
namespace {

constexpr size_t npos = std::string_view::npos;
constexpr uint64_t kMostBody = 256u << 20;

std::optional<uint64_t> Length(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

size_t SkipLineEnds(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == '\r' || text[at] == '\n')) ++at;
  return at;
}

// The next place where a head may begin: "WARC/" at the beginning of a line, a version, and a field named "WARC-".
size_t FindWarc(std::string_view text, size_t from) {
  for (size_t at = text.find("WARC/", from); at != npos; at = text.find("WARC/", at + 1)) {
    if (at > 0 && text[at - 1] != '\n' && static_cast<uint8_t>(text[at - 1]) >= 0x20) continue;
    if (IsWarcHead(AsBytes(text.substr(at, 64u << 10)))) return at;
  }
  return text.size();
}

// "sha1:" and 32 letters of base32, or 40 of base16.
std::string_view Sha1Text(std::string_view digest) {
  const size_t colon = digest.find(':');
  if (colon == npos || (LowerCase(digest.substr(0, colon)) != "sha1" && LowerCase(digest.substr(0, colon)) != "sha-1")) return {};
  digest.remove_prefix(colon + 1);
  return digest.size() == 32 || digest.size() == 40 ? digest : std::string_view();
}
bool IsSha1(std::string_view digest) { return !Sha1Text(digest).empty(); }

bool SameDigest(std::string_view stated, ByteView bytes) {
  stated = Sha1Text(stated);
  if (stated.empty()) return false;
  const Sha1 digest = Sha1Of(bytes);
  return LowerCase(stated) == (stated.size() == 40 ? ToHex(digest) : LowerCase(Base32(digest)));
}

// The payload is what follows the head of HTTP; writers disagree whether with its chunks or without.
bool PayloadAgrees(std::string_view stated, const WarcRecord& record) {
  if (record.content_type.find("application/http") == std::string::npos) return SameDigest(stated, record.block);
  const std::optional<HttpResponse> response = ReadHttpResponse(record.block, kMostBody);
  if (!response) return false;
  return SameDigest(stated, response->wire) || (response->is_decoded && SameDigest(stated, response->decoded));
}

WarcProof ProofOf(const WarcRecord& record, std::string_view block_digest) {
  const bool has_block = IsSha1(block_digest);
  const bool has_payload = IsSha1(record.payload_digest) && record.type != "revisit";  // that of a revisit is another's
  if (has_block && SameDigest(block_digest, record.block)) return WarcProof::proven;
  if (has_payload && PayloadAgrees(record.payload_digest, record)) return WarcProof::proven;
  return has_block || has_payload ? WarcProof::disproven : WarcProof::none;
}

}  // namespace

std::string WarcDigest(ByteView bytes) { return "sha1:" + Base32(Sha1Of(bytes)); }

bool IsWarcHead(ByteView bytes) {
  const std::string_view text = AsText(bytes);
  if (text.substr(0, 5) != "WARC/") return false;
  const size_t line_end = text.find('\n');
  if (line_end == npos || line_end > 20) return false;
  return LowerCase(text.substr(line_end + 1, 4096)).find("warc-") != npos || LowerCase(text.substr(line_end + 1, 4096)).find("content-length") != npos;
}

Status WalkWarc(ByteView bytes, WarcSink& sink) {
  const std::string_view text = AsText(bytes);
  for (size_t at = SkipLineEnds(text, 0); at < text.size();) {
    const size_t line_end = text.find('\n', at);
    const HeadFields head = line_end == npos || !IsWarcHead(bytes.subspan(at)) ? HeadFields() : ReadHeadFields(text.substr(line_end + 1));
    const std::optional<uint64_t> length = head.ended ? Length(head.Find("content-length")) : std::nullopt;
    if (!length) {
      const size_t next = FindWarc(text, at + 1);
      PULIH_TRY(sink.Damage(at, next - at));
      at = next;
      continue;
    }
    const size_t block = line_end + 1 + head.size;
    WarcRecord record;
    record.type = LowerCase(head.Find("warc-type"));
    record.id = head.Find("warc-record-id");
    record.url = head.Find("warc-target-uri");
    if (record.url.size() > 2 && record.url.front() == '<' && record.url.back() == '>') record.url = record.url.substr(1, record.url.size() - 2);
    record.date = head.Find("warc-date");
    record.content_type = LowerCase(head.Find("content-type"));
    record.payload_digest = head.Find("warc-payload-digest");
    record.refers_to = head.Find("warc-refers-to");
    record.refers_to_url = head.Find("warc-refers-to-target-uri");
    record.refers_to_date = head.Find("warc-refers-to-date");
    record.offset = at;
    record.cut = *length > text.size() - block;
    const std::string_view block_digest = head.Find("warc-block-digest");
    size_t end = record.cut ? text.size() : block + static_cast<size_t>(*length);
    record.block = bytes.subspan(block, end - block);
    record.proof = record.cut ? WarcProof::none : ProofOf(record, block_digest);
    size_t next = SkipLineEnds(text, end);
    const bool fits = !record.cut && (next == text.size() || text.substr(next, 5) == "WARC/");
    if (record.proof != WarcProof::proven && !fits) {
      // It is shorter than it says when another begins inside, and then it was cut when it was written.
      const size_t other = FindWarc(text, block);
      if (other < end || !record.cut) next = other;
      if (other < end) {
        record.cut = true;
        record.block = bytes.subspan(block, other - block);
      }
    }
    record.length = next - at;
    PULIH_TRY(sink.Record(record));
    at = next;
  }
  return OkStatus();
}

bool IsArcHead(ByteView bytes) {
  const std::string_view text = AsText(bytes.first(std::min<size_t>(bytes.size(), 4096)));
  return text.substr(0, 11) == "filedesc://";
}

namespace {

// "http://example.com/ 93.184.216.119 20140216050221 text/html 1591"
bool ReadArcLine(std::string_view line, WarcRecord& record, uint64_t& length) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < line.size();) {
    const size_t end = std::min(line.find(' ', at), line.size());
    if (end > at) words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  if (words.size() < 5) return false;
  const std::optional<uint64_t> size = Length(words.back());
  // An address may hold blanks; the other four do not. Version 2 has more words between, and the date still has 14 digits.
  const auto date = std::find_if(words.begin() + 1, words.end(), [](std::string_view word) {
    return word.size() == 14 && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
  });
  if (!size || date == words.end() || words[0].find(':') == npos) return false;
  length = *size;
  const std::string digits(*date);
  record.date = digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6, 2) + "T" + digits.substr(8, 2) + ":" + digits.substr(10, 2) + ":" + digits.substr(12, 2) + "Z";
  record.url = std::string(words[0]);
  record.type = record.url.substr(0, 11) == "filedesc://" ? "warcinfo" : "response";
  record.content_type = "application/http; msgtype=response";
  return true;
}

}  // namespace

Status WalkArc(ByteView bytes, WarcSink& sink) {
  const std::string_view text = AsText(bytes);
  uint64_t damaged_from = 0;
  bool is_damaged = false;
  for (size_t at = SkipLineEnds(text, 0); at < text.size();) {
    const size_t line_end = text.find('\n', at);
    if (line_end == npos) break;
    WarcRecord record;
    uint64_t length = 0;
    std::string_view line = text.substr(at, line_end - at);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > 8192 || !ReadArcLine(line, record, length)) {
      if (!is_damaged) damaged_from = at;
      is_damaged = true;
      at = line_end + 1;
      continue;
    }
    if (is_damaged) PULIH_TRY(sink.Damage(damaged_from, at - damaged_from));
    is_damaged = false;
    record.offset = at;
    record.cut = length > text.size() - line_end - 1;
    const size_t end = record.cut ? text.size() : line_end + 1 + static_cast<size_t>(length);
    record.block = bytes.subspan(line_end + 1, end - line_end - 1);
    at = SkipLineEnds(text, end);
    record.length = at - record.offset;
    PULIH_TRY(sink.Record(record));
  }
  if (is_damaged) PULIH_TRY(sink.Damage(damaged_from, text.size() - damaged_from));
  return OkStatus();
}

}  // namespace pulih::web
