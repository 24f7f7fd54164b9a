#include "formats/repo/table.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

TableDescriptor Paket() {
  TableDescriptor table;
  table.database = "epns";
  table.schema = "public";
  table.name = "paket";
  table.types = {{PgTypeKind::base, "pg_catalog", "numeric", pg_oid::kNumeric, 0, {}}, {PgTypeKind::domain, "public", "rupiah", 0, 0, {}}};
  table.columns = {{"pkt_id", 0, "numeric(19,0)", true, 0, false}, {"pkt_hps", 1, "rupiah", false, 0, false}};
  table.key = {0};
  table.foreign_keys = {{"paket_fk", {1}, "public", "harga", {"nilai"}}};
  return table;
}

TEST_CASE("descriptors are read in exactly one form") {
  const Bytes table = EncodeTableDescriptor(Paket());
  CHECK(DecodeTableDescriptor(table).value() == Paket());
  IsCanonical(table, ReencodeTable);
  ATrailingByteIsRefused(table, ReencodeTable);
  RandomValuesComeBack(200, TableSpecimen, ReencodeTable);
  RandomValuesComeBack(200, DatabaseSpecimen, ReencodeDatabase);
  RandomValuesComeBack(200, SequenceSpecimen, ReencodeSequence);
}

TEST_CASE("a type that refers to itself or forward is refused") {
  TableDescriptor table = Paket();
  table.types[1].element = 1;
  CHECK(DecodeTableDescriptor(EncodeTableDescriptor(table)).status().code() == Code::corrupt);
  table.types[1].element = 7;
  CHECK(DecodeTableDescriptor(EncodeTableDescriptor(table)).status().code() == Code::corrupt);
}

TEST_CASE("names of tables are written so that they can be read again") {
  for (const auto& [schema, name, root] : {std::tuple("public", "paket", "epns/public.paket"), std::tuple("Mixed", "a.b", "epns/\"Mixed\".\"a.b\""),
                                           std::tuple("public", "say \"hi\"/x", "epns/public.\"say \"\"hi\"\"/x\"")}) {
    TableDescriptor table = Paket();
    table.schema = schema;
    table.name = name;
    CHECK(TableRootName(table) == root);
    CHECK(ParseTableName(root).value() == TableName{"epns", schema, name});
  }
  CHECK(ParseTableName("paket").value() == TableName{std::nullopt, std::nullopt, "paket"});
  CHECK(ParseTableName("ekontrak.paket").value() == TableName{std::nullopt, "ekontrak", "paket"});
  CHECK(ParseTableName("epns/paket").value() == TableName{"epns", std::nullopt, "paket"});
  CHECK(ParseTableName("/t").value() == TableName{"", "", "t"});
  for (const char* wrong : {"", "a.", "a/", "\"open", "a.b.c", "a/b/c", "\"a\"b"}) CHECK(ParseTableName(wrong).status().code() == Code::invalid);
}

TEST_CASE("a table's keys stand together in the descriptor map") {
  CHECK(Compare(DatabaseKey(), DdlKey(DdlPart::before_data, 0)) < 0);
  CHECK(Compare(DdlKey(DdlPart::before_data, 255), DdlKey(DdlPart::before_data, 256)) < 0);
  CHECK(AsText(TableKey("public", "paket")).starts_with(AsText(TableKeyPrefix())));
  CHECK(DecodeRowCount(EncodeRowCount(77)).value() == 77);
}

TEST_CASE("a table that was not read has a key of its own, from which its name comes back") {
  const Bytes key = UnreadKey("public", "paket");
  CHECK(IsDescriptorKey(key));
  CHECK(AsText(key).starts_with(AsText(UnreadKeyPrefix())));
  CHECK(NameInDescriptorKey(key)->schema == "public");
  CHECK(NameInDescriptorKey(key)->name == "paket");
  CHECK(NameInDescriptorKey(TableKey("", "t"))->name == "t");
  CHECK_FALSE(NameInDescriptorKey(DatabaseKey()));
  for (size_t size = 0; size < key.size(); ++size) CHECK_FALSE(NameInDescriptorKey(ByteView(key).first(size)));
  Bytes longer = key;
  longer.push_back(0);
  CHECK_FALSE(NameInDescriptorKey(longer));
}

}  // namespace
}  // namespace pulih
