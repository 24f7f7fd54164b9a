#include "formats/spse/archive_source.h"

#include <algorithm>
#include <map>
#include <vector>

#include "formats/spse/container.h"
#include "formats/spse/read_source.h"
#include "formats/web/http.h"
#include "formats/web/warc.h"

namespace pulih::spse {
namespace {

constexpr size_t kNoMember = SIZE_MAX;

// Where a payload can be had again.
struct PayloadPlace {
  size_t member = kNoMember;     // of the gzip file
  uint64_t offset = 0, length = 0;  // of the record in its content
};

struct Revisit {
  SourceWalk::Member as;
  std::vector<std::string> keys;  // of the payload, the best first
};

class ArchiveReader : public web::WarcSink {
 public:
  ArchiveReader(ByteView bytes, const GzipFile* file, uint32_t depth, SourceWalk& walk, SourceSink& sink) : bytes_(bytes), file_(file), depth_(depth), walk_(walk), sink_(sink) {}

  Status Run() {
    if (file_ == nullptr) {
      PULIH_TRY(sink_.Range({0, bytes_.size(), SourceFate::read, "web archive"}));
      PULIH_TRY(Walk(bytes_));
    } else {
      PULIH_TRY(Members());
    }
    PULIH_TRY(Revisits());
    if (lost_ == 0 && unresolved_ == 0) return OkStatus();
    return sink_.Remark(std::to_string(lost_) + " records of the web archive are damaged, of " + std::to_string(unresolved_) + " revisits the payload is not in it");
  }

  Status Record(const web::WarcRecord& record) override {
    ++number_;
    SourceWalk::Member member = Place(record);
    if (record.type == "revisit") return Remember(record, member);
    if (record.type != "response" && record.type != "resource" && record.type != "conversion") return OkStatus();
    if (record.proof == web::WarcProof::disproven) {
      ++lost_;
      return walk_.Lost(member, "its digest disproves it", sink_);
    }
    member.cut = record.cut;
    Bytes decoded;
    const ByteView body = BodyOf(record, decoded, member);
    if (body.empty() || RecogniseSource(body, record.url) == SourceForm::none) {
      return sink_.Range({member.offset, member.length, SourceFate::skipped, "record of no page that is known"});
    }
    if (!record.cut) Index(record);
    return walk_.Enter(body, member, depth_, sink_);
  }

  Status Damage(uint64_t offset, uint64_t length) override {
    ++lost_;
    if (member_ != kNoMember) return OkStatus();  // the member's range was told
    return sink_.Range({offset, length, SourceFate::damaged, "bytes of no record"});
  }

 private:
  Status Walk(ByteView content) { return web::IsArcHead(bytes_) || is_arc_ ? web::WalkArc(content, *this) : web::WalkWarc(content, *this); }

  Status Members() {
    PULIH_TRY(sink_.Range({0, bytes_.size(), SourceFate::read, "web archive"}));
    for (const CompressedRange& foreign : file_->foreign) PULIH_TRY(sink_.Range({foreign.offset, foreign.length, SourceFate::damaged, "bytes of no gzip member"}));
    for (member_ = 0; member_ < file_->members.size(); ++member_) {
      const GzipMember& member = file_->members[member_];
      const Unpacked unpacked = UnpackMember(member, walk_);
      if (member_ == 0) is_arc_ = web::IsArcHead(unpacked.bytes);
      const bool begins_record = is_arc_ || web::IsWarcHead(unpacked.bytes);
      // A whole member may hold anything; of a part only what begins like a record can be trusted to be one.
      const bool usable = unpacked.how == UnpackedHow::proven || (unpacked.how == UnpackedHow::part && begins_record);
      if (!usable) {
        ++lost_;
        SourceWalk::Member lost;
        lost.offset = member.offset;
        lost.length = member.end_offset - member.offset;
        lost.path = "gzip member " + std::to_string(member_ + 1);
        PULIH_TRY(walk_.Lost(lost, unpacked.how == UnpackedHow::too_large ? "larger than is unpacked" : "damaged", sink_));
        continue;
      }
      PULIH_TRY(Walk(unpacked.bytes));
    }
    member_ = kNoMember;
    return OkStatus();
  }

  SourceWalk::Member Place(const web::WarcRecord& record) const {
    SourceWalk::Member member;
    member.origin.url = record.url;
    member.origin.captured = record.date;
    member.offset = record.offset;
    member.length = record.length;
    if (member_ != kNoMember) {
      member.offset = file_->members[member_].offset;
      member.length = file_->members[member_].end_offset - member.offset;
    }
    member.path = "record " + std::to_string(number_) + " » " + record.url;
    return member;
  }

