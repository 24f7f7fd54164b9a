#include "formats/sheet/xls.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "formats/sheet/compound.h"
#include "formats/text/encoding.h"

namespace pulih::sheet {
namespace {

// Record types of [MS-XLS] 2.3.
enum : uint16_t {
  kFormula = 0x06, kEof = 0x0A, kContinue = 0x3C, kDateMode = 0x22, kBoundSheet = 0x85, kMulRk = 0xBD, kXf = 0xE0,
  kSst = 0xFC, kLabelSst = 0xFD, kNumber = 0x203, kLabel = 0x204, kString = 0x207, kRk = 0x27E, kFormat = 0x41E,
  kBof = 0x809, kFilePass = 0x2F, kRString = 0xD6,
};

uint16_t Le16(ByteView bytes, size_t at) { return static_cast<uint16_t>(bytes[at] | bytes[at + 1] << 8); }
uint32_t Le32(ByteView bytes, size_t at) { return Le16(bytes, at) | uint32_t{Le16(bytes, at + 2)} << 16; }
double Double(ByteView bytes, size_t at) { return std::bit_cast<double>(Le32(bytes, at) | uint64_t{Le32(bytes, at + 4)} << 32); }

// 30 bits of a double or of an integer, perhaps of a hundredfold.
double RkValue(uint32_t rk) {
  double value = (rk & 2) != 0 ? static_cast<double>(static_cast<int32_t>(rk) >> 2) : std::bit_cast<double>(uint64_t{rk & 0xFFFFFFFC} << 32);
  return (rk & 1) != 0 ? value / 100 : value;
}

// Bytes of a record and of the CONTINUE records behind it. Texts begin each piece with their width anew.
class Pieces {
 public:
  explicit Pieces(std::vector<ByteView> pieces) : pieces_(std::move(pieces)) {}
  bool ended() const { return piece_ == pieces_.size(); }

  bool Take(size_t count, Bytes& out) {
    out.clear();
    while (out.size() < count) {
      if (!Settle()) return false;
      const size_t there = std::min(count - out.size(), pieces_[piece_].size() - at_);
      Append(out, pieces_[piece_].subspan(at_, there));
      at_ += there;
    }
    return true;
  }

  // `count` characters, each one byte or two; a new piece says again how wide.
  bool TakeCharacters(size_t count, bool wide, std::u16string& out) {
    while (count > 0) {
      if (at_ == CurrentSize()) {
        ++piece_;
        at_ = 0;
        if (ended() || pieces_[piece_].empty()) return false;
        wide = (pieces_[piece_][at_++] & 1) != 0;
      }
      const ByteView piece = pieces_[piece_];
      if (wide && piece.size() - at_ < 2) return false;
      out.push_back(wide ? static_cast<char16_t>(Le16(piece, at_)) : static_cast<char16_t>(piece[at_]));
      at_ += wide ? 2 : 1;
      --count;
    }
    return true;
  }

 private:
  size_t CurrentSize() const { return ended() ? 0 : pieces_[piece_].size(); }
  bool Settle() {
    while (!ended() && at_ == pieces_[piece_].size()) {
      ++piece_;
      at_ = 0;
    }
    return !ended();
  }

  std::vector<ByteView> pieces_;
  size_t piece_ = 0, at_ = 0;
};

std::string ToUtf8(const std::u16string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t c = text[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < text.size()) c = 0x10000 + ((c - 0xD800) << 10) + (uint32_t{text[++i]} - 0xDC00);
    AppendUtf8(c > 0x10FFFF ? 0xFFFD : c, out);
  }
  return out;
}

// A string with a 16-bit length, perhaps with runs of formats and words on how it is spoken behind it.
std::optional<std::string> TakeString(Pieces& pieces) {
  Bytes head;
  if (!pieces.Take(3, head)) return std::nullopt;
  const size_t count = Le16(head, 0);
  const uint8_t flags = head[2];
  size_t behind = 0;
  if ((flags & 8) != 0) {
    Bytes runs;
    if (!pieces.Take(2, runs)) return std::nullopt;
    behind += Le16(runs, 0) * size_t{4};
  }
  if ((flags & 4) != 0) {
    Bytes spoken;
    if (!pieces.Take(4, spoken)) return std::nullopt;
    behind += Le32(spoken, 0);
  }
  std::u16string text;
  Bytes skipped;
  if (!pieces.TakeCharacters(count, (flags & 1) != 0, text)) return std::nullopt;
  if (behind > kMostXls || (behind > 0 && !pieces.Take(behind, skipped))) return std::nullopt;
  return ToUtf8(text);
}

std::string Windows1252(ByteView bytes) {
  std::string out;
  TextDecoder decoder(TextEncoding::windows1252);
  decoder.Feed(bytes, out);
  decoder.Finish(out);
  return out;
}

class Book {
 public:
  Book(ByteView stream, uint64_t file_size, SheetSink& sink) : stream_(stream), file_size_(file_size), sink_(sink) {}

