// The work of AppendValueText: one renderer for one value, with what it contains. Types lead only to types before them,
// but a hostile list can still be deep, and each level of arrays and rows may double the quotes below it: so depth and
// output have limits. Private to formats/postgres.
#pragma once

#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "formats/postgres/image_reader.h"
#include "formats/postgres/type.h"

namespace pulih {

class ValueRenderer {
 public:
  ValueRenderer(const TypeList& types, size_t image_size, std::string& out)
      : types_(types), out_(out), end_(out.size() + kFreeText + kTextPerByte * image_size) {}

  // Appends; on a failure what stands behind the caller's text is undefined.
  Status Render(TypeIndex type, ByteView image);

  // False once a value was met whose text only the database, or an extension, can give.
  bool is_exact() const { return is_exact_; }

 private:
  // An honest value stays far below: the most that PostgreSQL's own types take is 15 bytes of text for one.
  static constexpr size_t kFreeText = size_t{16} << 20;
  static constexpr size_t kTextPerByte = 64;
  static constexpr unsigned kMaxDepth = 32;

  Status RenderBase(const PgType& type, ByteView image);
  Status RenderByKind(TypeIndex at, ByteView image);
  // container_text.cc
  Status RenderArray(const PgType& type, ByteView image);
  Status RenderElements(const PgType& type, ImageReader& in, const std::vector<uint32_t>& sizes);
  Status RenderElement(const PgType& type, ImageReader& in, char delimiter);
  Status RenderComposite(const PgType& type, ByteView image);
  Status RenderRange(const PgType& type, ByteView image);
  Status RenderBound(const PgType& type, ImageReader& in);
  Status RenderMultirange(const PgType& type, ByteView image);

  const TypeList& types_;
  std::string& out_;
  const size_t end_;  // out_ must not grow beyond
  unsigned depth_ = 0;
  bool is_exact_ = true;
};

// "render value: type int4: why".
Status CorruptValue(const PgType& type, std::string_view why);

// The type below domains; `corrupt` where the list does not lead to one.
Result<TypeIndex> BelowDomains(const TypeList& types, TypeIndex type);

}  // namespace pulih
