#include "engine/recover/export_year.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/crypto/sha256.h"
#include "engine/os/atomic_file.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/evidence.h"
#include "engine/recover/table_output.h"
#include "engine/recover/year_survey.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;

// One thing of a tender: what is known of a step, a bidder or the contract.
using Texts = std::map<Field, std::string>;

struct RebuiltTender {
  Texts fields, contract;
  std::map<std::string, Texts> steps, bidders;  // by what stands behind the tender's number in their keys
};

std::string Of(const Texts& texts, Field field) {
  const auto at = texts.find(field);
  return at == texts.end() ? std::string() : at->second;
}

class YearMaker {
 public:
  Status Take(const RebuiltValue& told) {
    if (told.field.status == FieldStatus::disputed) {
      ++report_.disputed;
      return OkStatus();
    }
    const tender::TenderField& value = told.value();
    if (value.value.empty() || value.precision == tender::Precision::interval) return OkStatus();
    const std::string& key = told.thing.key;
    if (Texts* texts = TextsOf(told.thing.entity, key)) (*texts)[told.field.field] = value.value;
    return OkStatus();
  }

  Result<YearExportReport> Write(TableOutput& file, const std::string& uri, const ocds::ReleaseOptions& options) {
    std::string body, newest;
    for (const auto& [code, known] : tenders_) {
      const ocds::Tender tender = TenderOf(code, known);
      if (tender.created.empty() && tender.changed.empty()) {
        ++report_.undated;
        continue;
      }
      PULIH_TRY_ASSIGN(const Json release, ocds::ReleaseOf(tender, options));
      if (const Json* date = release.Find("date"); date != nullptr && date->string() != nullptr) newest = std::max(newest, *date->string());
      body += report_.releases++ == 0 ? "\n" : ",\n";
      WriteJson(release, body);
    }
    PULIH_TRY(file.Text(ocds::PackageHead(uri, "Rebuilt from what was left of it", newest)));
    PULIH_TRY(file.Text(body));
    PULIH_TRY(file.Text(std::string(report_.releases == 0 ? "" : "\n") + ocds::kPackageTail));
    return report_;
  }

 private:
  // Where a thing's texts go; nullptr for what no release holds.
  Texts* TextsOf(Entity entity, const std::string& key) {
    const size_t slash = key.find('/');
    RebuiltTender& tender = entity == Entity::vendor || entity == Entity::unit ? none_ : tenders_[key.substr(0, slash)];
    const std::string behind = slash == std::string::npos ? std::string() : key.substr(slash + 1);
    switch (entity) {
      case Entity::tender: return &tender.fields;
      case Entity::step: return &tender.steps[behind];
      case Entity::bid: return &tender.bidders[behind];
      case Entity::contract: return &tender.contract;
      case Entity::vendor: return &vendors_[key];
      case Entity::unit: break;
    }
    return nullptr;
  }

  ocds::Tender TenderOf(const std::string& code, const RebuiltTender& known) const {
    ocds::Tender tender;
    tender.code = code;
    tender.package = Of(known.fields, Field::package);
    tender.title = Of(known.fields, Field::name);
    tender.failure = Of(known.fields, Field::close_reason);
    if (tender.failure.empty()) tender.failure = Of(known.fields, Field::repeat_reason);
    tender.method_name = Of(known.fields, Field::method);
    tender.budget = Of(known.fields, Field::budget);
    tender.estimate = Of(known.fields, Field::estimate);
    tender.plan = Of(known.fields, Field::plan);
    tender.unit_id = Of(known.fields, Field::unit_id);
    tender.unit_name = Of(known.fields, Field::unit_name);
    for (const Field field : {Field::created, Field::announced, Field::approved})
      if (tender.created.empty()) tender.created = Of(known.fields, field);
    for (const auto& [name, step] : known.steps) {
      tender.steps.push_back({name, Of(step, Field::step_name), {}, Of(step, Field::start), Of(step, Field::end)});
    }
    // Without another date the schedule's beginning is when it was known.
    if (tender.created.empty())
      for (const ocds::TenderStep& step : tender.steps)
        if (!step.start.empty() && (tender.created.empty() || step.start < tender.created)) tender.created = step.start;
    for (const auto& [key, bid] : known.bidders) tender.bidders.push_back(BidderOf(key, bid));
    if (!known.contract.empty())
      tender.contracts.push_back({code, Of(known.contract, Field::contract_number), WinnerOf(tender), Of(known.contract, Field::contract_value), Of(known.contract, Field::contract_date),
                                  Of(known.contract, Field::contract_start), Of(known.contract, Field::contract_end)});
    return tender;
  }

  ocds::TenderBidder BidderOf(const std::string& key, const Texts& bid) const {
    ocds::TenderBidder bidder;
    bidder.id = Of(bid, Field::bid_id);
    bidder.vendor_id = key;
    bidder.vendor_name = Of(bid, Field::vendor_name);
    bidder.vendor_npwp = Of(bid, Field::npwp);
    if (const auto vendor = vendors_.find(key); vendor != vendors_.end()) {
      if (bidder.vendor_name.empty()) bidder.vendor_name = Of(vendor->second, Field::vendor_name);
      if (bidder.vendor_npwp.empty()) bidder.vendor_npwp = Of(vendor->second, Field::npwp);
      bidder.vendor_address = Of(vendor->second, Field::address);
    }
    bidder.registered = Of(bid, Field::registered);
    bidder.price = Of(bid, Field::price);
    bidder.corrected_price = Of(bid, Field::corrected_price);
    bidder.is_winner = Of(bid, Field::is_winner) == "1";
    return bidder;
  }

  // The contract is with the winner where there is one, and only one.
  static std::string WinnerOf(const ocds::Tender& tender) {
    std::string winner;
    for (const ocds::TenderBidder& bidder : tender.bidders) {
      if (!bidder.is_winner) continue;
      if (!winner.empty()) return {};
      winner = bidder.vendor_id;
    }
    return winner;
  }

  std::map<std::string, RebuiltTender> tenders_;
  std::map<std::string, Texts> vendors_;
  RebuiltTender none_;
  YearExportReport report_;
};

// Of the evidence, whatever the order in which it came.
Result<std::string> UriOf(Case& of) {
  EvidenceRegister registered(of.kv());
  PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(registered));
  std::set<std::string> ids;
  for (const auto& [number, evidence] : sources.all()) ids.insert(evidence.id.hex());
  std::string all;
  for (const std::string& id : ids) all += id;
  return "urn:pulih:evidence:" + Sha256Of(AsBytes(all)).hex();
}

}  // namespace

Result<YearExportReport> ExportYear(Case& of, const std::string& directory, const ocds::ReleaseOptions& options, ProgressListener& progress) {
  FileSystem& files = of.environment().files;
  PULIH_TRY(MakeEmptyDirectory(files, directory, "export"));
  YearMaker maker;
  SurveyOptions survey;
  survey.each_value = [&maker](const RebuiltValue& value) { return maker.Take(value); };
  PULIH_TRY(SurveyYear(of, survey, progress).status());
  PULIH_TRY_ASSIGN(const std::string uri, UriOf(of));
  TableOutput file(files, directory, "releases.json");
  PULIH_TRY_ASSIGN(const YearExportReport report, maker.Write(file, uri, options));
  PULIH_TRY(file.Publish());
  PULIH_TRY(files.SyncDirectory(directory));
  return report;
}

}  // namespace pulih
