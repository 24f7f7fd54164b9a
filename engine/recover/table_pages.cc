#include "engine/recover/table_pages.h"

#include <algorithm>
#include <set>

#include "engine/base/digits.h"
#include "engine/recover/claim_store.h"

namespace pulih {
namespace {

constexpr size_t kSurveyPages = 512;
constexpr size_t kMaxHeld = 4096;
constexpr size_t kMaxChunkRanges = 1024;

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

}  // namespace

TablePages::TablePages(const RowDecoder& decoder, TableEvidence evidence, ExtractSink& sink)
    : decoder_(decoder), evidence_(std::move(evidence)), sink_(sink) {
  claim_.table = evidence_.table;
  claim_.candidates = evidence_.candidates;
}

Status TablePages::Run(PageCounts& counts) {
  Survey();
  uint64_t blocks = 0;
  for (const RelationSegment& segment : evidence_.heap)
    blocks = std::max<uint64_t>(blocks, segment.first_block + (segment.bytes.size() + kPageSize - 1) / kPageSize);
  // The last window has no end: an index may know blocks that the heap has no more.
  for (uint64_t begin = 0; begin < std::max<uint64_t>(blocks, 1); begin += kWindow) {
    const bool is_last = begin + kWindow >= blocks;
    const auto end = is_last ? UINT32_MAX : static_cast<uint32_t>(begin + kWindow);
    for (IndexWitness& witness : evidence_.witnesses) witness.Load(static_cast<uint32_t>(begin), end);
    for (size_t i = 0; i < evidence_.heap.size(); ++i)
      PULIH_TRY(ReadSegment(evidence_.heap[i], i, static_cast<uint32_t>(begin), end, counts));
    if (!evidence_.witnesses.empty()) counts.without_tuple += evidence_.witnesses.front().CountUnseen();
    PULIH_TRY(TellUnseen());
  }
  PULIH_TRY(FlushNote());
  PULIH_TRY(FlushHeld());
  counts.rows += rows_;
  return OkStatus();
}

// How short tuples are, and whether pages carry checksums: by pages spread over the relation.
void TablePages::Survey() {
  size_t pages = 0, right = 0, fewest = decoder_.shape().columns.size();
  for (const RelationSegment& segment : evidence_.heap) pages += segment.bytes.size() / kPageSize;
  const size_t step = std::max<size_t>(1, pages / kSurveyPages);
  std::set<uint16_t> sums;  // before 9.3 a timeline stands in their place
  std::vector<TupleField> fields;
  for (const RelationSegment& segment : evidence_.heap) {
    for (size_t at = 0; at + kPageSize <= segment.bytes.size(); at += step * kPageSize) {
      const ByteView page = segment.bytes.subspan(at, kPageSize);
      if (!IsSoundHeader(ReadPageHeader(page), page.size())) continue;
      if (const uint16_t sum = ReadPageHeader(page).checksum; sum != 0 && sums.size() < kSurveyPages) sums.insert(sum);
      right += HasRightChecksum(page, segment.first_block + static_cast<uint32_t>(at / kPageSize)) ? 1 : 0;
      for (size_t n = 1; n <= ItemCount(page); ++n) {
        const ItemId item = ReadItemId(page, n);
        size_t used = 0;
        if (item.state != ItemState::normal || !IsSoundHeapItem(item, page.size())) continue;
        const ByteView tuple = page.subspan(item.offset, item.length);
        if (WalkTuple(decoder_.shape(), tuple, true, fields, used) == TupleFault::none)
          fewest = std::min(fewest, ReadTupleHeader(tuple).column_count());
      }
    }
  }
  // A page that is not right by chance (1 in 65535) shows that checksums are on; where none is right, that they differ.
  has_checksums_ = right != 0 || sums.size() > 2;
  reader_ = std::make_unique<HeapReader>(decoder_, fewest);
}

Status TablePages::ReadSegment(const RelationSegment& segment, size_t place, uint32_t begin, uint32_t end,
                               PageCounts& counts) {
  RelationPiece piece;
  for (size_t at = 0; at < segment.bytes.size(); at += piece.size) {
    piece = NextPiece(segment.bytes, at);
    const uint64_t block = segment.first_block + at / kPageSize;
    if (block >= begin && block < end) PULIH_TRY(ReadPage(segment, place, at, piece.size, counts));
  }
  return OkStatus();
}

Status TablePages::ReadPage(const RelationSegment& segment, size_t place, size_t at, size_t size, PageCounts& counts) {
  const ByteView bytes = segment.bytes.subspan(at, size);
  reader_->Read(bytes, segment.first_block + static_cast<uint32_t>(at / kPageSize), page_);
  const HeapPage& page = page_;
  page_may_be_stale_ = !page.proven && MayBeStale(page);
  ++counts.pages;
  if (!page.sound && !AllZero(bytes)) ++counts.damaged_pages;
  PULIH_TRY(NotePage(segment, at, bytes.size(), bytes, page));
  BeginPath(evidence_.names[place], at);
  for (const FoundTuple& tuple : page.tuples) PULIH_TRY(TakeTuple(page, tuple, segment, at));
  JudgeEntries(page, bytes);
  return OkStatus();
}

// What the page itself says of the entries that lead to it and have no tuple.
void TablePages::JudgeEntries(const HeapPage& page, ByteView bytes) {
  const bool is_whole = page.sound && !page.shows_tear;
  std::vector<bool> is_gone;
  for (size_t n = 1; is_whole && page.lost_items != 0 && n <= ItemCount(bytes); ++n) {
    const ItemState state = ReadItemId(bytes, n).state;
    is_gone.push_back(state == ItemState::unused || state == ItemState::dead);
  }
  for (IndexWitness& witness : evidence_.witnesses) {
    if (is_whole && page.lost_items == 0) witness.Excuse(page.block);
    else if (is_whole) witness.ExcuseItems(page.block, is_gone);
    if (page.sound || !page.tuples.empty()) witness.Doubt(page.block);
  }
}

// Keys of rows that are lost, by the index on the key that claims are kept by.
Status TablePages::TellUnseen() {
  if (evidence_.table.empty()) return OkStatus();
  const SchemaTable& table = decoder_.table();
  const std::vector<size_t> key = KeyFields(table);
  std::vector<size_t> place(table.columns.size(), SIZE_MAX);  // of columns among the fields
  for (size_t i = 0, next = 0; i < place.size(); ++i)
    if (!table.columns[i].dropped) place[i] = next++;
  for (const IndexWitness& witness : evidence_.witnesses) {
    const std::vector<uint32_t>& columns = witness.index().columns;
    const bool is_key = witness.index().unique && columns.size() == key.size() &&
                        std::all_of(columns.begin(), columns.end(), [&](uint32_t c) { return std::find(key.begin(), key.end(), place[c]) != key.end(); });
    if (!is_key) continue;
    return witness.EachUnseen([&](const IndexWitness::Unseen& unseen) -> Status {
      RowClaim claim;
      claim.table = evidence_.table;
      claim.fields.resize(ClaimColumns(table).size());
      for (size_t i = 0; i < columns.size(); ++i)
        if (!decoder_.DecodeKeyColumn(columns[i], unseen.entry.fields[i], claim.fields[place[columns[i]]])) return OkStatus();
      claim.standing = unseen.page_is_lost ? Standing::live : Standing::unknown;
      claim.bytes.push_back(unseen.bytes);
      claim.path = "index " + witness.index().name + " » page " + std::to_string(unseen.page) + " » leads to page " + std::to_string(unseen.entry.tid.block) + " item " + std::to_string(unseen.entry.tid.item);
      return sink_.Key(claim);
    });
  }
  return OkStatus();
}

// "base/16384/16564 » page 9 » item 4". What has no place among the pages is told by its own.
void TablePages::BeginPath(const std::string& file, size_t at) {
  claim_.path = file;
  if (at % kPageSize == 0) {
    claim_.path += " » page ";
    AppendInteger(at / kPageSize, claim_.path);
  }
  path_head_ = claim_.path.size();
}

void TablePages::FinishPath(size_t at, const FoundTuple& tuple) {
  std::string& path = claim_.path;
  path.resize(path_head_);
  const bool is_page = at % kPageSize == 0;
  if (is_page && tuple.has_line_pointer) {
    path += " » item ";
    return AppendInteger(tuple.tid.item, path);
  }
  path += " » offset ";
  AppendInteger(is_page ? tuple.offset : at + tuple.offset, path);
  if (!tuple.has_line_pointer) path += is_page && tuple.is_remnant ? " (remnant)" : " (carved)";
}

Status TablePages::TakeTuple(const HeapPage& page, const FoundTuple& tuple, const RelationSegment& segment, size_t at) {
  if (VisibilityOf(tuple.header, evidence_.xacts) == Visibility::never) {
    // It never was, and is not missing.
    for (IndexWitness& witness : evidence_.witnesses)
      if (tuple.root.item != 0 && !tuple.is_remnant) (void)witness.Ask(tuple.root, witness.KeyOf(page.FieldsOf(tuple)));
    return OkStatus();
  }
  DecodedTuple& row = row_;
  const RowDecoder::Known known{page.proven && tuple.has_line_pointer, tuple.fits};
  if (!decoder_.Decode(page.FieldsOf(tuple), evidence_.toast, known, row)) return OkStatus();
  const Graded graded = GradeOf(page, tuple, row);
  DropBehindTear(page, tuple, row);
  RowClaim& claim = claim_;
  claim.fields.swap(row.fields);
  claim.grade = graded.grade;
  claim.standing = StandingOf(tuple);
  claim.moment = tuple.header.xmin;
  claim.bytes.clear();
  claim.bytes.push_back({segment.file, at + tuple.offset, tuple.length});
  if (evidence_.toast != nullptr) {
    for (const ToastPointer& pointer : row.external)
      evidence_.toast->AppendRanges(pointer.value_id, kMaxChunkRanges - std::min(kMaxChunkRanges, claim.bytes.size()),
                                    claim.bytes);
  }
  FinishPath(at, tuple);
  ++rows_;
  if (!graded.contested || claim.standing != Standing::live) return sink_.Row(claim);
  held_.push_back({claim, graded.key});
  return held_.size() < kMaxHeld ? OkStatus() : FlushHeld();
}

TablePages::Graded TablePages::GradeOf(const HeapPage& page, const FoundTuple& tuple, const DecodedTuple& row) {
  Graded graded;
  bool agrees = false, contradicts = false;
  for (IndexWitness& witness : evidence_.witnesses) {
    if (tuple.is_remnant) break;
    const uint64_t key = witness.KeyOf(page.FieldsOf(tuple));
    IndexWitness::Answer answer = IndexWitness::Answer::silent;
    if (tuple.root.item != 0) answer = witness.Ask(tuple.root, key);
    // Of a later version of a chain whose line pointers are lost the block is known, and not the chain's beginning.
    const bool is_in_chain = (tuple.header.infomask2 & tuple_bits::kHeapOnly) != 0;
    if (answer == IndexWitness::Answer::silent && tuple.tid.item != 0 && is_in_chain)
      answer = witness.AskBlock(tuple.tid.block, key);
    agrees = agrees || answer == IndexWitness::Answer::agrees;
    contradicts = contradicts || answer == IndexWitness::Answer::contradicts;
    if (key != 0 && witness.index().unique && witness.IsContested(key) && !graded.contested) {
      graded.contested = true;
      graded.key = key;
    }
  }
  auto trust = ToastRelation::Trust::proven;
  for (const ToastPointer& pointer : row.external) {
    if (evidence_.toast != nullptr) trust = std::max(trust, evidence_.toast->TrustOf(pointer.value_id));
  }
  if (tuple.is_remnant || trust == ToastRelation::Trust::doubtful) return graded;
  if (page.proven) {
    graded.grade = trust == ToastRelation::Trust::proven ? Grade::a : Grade::c;
    return graded;
  }
  if (has_checksums_ || !agrees || contradicts || tuple.crosses_block) return graded;
  if (tuple.crosses_sector && (!tuple.is_settled || page_may_be_stale_)) return graded;
  graded.grade = Grade::c;
  return graded;
}

// Whether an index knows later changes of this page than the page itself: rows that it has not, others in the place of
// its own, or newer versions of rows that look live here. (Where the newer version stands, the same is said of its page: which of them is newer shows later.)
bool TablePages::MayBeStale(const HeapPage& page) {
  for (IndexWitness& witness : evidence_.witnesses) {
    if (witness.KnowsMoreThan(page.block, page.used_items)) return true;
    for (const FoundTuple& tuple : page.tuples) {
      if (tuple.is_remnant || tuple.root.item == 0) continue;
      if (witness.Ask(tuple.root, witness.KeyOf(page.FieldsOf(tuple))) == IndexWitness::Answer::contradicts) return true;
      if (!witness.index().unique) continue;
      const bool looks_live = VisibilityOf(tuple.header, evidence_.xacts) == Visibility::live;
      if (looks_live && witness.IsContested(witness.KeyOf(page.FieldsOf(tuple)))) return true;
    }
  }
  return false;
}

Standing TablePages::StandingOf(const FoundTuple& tuple) const {
  if (tuple.superseded_here) return Standing::older;
  const bool leads_on = tuple.header.ctid != tuple.tid && tuple.has_line_pointer;
  switch (VisibilityOf(tuple.header, evidence_.xacts)) {
    // A remnant that looks live is a copy, or was pruned: it is not what the page says now.
    case Visibility::live: return tuple.is_remnant ? Standing::older : Standing::live;
    case Visibility::deleted: return leads_on || tuple.tid.item == 0 ? Standing::older : Standing::deleted;
    default: return tuple.is_remnant ? Standing::older : Standing::unknown;
  }
}

Status TablePages::NotePage(const RelationSegment& segment, size_t at, size_t size, ByteView bytes,
                            const HeapPage& page) {
  const std::string& table = evidence_.table.empty() ? "one of several tables" : evidence_.table;
  RangeNote note;
  note.range = {segment.file, at, size};
  const bool is_zero = !page.sound && AllZero(bytes);
  if (is_zero) {
    note.fate = RangeFate::skipped;
    note.what = "zeros where a heap page of " + table + " could be";
  } else if (page.sound && page.lost_items == 0 && (page.proven || !has_checksums_)) {
    note.what = "heap page of " + table;
  } else {
    note.fate = RangeFate::damaged;
    note.what = "damaged heap page of " + table;
  }
  const bool goes_on = has_note_ && note_.fate == note.fate && note_.what == note.what &&
                       note_.range.file == note.range.file &&
                       note_.range.offset + note_.range.length == note.range.offset;
  if (goes_on) {
    note_.range.length += size;
  } else {
    PULIH_TRY(FlushNote());
    note_ = note;
    has_note_ = true;
  }
  if (note.fate != RangeFate::damaged) return OkStatus();
  // What was read of it all the same comes after it, and so counts.
  PULIH_TRY(FlushNote());
  for (const FoundTuple& tuple : page.tuples)
    PULIH_TRY(sink_.Range(
        {{segment.file, at + tuple.offset, tuple.length}, RangeFate::read, "row of " + table + " on a damaged page"}));
  return OkStatus();
}

// On a page that shows a tear, what stands behind the boundary inside a tuple may be another's.
void TablePages::DropBehindTear(const HeapPage& page, const FoundTuple& tuple, DecodedTuple& row) const {
  if (!page.shows_tear || !tuple.crosses_block) return;
  const size_t boundary = AlignUp(tuple.offset + 1, kBlockSize) - tuple.offset;
  size_t next = 0;
  const std::span<const TupleField> fields = page.FieldsOf(tuple);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (decoder_.table().columns[i].dropped) continue;
    ClaimedField& field = row.fields[next++];
    const TupleField& stored = fields[i];
    if (stored.kind != TupleField::Kind::null && stored.kind != TupleField::Kind::absent &&
        stored.offset + stored.bytes.size() > boundary)
      field.Reset();
  }
}

Status TablePages::FlushNote() {
  if (!has_note_) return OkStatus();
  has_note_ = false;
  return sink_.Range(note_);
}

// Of the live versions of one key the newest is the row. Numbers of transactions wrap around: newer is less than half of
// them ahead.
Status TablePages::FlushHeld() {
  std::map<uint64_t, uint32_t> newest;
  for (const Held& held : held_) {
    const auto xmin = static_cast<uint32_t>(held.claim.moment);
    const auto [at, fresh] = newest.emplace(held.key, xmin);
    if (!fresh && static_cast<int32_t>(xmin - at->second) > 0) at->second = xmin;
  }
  for (Held& held : held_) {
    if (newest[held.key] != held.claim.moment) held.claim.standing = Standing::older;
    PULIH_TRY(sink_.Row(held.claim));
  }
  held_.clear();
  return OkStatus();
}

}  // namespace pulih
