#include "engine/recover/checks.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "engine/recover/check_book.h"
#include "engine/tender/names.h"

namespace pulih {
namespace {

// The steps of a tender with qualification after the bids, as SPSE 3 names them: for cases without the table of steps.
constexpr std::string_view kSteps[] = {"Pengumuman Pascakualifikasi", "Download Dokumen Pengadaan", "Pemberian Penjelasan", "Upload Dokumen Penawaran", "Pembukaan Dokumen Penawaran",
                                       "Evaluasi penawaran", "Evaluasi Dokumen Kualifikasi", "Pembuktian Kualifikasi", "Upload Berita Acara Hasil Pelelangan", "Penetapan pemenang",
                                       "Pengumuman Pemenang", "Masa Sanggah Hasil Lelang", "Surat Penunjukan Penyedia Barang/Jasa", "Penandatanganan Kontrak"};

std::string Shown(const tender::TenderField& field) { return field.high.empty() ? field.value : field.value + " to " + field.high; }

}  // namespace

bool CheckBook::Count(CheckKind kind) {
  ++checks_.counts[static_cast<size_t>(kind)].broken;
  return ++checks_.count <= kMaxBroken;
}

void CheckBook::Break(CheckKind kind, const std::string& tender, std::vector<FusedPlace> places) {
  if (Count(kind)) lines_.push_back({{kind, tender, {}}, std::move(places)});
}

void CheckBook::BreakRows(CheckKind kind, const std::string& tender, std::vector<CheckSide> sides) {
  if (Count(kind)) lines_.push_back({{kind, tender, std::move(sides)}, {}});
}

Result<Checks> CheckBook::Close(LinkedStore& store, const ClaimSources& sources) {
  const SourceOf source_of = sources.source_of();
  for (Line& line : lines_) {
    for (const FusedPlace& place : line.places) {
      PULIH_TRY_ASSIGN(const std::vector<StoredTender> claims, store.Of(place.entity, place.key));
      if (claims.empty()) continue;
      const FusedThing thing = Fuse(place.key, claims, source_of);
      CheckSide side{std::string(tender::EntityName(place.entity)) + " " + place.key, std::string(tender::FieldName(place.field)), {}, {}, {}, 0, 0, 'B'};
      const FusedField* field = thing.Find(place.field);
      const StoredTender& claim = claims[field == nullptr ? 0 : field->claim];
      if (field != nullptr) side.value = Shown(claim.claim.fields[field->place]);
      side.publisher = WitnessOf(claim, source_of);
      side.path = claim.claim.path;
      side.evidence = claim.unit;
      side.offset = claim.claim.offset;
      side.grade = static_cast<char>(claim.claim.grade);
      line.broken.sides.push_back(std::move(side));
    }
    checks_.broken.push_back(std::move(line.broken));
  }
  std::stable_sort(checks_.broken.begin(), checks_.broken.end(), [](const BrokenCheck& a, const BrokenCheck& b) { return std::tie(a.kind, a.tender) < std::tie(b.kind, b.tender); });
  return std::move(checks_);
}

Result<CheckWords> ReadCheckWords(ShownRows& rows) {
  CheckWords words;
  PULIH_TRY(rows.Scan("tahap", [&](const ShownRow& row) {
    const std::string *id = row.Find("thp_id"), *name = row.Find("thp_nama"), *kind = row.Find("akt_jenis"), *order = row.Find("akt_urut");
    int number = 0;
    if (name != nullptr && order != nullptr && std::from_chars(order->data(), order->data() + order->size(), number).ec == std::errc()) words.step_order[tender::Fold(*name)] = number;
    if (id != nullptr && kind != nullptr && *kind == "PEMASUKAN_PENAWARAN") words.upload_step = *id;
    return OkStatus();
  }));
  if (words.step_order.empty())
    for (size_t i = 0; i < std::size(kSteps); ++i) words.step_order[tender::Fold(kSteps[i])] = static_cast<int>(i + 1);
  PULIH_TRY(rows.Scan("configuration", [&](const ShownRow& row) {
    const std::string *name = row.Find("cfg_sub_category"), *value = row.Find("cfg_value");
    if (name != nullptr && value != nullptr && *name == "ppe.id" && value->size() <= 3 && value->find_first_not_of("0123456789") == value->npos) words.own_number = *value;
    return OkStatus();
  }));
  return words;
}

Result<Checks> CheckRecords(Case& of, ProgressListener& progress) {
  EvidenceRegister evidence(of.kv());
  PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(evidence));
  PULIH_TRY_ASSIGN(std::optional<Schema> schema, ClaimStore(of.kv()).ReadSchema());
  ShownRows rows(of.kv(), sources, schema ? std::move(*schema) : Schema(), "checking", progress);
  PULIH_TRY_ASSIGN(const CheckWords words, ReadCheckWords(rows));
  CheckBook book;
  PULIH_TRY_ASSIGN(LinkedStore store, LinkedStore::Open(of, sources));
  PULIH_TRY(CheckTenders(store, sources, words, book, progress));
  PULIH_TRY(CheckRows(rows, words, book));
  return book.Close(store, sources);
}

}  // namespace pulih
