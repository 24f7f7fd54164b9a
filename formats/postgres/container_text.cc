// Arrays, rows and ranges: values that hold values, each with its length before it (0xffffffff: null). Their texts
// quote what is in them, each by rules of its own: array_out, record_out and range_out.
//
//   array      be32 dimensions | be32 flags | be32 type | per dimension be32 count, be32 lower bound | elements
//   composite  be32 fields | per field be32 type, value
//   range      u8 flags | lower bound, if it has one | upper bound, if it has one
//   multirange be32 ranges | values
#include <limits>

#include "formats/postgres/base_text.h"
#include "formats/postgres/value_renderer.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

constexpr uint32_t kNull = 0xffffffff;
constexpr uint32_t kMaxDimensions = 6;

constexpr uint8_t kRangeEmpty = 0x01, kLowerInclusive = 0x02, kUpperInclusive = 0x04, kLowerInfinite = 0x08,
                  kUpperInfinite = 0x10;

// Quotes what `out` holds from `at` on. Each of `escaped` gets `escape` before it, or itself when that is 0.
void QuoteTail(size_t at, std::string_view escaped, char escape, std::string& out) {
  size_t count = 0;
  for (size_t i = at; i < out.size(); ++i) count += escaped.find(out[i]) != std::string_view::npos ? 1 : 0;
  size_t from = out.size();
  out.resize(from + count + 2);
  size_t to = out.size();
  out[--to] = '"';
  while (from > at) {
    const char c = out[--from];
    out[--to] = c;
    if (escaped.find(c) != std::string_view::npos) out[--to] = escape != 0 ? escape : c;
  }
  out[at] = '"';
}

bool HasSpaceOr(std::string_view text, std::string_view special) {
  for (const char c : text) {
    if (IsSpace(c) || special.find(c) != std::string_view::npos) return true;
  }
  return false;
}

std::string_view Tail(const std::string& out, size_t at) { return std::string_view(out).substr(at); }

// A type number inside an image is 0, or as the server sent it; users' types have other numbers everywhere.
bool MayBe(uint32_t sent, const PgType& type) { return sent == 0 || type.oid == 0 || sent == type.oid; }

struct Dimensions {
  std::vector<uint32_t> sizes;
  std::vector<int32_t> lower;
  uint64_t elements = 0;
};

Dimensions ReadDimensions(uint32_t count, ImageReader& in) {
  Dimensions d;
  d.elements = count == 0 ? 0 : 1;
  for (uint32_t i = 0; i < count && !in.failed(); ++i) {
    const int32_t size = in.I32();
    const int32_t lower = in.I32();
    if (size < 0 || int64_t{lower} + size > int64_t{std::numeric_limits<int32_t>::max()})
      in.Fail("a dimension is out of range");
    if (in.failed()) break;
    d.sizes.push_back(static_cast<uint32_t>(size));
    d.lower.push_back(lower);
    d.elements *= static_cast<uint32_t>(size);
    // Below 2^30 after each step, so the product cannot wrap.
    if (d.elements > (uint64_t{1} << 30)) in.Fail("it has too many elements");
  }
  return d;
}

void AppendBounds(const Dimensions& d, std::string& out) {
  bool usual = true;
  for (const int32_t lower : d.lower) usual = usual && lower == 1;
  if (usual) return;
  for (size_t i = 0; i < d.sizes.size(); ++i) {
    out.push_back('[');
    AppendInteger(d.lower[i], out);
    out.push_back(':');
    AppendInteger(int64_t{d.lower[i]} + d.sizes[i] - 1, out);
    out.push_back(']');
  }
  out.push_back('=');
}

}  // namespace

Status ValueRenderer::RenderArray(const PgType& type, ByteView image) {
  ImageReader in(image);
  const uint32_t count = in.U32(), flags = in.U32(), element_oid = in.U32();
  if (count > kMaxDimensions) in.Fail("it has too many dimensions");
  if (flags > 1) in.Fail("its flags are unknown");
  if (!MayBe(element_oid, types_[type.element])) in.Fail("its elements are of another type");
  const Dimensions d = in.failed() ? Dimensions{} : ReadDimensions(count, in);
  // Each element has at least its length.
  if (d.elements > in.remaining() / 4) in.Fail("it has not as many elements as it says");
  if (in.failed()) return CorruptValue(type, in.why());
  if (d.elements == 0) {
    out_ += "{}";
  } else {
    AppendBounds(d, out_);
    PULIH_TRY(RenderElements(type, in, d.sizes));
  }
  return in.Finish() ? OkStatus() : CorruptValue(type, in.why());
}

