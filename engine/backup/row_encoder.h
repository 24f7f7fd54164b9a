// RowEncoder turns a row's images into what the map of its table keeps: the key, and the encoded row. Columns of a row
// that is too long are moved out of it here, cut like the content of files, so that a document that moves from one
// row to another, or stays in a row that changes, is stored once.
//
// One thread, that of the sink.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/chunk/chunker.h"
#include "engine/crypto/sealer.h"
#include "engine/repo/object_sink.h"
#include "engine/source/row_visitor.h"
#include "formats/repo/row.h"
#include "formats/repo/table.h"

namespace pulih {

struct EncodedRow {
  Bytes key;            // of a table without a key: 32 bytes, HMAC(K_id, "row" ‖ 0 ‖ row)
  Bytes row;
  bool has_moved = false;  // some column was moved out: the row names objects
  uint64_t image_bytes = 0;  // of all its columns, wherever they are
};

class RowEncoder {
 public:
  RowEncoder(const Namer& namer, const SipKey& cut_key, const ChunkSizes& chunks, ObjectSink& sink)
      : namer_(namer), cut_key_(cut_key), chunks_(chunks), sink_(sink) {}

  // `out` is reused from row to row. corrupt when the number of images or a key image is not what `table` says.
  Status Encode(const TableDescriptor& table, const RowImages& images, EncodedRow& out) { return Encode(table, images, {}, out); }
  // Some columns come in pieces: the result is the same as if they stood among the images.
  Status Encode(const TableDescriptor& table, const RowImages& images, const LongColumns& longs, EncodedRow& out);

  uint64_t bytes_new() const { return bytes_new_; }  // of moved columns that were not stored yet

 private:
  class Cutter;

  Status MovePieces(const LongColumns& longs);
  Status MoveLongColumns();
  Result<MovedColumn> MoveOut(ByteView image);
  Status PutChunk(ByteView chunk, MovedColumn& moved);

  const Namer& namer_;
  const SipKey cut_key_;
  const ChunkSizes chunks_;
  ObjectSink& sink_;
  RowColumns columns_;
  uint64_t bytes_new_ = 0;
};

}  // namespace pulih