  Status Read() {
    while (stream_.size() - at_ >= 4 && !ended_) {
      const uint16_t type = Le16(stream_, at_);
      const size_t size = Le16(stream_, at_ + 2);
      if (stream_.size() - at_ - 4 < size) break;
      const ByteView body = stream_.subspan(at_ + 4, size);
      at_ += 4 + size;
      PULIH_TRY(Take(type, body));
    }
    return EndSheet();
  }

 private:
  Status Take(uint16_t type, ByteView body) {
    switch (type) {
      case kBof: return Begin(body);
      case kEof: return End();
      case kFilePass: ended_ = true; return sink_.Remark("the spreadsheet is encrypted");
      case kBoundSheet: AddSheetName(body); break;
      case kDateMode: from_1904_ = body.size() >= 2 && Le16(body, 0) == 1; break;
      case kFormat: AddFormat(body); break;
      case kXf: if (body.size() >= 4) formats_of_styles_.push_back(Le16(body, 2)); break;
      case kSst: ReadStrings(body); break;
      case kString: TakeFormulaText(body); break;
      default: TakeCell(type, body);
    }
    return OkStatus();
  }

  Status Begin(ByteView body) {
    is_biff8_ = body.size() >= 2 && Le16(body, 0) == 0x0600;
    ++depth_;
    if (body.size() >= 4 && Le16(body, 2) == 0x0010) {
      PULIH_TRY(EndSheet());
      in_sheet_ = true;
      // The records that name the sheets say where each begins.
      const auto named = names_.find(at_ - 4 - body.size());
      sheet_name_ = named != names_.end() ? named->second : "sheet " + std::to_string(sheets_ + 1);
      ++sheets_;
    }
    return OkStatus();
  }

  Status End() {
    if (depth_ > 0) --depth_;
    return in_sheet_ ? EndSheet() : OkStatus();
  }

  Status EndSheet() {
    if (!in_sheet_) return OkStatus();
    in_sheet_ = false;
    PULIH_TRY(sink_.Sheet(sheet_name_));
    for (const auto& [number, cells] : rows_) {
      SheetRow row;
      row.number = number + 1u;
      row.length = file_size_;
      for (const auto& [column, text] : cells) row.cells.push_back({column, text});
      PULIH_TRY(sink_.Row(row));
    }
    rows_.clear();
    return OkStatus();
  }

  void AddSheetName(ByteView body) {
    if (body.size() < 8) return;
    const size_t count = body[6];
    std::u16string name;
    if (is_biff8_) {
      Pieces pieces({body.subspan(8)});
      if (!pieces.TakeCharacters(count, (body[7] & 1) != 0, name)) return;
      names_[Le32(body, 0)] = ToUtf8(name);
    } else {
      names_[Le32(body, 0)] = Windows1252(body.subspan(7, std::min(count, body.size() - 7)));
    }
  }

  void AddFormat(ByteView body) {
    if (body.size() < 5) return;
    if (is_biff8_) {
      Pieces pieces({body.subspan(2)});
      if (const std::optional<std::string> code = TakeString(pieces)) codes_[Le16(body, 0)] = *code;
    } else {
      codes_[Le16(body, 0)] = Windows1252(body.subspan(3, std::min<size_t>(body[2], body.size() - 3)));
    }
  }

  void ReadStrings(ByteView body) {
    if (body.size() < 8) return;
    std::vector<ByteView> pieces = {body.subspan(8)};
    while (stream_.size() - at_ >= 4 && Le16(stream_, at_) == kContinue) {
      const size_t size = Le16(stream_, at_ + 2);
      if (stream_.size() - at_ - 4 < size) break;
      pieces.push_back(stream_.subspan(at_ + 4, size));
      at_ += 4 + size;
    }
    const size_t count = Le32(body, 4);
    Pieces texts(std::move(pieces));
    while (strings_.size() < count && !texts.ended()) {
      std::optional<std::string> text = TakeString(texts);
      if (!text) return;
      strings_.push_back(std::move(*text));
    }
  }

