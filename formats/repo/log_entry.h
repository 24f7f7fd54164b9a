// log/<writer>/<n>: one event of a writer's append-only Merkle log (RFC 6962 §2.1) and the checkpoint after
// it. Layout:
//   "PULIHLOG" | le32 version 1 | le32 leaf length | le32 checkpoint length | le32 frontier count | leaf
//   | checkpoint | count × 32
// leaf: JSON, see docs/format.md "Log". checkpoint: a C2SP signed note: origin line, decimal tree size n+1,
// base64 root hash, blank line, and signature lines "— <name> <base64(key id 4 ‖ Ed25519 64)>".
// frontier: roots of the full subtrees of the tree of size n+1, largest first: with them the next entry is made
// from this blob alone. It is checked against the signed root.
//
// Pure: text and bytes to values and back; hashing is engine/repo/event_log.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint32_t kLogEntryVersion = 1;
inline constexpr size_t kMaxLogLeaf = 65535;
inline constexpr size_t kMaxLogBlob = 128u << 10;

struct LogEntry {
  Bytes leaf;
  std::string checkpoint;
  std::vector<Digest> frontier;
};
Bytes EncodeLogEntry(const LogEntry& entry);
Result<LogEntry> DecodeLogEntry(ByteView bytes);

// The body of a checkpoint: what is signed (with its final newline).
struct CheckpointBody {
  std::string origin;
  uint64_t size = 0;
  Digest root;
};
std::string EncodeCheckpointBody(const CheckpointBody& body);
// Body ‖ "\n" ‖ "— name base64(key_id ‖ signature)\n".
std::string EncodeCheckpoint(const CheckpointBody& body, std::string_view key_name, ByteView key_id4, ByteView signature64);

struct ParsedCheckpoint {
  CheckpointBody body;
  std::string signed_text;  // the body with its final newline
  struct SignatureLine {
    std::string name;
    std::array<uint8_t, 4> key_id{};
    Bytes signature;
  };
  std::vector<SignatureLine> signatures;
};
Result<ParsedCheckpoint> ParseCheckpoint(std::string_view text);

std::string ToBase64(ByteView bytes);                              // RFC 4648, padded
Result<Bytes> FromBase64(std::string_view text);                   // canonical only

}  // namespace pulih
