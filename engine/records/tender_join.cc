#include "engine/records/tender_join.h"

#include <algorithm>

#include "formats/repo/row.h"

namespace pulih {
namespace {

// What a row in the sorter is. Its key ends in this byte: a tender stands before the rows that belong to it.
enum Kind : uint8_t { kTender, kStep, kBidder, kContract, kAward, kUnreadable };

// A row that cannot be read, and one that is absurd, are damage; all else stops the export.
bool IsDamage(const Status& status) { return status.code() == Code::corrupt || status.code() == Code::too_large; }

// The texts of a row, packed as the row codec packs images.
Bytes Pack(const SpseTexts& texts) {
  RowColumns columns;
  for (const std::string& text : texts) columns.emplace_back(AsBytes(text));
  Bytes packed;
  EncodeRow(columns, packed);
  return packed;
}

Result<SpseTexts> Unpack(ByteView packed) {
  PULIH_TRY_ASSIGN(const DecodedRow row, DecodeRow(packed));
  SpseTexts texts;
  for (const RowColumn& column : row.columns) {
    const ByteView* text = std::get_if<ByteView>(&column);
    texts.emplace_back(text == nullptr ? std::string_view() : AsText(*text));
  }
  return texts;
}

// Sorts the rows of one table by the tender that they belong to.
class RowCollector {
 public:
  RowCollector(const SpseTable& tenders, const SpseTable& table, Kind kind, RowSorter& sorter, std::vector<std::string>& damaged)
      : tenders_(tenders), table_(table), kind_(kind), sorter_(sorter), damaged_(damaged) {}

  Status Collect(ProgressListener& progress) {
    constexpr uint64_t kRowsPerReport = 4096;
    Status failure;
    uint64_t rows = 0;
    PULIH_TRY(table_.reader().Scan(
        {},
        [&](const StoredRow& row) {
          failure = Add(row);
          if (failure.ok() && ++rows % kRowsPerReport == 0) {
            progress.Report({.phase = "reading tenders", .current = table_.name()});
            if (progress.ShouldStop()) failure = Status(Code::interrupted, "exporting: asked to stop");
          }
          return failure.ok();
        },
        [&](const MapGap& gap) {
          damaged_.push_back(table_.name() + ": a part of the table cannot be read, and " + (kind_ == kTender ? "its tenders are" : "tenders may be") +
                             " without it: " + gap.why.message());
        }));
    PULIH_TRY(std::move(failure));
    if (strays_ > 0) damaged_.push_back(table_.name() + ": " + std::to_string(strays_) + " rows do not say which tender they belong to");
    return OkStatus();
  }

 private:
  Status Add(const StoredRow& row) {
    auto code = table_.Text(row, kCodePlace);
    if (!code.ok()) {
      if (!IsDamage(code.status())) return code.status();
      damaged_.push_back(table_.name() + " " + table_.reader().KeyText(row) + ": " + code.status().message());
      return OkStatus();
    }
    // By the type of lelang_seleksi: 1127 and 1127.0 are one tender.
    auto key = tenders_.OrderedKey(*code, kCodePlace);
    if (!key.ok()) {
      if (key.status().code() != Code::invalid) return key.status();
      ++strays_;
      return OkStatus();
    }
    auto texts = table_.Texts(row);
    if (!texts.ok() && !IsDamage(texts.status())) return texts.status();
    key->push_back(texts.ok() ? kind_ : kUnreadable);
    if (texts.ok()) return sorter_.Add(*key, Pack(*texts));
    return sorter_.Add(*key, Pack({*code, table_.name() + " " + table_.reader().KeyText(row) + ": " + texts.status().message()}));
  }

