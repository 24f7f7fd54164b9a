#include "engine/recover/dump_texts.h"

#include <algorithm>
#include <cctype>

#include "formats/archive/frame_inflate.h"
#include "formats/archive/gzip.h"
#include "formats/archive/tar.h"

namespace pulih {

namespace {

std::string_view BaseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The number of "3410.dat" or "3410.dat.gz"; 0 for other names.
int64_t FileNumber(std::string_view name) {
  int64_t number = 0;
  size_t at = 0;
  for (; at < name.size() && at < 12 && name[at] >= '0' && name[at] <= '9'; ++at) number = number * 10 + (name[at] - '0');
  return at > 0 && name.substr(at).starts_with(".dat") ? number : 0;
}

// What pg_dump adds to the name of a file of a directory that it compresses.
bool IsEnding(std::string_view text) { return text == ".gz" || text == ".lz4" || text == ".zst"; }

bool IsGzip(ByteView bytes) { return bytes.size() >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8; }

bool IsFramedFile(ByteView bytes) {
  DeflateWrap wrap;
  return ReadFrameWrap(bytes, wrap);
}

// Files of a dump that hold no rows.
bool IsAside(std::string_view name) {
  return name == "toc.dat" || name == "blobs.toc" || name.starts_with("._") ||
         (name.starts_with("blobs_") && name.ends_with(".toc")) || name == "restore.sql";
}

// Whether bytes are a custom dump without its beginning: binary, and chunks follow each other in it.
bool IsDumpFragment(ByteView bytes) {
  size_t looked = 0, binary = 0;
  for (size_t i = 0; i < bytes.size() && looked < (64u << 10); ++i) {
    if (bytes[i] == 0) continue;  // may be a hole
    ++looked;
    if (bytes[i] < 9 || (bytes[i] > 13 && bytes[i] < 32) || bytes[i] == 0x7f) ++binary;
  }
  return binary * 20 > looked;
}

// AppendPieces for a part of a file: a hole that begins or ends outside of the part is one all the same.
void AppendFilePieces(ByteView file, uint64_t begin, uint64_t end, std::vector<DeflatePiece>& pieces) {
  const auto run = [&file](uint64_t at, int step) {
    uint64_t length = 0;
    for (uint64_t i = at; i < file.size() && file[i] == file[at] && length < kShortestHole; i += static_cast<uint64_t>(static_cast<int64_t>(step))) ++length;
    return length;
  };
  uint64_t first = begin, last = end;
  if (begin > 0 && file[begin - 1] == file[begin]) {
    const uint64_t before = run(begin - 1, -1), after = run(begin, 1);
    if (before + after >= kShortestHole && after < kShortestHole) first = std::min(end, begin + after);
  }
  if (end < file.size() && file[end] == file[end - 1] && first < end) {
    const uint64_t before = run(end - 1, -1), after = run(end, 1);
    if (before + after >= kShortestHole && before < kShortestHole) last = std::max(first, end - before);
  }
  if (first > begin) pieces.push_back({file.subspan(begin, first - begin), begin, true});
  if (last > first) AppendPieces(file.subspan(first, last - first), first, pieces);
  if (end > last) pieces.push_back({file.subspan(last, end - last), last, true});
}

}  // namespace

bool IsCustomDump(ByteView bytes) {
  return IsArchive(bytes) || (!IsTarHeader(bytes) && !IsGzip(bytes) && !IsFramedFile(bytes) && IsDumpFragment(bytes));
}

DumpTexts::DumpTexts(const OrderedDump& dump) : dump_(dump), files_(dump.files()) {
  const std::vector<UnitFile>& files = files_;
  const auto add = [this](uint32_t file, uint64_t begin, uint64_t end, std::string_view name, bool cut = false) {
    Place place;
    place.cut = cut;
    place.file = file;
    place.begin = begin;
    place.end = end;
    place.name = name;
    place.order = FileNumber(name);
    places_.push_back(std::move(place));
  };
  const auto add_object = [this](uint32_t file, uint64_t begin, uint64_t end, uint32_t oid, bool cut = false) {
    objects_.push_back({file, {oid, {}, begin, end, cut}});
    if (end > begin) notes_.push_back({{file, begin, end - begin}, RangeFate::read, "large object " + std::to_string(oid)});
  };
  if (files.size() != 1) {
    form_ = DumpForm::directory;
    for (uint32_t i = 0; i < files.size(); ++i) {
      const std::string_view name = BaseName(files[i].name);
      if (IsArchive(files[i].bytes) && files[i].bytes.size() > 10 && name == "toc.dat") OpenArchive(i, files[i].bytes, 0, false);
      else if (const uint32_t oid = ObjectOfFile(name); oid != 0) add_object(i, 0, files[i].bytes.size(), oid);
      else if (!IsAside(name)) add(i, 0, files[i].bytes.size(), name);
      else notes_.push_back({{i, 0, files[i].bytes.size()}, RangeFate::skipped, "a file of the dump without rows"});
    }
    if (toc_.entries.empty()) {
      // toc.dat may be there with its first bytes lost.
      for (uint32_t i = 0; i < files.size(); ++i)
        if (BaseName(files[i].name) == "toc.dat") OpenArchive(i, files[i].bytes, 0, false);
    }
  } else if (const ByteView bytes = files[0].bytes; dump.is_ordered() || IsCustomDump(bytes)) {
    form_ = DumpForm::custom;
    OpenArchive(0, bytes, 0, true);
  } else if (IsTarHeader(bytes)) {
    form_ = DumpForm::tar;
    const TarList list = ListTar(bytes);
    for (const TarMember& member : list.members) {
      const std::string_view name = BaseName(member.name);
      notes_.push_back({{0, member.header, member.begin - member.header}, RangeFate::read, "tar header"});
      if (member.type != '0' && member.type != '7' && member.type != 0) continue;
      const ByteView content = bytes.subspan(member.begin, member.size);
      if (name == "toc.dat") OpenArchive(0, content, member.begin, false);
      else if (const uint32_t oid = ObjectOfFile(name); oid != 0) add_object(0, member.begin, member.begin + member.size, oid, member.size < member.stated_size);
      else if (!IsAside(name) && FileNumber(name) != 0) add(0, member.begin, member.begin + member.size, name, member.size < member.stated_size);
      else notes_.push_back({{0, member.begin, member.size}, RangeFate::skipped, "tar member " + member.name});
    }
    for (const TarStretch& stretch : list.damaged)
      notes_.push_back({{0, stretch.begin, stretch.size}, RangeFate::damaged, "no member of the tar archive"});
  } else {
    add(0, 0, bytes.size(), BaseName(files[0].name));
  }
  for (const ArchiveEntry& entry : toc_.entries) {
    if (entry.desc == "ENCODING") {
      const size_t begin = entry.definition.find('\''), end = entry.definition.rfind('\'');
      if (begin != std::string::npos && end > begin) encoding_ = entry.definition.substr(begin + 1, end - begin - 1);
    }
    for (Place& place : places_) {
      if (!entry.file.empty() && (place.name == entry.file || (place.name.starts_with(entry.file) && IsEnding(std::string_view(place.name).substr(entry.file.size()))))) place.entry = &entry;
    }
  }
  // In the order of their numbers: so they were written, whatever order a folder gives.
  std::stable_sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) { return a.order < b.order; });
}

