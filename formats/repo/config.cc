#include "formats/repo/config.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"
#include "formats/repo/group.h"
#include "formats/repo/pack.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "config";

// A cut point looks back over this many bytes (engine/chunk), so no chunk is shorter.
constexpr uint32_t kCutWindow = 64;
// A map's node is ended by force at this multiple of its target (engine/map), and it is an object.
constexpr uint32_t kForcedNodeEnd = 16;

bool IsFeatureName(std::string_view name) {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= std::numeric_limits<uint8_t>::max() && std::all_of(name.begin(), name.end(), allowed);
}

bool IsFeatureList(const std::vector<std::string>& names) {
  const bool ascending = std::adjacent_find(names.begin(), names.end(), std::greater_equal<>()) == names.end();
  return names.size() <= std::numeric_limits<uint8_t>::max() && ascending && std::all_of(names.begin(), names.end(), IsFeatureName);
}

// What is wrong with a config; empty when nothing is. The encoder keeps to the same rules.
std::string_view Fault(const Config& config) {
  if ((config.number == 0) != config.previous.is_zero()) return "only the first has no previous one";
  // Key lists name a generation in 16 bits.
  if (config.content_generation > std::numeric_limits<uint16_t>::max()) return "its content generation is out of bounds";
  if (config.chunk_min < kCutWindow || config.chunk_min > config.chunk_average ||
      config.chunk_average > config.chunk_max || config.chunk_max > kMaxObjectSize) {
    return "its chunk sizes are out of order or out of bounds";
  }
  // A group is closed by the member that reaches the target, and its table stands in the same object.
  if (config.group_target == 0 ||
      uint64_t{config.group_target} + config.small_file_limit + 4 * (uint64_t{kMaxGroupMembers} + 1) > kMaxObjectSize) {
    return "its group target is out of bounds";
  }
  if (config.node_target == 0 || config.node_target > kMaxObjectSize / kForcedNodeEnd) return "its node target is out of bounds";
  if (config.pack_target == 0 || config.pack_target > kMaxPackSize / 2) return "its pack target is out of bounds";
  for (const auto* list : {&config.features.read, &config.features.write, &config.features.prune, &config.features.check}) {
    if (!IsFeatureList(*list)) return "its features are not lower-case names in strictly ascending order";
  }
  return {};
}

void WriteFeatures(const std::vector<std::string>& names, ByteWriter& out) {
  out.U8(static_cast<uint8_t>(names.size()));
  for (const std::string& name : names) {
    out.U8(static_cast<uint8_t>(name.size()));
    out.Raw(AsBytes(name));
  }
}

std::vector<std::string> ReadFeatures(ByteReader& in) {
  const uint8_t count = in.U8();
  std::vector<std::string> names;
  for (uint8_t i = 0; i < count && !in.failed(); ++i) names.push_back(ToText(in.Raw(in.U8())));
  return names;
}

}  // namespace

Bytes EncodeConfigBody(const Config& config) {
  PULIH_CHECK(Fault(config).empty());
  ByteWriter out;
  out.Raw(config.domain.view());
  out.Raw(config.repository.view());
  out.Le64(config.number);
  out.Raw(config.previous.view());
  out.Le64(static_cast<uint64_t>(config.created_ns));
  out.Raw(config.root_key);
  out.Raw(config.content_key);
  out.Raw(config.structure_key);
  out.Le32(config.content_generation);
  out.Le32(config.chunk_min);
  out.Le32(config.chunk_average);
  out.Le32(config.chunk_max);
  out.Le32(config.small_file_limit);
  out.Le32(config.group_target);
  out.Le32(config.node_target);
  out.Le32(config.pack_target);
  WriteFeatures(config.features.read, out);
  WriteFeatures(config.features.write, out);
  WriteFeatures(config.features.prune, out);
  WriteFeatures(config.features.check, out);
  return std::move(out).Take();
}

Result<Config> DecodeConfigBody(ByteView body) {
  ByteReader in(body);
  Config config;
  config.domain.bytes = in.Array<DomainId::kSize>();
  config.repository.bytes = in.Array<RepositoryId::kSize>();
  config.number = in.Le64();
  config.previous.bytes = in.Array<Digest::kSize>();
  config.created_ns = static_cast<int64_t>(in.Le64());
  config.root_key = in.Array<32>();
  config.content_key = in.Array<32>();
  config.structure_key = in.Array<32>();
  config.content_generation = in.Le32();
  config.chunk_min = in.Le32();
  config.chunk_average = in.Le32();
  config.chunk_max = in.Le32();
  config.small_file_limit = in.Le32();
  config.group_target = in.Le32();
  config.node_target = in.Le32();
  config.pack_target = in.Le32();
  config.features.read = ReadFeatures(in);
  config.features.write = ReadFeatures(in);
  config.features.prune = ReadFeatures(in);
  config.features.check = ReadFeatures(in);
  if (!in.Finish()) return CorruptIn(kWhat, "its length does not fit what it says");
  if (const std::string_view fault = Fault(config); !fault.empty()) return CorruptIn(kWhat, fault);
  return config;
}

}  // namespace pulih
