#include "formats/spse/read_source.h"

#include <algorithm>
#include <cctype>

#include "formats/archive/gzip.h"
#include "formats/archive/tar.h"
#include "formats/archive/zip.h"
#include "formats/mail/mail.h"
#include "formats/sheet/xls.h"
#include "formats/sheet/xlsx.h"
#include "formats/spse/archive_source.h"
#include "formats/spse/container.h"
#include "formats/spse/csv_source.h"
#include "formats/spse/json_source.h"
#include "formats/spse/lkpp.h"
#include "formats/spse/mail_source.h"
#include "formats/spse/page_source.h"
#include "formats/spse/sheet_source.h"
#include "formats/spse/source_walk.h"
#include "formats/text/encoding.h"
#include "formats/web/warc.h"

namespace pulih::spse {
namespace {

constexpr size_t kHead = 64u << 10;

// Names of members and fields come in any encoding and from damaged bytes: what is told is UTF-8. A field whose text is
// none was damaged, and is left out.
class Utf8Sink : public SourceSink {
 public:
  explicit Utf8Sink(SourceSink& sink) : sink_(sink) {}
  Status Head(const SourceHead& head) override { return sink_.Head({MendUtf8(head.publisher), MendUtf8(head.captured), MendUtf8(head.url)}); }
  Status Record(const SourceRecord& record) override {
    const auto is_damaged = [](const SourceField& field) { return !IsUtf8(field.name) || !IsUtf8(field.raw); };
    if (IsUtf8(record.path) && IsUtf8(record.tender) && std::none_of(record.fields.begin(), record.fields.end(), is_damaged)) return sink_.Record(record);
    SourceRecord mended = record;
    mended.path = MendUtf8(record.path);
    if (!IsUtf8(record.tender)) mended.tender.clear();
    mended.fields.erase(std::remove_if(mended.fields.begin(), mended.fields.end(), is_damaged), mended.fields.end());
    return sink_.Record(mended);
  }
  Status Range(const SourceRange& range) override { return sink_.Range({range.offset, range.length, range.fate, MendUtf8(range.what)}); }
  Status Remark(const std::string& text) override { return sink_.Remark(MendUtf8(text)); }

 private:
  SourceSink& sink_;
};

}  // namespace

std::string_view SourceFormName(SourceForm form) {
  switch (form) {
    case SourceForm::none: return "nothing that is known";
    case SourceForm::empty: return "empty";
    case SourceForm::html: return "page";
    case SourceForm::json: return "JSON";
    case SourceForm::csv: return "CSV";
    case SourceForm::warc: return "web archive";
    case SourceForm::arc: return "web archive (ARC)";
    case SourceForm::xlsx: return "spreadsheet (xlsx)";
    case SourceForm::xls: return "spreadsheet (xls)";
    case SourceForm::mbox: return "mailbox";
    case SourceForm::mail: return "mail";
    case SourceForm::mht: return "saved page with its parts";
    case SourceForm::zip: return "zip archive";
    case SourceForm::tar: return "tar archive";
    case SourceForm::gzip: return "gzip";
  }
  return "";
}

SourceForm RecogniseSource(ByteView bytes, std::string_view) {
  if (bytes.empty()) return SourceForm::empty;
  const ByteView first = bytes.first(std::min(bytes.size(), kHead));
  if (web::IsWarcHead(first)) return SourceForm::warc;
  if (web::IsArcHead(first)) return SourceForm::arc;
  if (IsZipHead(first)) return sheet::IsXlsx(ListZip(bytes)) ? SourceForm::xlsx : SourceForm::zip;
  if (sheet::IsXls(bytes)) return SourceForm::xls;
  if (ReadGzipHeader(first)) return SourceForm::gzip;
  if (first.size() >= kTarBlock && IsTarHeader(first.first(kTarBlock))) return SourceForm::tar;
  if (LooksLikeJson(first)) return SourceForm::json;
  if (mail::IsMboxHead(first)) return SourceForm::mbox;
  if (mail::IsMhtHead(first)) return SourceForm::mht;
  if (mail::IsMailHead(first)) return SourceForm::mail;
  if (LooksLikeHtml(first)) return SourceForm::html;
  if (LooksLikeCsv(bytes)) return SourceForm::csv;
  return SourceForm::none;
}

Status SourceWalk::Source(ByteView bytes, const PageOrigin& origin, uint32_t depth, SourceSink& sink) {
  const SourceForm form = RecogniseSource(bytes, origin.name);
  switch (form) {
    case SourceForm::json: return ReadJsonSource(bytes, limits_, sink);
    case SourceForm::csv: return ReadCsvSource(bytes, limits_, sink);
    case SourceForm::html: return ReadPage(bytes, origin, limits_, sink);
    case SourceForm::warc:
    case SourceForm::arc: return ReadArchive(bytes, depth, *this, sink);
    case SourceForm::gzip: return ReadGzipSource(bytes, origin, depth, *this, sink);
    case SourceForm::tar: return ReadTarSource(bytes, depth, *this, sink);
    case SourceForm::zip: return ReadZipSource(bytes, ListZip(bytes), depth, *this, sink);
    case SourceForm::xlsx: return ReadXlsxSource(bytes, ListZip(bytes), limits_, sink);
    case SourceForm::xls: return ReadXlsSource(bytes, limits_, sink);
    case SourceForm::mbox: return ReadMbox(bytes, depth, *this, sink);
    case SourceForm::mail: return ReadMessage(bytes, depth, *this, sink);
    case SourceForm::mht: return ReadMht(bytes, depth, *this, sink);
    case SourceForm::empty: return sink.Remark("empty");
    default: break;
  }
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::skipped, std::string(SourceFormName(form))}));
  if (IsLkppFailure(AsText(bytes))) return sink.Remark("the aggregator answered that it had no data");
  return OkStatus();
}

Status ReadSource(ByteView bytes, std::string_view name, const SourceLimits& limits, SourceSink& sink) {
  SourceWalk walk(limits);
  Utf8Sink mended(sink);
  return walk.Source(bytes, {"", "", std::string(name)}, 0, mended);
}

}  // namespace pulih::spse
