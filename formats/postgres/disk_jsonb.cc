// jsonb on disk: a tree of containers, here written as its text, which is what jsonb_send gives (behind a 1).
//
//   container   le32: count 28 bits | 0x10000000 a lone scalar | 0x20000000 object | 0x40000000 array
//               le32 per element (object: all keys, then all values): type 3 bits at 28, and in the low 28 bits its
//               length, or, with 0x80000000, where it ends
//               the elements' bytes; numerics and containers begin at a multiple of 4, counted in the container's
#include "formats/postgres/base_text.h"
#include "formats/postgres/disk_image.h"
#include "formats/postgres/numeric.h"

namespace pulih {

namespace {

constexpr uint32_t kCountMask = 0x0fffffff, kScalar = 0x10000000, kObject = 0x20000000, kArray = 0x40000000;
constexpr uint32_t kTypeMask = 0x70000000, kHasEnd = 0x80000000;
constexpr uint32_t kString = 0, kNumeric = 0x10000000, kFalse = 0x20000000, kTrue = 0x30000000, kNull = 0x40000000,
                   kContainer = 0x50000000;
constexpr int kMaxDepth = 256;
constexpr size_t kFreeText = size_t{1} << 20, kTextPerByte = 64;

class JsonbWriter {
 public:
  JsonbWriter(const DiskContext& context, size_t size, std::string& out)
      : context_(context), out_(out), end_(kFreeText + kTextPerByte * size) {}

  bool Container(ByteView bytes, int depth) {
    if (bytes.size() < 4 || depth == kMaxDepth) return false;
    const auto head = LoadLe<uint32_t>(bytes.data());
    const size_t count = head & kCountMask;
    const bool is_object = (head & kObject) != 0, is_scalar = (head & kScalar) != 0;
    if (((head & kArray) != 0) == is_object || (is_scalar && (is_object || count != 1 || depth != 0)) ||
        (head & kHasEnd) != 0)
      return false;
    const size_t entries = is_object ? 2 * count : count;
    if (entries > (bytes.size() - 4) / 4) return false;
    const ByteView words = bytes.subspan(4, 4 * entries), data = bytes.subspan(4 + 4 * entries);
    if (!is_scalar) out_.push_back(is_object ? '{' : '[');
    if (!(is_object ? Object(words, data, count, depth) : Elements(words, data, count, depth))) return false;
    if (!is_scalar) out_.push_back(is_object ? '}' : ']');
    return out_.size() <= end_;
  }

 private:
  struct Cursor {  // an element, and where the next begins
    size_t begin = 0, end = 0;
    uint32_t type = 0;
  };

  // On to element `i`, which begins where the last one ended.
  static bool Next(ByteView words, ByteView data, size_t i, Cursor& cursor) {
    const auto word = LoadLe<uint32_t>(words.data() + 4 * i);
    const size_t number = word & kCountMask;
    cursor.begin = cursor.end;
    cursor.end = (word & kHasEnd) != 0 ? number : cursor.begin + number;
    cursor.type = word & kTypeMask;
    return cursor.begin <= cursor.end && cursor.end <= data.size();
  }

  bool Elements(ByteView words, ByteView data, size_t count, int depth) {
    Cursor cursor;
    for (size_t i = 0; i < count; ++i) {
      if (i != 0) out_ += ", ";
      if (!Next(words, data, i, cursor) || !Element(data, cursor, depth)) return false;
    }
    return true;
  }

  // Values begin behind the last key, so two cursors run.
  bool Object(ByteView words, ByteView data, size_t count, int depth) {
    Cursor key, value;
    for (size_t i = 0; i < count; ++i) {
      if (!Next(words, data, i, value)) return false;
    }
    for (size_t i = 0; i < count; ++i) {
      if (i != 0) out_ += ", ";
      if (!Next(words, data, i, key) || key.type != kString || !Element(data, key, depth)) return false;
      out_ += ": ";
      if (!Next(words, data, count + i, value) || !Element(data, value, depth)) return false;
    }
    return true;
  }

  bool Element(ByteView data, const Cursor& cursor, int depth) {
    if (out_.size() > end_) return false;
    switch (cursor.type) {
      case kString: return String(data.subspan(cursor.begin, cursor.end - cursor.begin));
      case kFalse: out_ += "false"; return cursor.begin == cursor.end;
      case kTrue: out_ += "true"; return cursor.begin == cursor.end;
      case kNull: out_ += "null"; return cursor.begin == cursor.end;
      case kNumeric:
      case kContainer: {
        const size_t begin = (cursor.begin + 3) & ~size_t{3};
        if (begin > cursor.end) return false;
        const ByteView bytes = data.subspan(begin, cursor.end - begin);
        return cursor.type == kNumeric ? Number(bytes) : Container(bytes, depth + 1);
      }
      default: return false;
    }
  }

  bool Number(ByteView bytes) {
    TupleField field;
    if (ReadVarlena(bytes, field) != bytes.size() || field.kind != TupleField::Kind::plain) return false;
    Bytes image;
    if (!NumericFromDisk(context_, field.bytes, image)) return false;
    const auto number = NumericView::Read(image);
    if (!number.ok()) return false;
    AppendNumeric(*number, out_);
    return true;
  }

  bool String(ByteView bytes) {
    if (!IsSoundText(context_, bytes)) return false;
    out_.push_back('"');
    for (const uint8_t c : bytes) Character(c);
    out_.push_back('"');
    return true;
  }

  void Character(uint8_t c) {
    constexpr std::string_view kNamed = "\b\f\n\r\t\"\\", kLetters = "bfnrt\"\\";
    const size_t named = kNamed.find(static_cast<char>(c));
    if (named != std::string_view::npos) {
      out_.push_back('\\');
      out_.push_back(kLetters[named]);
    } else if (c < 0x20) {
      out_ += c < 0x10 ? "\\u000" : "\\u00";
      AppendInteger(c, out_, 16);
    } else {
      out_.push_back(static_cast<char>(c));
    }
  }

  const DiskContext& context_;
  std::string& out_;
  size_t end_;
};

}  // namespace

bool JsonbFromDisk(const DiskContext& context, ByteView value, Bytes& image) {
  std::string text;
  if (!JsonbWriter(context, value.size(), text).Container(value, 0)) return false;
  image.push_back(1);
  Append(image, AsBytes(text));
  return true;
}

}  // namespace pulih
