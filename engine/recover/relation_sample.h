// A file of a relation as the matching of files to tables sees it: its kind, and some of its tuples. Private to
// relation_match.cc. Views borrow from the file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/catalog.h"
#include "formats/postgres/disk_value.h"
#include "formats/postgres/heap_page.h"
#include "formats/postgres/heap_tuple.h"

namespace pulih {

class RelationSample {
 public:
  explicit RelationSample(std::vector<ByteView> segments);

  PageKind kind() const { return kind_; }  // of most pages that are not zeros
  const std::vector<ByteView>& tuples() const { return tuples_; }
  bool empty() const { return tuples_.empty() && kind_ == PageKind::zero; }
  size_t page_count() const;
  std::optional<ByteView> Page(uint32_t block) const;
  // The tuple at a TID, over one redirection.
  std::optional<ByteView> TupleAt(const Tid& tid) const;
  // Every page of the file, for indexes: at most `most`, spread evenly.
  std::vector<ByteView> Pages(size_t most) const;

 private:
  void TakeTuples(ByteView page);

  std::vector<ByteView> segments_;
  std::vector<size_t> pages_in_;  // per segment
  PageKind kind_ = PageKind::zero;
  std::vector<ByteView> tuples_;
  std::vector<ByteView> of_page_;  // of the page at hand
};

// The files of a directory by number, their segments in order.
std::map<uint32_t, RelationSample> SampleRelations(const std::vector<CatalogFile>& files);

// Whether a tuple is one of this table: it lies so, and every value in it is one of its column's type and modifier.
class TableFit {
 public:
  TableFit(const Schema& schema, const SchemaTable& table);
  bool Fits(ByteView tuple);
  // All values of a tuple that fits, as text; nothing when one lies elsewhere or cannot be written.
  std::optional<std::vector<std::optional<std::string>>> Texts(ByteView tuple);
  const std::vector<TupleField>& fields() const { return fields_; }  // of the tuple that did
  const TupleShape& shape() const { return shape_; }

 private:
  bool FitsColumn(const SchemaColumn& column, const TupleField& field);

  const SchemaTable& table_;
  DiskContext context_;
  TupleShape shape_;
  std::vector<TupleField> fields_;
  std::string text_;
};

}  // namespace pulih
