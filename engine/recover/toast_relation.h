// The chunks of one TOAST relation, found over all its pages: by line pointers, and by carving where those are lost.
//
// A chunk on a page with its checksum is proven. Of others the tear is the danger, as for rows (heap_reader.h): chunks
// are large, and one that crosses a boundary of blocks may have another's tail, which nothing in it tells.
//
// 24 bytes are kept for each chunk, up to a limit; beyond it values are missing, and `overflowed` says so. Borrows the
// relation's bytes; reading is const. Source of techniques: recovery.md §1.3.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/recover/claim.h"
#include "formats/postgres/toast.h"

namespace pulih {

struct RelationSegment {
  ByteView bytes;
  uint32_t file = 0;         // place in the unit's files
  uint32_t first_block = 0;  // of its relation
};

class ToastRelation : public ToastSource {
 public:
  explicit ToastRelation(std::vector<RelationSegment> segments);

  void Chunks(const ToastPointer& pointer, std::vector<ToastChunk>& found) const override;

  enum class Trust : uint8_t { proven, settled, doubtful };
  // Of all chunks of a value, the worst. Of a value without any nothing was taken that could be wrong: proven.
  Trust TrustOf(uint32_t value_id) const;
  // Where its chunks stand, at most `most` of them.
  void AppendRanges(uint32_t value_id, size_t most, std::vector<ByteRange>& ranges) const;

  size_t chunk_count() const { return chunks_.size(); }
  bool overflowed() const { return overflowed_; }

 private:
  struct Place {
    uint32_t value_id = 0, sequence = 0;
    uint32_t segment = 0;
    uint32_t size = 0;    // of the payload
    uint64_t offset = 0;  // of the payload in its segment; the trust in the two top bits
    bool operator<(const Place& other) const {
      return value_id != other.value_id   ? value_id < other.value_id
             : sequence != other.sequence ? sequence < other.sequence
                                          : offset < other.offset;
    }
  };

  void TakePage(uint32_t segment, size_t at, size_t size);
  void TakeTuple(uint32_t segment, size_t page_at, ByteView page, size_t begin, size_t length, bool exact, Trust trust);
  std::pair<const Place*, const Place*> Find(uint32_t value_id) const;

  std::vector<RelationSegment> segments_;
  std::vector<Place> chunks_;
  std::vector<TupleField> fields_;
  bool overflowed_ = false;
};

}  // namespace pulih