void DumpTexts::OpenArchive(uint32_t file, ByteView contents, uint64_t offset, bool custom) {
  toc_ = ReadArchiveToc(contents, custom);
  toc_file_ = file;
  toc_offset_ = offset;
  const uint64_t head = custom ? toc_.end : contents.size();
  if (head > 0) notes_.push_back({{file, offset, head}, RangeFate::read, "table of contents of the archive"});
  for (const ByteStretch& lost : toc_.damaged)
    notes_.push_back({{file, offset + lost.begin, lost.end - lost.begin}, RangeFate::damaged, "entries of the table of contents"});
}

void DumpTexts::ReadContents(DdlReader& reader) const {
  for (const ArchiveEntry& entry : toc_.entries) {
    if (entry.definition.empty() || entry.desc == "FUNCTION" || entry.desc == "VIEW" || entry.desc == "ACL") continue;
    // An entry can hold several statements.
    StatementEnd end;
    std::string_view rest = entry.definition;
    while (!rest.empty()) {
      const size_t at = std::min(end.Feed(rest), rest.size());
      reader.Take(rest.substr(0, at));
      rest.remove_prefix(at);
      end.Reset();
    }
  }
}

void DumpTexts::NameByEntry(const ArchiveEntry* entry, DumpText& text) const {
  if (entry == nullptr) return;
  if (entry->copy_statement.empty()) {
    text.is_script = true;  // --inserts
    return;
  }
  text.has_target = ReadCopyStatement(entry->copy_statement, text.target);
  // pg_dump before 11 set search_path and left the schema out.
  if (text.target.table.schema.empty()) text.target.table.schema = entry->schema;
  if (text.target.table.schema.empty()) text.target.table.schema = "public";
}