  void Put(uint32_t row, uint32_t column, std::string text) {
    if (!in_sheet_ || column >= kMostColumns || cells_ >= kMostCells) return;
    ++cells_;
    rows_[row].insert_or_assign(column, std::move(text));
  }

  void PutNumber(uint32_t row, uint32_t column, uint16_t style, double value) {
    std::string text;
    if (style < formats_of_styles_.size()) {
      const uint16_t format = formats_of_styles_[style];
      const auto code = codes_.find(format);
      if (IsDateFormat(format, code == codes_.end() ? std::string_view() : std::string_view(code->second))) text = DateOfSerial(value, from_1904_);
    }
    if (text.empty()) text = NumberText(value);
    if (!text.empty()) Put(row, column, std::move(text));
  }

  // Cell records begin with row, column and style.
  void TakeCell(uint16_t type, ByteView body) {
    if (body.size() < 6) return;
    const uint32_t row = Le16(body, 0), column = Le16(body, 2);
    const uint16_t style = Le16(body, 4);
    const ByteView value = body.subspan(6);
    if (type == kLabelSst && value.size() >= 4) {
      const uint32_t index = Le32(value, 0);
      if (index < strings_.size()) Put(row, column, strings_[index]);
    } else if (type == kNumber && value.size() >= 8) {
      PutNumber(row, column, style, Double(value, 0));
    } else if (type == kRk && value.size() >= 4) {
      PutNumber(row, column, style, RkValue(Le32(value, 0)));
    } else if (type == kMulRk) {
      TakeMulRk(row, column, body);
    } else if ((type == kLabel || type == kRString) && value.size() >= 3) {
      TakeLabel(row, column, value);
    } else if (type == kFormula && value.size() >= 8) {
      TakeFormula(row, column, style, value);
    }
  }

  void TakeMulRk(uint32_t row, uint32_t column, ByteView body) {
    for (size_t at = 4; at + 8 <= body.size(); at += 6) PutNumber(row, column++, Le16(body, at), RkValue(Le32(body, at + 2)));
  }

  void TakeLabel(uint32_t row, uint32_t column, ByteView value) {
    if (is_biff8_) {
      Pieces pieces({value});
      if (std::optional<std::string> text = TakeString(pieces)) Put(row, column, std::move(*text));
    } else {
      Put(row, column, Windows1252(value.subspan(2, std::min<size_t>(Le16(value, 0), value.size() - 2))));
    }
  }

  void TakeFormula(uint32_t row, uint32_t column, uint16_t style, ByteView value) {
    waits_for_text_ = false;
    if (Le16(value, 6) != 0xFFFF) {
      PutNumber(row, column, style, Double(value, 0));
    } else if (value[0] == 0) {  // a text, in the record behind
      waits_for_text_ = true;
      formula_row_ = row;
      formula_column_ = column;
    }
  }

  void TakeFormulaText(ByteView body) {
    if (waits_for_text_ && body.size() >= 3) TakeLabel(formula_row_, formula_column_, body);
    waits_for_text_ = false;
  }

  const ByteView stream_;
  const uint64_t file_size_;
  SheetSink& sink_;
  size_t at_ = 0, depth_ = 0, sheets_ = 0;
  uint64_t cells_ = 0;
  bool is_biff8_ = true, in_sheet_ = false, from_1904_ = false, ended_ = false, waits_for_text_ = false;
  uint32_t formula_row_ = 0, formula_column_ = 0;
  std::string sheet_name_;
  std::map<size_t, std::string> names_;
  std::map<uint16_t, std::string> codes_;
  std::vector<uint16_t> formats_of_styles_;
  std::vector<std::string> strings_;
  std::map<uint32_t, std::map<uint32_t, std::string>> rows_;
};

std::optional<CompoundStream> FindBook(ByteView bytes) {
  std::optional<CompoundStream> stream = ReadCompoundStream(bytes, "Workbook", kMostXls);
  return stream ? std::move(stream) : ReadCompoundStream(bytes, "Book", kMostXls);
}

}  // namespace

bool IsXls(ByteView bytes) { return IsCompoundHead(bytes) && FindBook(bytes).has_value(); }

Status ReadXls(ByteView bytes, SheetSink& sink) {
  const std::optional<CompoundStream> stream = FindBook(bytes);
  if (!stream) return sink.Remark("the compound file has no workbook");
  if (!stream->whole) PULIH_TRY(sink.Remark("the workbook is cut"));
  return Book(stream->bytes, bytes.size(), sink).Read();
}

}  // namespace pulih::sheet
