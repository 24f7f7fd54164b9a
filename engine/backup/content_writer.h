// ContentWriter turns the bytes of one open file into a Content: small files through the FileGrouper, larger
// ones as chunks, holes as holes, a long segment list as a map of its own.
//
// It reads to the end of the file, whatever its size was said to be, with buffers that are reused. One thread.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/backup/file_grouper.h"
#include "engine/base/result.h"
#include "engine/chunk/chunker.h"
#include "engine/repo/object_sink.h"
#include "formats/repo/config.h"
#include "formats/repo/file_entry.h"

namespace pulih {

struct WrittenContent {
  Content content;
  bool pending = false;        // its one extent waits for the open group
  uint64_t bytes_read = 0;
  uint64_t bytes_new = 0;      // of chunks and files that were not known
  Status read_failure;         // not ok: reading stopped early; `content` is what was read until then
};

class ContentWriter {
 public:
  ContentWriter(const Namer& namer, const SipKey& cut_key, const SipKey& map_key, const Config& config, ObjectSink& sink,
                FileGrouper& grouper);

  // `expected_size` chooses the way; `may_have_holes` asks the file system for them.
  // Fails only when the sink does; a failure to read is in the result.
  Result<WrittenContent> Write(int fd, uint64_t expected_size, bool may_have_holes);

 private:
  struct Stream;
  Result<bool> TrySmall(int fd, uint64_t expected_size, WrittenContent& written);
  Status WriteRegions(int fd, Stream& stream);
  Status WriteRegion(int fd, uint64_t offset, std::optional<uint64_t> end, Stream& stream, ByteView already_read);
  Status PutChunk(ByteView chunk, bool is_whole_file, Stream& stream);
  Status PutSegments(Stream& stream);

  const Namer& namer_;
  const SipKey cut_key_;
  const MapOptions map_options_;
  const ChunkSizes chunk_sizes_;
  const uint32_t small_file_limit_;
  ObjectSink& sink_;
  FileGrouper& grouper_;
  Bytes small_buffer_, window_;
};

}  // namespace pulih
