#include "formats/repo/log_entry.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "log entry";
constexpr std::string_view kMagic = "PULIHLOG";
constexpr size_t kMaxFrontier = 64;  // one per bit of the tree's size

}  // namespace

Bytes EncodeLogEntry(const LogEntry& entry) {
  PULIH_CHECK(entry.leaf.size() <= kMaxLogLeaf && entry.frontier.size() <= kMaxFrontier);
  ByteWriter out;
  out.Raw(AsBytes(kMagic));
  out.Le32(kLogEntryVersion);
  out.Le32(static_cast<uint32_t>(entry.leaf.size()));
  out.Le32(static_cast<uint32_t>(entry.checkpoint.size()));
  out.Le32(static_cast<uint32_t>(entry.frontier.size()));
  out.Raw(entry.leaf);
  out.Raw(AsBytes(entry.checkpoint));
  for (const Digest& root : entry.frontier) out.Raw(root.view());
  PULIH_CHECK(out.size() <= kMaxLogBlob);
  return std::move(out).Take();
}

Result<LogEntry> DecodeLogEntry(ByteView bytes) {
  if (bytes.size() > kMaxLogBlob) return CorruptIn(kWhat, "it is larger than a log entry may be");
  ByteReader in(bytes);
  if (!Equal(in.Raw(kMagic.size()), AsBytes(kMagic))) return CorruptIn(kWhat, "it does not start with PULIHLOG");
  const uint32_t version = in.Le32();
  if (in.failed()) return CorruptIn(kWhat, "it is cut short");
  PULIH_TRY(CheckVersion(kWhat, version, kLogEntryVersion));

  const uint32_t leaf_size = in.Le32(), checkpoint_size = in.Le32(), frontier_count = in.Le32();
  if (leaf_size > kMaxLogLeaf || frontier_count > kMaxFrontier) return CorruptIn(kWhat, "a length is out of bounds");
  LogEntry entry;
  entry.leaf = ToBytes(in.Raw(leaf_size));
  entry.checkpoint = ToText(in.Raw(checkpoint_size));
  entry.frontier.resize(frontier_count);
  for (Digest& root : entry.frontier) root.bytes = in.Array<Digest::kSize>();
  if (!in.Finish()) return CorruptIn(kWhat, "its length does not fit what it says");
  return entry;
}

// --- checkpoints -----------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view kCheckpoint = "checkpoint";
constexpr std::string_view kSignaturePrefix = "\u2014 ";  // em dash, blank
constexpr size_t kKeyIdSize = 4;

// A note's lines hold no control characters.
bool IsLine(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

// Key names hold neither blanks nor plus signs, so that a line comes apart in one way.
bool IsKeyName(std::string_view name) { return IsLine(name) && name.find_first_of(" +") == std::string_view::npos; }

// Takes the next line, without its newline, off `text`; nothing when there is no newline.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// A decimal number without leading zeros.
std::optional<uint64_t> ParseDecimal(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::string SignatureLineText(std::string_view name, ByteView key_id, ByteView signature) {
  Bytes blob = ToBytes(key_id);
  Append(blob, signature);
  return std::string(kSignaturePrefix) + std::string(name) + " " + ToBase64(blob) + "\n";
}

std::optional<ParsedCheckpoint::SignatureLine> ParseSignatureLine(std::string_view line) {
  if (line.substr(0, kSignaturePrefix.size()) != kSignaturePrefix) return std::nullopt;
  line.remove_prefix(kSignaturePrefix.size());
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos || !IsKeyName(line.substr(0, blank))) return std::nullopt;
  const auto blob = FromBase64(line.substr(blank + 1));
  if (!blob.ok() || blob->size() <= kKeyIdSize) return std::nullopt;

  ParsedCheckpoint::SignatureLine parsed;
  parsed.name = std::string(line.substr(0, blank));
  std::copy_n(blob->begin(), kKeyIdSize, parsed.key_id.begin());
  parsed.signature.assign(blob->begin() + kKeyIdSize, blob->end());
  return parsed;
}

}  // namespace

std::string EncodeCheckpointBody(const CheckpointBody& body) {
  PULIH_CHECK(IsLine(body.origin));
  return body.origin + "\n" + std::to_string(body.size) + "\n" + ToBase64(body.root.view()) + "\n";
}

std::string EncodeCheckpoint(const CheckpointBody& body, std::string_view key_name, ByteView key_id4, ByteView signature64) {
  PULIH_CHECK(IsKeyName(key_name) && key_id4.size() == kKeyIdSize && !signature64.empty());
  return EncodeCheckpointBody(body) + "\n" + SignatureLineText(key_name, key_id4, signature64);
}

Result<ParsedCheckpoint> ParseCheckpoint(std::string_view text) {
  std::string_view rest = text;
  const auto origin = TakeLine(rest), size_line = TakeLine(rest), root_line = TakeLine(rest);
  if (!origin || !size_line || !root_line) return CorruptIn(kCheckpoint, "it has fewer than three lines");
  const size_t body_end = text.size() - rest.size();
  const auto size = ParseDecimal(*size_line);
  const auto root = FromBase64(*root_line);
  const auto digest = root.ok() ? Digest::FromView(*root) : std::nullopt;
  if (!IsLine(*origin)) return CorruptIn(kCheckpoint, "its origin is empty or holds control characters");
  if (!size) return CorruptIn(kCheckpoint, "its tree size is not a decimal number");
  if (!digest) return CorruptIn(kCheckpoint, "its root is not a hash in base64");
  if (TakeLine(rest) != std::string_view()) return CorruptIn(kCheckpoint, "no blank line follows its body");

  ParsedCheckpoint parsed;
  parsed.body = {std::string(*origin), *size, *digest};
  parsed.signed_text = std::string(text.substr(0, body_end));
  while (!rest.empty()) {
    const auto line = TakeLine(rest);
    auto signature = line ? ParseSignatureLine(*line) : std::nullopt;
    if (!signature) return CorruptIn(kCheckpoint, "a signature line is not one");
    parsed.signatures.push_back(std::move(*signature));
  }
  if (parsed.signatures.empty()) return CorruptIn(kCheckpoint, "nobody signed it");
  return parsed;
}

// --- base64 ----------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::string ToBase64(ByteView bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - at);
    uint32_t block = 0;
    for (size_t i = 0; i < 3; ++i) block = block << 8 | (i < n ? bytes[at + i] : 0);
    for (size_t i = 0; i < 4; ++i) out.push_back(i <= n ? kBase64Digits[block >> (18 - 6 * i) & 63] : '=');
  }
  return out;
}

Result<Bytes> FromBase64(std::string_view text) {
  const Status wrong = CorruptIn("base64", "it is not in its canonical form");
  if (text.size() % 4 != 0) return wrong;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;

  Bytes out;
  out.reserve(text.size() / 4 * 3);
  for (size_t at = 0; at < text.size(); at += 4) {
    const size_t digits = at + 4 == text.size() ? 4 - padding : 4;
    uint32_t block = 0;
    for (size_t i = 0; i < 4; ++i) {
      const int value = i < digits ? Base64Value(text[at + i]) : 0;
      if (value < 0) return wrong;
      block = block << 6 | static_cast<uint32_t>(value);
    }
    const size_t bytes = digits - 1;
    for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(block >> (16 - 8 * i)));
    // The bits below the last byte are zero, else a second text would mean the same bytes.
    if ((block & ((uint32_t{1} << (24 - 8 * bytes)) - 1)) != 0) return wrong;
  }
  return out;
}

}  // namespace pulih