// Fills in the text's source from plain bytes or compressed ones.
void DumpTexts::Survey(TextSource& source, ByteView bytes, uint64_t offset) {
  DeflateWrap wrap = DeflateWrap::gzip;
  if (!IsGzip(bytes) && !ReadFrameWrap(bytes, wrap)) {
    AppendTextParts(bytes, offset, source.plain, source.mapped);
    return;
  }
  const auto key = std::pair(source.file, offset);
  auto known = surveys_.find(key);
  if (known == surveys_.end())
    known = surveys_.emplace(key, wrap == DeflateWrap::gzip ? GzipStreams(source.file, bytes, offset) : FrameStreams(source.file, bytes, offset)).first;
  source.streams = known->second;
}

std::vector<TextSource::Stream> DumpTexts::GzipStreams(uint32_t file, ByteView bytes, uint64_t offset) {
  GzipFile gzip = SurveyGzip(bytes, offset, TextBytes());
  std::vector<TextSource::Stream> streams;
  uint64_t end = offset;
  for (GzipMember& member : gzip.members) {
    TextSource::Stream stream;
    stream.torn_begin = member.head_lost || member.offset != end;
    end = member.end_offset;
    stream.stream = std::move(member.stream);
    stream.survey = std::move(member.survey);
    streams.push_back(std::move(stream));
  }
  for (const CompressedRange& range : gzip.foreign)
    notes_.push_back({{file, range.offset, range.length}, RangeFate::damaged, "no member of the gzip file"});
  return streams;
}

std::vector<TextSource::Stream> DumpTexts::FrameStreams(uint32_t file, ByteView bytes, uint64_t offset) {
  FrameFile frames = SurveyFrameFile(bytes, offset);
  std::vector<TextSource::Stream> streams;
  for (FrameMember& member : frames.members) {
    TextSource::Stream stream;
    // Between whole frames only what is to be skipped may stand.
    stream.torn_begin = std::any_of(frames.foreign.begin(), frames.foreign.end(),
                                    [&](const CompressedRange& range) { return range.offset + range.length == member.offset; });
    stream.stream = std::move(member.stream);
    stream.survey = std::move(member.survey);
    streams.push_back(std::move(stream));
  }
  for (const CompressedRange& range : frames.skipped)
    notes_.push_back({{file, range.offset, range.length}, RangeFate::skipped, "a frame that holds no data"});
  for (const CompressedRange& range : frames.foreign)
    notes_.push_back({{file, range.offset, range.length}, RangeFate::damaged, "no frame of the compressed file"});
  return streams;
}

