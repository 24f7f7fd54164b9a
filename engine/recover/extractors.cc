#include "engine/recover/extractors.h"

#include "engine/recover/extract_dump.h"
#include "engine/recover/extract_pages.h"
#include "engine/recover/extract_source.h"
#include "engine/recover/extract_wal.h"
#include "engine/recover/nested.h"

namespace pulih {

std::unique_ptr<Extractor> ChooseExtractor(const Evidence& evidence) {
  switch (evidence.unit) {
    case UnitKind::directory_dump: return MakeDumpExtractor();
    case UnitKind::data_directory: return MakePagesExtractor();
    case UnitKind::wal_folder: return MakeWalExtractor();
    case UnitKind::file: break;
  }
  if (MayBeNested(evidence.kind)) return MakeNestedExtractor(evidence.kind);
  switch (evidence.kind) {
    case FileKind::dump_custom:
    case FileKind::dump_fragment:
    case FileKind::dump_toc:
    case FileKind::sql:
    case FileKind::copy_text:
    // Of text by its beginning nobody knows whether rows stand further on.
    case FileKind::text: return MakeDumpExtractor();
    case FileKind::relation:
    case FileKind::index: return MakePagesExtractor();
    case FileKind::wal: return MakeWalExtractor();
    case FileKind::csv:
    case FileKind::json:
    case FileKind::html:
    case FileKind::warc:
    case FileKind::zip:
    case FileKind::ole2: return MakeSourceExtractor();
    default: return nullptr;
  }
}

}  // namespace pulih
