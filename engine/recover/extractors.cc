#include "engine/recover/extractors.h"

#include "engine/recover/extract_dump.h"
#include "engine/recover/extract_pages.h"
#include "engine/recover/extract_wal.h"

namespace pulih {

std::unique_ptr<Extractor> ChooseExtractor(const Evidence& evidence) {
  switch (evidence.unit) {
    case UnitKind::directory_dump: return MakeDumpExtractor();
    case UnitKind::data_directory: return MakePagesExtractor();
    case UnitKind::wal_folder: return MakeWalExtractor();
    case UnitKind::file: break;
  }
  switch (evidence.kind) {
    case FileKind::dump_custom:
    case FileKind::dump_fragment:
    case FileKind::dump_toc:
    case FileKind::tar:
    case FileKind::gzip:
    case FileKind::zlib:
    case FileKind::lz4:
    case FileKind::zstd:
    case FileKind::sql:
    case FileKind::copy_text:
    // Of text by its beginning nobody knows whether rows stand further on.
    case FileKind::text: return MakeDumpExtractor();
    case FileKind::relation:
    case FileKind::index: return MakePagesExtractor();
    case FileKind::wal: return MakeWalExtractor();
    default: return nullptr;
  }
}

}  // namespace pulih
