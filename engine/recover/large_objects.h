// Large objects of dumps, told as rows of pg_largeobject: (loid, pageno, data), pages of 2048 bytes, as `COPY
// pg_largeobject` of a running server gives them. So they are claims like others: graded, explained, exported.
//
//   custom     a block of its own (formats/postgres/dump_blocks.h); each object is a stream
//   tar, directory   a file blob_OID.dat for each, compressed or not
//   script     lo_open, lowrite, lo_close
//
// What stands behind damage in an object has no place any more: of a broken one the beginning is told, and nothing is
// said of where it ends. Memory: a page. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/recover/extract.h"
#include "engine/recover/text_lines.h"

namespace pulih {

inline constexpr uint32_t kLargeObjectPage = 2048;

// Adds pg_catalog.pg_largeobject, and the types that it needs.
void AddLargeObjectTable(Schema& schema);
bool HasLargeObjectTable(const Schema& schema);

// An object as a dump holds it. `source` as of a text (text_lines.h), but that a plain part that is `missing` has bytes:
// what may be a hole as well as data.
struct DumpObject {
  uint32_t oid = 0;
  TextSource source;
};
Status TellLargeObject(const DumpObject& object, ExtractSink& sink);

// The objects that lie in a block of a custom archive: [begin, end) of `file`.
struct ObjectPlace {
  uint32_t oid = 0;
  std::vector<std::pair<uint64_t, uint64_t>> chunks;  // begin and end in the file
  uint64_t begin = 0, end = 0;
  bool cut = false;
};
std::vector<ObjectPlace> ObjectsOfBlock(ByteView file, uint64_t begin, uint64_t end);

// "blob_16403.dat", "blob_16403.dat.gz": 16403. 0 for other names.
uint32_t ObjectOfFile(std::string_view name);

// The statements of a script that make large objects, one by one.
class ObjectScript {
 public:
  explicit ObjectScript(ExtractSink& sink) : sink_(sink) {}
  static bool Wants(std::string_view statement);
  Status Take(std::string_view statement, SegmentTrust trust, bool proven, const std::vector<ByteRange>& bytes);
  Status Finish();
  void Torn();  // a statement, or a part of one, may be lost here

 private:
  Status Pages(bool all);

  ExtractSink& sink_;
  uint32_t oid_ = 0;
  uint64_t page_ = 0;
  Bytes held_;
  Grade grade_ = Grade::b;
  std::vector<ByteRange> bytes_;
};

}  // namespace pulih
