#include "engine/source/table_source.h"

#include <algorithm>
#include <utility>

#include "engine/source/csv_table.h"
#include "engine/source/ocds_table.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

constexpr size_t kSniffed = 64u << 10;

std::string NameOf(const TableFile& file) {
  if (!file.name.empty()) return file.name;
  const size_t slash = file.path.rfind('/');
  std::string name = slash == std::string::npos ? file.path : file.path.substr(slash + 1);
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos && dot > 0) name.resize(dot);
  return MendUtf8(name);
}

// JSON begins with a bracket, and a bracket begins no sensible CSV but with a header like "[id];[name]": what follows
// tells them apart.
bool BeginsAsJson(std::string_view text) {
  const auto skip_blanks = [&] {
    const size_t from = text.find_first_not_of(" \t\r\n");
    text.remove_prefix(std::min(from, text.size()));
  };
  skip_blanks();
  if (text.empty() || (text.front() != '{' && text.front() != '[')) return false;
  const bool is_object = text.front() == '{';
  text.remove_prefix(1);
  skip_blanks();
  if (text.empty()) return true;
  if (is_object) return text.front() == '"' || text.front() == '}';
  const bool is_word = text.starts_with("true") || text.starts_with("false") || text.starts_with("null");
  return is_word || std::string_view("[]{\"-0123456789").find(text.front()) != std::string_view::npos;
}

// An error page that was saved in a table's place must not pass for a table that lost all its rows.
Status CheckIsTable(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from != std::string_view::npos && text[from] == '<') return Status(Code::unsupported, "it is markup (HTML or XML), not a table");
  if (text.find('\0') != std::string_view::npos) return Status(Code::unsupported, "it holds zero bytes, so it is no text");
  return OkStatus();
}

Status VisitOpened(const TableFile& file, const TableFileOptions& options, TableVisit& visit) {
  PULIH_TRY_ASSIGN(const TableBytes bytes, TableBytes::Open(file.path));
  const std::string name = NameOf(file);
  PULIH_TRY_ASSIGN(const Bytes first, bytes.Read(0, kSniffed));
  const DetectedEncoding encoding = DetectEncoding(first);
  TextDecoder decoder(encoding.encoding);
  std::string text;
  decoder.Feed(ByteView(first).subspan(encoding.mark_size), text);
  PULIH_TRY(CheckIsTable(text));
  if (!BeginsAsJson(text)) return VisitCsv(bytes, file, name, options, visit);
  if (encoding.encoding == TextEncoding::utf16le || encoding.encoding == TextEncoding::utf16be) {
    return Status(Code::unsupported, "JSON in UTF-16; it must be UTF-8");
  }
  PULIH_TRY_ASSIGN(const JsonForm form, DetectJsonForm(bytes));
  PULIH_TRY_ASSIGN(const bool is_ocds, LooksLikeOcds(bytes, form));
  return is_ocds ? VisitOcds(bytes, form, file, name, options, visit) : VisitJson(bytes, form, file, name, options, visit);
}

}  // namespace

Status VisitTableFile(const TableFile& file, RowVisitor& visitor, const TableFileOptions& options) {
  TableVisit visit(visitor, file.path);
  return visit.End(VisitOpened(file, options, visit));
}

}  // namespace pulih
