#include "engine/repo/pins.h"

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/checksum.h"
#include "engine/os/atomic_file.h"

namespace pulih {
namespace {

constexpr std::string_view kPinsMagic = "PULIHPIN";
constexpr uint32_t kPinsVersion = 1;
constexpr uint64_t kMaxPinsSize = 16u << 20;

}  // namespace

// "PULIHPIN" | le32 version | le64 config number | digest | le32 count | count × (WriterId, le64 entries, root) | le64 XXH3
Bytes EncodePins(const Pins& pins) {
  ByteWriter w;
  w.Raw(AsBytes(kPinsMagic));
  w.Le32(kPinsVersion);
  w.Le64(pins.config_number);
  w.Raw(pins.config_digest.view());
  w.Le32(static_cast<uint32_t>(pins.logs.size()));
  for (const auto& [writer, pin] : pins.logs) {
    w.Raw(writer.view());
    w.Le64(pin.entries);
    w.Raw(pin.root.view());
  }
  w.Le64(Checksum64(w.view()));
  return std::move(w).Take();
}

Result<Pins> DecodePins(ByteView bytes) {
  const Status damaged(Code::corrupt, "reading pins: damaged file",
                       "remove it to start with no memory of what was seen, or pass --accept-rollback");
  if (bytes.size() < 8 || Checksum64(bytes.first(bytes.size() - 8)) != LoadLe<uint64_t>(bytes.data() + bytes.size() - 8)) {
    return damaged;
  }
  ByteReader r(bytes.first(bytes.size() - 8));
  Pins pins;
  if (AsText(r.Raw(8)) != kPinsMagic || r.Le32() != kPinsVersion) return damaged;
  pins.config_number = r.Le64();
  pins.config_digest.bytes = r.Array<32>();
  const uint32_t count = r.Le32();
  for (uint32_t i = 0; i < count && !r.failed(); ++i) {
    WriterId writer;
    writer.bytes = r.Array<16>();
    LogPin& pin = pins.logs[writer];
    pin.entries = r.Le64();
    pin.root.bytes = r.Array<32>();
  }
  if (!r.Finish()) return damaged;
  return pins;
}

Result<Pins> Pins::Load(FileSystem& fs, const std::string& state_directory, const RepositoryId& repository) {
  Pins pins;
  if (!state_directory.empty()) {
    const std::string folder = state_directory + "/" + repository.hex();
    auto bytes = ReadWholeFile(fs, folder + "/pins", kMaxPinsSize);
    if (bytes.ok()) {
      auto decoded = DecodePins(*bytes);
      if (!decoded.ok()) return std::move(decoded).error().Within(folder);
      pins = *decoded;
    } else if (bytes.status().code() != Code::not_found) {
      return std::move(bytes).error().Within("reading pins");
    }
    pins.folder_ = folder;
    pins.path_ = folder + "/pins";
  }
  pins.repository_ = repository;
  return pins;
}

Pins Pins::StartAnew(const std::string& state_directory, const RepositoryId& repository) {
  Pins pins;
  pins.folder_ = state_directory + "/" + repository.hex();
  pins.path_ = pins.folder_ + "/pins";
  pins.repository_ = repository;
  return pins;
}

Status Pins::Save(FileSystem& fs) {
  if (path_.empty()) return OkStatus();
  Bytes on_disk;
  if (auto bytes = ReadWholeFile(fs, path_, kMaxPinsSize); bytes.ok()) {
    on_disk = *bytes;
    if (auto other = DecodePins(on_disk); other.ok()) {
      if (other->config_number > config_number) {
        config_number = other->config_number;
        config_digest = other->config_digest;
      }
      for (const auto& [writer, pin] : other->logs) {
        LogPin& mine = logs[writer];
        if (pin.entries > mine.entries) mine = pin;
      }
    }
  }
  if (Equal(EncodePins(*this), on_disk)) return OkStatus();
  return Overwrite(fs);
}

Status Pins::Overwrite(FileSystem& fs) {
  if (path_.empty()) return OkStatus();
  PULIH_TRY(MakeDirectories(fs, folder_).Within("keeping pins"));
  return ReplaceFile(fs, path_, EncodePins(*this)).Within("keeping pins");
}

}  // namespace pulih
