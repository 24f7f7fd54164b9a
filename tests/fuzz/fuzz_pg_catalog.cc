// PgCatalog pages: the input is the files of a database one after the other, each with a head of 5 bytes (which of the
// catalogs, how many bytes). Whatever they hold, a schema comes out whose references lead somewhere, or none.
#include "formats/postgres/catalog.h"

#include <iterator>

#include "engine/base/byte_reader.h"
#include "tests/formats/postgres/page_specimens.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  std::vector<CatalogFile> files;
  ByteReader in({data, size});
  while (in.remaining() > 0) {
    const char* const name = kCatalogFileNames[in.U8() % std::size(kCatalogFileNames)];
    const ByteView bytes = in.Raw(std::min<uint64_t>(in.Le32(), in.remaining()));
    if (in.failed()) break;
    files.push_back({name, bytes});
  }
  const auto catalog = ReadCatalog(files, {});
  if (!catalog.ok()) return 0;
  ++accepted_inputs;
  const Schema& schema = catalog->schema;
  for (size_t i = 0; i < schema.types.size(); ++i)
    if (schema.types[i].element > i) std::abort();
  for (const SchemaTable& table : schema.tables) {
    for (const SchemaColumn& column : table.columns)
      if (column.type >= schema.types.size()) std::abort();
    for (const SchemaKey& key : table.keys)
      for (const uint32_t place : key.columns)
        if (place >= table.columns.size()) std::abort();
    for (const SchemaIndex& index : table.indexes)
      for (const uint32_t place : index.columns)
        if (place >= table.columns.size()) std::abort();
  }
  return 0;
}
