#include "engine/backup/content_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "engine/base/endian.h"
#include "engine/crypto/sha256.h"
#include "engine/os/errno_status.h"

namespace pulih {
namespace {

constexpr std::array<uint8_t, 64u << 10> kZeros{};
constexpr size_t kReadAhead = 512u << 10;

// Reads until `into` is full or the file ends, and returns how much that was. A failure goes into `failure`, also
// behind bytes that were read: an input that breaks off must not pass for one that ends.
size_t ReadFully(int fd, MutableByteView into, Status& failure) {
  size_t got = 0;
  while (got < into.size()) {
    const ssize_t n = ::read(fd, into.data() + got, into.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) failure = ErrnoStatus(errno, "reading", "content");
    if (n <= 0) break;
    got += static_cast<size_t>(n);
  }
  return got;
}

void UpdateWithZeros(Sha256& hash, uint64_t length) {
  while (length > 0) {
    const auto n = static_cast<size_t>(std::min<uint64_t>(length, kZeros.size()));
    hash.Update(ByteView(kZeros).first(n));
    length -= n;
  }
}

struct Region {
  uint64_t begin = 0, end = 0;
};

// The next data region at or after `offset`; nothing when only a hole is left. A file system without holes
// says that all is data.
std::optional<Region> NextRegion(int fd, uint64_t offset, uint64_t size) {
  const off_t begin = ::lseek(fd, static_cast<off_t>(offset), SEEK_DATA);
  if (begin < 0) return errno == ENXIO ? std::nullopt : std::optional(Region{offset, size});
  const off_t end = ::lseek(fd, begin, SEEK_HOLE);
  return Region{static_cast<uint64_t>(begin), end < 0 ? size : std::min(size, static_cast<uint64_t>(end))};
}

uint64_t CountHoles(int fd, uint64_t size) {
  uint64_t holes = 0, at = 0;
  while (at < size) {
    const auto region = NextRegion(fd, at, size);
    if (!region || region->begin >= size) return holes + size - at;
    holes += region->begin - at;
    at = std::max(region->end, region->begin + 1);
  }
  return holes;
}

}  // namespace

// One file on its way through.
struct ContentWriter::Stream {
  explicit Stream(const MapOptions& map, NodeSink& sink) : segment_map(map, sink) {}
  WrittenContent written;
  Sha256 hash;
  bool hash_is_needed = true;  // false: the only chunk's digest is the file's
  DigestKind digest_kind = DigestKind::sha256;
  uint64_t offset = 0;  // of what comes next
  // Segments stand here until they are too many; then they go into a map, keyed by their offset.
  std::vector<Segment> segments;
  size_t segments_size = 0;
  bool uses_map = false;
  MapBuilder segment_map;

