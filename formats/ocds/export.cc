#include "formats/ocds/export.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pulih::ocds {
namespace {

constexpr const char* kCurrency = "IDR";
constexpr size_t kMaxDigits = 200;

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// An amount that says something: plain digits with or without decimals, not all of them 0.
bool IsAmount(std::string_view text) {
  if (text.size() > kMaxDigits || text.find_first_of("123456789") == std::string_view::npos) return false;
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!AllDigits(whole) || (whole.size() > 1 && whole.front() == '0')) return false;
  return point == std::string_view::npos || AllDigits(text.substr(point + 1));
}

// Adds members that have something to say.
class Members {
 public:
  Members& Text(const char* key, const std::string& text) {
    if (!text.empty()) object_.push_back({key, Json(text)});
    return *this;
  }
  Members& Amount(const char* key, const std::string& digits) {
    if (IsAmount(digits)) Add(key, Json(Json::Object{{"amount", Json(JsonNumber{digits})}, {"currency", Json(kCurrency)}}));
    return *this;
  }
  Members& Add(const char* key, Json value) {
    object_.push_back({key, std::move(value)});
    return *this;
  }
  Members& Object(const char* key, Members members) {
    if (!members.object_.empty()) Add(key, members.Take());
    return *this;
  }
  Members& List(const char* key, Json::Array items) {
    if (!items.empty()) Add(key, Json(std::move(items)));
    return *this;
  }
  Json Take() { return Json(std::move(object_)); }

 private:
  Json::Object object_;
};

class ReleaseWriter {
 public:
  ReleaseWriter(const Tender& tender, const ReleaseOptions& options) : tender_(tender), options_(options) {}

  Json Write(const std::string& date) const {
    const std::string ocid = options_.ocid_prefix + tender_.code;
    return Members().Text("ocid", ocid).Text("id", ocid + "-" + date).Text("date", date).List("tag", Tags()).Text("initiationType", "tender")
        .Text("language", "id").List("parties", Parties()).Object("buyer", Unit()).Object("planning", Planning()).Object("tender", TenderPart())
        .Object("bids", Bids()).List("awards", Awards()).List("contracts", Contracts()).Take();
  }

  // "2014-05-01 10:00:00" becomes "2014-05-01T10:00:00+07:00"; a date alone, its midnight.
  std::string Time(const std::string& local) const {
    if (local.size() < 10) return {};
    if (local.size() == 10) return local + "T00:00:00" + options_.utc_offset;
    return local.substr(0, 10) + "T" + local.substr(11) + options_.utc_offset;
  }

 private:
  Json::Array Tags() const {
    Json::Array tags{Json("tender")};
    if (!Awards().empty()) tags.push_back(Json("award"));
    if (!tender_.contracts.empty()) tags.push_back(Json("contract"));
    return tags;
  }

  std::string UnitId() const { return tender_.unit_id.empty() ? std::string() : "satker-" + tender_.unit_id; }
  static std::string VendorId(const std::string& id) { return id.empty() ? std::string() : "rekanan-" + id; }
  Members Unit() const { return Members().Text("id", UnitId()).Text("name", tender_.unit_name); }
  static Members Vendor(const TenderBidder& bidder) { return Members().Text("id", VendorId(bidder.vendor_id)).Text("name", bidder.vendor_name); }

  const TenderBidder* BidderOf(const std::string& vendor_id) const {
    const auto found = std::find_if(tender_.bidders.begin(), tender_.bidders.end(), [&](const TenderBidder& b) { return b.vendor_id == vendor_id; });
    return found == tender_.bidders.end() ? nullptr : &*found;
  }

  Json::Array Parties() const {
    Json::Array parties;
    if (!tender_.unit_id.empty()) parties.push_back(Unit().List("roles", {Json("buyer"), Json("procuringEntity")}).Take());
    for (const TenderBidder& bidder : tender_.bidders) {
      Json::Array roles{Json("tenderer")};
      if (bidder.is_winner) roles.push_back(Json("supplier"));
      Members identifier;
      if (!bidder.vendor_npwp.empty()) identifier.Text("scheme", "ID-NPWP").Text("id", bidder.vendor_npwp).Text("legalName", bidder.vendor_name);
      parties.push_back(Vendor(bidder).Object("identifier", std::move(identifier))
                            .Object("address", Members().Text("streetAddress", bidder.vendor_address)).List("roles", std::move(roles)).Take());
    }
    return parties;
  }

  Members Planning() const {
    return Members().Object("budget", Members().Amount("amount", tender_.budget).Text("projectID", tender_.plan));
  }

