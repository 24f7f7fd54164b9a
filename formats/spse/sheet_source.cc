#include "formats/spse/sheet_source.h"

#include <memory>

#include "formats/sheet/sheet.h"
#include "formats/sheet/xls.h"
#include "formats/sheet/xlsx.h"
#include "formats/spse/table_rows.h"

namespace pulih::spse {
namespace {

class Sheets : public sheet::SheetSink {
 public:
  Sheets(const SourceLimits& limits, SourceSink& sink) : limits_(limits), sink_(sink) {}

  Status Sheet(const std::string& name) override {
    PULIH_TRY(Finish());
    rows_ = std::make_unique<TableRows>(false, "sheet " + name + " » ", limits_, sink_);
    return OkStatus();
  }

  Status Row(const sheet::SheetRow& row) override {
    TableRow out;
    out.number = row.number;
    out.offset = row.offset;
    out.length = row.length;
    out.cut = row.cut;
    for (const sheet::SheetCell& cell : row.cells) {
      if (cell.column >= out.cells.size()) out.cells.resize(cell.column + 1, {"", true, row.offset, row.length});
      out.cells[cell.column] = {cell.text, false, row.offset, row.length};
    }
    return rows_->Row(std::move(out));
  }

  Status Remark(const std::string& text) override { return sink_.Remark(text); }
  Status Finish() { return rows_ == nullptr ? OkStatus() : rows_->Finish(); }

 private:
  const SourceLimits& limits_;
  SourceSink& sink_;
  std::unique_ptr<TableRows> rows_;
};

}  // namespace

Status ReadXlsxSource(ByteView bytes, const ZipList& list, const SourceLimits& limits, SourceSink& sink) {
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "spreadsheet"}));
  Sheets sheets(limits, sink);
  PULIH_TRY(sheet::ReadXlsx(bytes, list, sheets));
  return sheets.Finish();
}

Status ReadXlsSource(ByteView bytes, const SourceLimits& limits, SourceSink& sink) {
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "spreadsheet"}));
  Sheets sheets(limits, sink);
  PULIH_TRY(sheet::ReadXls(bytes, sheets));
  return sheets.Finish();
}

}  // namespace pulih::spse