  const SpseTable& tenders_;
  const SpseTable& table_;
  const Kind kind_;
  RowSorter& sorter_;
  std::vector<std::string>& damaged_;
  uint64_t strays_ = 0;
};

bool FitsPattern(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (pattern[i] == '0' ? !is_digit : text[i] != pattern[i]) return false;
  }
  return true;
}

// A time as OCDS can have it; empty for others (infinity, years before Christ).
std::string LocalTime(const std::string& text) {
  constexpr std::string_view kDate = "0000-00-00", kTime = "0000-00-00 00:00:00";
  if (FitsPattern(text, kDate)) return text;
  const std::string_view whole = std::string_view(text).substr(0, kTime.size());
  if (!FitsPattern(whole, kTime)) return {};
  const std::string_view fraction = std::string_view(text).substr(kTime.size());
  if (fraction.empty()) return text;
  const bool is_fraction = fraction[0] == '.' && fraction.size() > 1 && fraction.find_first_not_of("0123456789", 1) == std::string_view::npos;
  return is_fraction ? text : std::string();
}

bool IsSet(const std::string& flag) { return flag == "1" || flag == "t" || flag == "true"; }

}  // namespace

Status CollectTenderRows(const SpseDatabase& database, RowSorter& sorter, std::vector<std::string>& damaged, ProgressListener& progress) {
  constexpr std::pair<SpseTableId, Kind> kTables[] = {{SpseTableId::tender, kTender}, {SpseTableId::schedule, kStep}, {SpseTableId::bidder, kBidder},
                                                      {SpseTableId::contract, kContract}, {SpseTableId::award, kAward}};
  for (const auto& [id, kind] : kTables) {
    PULIH_TRY(RowCollector(database.table(SpseTableId::tender), database.table(id), kind, sorter, damaged).Collect(progress));
  }
  return OkStatus();
}

TenderJoin::TenderJoin(const SpseDatabase& database, std::vector<std::string>& damaged, std::function<Status(const ocds::Tender&)> each)
    : name_(database.table(SpseTableId::tender).name()),
      damaged_(damaged),
      each_(std::move(each)),
      packages_(database.table(SpseTableId::package)),
      units_(database.table(SpseTableId::unit)),
      methods_(database.table(SpseTableId::method)),
      steps_(database.table(SpseTableId::step)),
      vendors_(database.table(SpseTableId::vendor)) {}

Status TenderJoin::Take(ByteView key, ByteView value) {
  PULIH_TRY_ASSIGN(SpseTexts texts, Unpack(value));
  const ByteView tender_key = key.first(key.size() - 1);
  if (rows_ == 0 || Compare(tender_key, key_) != 0) {
    PULIH_TRY(EndTender());
    key_ = ToBytes(tender_key);
    code_ = texts[kCodePlace];
  }
  ++rows_;
  if (!failure_.ok()) return OkStatus();
  Status added = Add(key.back(), texts);
  if (added.ok() || !IsDamage(added)) return added;
  failure_ = std::move(added);
  tender_ = {};
  return OkStatus();
}

Status TenderJoin::Add(uint8_t kind, SpseTexts& texts) {
  for (const std::string& text : texts) bytes_ += text.size();
  if (rows_ > kMaxTenderRows || bytes_ > kMaxTenderText) {
    return Status(Code::too_large, "it has more than " + std::to_string(kMaxTenderRows) + " rows, or more than " + std::to_string(kMaxTenderText) + " bytes");
  }
  switch (kind) {
    case kTender: return AddTender(texts);
    case kStep: return AddStep(texts);
    case kBidder: return AddBidder(texts);
    case kContract: return AddContract(texts);
    case kAward: AddAward(texts); return OkStatus();
    default: return Status(Code::corrupt, texts.back());
  }
}

Status TenderJoin::AddTender(SpseTexts& texts) {
  namespace at = spse::tender;
  if (has_tender_) return Status(Code::corrupt, "several rows have this lls_id");
  has_tender_ = true;
  tender_.code = texts[at::code];
  tender_.package = texts[at::package];
  tender_.status = texts[at::status];
  tender_.failure = std::move(texts[at::closed_for].empty() ? texts[at::repeated_for] : texts[at::closed_for]);
  tender_.created = LocalTime(texts[at::created]);
  NoteChange(texts[at::changed]);
  tender_.method = texts[at::method];
  PULIH_TRY_ASSIGN(const SpseTexts* const method, methods_.Find(tender_.method));
  if (method != nullptr) tender_.method_name = (*method)[spse::method::name];
  return AddPackage(tender_.package);
}