Status DumpTexts::EachMember(const std::function<Status(const DumpText&)>& each) {
  for (const Place& place : places_) {
    DumpText text;
    text.source.file = place.file;
    text.source.mapped = files_[place.file].mapped;
    text.order = place.order;
    text.stretch = {place.begin, place.end};
    text.is_script = form_ == DumpForm::script;
    text.path = form_ == DumpForm::script ? std::string() : place.name;
    NameByEntry(place.entry, text);
    Survey(text.source, files_[place.file].bytes.subspan(place.begin, place.end - place.begin), place.begin);
    if (place.cut) text.source.torn_end = true;
    text.state = StateOf(text.source);
    // A member of a tar archive that the next one cuts short has lost bytes somewhere, and nobody knows where.
    text.state.unexplained = text.state.unexplained || (place.cut && place.end < files_[place.file].bytes.size());
    PULIH_TRY(Give(text, each));
  }
  return OkStatus();
}

// Fills in a source from the pieces of a block.
void DumpTexts::OpenPieces(const DumpBlock& block, TextSource& source) {
  const ByteView bytes = files_[toc_file_].bytes;
  if (const DumpCompression how = toc_.head.compression; how != DumpCompression::none) {
    TextSource::Stream stream;
    stream.stream.wrap = how == DumpCompression::gzip ? DeflateWrap::zlib : how == DumpCompression::lz4 ? DeflateWrap::lz4 : DeflateWrap::zstd;
    stream.stream.ends_here = block.how == BlockEnd::ended;
    stream.stream.head_lost = block.head_lost;
    stream.torn_begin = block.head_lost;
    for (const DumpPiece& piece : block.pieces) {
      if (piece.end > piece.begin) AppendFilePieces(bytes, piece.begin, piece.end, stream.stream.pieces);
      else if (!block.head_lost || piece.begin != block.begin) stream.stream.pieces.push_back({{}, piece.begin, true});
    }
    auto known = block_surveys_.find({0, block.begin});
    if (known == block_surveys_.end())
      known = block_surveys_.emplace(std::pair(0u, block.begin), pulih::Survey(stream.stream, TextBytes())).first;
    stream.survey = known->second;
    source.streams.push_back(std::move(stream));
  } else {
    for (const DumpPiece& piece : block.pieces) {
      if (piece.end > piece.begin) AppendTextParts(bytes.subspan(piece.begin, piece.end - piece.begin), piece.begin, source.plain, source.mapped);
      else source.plain.push_back({{}, piece.begin, true});
    }
    source.torn_end = block.how != BlockEnd::ended;
  }
}

void DumpTexts::FindObjects(const DumpBlock& block) {
  notes_.push_back({{0, block.begin, block.end - block.begin}, RangeFate::damaged, "large objects"});
  uint64_t read = block.begin;
  for (ObjectPlace& object : ObjectsOfBlock(files_[toc_file_].bytes, block.begin, block.end)) {
    if (!object.cut) read = object.end;
    objects_.push_back({0u, std::move(object)});
  }
  if (block.how == BlockEnd::ended) read = block.end;
  if (read > block.begin) notes_.push_back({{0, block.begin, read - block.begin}, RangeFate::read, "large objects"});
}

bool DumpTexts::has_objects() const { return !objects_.empty(); }

