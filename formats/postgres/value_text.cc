#include "formats/postgres/value_text.h"

#include "formats/postgres/base_text.h"
#include "formats/postgres/value_renderer.h"

namespace pulih {

namespace {

// Of the types that only tables of special kinds have, and so have no name in pg_oid.
constexpr uint32_t kPgNodeTree = 194, kTxidSnapshot = 2970, kPgSnapshot = 5038;
constexpr uint32_t kRegprocedure = 2202, kRegoper = 2203, kRegoperator = 2204, kRegclass = 2205, kRegtype = 2206,
                   kRegconfig = 3734, kRegdictionary = 3769, kRegnamespace = 4089, kRegrole = 4096,
                   kRegcollation = 4191;

bool IsNamedOid(uint32_t oid) {
  switch (oid) {
    case pg_oid::kRegproc:
    case kRegprocedure:
    case kRegoper:
    case kRegoperator:
    case kRegclass:
    case kRegtype:
    case kRegconfig:
    case kRegdictionary:
    case kRegnamespace:
    case kRegrole:
    case kRegcollation: return true;
    default: return false;
  }
}

// The number, which regclass and its kin take as well; their names are the catalog's.
void NamedOidText(ImageReader& in, std::string& out) {
  if (const uint32_t oid = in.U32(); oid != 0) {
    AppendInteger(oid, out);
  } else {
    out.push_back('-');
  }
}

// nullptr for a type whose images are not known.
BaseText TextOf(uint32_t oid) {
  switch (oid) {
    case pg_oid::kBool: return BoolText;
    case pg_oid::kInt2: return Int2Text;
    case pg_oid::kInt4: return Int4Text;
    case pg_oid::kInt8: return Int8Text;
    case pg_oid::kOid:
    case pg_oid::kXid:
    case pg_oid::kCid: return Unsigned4Text;
    case pg_oid::kXid8: return Unsigned8Text;
    case pg_oid::kFloat4: return Float4Text;
    case pg_oid::kFloat8: return Float8Text;
    case pg_oid::kNumeric: return NumericText;
    case pg_oid::kMoney: return MoneyText;
    case pg_oid::kText:
    case pg_oid::kVarchar:
    case pg_oid::kBpchar:
    case pg_oid::kName:
    case pg_oid::kUnknown:
    case pg_oid::kRefcursor:
    case pg_oid::kXml:
    case pg_oid::kJson:
    case kPgNodeTree: return PlainText;
    case pg_oid::kJsonb:
    case pg_oid::kJsonpath: return VersionedText;
    case pg_oid::kChar: return CharText;
    case pg_oid::kBytea: return ByteaText;
    case pg_oid::kUuid: return UuidText;
    case pg_oid::kBit:
    case pg_oid::kVarbit: return BitText;
    case pg_oid::kPgLsn: return LsnText;
    case pg_oid::kTid: return TidText;
    case kPgSnapshot:
    case kTxidSnapshot: return SnapshotText;
    case pg_oid::kInt2Vector: return Int2VectorText;
    case pg_oid::kOidVector: return OidVectorText;
    case pg_oid::kDate: return DateText;
    case pg_oid::kTime: return TimeOfDayText;
    case pg_oid::kTimetz: return TimetzText;
    case pg_oid::kTimestamp: return TimestampText;
    case pg_oid::kTimestamptz: return TimestamptzText;
    case pg_oid::kInterval: return IntervalText;
    case pg_oid::kInet: return InetText;
    case pg_oid::kCidr: return CidrText;
    case pg_oid::kMacaddr: return MacaddrText;
    case pg_oid::kMacaddr8: return Macaddr8Text;
    case pg_oid::kPoint: return PointText;
    case pg_oid::kLseg: return LsegText;
    case pg_oid::kBox: return BoxText;
    case pg_oid::kPath: return PathText;
    case pg_oid::kPolygon: return PolygonText;
    case pg_oid::kLine: return LineText;
    case pg_oid::kCircle: return CircleText;
    case pg_oid::kTsvector: return TsvectorText;
    case pg_oid::kTsquery: return TsqueryText;
    default: return IsNamedOid(oid) ? NamedOidText : nullptr;
  }
}

}  // namespace

Status CorruptValue(const PgType& type, std::string_view why) {
  return Status(Code::corrupt, "render value: type " + type.name + ": " + std::string(why));
}

Result<TypeIndex> BelowDomains(const TypeList& types, TypeIndex type) {
  for (;;) {
    if (type >= types.size()) return Status(Code::corrupt, "look at value: its type is not in the list of types");
    if (types[type].kind != PgTypeKind::domain) return type;
    if (types[type].element >= type)
      return Status(Code::corrupt, "look at value: type " + types[type].name + " is over a later one");
    type = types[type].element;
  }
}

Status ValueRenderer::Render(TypeIndex type, ByteView image) {
  PULIH_TRY_ASSIGN(const TypeIndex at, BelowDomains(types_, type));
  if (depth_ == kMaxDepth) return CorruptValue(types_[at], "nests too deep");
  ++depth_;
  PULIH_TRY(RenderByKind(at, image));
  --depth_;
  if (out_.size() > end_)
    return Status(Code::too_large, "render value: type " + types_[at].name + ": its text is out of all proportion");
  return OkStatus();
}

Status ValueRenderer::RenderByKind(TypeIndex at, ByteView image) {
  const PgType& type = types_[at];
  const bool has_element =
      type.kind == PgTypeKind::array || type.kind == PgTypeKind::range || type.kind == PgTypeKind::multirange;
  if (has_element && type.element >= at) return CorruptValue(type, "is made of a later type");
  for (const PgTypeField& field : type.fields) {
    if (field.type >= at) return CorruptValue(type, "has a field of a later type");
  }
  switch (type.kind) {
    case PgTypeKind::base: return RenderBase(type, image);
    case PgTypeKind::array: return RenderArray(type, image);
    case PgTypeKind::composite: return RenderComposite(type, image);
    case PgTypeKind::range: return RenderRange(type, image);
    case PgTypeKind::multirange: return RenderMultirange(type, image);
    case PgTypeKind::enumeration: {
      ImageReader in(image);
      PlainText(in, out_);
      return in.Finish() ? OkStatus() : CorruptValue(type, in.why());
    }
    case PgTypeKind::domain: break;  // BelowDomains has left them behind
  }
  return CorruptValue(type, "is of an unknown kind");
}

Status ValueRenderer::RenderBase(const PgType& type, ByteView image) {
  ImageReader in(image);
  const BaseText text = TextOf(type.oid);
  if (text == nullptr) {
    is_exact_ = false;
    ByteaText(in, out_);
    return OkStatus();
  }
  const size_t at = out_.size();
  text(in, out_);
  if (!in.Finish()) return CorruptValue(type, in.why());
  if (IsNamedOid(type.oid) && out_.compare(at, std::string::npos, "-") != 0) is_exact_ = false;
  return OkStatus();
}

Status AppendValueText(const TypeList& types, TypeIndex type, ByteView image, std::string& out, bool* is_exact) {
  const size_t before = out.size();
  ValueRenderer renderer(types, image.size(), out);
  Status status = renderer.Render(type, image);
  if (!status.ok()) out.resize(before);
  if (is_exact != nullptr) *is_exact = status.ok() && renderer.is_exact();
  return status;
}

Result<std::string> ValueText(const TypeList& types, TypeIndex type, ByteView image) {
  std::string text;
  PULIH_TRY(AppendValueText(types, type, image, text));
  return text;
}

}  // namespace pulih