Status TenderJoin::AddPackage(const std::string& id) {
  namespace at = spse::package;
  PULIH_TRY_ASSIGN(const SpseTexts* const package, packages_.Find(id));
  if (package == nullptr) return Status(Code::corrupt, "its package " + id + " is not there");
  tender_.title = (*package)[at::title];
  tender_.budget = (*package)[at::budget];
  tender_.estimate = (*package)[at::estimate];
  tender_.category = (*package)[at::category];
  tender_.plan = (*package)[at::plan];
  tender_.unit_id = (*package)[at::unit];
  NoteChange((*package)[at::changed]);
  PULIH_TRY_ASSIGN(const SpseTexts* const unit, units_.Find(tender_.unit_id));
  if (unit != nullptr) tender_.unit_name = (*unit)[spse::unit::name];
  return OkStatus();
}

Status TenderJoin::AddStep(SpseTexts& texts) {
  namespace at = spse::schedule;
  ocds::TenderStep step;
  step.id = std::move(texts[at::id]);
  step.start = LocalTime(texts[at::start]);
  step.end = LocalTime(texts[at::end]);
  NoteChange(texts[at::changed]);
  PULIH_TRY_ASSIGN(const SpseTexts* const kind, steps_.Find(texts[at::step]));
  if (kind != nullptr) {
    step.name = (*kind)[spse::step::name];
    step.activity = (*kind)[spse::step::activity];
    bytes_ += step.name.size() + step.activity.size();
  }
  tender_.steps.push_back(std::move(step));
  return OkStatus();
}

Status TenderJoin::AddBidder(SpseTexts& texts) {
  namespace at = spse::bidder;
  ocds::TenderBidder bidder;
  bidder.id = std::move(texts[at::id]);
  bidder.vendor_id = std::move(texts[at::vendor]);
  bidder.registered = LocalTime(texts[at::registered]);
  bidder.price = std::move(texts[at::price]);
  bidder.corrected_price = std::move(texts[at::corrected_price]);
  bidder.is_winner = IsSet(texts[at::is_winner]);
  NoteChange(texts[at::changed]);
  PULIH_TRY_ASSIGN(const SpseTexts* const vendor, vendors_.Find(bidder.vendor_id));
  if (vendor != nullptr) {
    bidder.vendor_name = (*vendor)[spse::vendor::name];
    bidder.vendor_npwp = (*vendor)[spse::vendor::npwp];
    bidder.vendor_address = (*vendor)[spse::vendor::address];
    bytes_ += bidder.vendor_name.size() + bidder.vendor_npwp.size() + bidder.vendor_address.size();
  }
  tender_.bidders.push_back(std::move(bidder));
  return OkStatus();
}

Status TenderJoin::AddContract(SpseTexts& texts) {
  namespace at = spse::contract;
  NoteChange(texts[at::changed]);
  tender_.contracts.push_back({std::move(texts[at::id]), std::move(texts[at::number]), std::move(texts[at::vendor]), std::move(texts[at::value]),
                               LocalTime(texts[at::date]), LocalTime(texts[at::start]), LocalTime(texts[at::end])});
  return OkStatus();
}

// Of several letters the last one stands.
void TenderJoin::AddAward(const SpseTexts& texts) {
  tender_.award_date = std::max(tender_.award_date, LocalTime(texts[spse::award::date]));
  NoteChange(texts[spse::award::changed]);
}

// Times of this form are in order as text.
void TenderJoin::NoteChange(const std::string& time) { tender_.changed = std::max(tender_.changed, LocalTime(time)); }

Status TenderJoin::EndTender() {
  if (rows_ == 0) return OkStatus();
  Status given;
  if (!failure_.ok()) {
    damaged_.push_back(name_ + " " + code_ + ": left out: " + failure_.message());
  } else if (has_tender_) {
    given = each_(tender_);
    if (given.code() == Code::invalid) {  // no release can be made of it
      damaged_.push_back(name_ + " " + code_ + ": left out: " + given.message());
      given = OkStatus();
    }
  } else {
    strays_ += rows_;
  }
  tender_ = {};
  has_tender_ = false;
  failure_ = OkStatus();
  rows_ = bytes_ = 0;
  return given;
}

Status TenderJoin::Finish() {
  PULIH_TRY(EndTender());
  if (strays_ > 0) damaged_.push_back(name_ + ": " + std::to_string(strays_) + " rows of other tables belong to tenders that are not there");
  return OkStatus();
}

}  // namespace pulih