  std::string StatusWord() const {
    if (tender_.status == "0") return "planning";
    if (tender_.status == "1") return "active";
    if (tender_.status != "2") return {};
    return tender_.failure.empty() ? "complete" : "unsuccessful";
  }
  // metode_pemilihan: direct procurement and appointment ask one vendor, a choice among those known asks some.
  std::string Method() const {
    if (tender_.method.empty()) return {};
    if (tender_.method == "8" || tender_.method == "12") return "direct";
    return tender_.method == "2" ? "selective" : "open";
  }
  std::string Category() const {
    if (tender_.category == "0") return "goods";
    if (tender_.category == "2") return "works";
    return tender_.category.empty() ? std::string() : "services";
  }

  Members Period(std::string_view activity) const {
    for (const TenderStep& step : tender_.steps) {
      if (step.activity == activity) return Members().Text("startDate", Time(step.start)).Text("endDate", Time(step.end));
    }
    return {};
  }

  Members TenderPart() const {
    Json::Array tenderers, milestones;
    for (const TenderBidder& bidder : tender_.bidders) tenderers.push_back(Vendor(bidder).Take());
    for (const TenderStep& step : tender_.steps) {
      milestones.push_back(Members().Text("id", step.id).Text("title", step.name).Text("code", step.activity).Text("dueDate", Time(step.end)).Take());
    }
    Members part;
    part.Text("id", tender_.code).Text("title", tender_.title).Text("description", tender_.failure).Text("status", StatusWord())
        .Object("procuringEntity", Unit()).Amount("value", tender_.estimate).Text("procurementMethod", Method())
        .Text("procurementMethodDetails", tender_.method_name).Text("mainProcurementCategory", Category())
        .Object("tenderPeriod", Period("PEMASUKAN_PENAWARAN")).Object("enquiryPeriod", Period("PENJELASAN"))
        .Object("awardPeriod", Period("PENETAPAN_PEMENANG_AKHIR"));
    if (!tenderers.empty()) part.Add("numberOfTenderers", Json(JsonNumber{std::to_string(tenderers.size())}));
    part.List("tenderers", std::move(tenderers)).List("milestones", std::move(milestones));
    return part;
  }

  static const std::string& Price(const TenderBidder& bidder) { return IsAmount(bidder.corrected_price) ? bidder.corrected_price : bidder.price; }

  // The bids extension of OCDS: who only registered made none.
  Members Bids() const {
    Json::Array details;
    for (const TenderBidder& bidder : tender_.bidders) {
      if (!IsAmount(Price(bidder))) continue;
      details.push_back(Members().Text("id", bidder.id).Text("date", Time(bidder.registered)).List("tenderers", {Vendor(bidder).Take()})
                            .Amount("value", Price(bidder)).Take());
    }
    return Members().List("details", std::move(details));
  }

  std::string AwardId(const TenderBidder& winner) const { return tender_.code + "-" + winner.id; }

  Json::Array Awards() const {
    Json::Array awards;
    for (const TenderBidder& bidder : tender_.bidders) {
      if (!bidder.is_winner) continue;
      awards.push_back(Members().Text("id", AwardId(bidder)).Text("title", tender_.title).Text("status", "active")
                           .Text("date", Time(tender_.award_date)).Amount("value", Price(bidder)).List("suppliers", {Vendor(bidder).Take()}).Take());
    }
    return awards;
  }

  Json::Array Contracts() const {
    Json::Array contracts;
    for (const TenderContract& contract : tender_.contracts) {
      const TenderBidder* bidder = BidderOf(contract.vendor_id);
      // A holder who is not marked as winner has no award to point at; the two disagree in practice.
      const std::string award = bidder != nullptr && bidder->is_winner ? AwardId(*bidder) : std::string();
      contracts.push_back(Members().Text("id", contract.id).Text("awardID", award).Text("title", contract.number).Amount("value", contract.value)
                              .Text("dateSigned", Time(contract.date))
                              .Object("period", Members().Text("startDate", Time(contract.start)).Text("endDate", Time(contract.end))).Take());
    }
    return contracts;
  }

  const Tender& tender_;
  const ReleaseOptions& options_;
};

}  // namespace

Result<Json> ReleaseOf(const Tender& tender, const ReleaseOptions& options) {
  if (tender.code.empty()) return Status(Code::invalid, "write OCDS release: the tender has no code");
  const ReleaseWriter writer(tender, options);
  const std::string date = writer.Time(tender.changed.empty() ? tender.created : tender.changed);
  if (date.empty()) return Status(Code::invalid, "write OCDS release: " + tender.code + ": it has no date");
  return writer.Write(date);
}

std::string PackageHead(const std::string& uri, const std::string& publisher, const std::string& published_date) {
  std::string head = "{\"uri\":";
  WriteJsonString(uri, head);
  head += ",\"version\":\"1.1\",\"publishedDate\":";
  WriteJsonString(published_date, head);
  head += ",\"publisher\":{\"name\":";
  WriteJsonString(publisher, head);
  return head + "},\"releases\":[";
}

}  // namespace pulih::ocds