Status ValueRenderer::RenderElements(const PgType& type, ImageReader& in, const std::vector<uint32_t>& sizes) {
  // Only the box has another one (pg_type.typdelim).
  PULIH_TRY_ASSIGN(const TypeIndex element, BelowDomains(types_, type.element));
  const char delimiter = types_[element].kind == PgTypeKind::base && types_[element].oid == pg_oid::kBox ? ';' : ',';
  std::vector<uint32_t> at(sizes.size(), 0);
  const size_t last = sizes.size() - 1;
  out_.append(sizes.size(), '{');
  for (;;) {
    PULIH_TRY(RenderElement(type, in, delimiter));
    // On to the next place: the innermost dimension first, closing each that is full.
    size_t d = sizes.size();
    while (d > 0 && ++at[d - 1] == sizes[d - 1]) {
      out_.push_back('}');
      at[--d] = 0;
    }
    if (d == 0) return OkStatus();
    out_.push_back(delimiter);
    out_.append(last + 1 - d, '{');
  }
}

Status ValueRenderer::RenderElement(const PgType& type, ImageReader& in, char delimiter) {
  const uint32_t size = in.U32();
  if (!in.failed() && size == kNull) {
    out_ += "NULL";
    return OkStatus();
  }
  const ByteView image = in.Raw(size);
  if (in.failed()) return CorruptValue(type, in.why());
  const size_t at = out_.size();
  PULIH_TRY(Render(type.element, image));
  const std::string_view text = Tail(out_, at);
  const bool needs_quotes = text.empty() || EqualWords(text, "null") ||
                            text.find(delimiter) != std::string_view::npos || HasSpaceOr(text, "\"\\{}");
  if (needs_quotes) QuoteTail(at, "\"\\", '\\', out_);
  return OkStatus();
}

Status ValueRenderer::RenderComposite(const PgType& type, ByteView image) {
  ImageReader in(image);
  if (in.U32() != type.fields.size()) in.Fail("it has not as many fields as its type");
  out_.push_back('(');
  for (size_t i = 0; i < type.fields.size() && !in.failed(); ++i) {
    const TypeIndex field = type.fields[i].type;
    if (i != 0) out_.push_back(',');
    if (!MayBe(in.U32(), types_[field])) in.Fail("a field is of another type");
    const uint32_t size = in.U32();
    if (size == kNull) continue;
    const ByteView value = in.Raw(size);
    if (in.failed()) break;
    const size_t at = out_.size();
    PULIH_TRY(Render(field, value));
    const std::string_view text = Tail(out_, at);
    if (text.empty() || HasSpaceOr(text, "\"\\(),")) QuoteTail(at, "\"\\", 0, out_);
  }
  out_.push_back(')');
  return in.Finish() ? OkStatus() : CorruptValue(type, in.why());
}

Status ValueRenderer::RenderRange(const PgType& type, ByteView image) {
  ImageReader in(image);
  const uint8_t flags = in.U8();
  if ((flags & kRangeEmpty) != 0) {
    out_ += "empty";
  } else {
    const bool lower = (flags & kLowerInfinite) == 0, upper = (flags & kUpperInfinite) == 0;
    out_.push_back(lower && (flags & kLowerInclusive) != 0 ? '[' : '(');
    if (lower) PULIH_TRY(RenderBound(type, in));
    out_.push_back(',');
    if (upper) PULIH_TRY(RenderBound(type, in));
    out_.push_back(upper && (flags & kUpperInclusive) != 0 ? ']' : ')');
  }
  return in.Finish() ? OkStatus() : CorruptValue(type, in.why());
}

Status ValueRenderer::RenderBound(const PgType& type, ImageReader& in) {
  const ByteView value = in.Raw(in.U32());
  if (in.failed()) return CorruptValue(type, in.why());
  const size_t at = out_.size();
  PULIH_TRY(Render(type.element, value));
  const std::string_view text = Tail(out_, at);
  if (text.empty() || HasSpaceOr(text, "\"\\()[],")) QuoteTail(at, "\"\\", 0, out_);
  return OkStatus();
}

Status ValueRenderer::RenderMultirange(const PgType& type, ByteView image) {
  ImageReader in(image);
  const uint32_t count = in.U32();
  out_.push_back('{');
  for (uint32_t i = 0; i < count && !in.failed(); ++i) {
    if (i != 0) out_.push_back(',');
    const ByteView range = in.Raw(in.U32());
    if (in.failed()) break;
    PULIH_TRY(Render(type.element, range));
  }
  out_.push_back('}');
  return in.Finish() ? OkStatus() : CorruptValue(type, in.why());
}

}  // namespace pulih