Status DumpTexts::EachObject(const std::function<Status(const DumpObject&)>& each) {
  for (const auto& [file, place] : objects_) {
    DumpObject object;
    object.oid = place.oid;
    object.source.file = file;
    object.source.torn_end = place.cut;
    const ByteView bytes = files_[file].bytes;
    // What is not compressed may hold zeros of its own.
    const auto plain = [&](uint64_t begin, uint64_t end) {
      std::vector<DeflatePiece> pieces;
      AppendPieces(bytes.subspan(begin, end - begin), begin, pieces);
      for (const DeflatePiece& piece : pieces) object.source.plain.push_back({piece.bytes, piece.offset, piece.damaged});
    };
    if (form_ == DumpForm::custom) {
      DumpBlock block;
      block.begin = place.begin;
      block.how = place.cut ? BlockEnd::lost : BlockEnd::ended;
      for (const auto& [begin, end] : place.chunks) {
        if (toc_.head.compression == DumpCompression::none) plain(begin, end);
        else block.pieces.push_back({begin, end});
      }
      if (!block.pieces.empty()) OpenPieces(block, object.source);
    } else {
      const ByteView content = bytes.subspan(place.begin, place.end - place.begin);
      if (IsGzip(content) || IsFramedFile(content)) Survey(object.source, content, place.begin);
      else plain(place.begin, place.end);
    }
    PULIH_TRY(each(object));
  }
  return OkStatus();
}

// Of a byte, in the evidence.
uint64_t DumpTexts::PlaceOf(uint64_t offset) const {
  std::vector<ByteRange> places;
  dump_.AppendPlaces({toc_file_, offset, 1}, places);
  return places.empty() ? offset : places.front().offset;
}

Status DumpTexts::EachBlock(const std::function<Status(const DumpText&)>& each) {
  const ByteView bytes = files_[toc_file_].bytes;
  std::vector<int32_t> ids;
  for (const ArchiveEntry& entry : toc_.entries)
    if (entry.dump_id != 0 && entry.has_data) ids.push_back(entry.dump_id);
  // With a damaged table of contents any id may be there.
  if (!toc_.complete) ids.clear();
  const DumpBlocks blocks(bytes, toc_.head.compression, std::move(ids));
  const ArchiveEntry* before = nullptr;
  uint64_t begin_before = 0;
  DumpBlock block;
  for (uint64_t at = toc_.end; blocks.Next(at, block);) {
    // What stands before in the file need not have stood before in the dump.
    if (dump_.IsBrokenBetween(begin_before + 1, block.begin + 1)) before = nullptr;
    begin_before = block.begin;
    if (block.objects) {
      if (object_blocks_.insert(block.begin).second) FindObjects(block);
      continue;
    }
    DumpText text;
    text.stretch = {block.begin, block.end};
    text.source.mapped = files_[toc_file_].mapped;
    text.damage = block.damage;
    const ArchiveEntry* entry = block.dump_id == 0 ? nullptr : toc_.Find(block.dump_id);
    text.order = block.dump_id;
    text.path = block.dump_id == 0 ? "table data at offset " + std::to_string(PlaceOf(block.begin)) : "table data " + std::to_string(block.dump_id);
    NameByEntry(entry, text);
    if (entry == nullptr && block.head_lost && block.dump_id == 0 && before != nullptr) {
      NameByEntry(before, text);
      text.aside_target = text.has_target;
    }
    if (entry != nullptr) before = entry;
    text.source.torn_begin = block.head_lost;
    OpenPieces(block, text.source);
    text.state = StateOf(text.source);
    PULIH_TRY(Give(text, each));
  }
  return OkStatus();
}

Status DumpTexts::ForEach(const std::function<Status(const DumpText&)>& each) {
  markers_ = 0;
  return form_ == DumpForm::custom ? EachBlock(each) : EachMember(each);
}

// Markers of one unit are told apart by their names.
Status DumpTexts::Give(DumpText& text, const std::function<Status(const DumpText&)>& each) {
  text.source.markers_before = markers_;
  text.source.solution = solution_;
  for (const TextSource::Stream& stream : text.source.streams) markers_ += MarkersOf(stream);
  return each(text);
}

Status DumpTexts::TellRanges(ExtractSink& sink) const {
  for (const RangeNote& note : notes_) PULIH_TRY(sink.Range(note));
  return OkStatus();
}

}  // namespace pulih