  Status AddToMap(uint64_t at, const Segment& segment) {
    uint8_t key[8];
    StoreBe(key, at);
    std::vector<ObjectId> links;
    if (const Extent* extent = std::get_if<Extent>(&segment)) links.push_back(extent->object);
    return segment_map.Add(key, EncodeSegment(segment), links);
  }
  Status Add(const Segment& segment) {
    const uint64_t at = offset;
    offset += SegmentLength(segment);
    if (uses_map) return AddToMap(at, segment);
    segments.push_back(segment);
    segments_size += EncodeSegment(segment).size();
    if (segments_size <= kMaxInlineValue) return OkStatus();
    uses_map = true;
    uint64_t begin = 0;
    for (const Segment& earlier : segments) {
      PULIH_TRY(AddToMap(begin, earlier));
      begin += SegmentLength(earlier);
    }
    segments.clear();
    return OkStatus();
  }
};

ContentWriter::ContentWriter(const Namer& namer, const SipKey& cut_key, const SipKey& map_key, const Config& config,
                             ObjectSink& sink, FileGrouper& grouper)
    : namer_(namer),
      cut_key_(cut_key),
      map_options_{map_key, config.node_target},
      chunk_sizes_{config.chunk_min, config.chunk_average, config.chunk_max},
      small_file_limit_(config.small_file_limit),
      sink_(sink),
      grouper_(grouper) {}

Result<WrittenContent> ContentWriter::Write(int fd, uint64_t expected_size, bool may_have_holes) {
  WrittenContent small;
  ByteView already_read;
  if (expected_size < small_file_limit_) {
    PULIH_TRY_ASSIGN(const bool done, TrySmall(fd, expected_size, small));
    if (done) return small;
    already_read = small_buffer_;  // it grew meanwhile: go on as with a large one
    may_have_holes = false;
  }
  NodeWriter nodes(namer_, sink_);
  Stream stream(map_options_, nodes);
  if (may_have_holes) {
    PULIH_TRY(WriteRegions(fd, stream));
  } else {
    PULIH_TRY(WriteRegion(fd, 0, std::nullopt, stream, already_read));
  }
  PULIH_TRY(PutSegments(stream));
  return std::move(stream.written);
}

// Reads a file of less than small_file_limit bytes whole. False when there was more than that.
Result<bool> ContentWriter::TrySmall(int fd, uint64_t expected_size, WrittenContent& written) {
  // One byte more than expected: so that one read says whether the file ends where it should.
  small_buffer_.resize(expected_size + 1);
  size_t got = 0;
  for (;;) {
    const ssize_t n = ::read(fd, small_buffer_.data() + got, small_buffer_.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      written.read_failure = ErrnoStatus(errno, "reading", "content");
      break;
    }
    if (n == 0) break;
    got += static_cast<size_t>(n);
    if (got < small_buffer_.size()) {
      // A short read of a regular file is its end, but for file systems that say otherwise: asked once more.
      continue;
    }
    if (small_buffer_.size() >= small_file_limit_) return false;
    small_buffer_.resize(std::min<size_t>(small_buffer_.size() * 2 + 4096, small_file_limit_));
  }
  small_buffer_.resize(got);
  Content& content = written.content;
  content.size = got;
  content.digest = Sha256Of(small_buffer_);
  written.bytes_read = got;
  if (got == 0) return true;
  PULIH_TRY_ASSIGN(const FileGrouper::Placement placement, grouper_.Add(small_buffer_, content.digest));
  content.segments.push_back(placement.extent);
  written.pending = placement.pending;
  if (placement.is_new) written.bytes_new = got;
  return true;
}

Status ContentWriter::WriteRegions(int fd, Stream& stream) {
  const off_t end = ::lseek(fd, 0, SEEK_END);
  const uint64_t size = end < 0 ? 0 : static_cast<uint64_t>(end);
  if (CountHoles(fd, size) > kMaxHashedHoles) stream.digest_kind = DigestKind::sparse_sha256;
  while (stream.offset < size && stream.written.read_failure.ok()) {
    const auto region = NextRegion(fd, stream.offset, size);
    const uint64_t begin = region ? std::min(region->begin, size) : size;
    if (begin > stream.offset) {
      const uint64_t length = begin - stream.offset;
      if (stream.digest_kind == DigestKind::sha256) UpdateWithZeros(stream.hash, length);
      PULIH_TRY(stream.Add(Hole{length}));
    }
    if (!region || begin == size) break;
    if (::lseek(fd, static_cast<off_t>(begin), SEEK_SET) < 0) {
      stream.written.read_failure = ErrnoStatus(errno, "seeking", "content");
      break;
    }
    if (stream.digest_kind == DigestKind::sparse_sha256) {
      uint8_t head[16];
      StoreLe(head, begin);
      StoreLe(head + 8, region->end - begin);
      stream.hash.Update(head);
    }
    const uint64_t before = stream.offset;
    PULIH_TRY(WriteRegion(fd, begin, region->end, stream, {}));
    if (stream.offset == before) break;  // it was cut short meanwhile
  }
  return OkStatus();
}

// Reads from the descriptor's present place to `end` (or the end of the file) and cuts it into chunks. Little is
// read ahead of the chunker, so little is moved when a chunk is taken off the front of the window.
Status ContentWriter::WriteRegion(int fd, uint64_t offset, std::optional<uint64_t> end, Stream& stream, ByteView already_read) {
  const bool is_whole_file = !end.has_value();
  Chunker chunker(cut_key_, chunk_sizes_);
  window_.resize(size_t{chunk_sizes_.max} + kReadAhead);
  std::copy(already_read.begin(), already_read.end(), window_.begin());
  size_t begin = 0, have = already_read.size();  // the unfinished chunk is window_[begin, begin + have)
  uint64_t read_to = offset + have;
  bool at_end = false;
  for (;;) {
    const ByteView chunk_so_far = ByteView(window_).subspan(begin, have);
    const auto cut = have == 0 ? std::nullopt : chunker.FindCut(chunk_so_far);
    if (!cut && !at_end) {
      if (window_.size() - begin - have < kReadAhead) {
        std::copy(chunk_so_far.begin(), chunk_so_far.end(), window_.begin());
        begin = 0;
      }
      const size_t want = end ? static_cast<size_t>(std::min<uint64_t>(kReadAhead, *end - read_to)) : kReadAhead;
      const size_t got = ReadFully(fd, MutableByteView(window_).subspan(begin + have, want), stream.written.read_failure);
      have += got;
      read_to += got;
      at_end = got < want || (end && read_to == *end);
      continue;
    }
    const size_t length = cut ? *cut : have;
    if (length == 0) return OkStatus();
    const bool is_only = is_whole_file && at_end && length == have && stream.offset == 0;
    PULIH_TRY(PutChunk(chunk_so_far.first(length), is_only, stream));
    begin += length;
    have -= length;
  }
}

Status ContentWriter::PutChunk(ByteView chunk, bool is_whole_file, Stream& stream) {
  const Digest digest = Sha256Of(chunk);
  if (is_whole_file) {
    stream.written.content.digest = digest;
    stream.hash_is_needed = false;
  } else {
    stream.hash.Update(chunk);
  }
  const ObjectId id = namer_.ObjectName(ObjectKind::chunk, digest);
  PULIH_TRY_ASSIGN(const bool known, sink_.Knows(id));
  if (!known) {
    PULIH_TRY(sink_.Put(id, ObjectKind::chunk, ToBytes(chunk), {}, {}));
    stream.written.bytes_new += chunk.size();
  }
  stream.written.bytes_read += chunk.size();
  return stream.Add(Extent{id, 0, static_cast<uint32_t>(chunk.size())});
}

Status ContentWriter::PutSegments(Stream& stream) {
  Content& content = stream.written.content;
  content.size = stream.offset;
  content.digest_kind = stream.digest_kind;
  if (stream.digest_kind == DigestKind::sparse_sha256) {
    uint8_t size[8];
    StoreLe(size, content.size);
    stream.hash.Update(size);
  }
  if (stream.hash_is_needed) content.digest = stream.hash.Finish();
  if (stream.uses_map) {
    PULIH_TRY_ASSIGN(const MapRoot root, stream.segment_map.Finish());
    content.segment_map = root.root;
  } else {
    content.segments = std::move(stream.segments);
  }
  return OkStatus();
}

}  // namespace pulih