  ByteView BodyOf(const web::WarcRecord& record, Bytes& decoded, SourceWalk::Member& member) const {
    if (record.content_type.find("application/http") == std::string::npos && AsText(record.block.first(std::min<size_t>(record.block.size(), 5))) != "HTTP/") return record.block;
    std::optional<web::HttpResponse> response = web::ReadHttpResponse(record.block, walk_.room());
    if (!response || response->status != 200) return {};
    member.cut = member.cut || !response->complete;
    if (!response->is_decoded) return response->wire;
    decoded = std::move(response->decoded);
    return decoded;
  }

  void Index(const web::WarcRecord& record) {
    if (index_.size() >= walk_.limits().max_members) return;
    const PayloadPlace place{member_, record.offset, record.length};
    if (!record.payload_digest.empty()) index_.emplace(record.payload_digest, place);
    index_.emplace(record.url + " " + record.date, place);
    if (!record.id.empty()) index_.emplace(record.id, place);
  }

  Status Remember(const web::WarcRecord& record, const SourceWalk::Member& member) {
    Revisit revisit{member, {}};
    if (!record.refers_to.empty()) revisit.keys.push_back(record.refers_to);
    if (!record.refers_to_url.empty()) revisit.keys.push_back(record.refers_to_url + " " + record.refers_to_date);
    if (!record.payload_digest.empty()) revisit.keys.push_back(record.payload_digest);
    if (revisits_.size() < walk_.limits().max_members) revisits_.push_back(std::move(revisit));
    return OkStatus();
  }

  // A sink for one record: the payload of a revisit.
  class Again : public web::WarcSink {
   public:
    Again(uint64_t offset, const ArchiveReader& reader) : offset_(offset), reader_(reader) {}
    Status Record(const web::WarcRecord& record) override {
      if (record.offset != offset_) return OkStatus();
      SourceWalk::Member ignored;
      body = ToBytes(reader_.BodyOf(record, decoded_, ignored));
      return Status(Code::interrupted, "found");
    }
    Status Damage(uint64_t, uint64_t) override { return OkStatus(); }
    Bytes body;

   private:
    const uint64_t offset_;
    const ArchiveReader& reader_;
    Bytes decoded_;
  };

  Bytes PayloadAt(const PayloadPlace& place) {
    Unpacked unpacked;
    ByteView content = bytes_;
    if (place.member != kNoMember) {
      unpacked = UnpackMember(file_->members[place.member], walk_);
      content = unpacked.bytes;
    }
    if (place.offset > content.size()) return {};
    content = content.subspan(static_cast<size_t>(place.offset), static_cast<size_t>(std::min<uint64_t>(place.length, content.size() - place.offset)));
    Again again(0, *this);
    (void)(is_arc_ ? web::WalkArc(content, again) : web::WalkWarc(content, again));  // fails when it has what it wants
    return std::move(again.body);
  }

  Status Revisits() {
    for (Revisit& revisit : revisits_) {
      const auto key = std::find_if(revisit.keys.begin(), revisit.keys.end(), [&](const std::string& k) { return index_.count(k) != 0; });
      const Bytes body = key == revisit.keys.end() ? Bytes() : PayloadAt(index_.at(*key));
      if (body.empty()) {
        ++unresolved_;
        PULIH_TRY(sink_.Range({revisit.as.offset, revisit.as.length, SourceFate::skipped, "revisit of a payload that is not here"}));
        continue;
      }
      PULIH_TRY(walk_.Enter(body, revisit.as, depth_, sink_));
    }
    return OkStatus();
  }

  const ByteView bytes_;
  const GzipFile* const file_;
  const uint32_t depth_;
  SourceWalk& walk_;
  SourceSink& sink_;
  bool is_arc_ = false;
  size_t member_ = kNoMember;
  uint64_t number_ = 0, lost_ = 0, unresolved_ = 0;
  std::map<std::string, PayloadPlace> index_;
  std::vector<Revisit> revisits_;
};

}  // namespace

Status ReadArchive(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink) { return ArchiveReader(bytes, nullptr, depth, walk, sink).Run(); }

Status ReadPackedArchive(ByteView bytes, const GzipFile& file, uint32_t depth, SourceWalk& walk, SourceSink& sink) {
  return ArchiveReader(bytes, &file, depth, walk, sink).Run();
}

}  // namespace pulih::spse
