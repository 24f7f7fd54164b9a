// Rules among rows: see check_book.h.
#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "engine/recover/check_book.h"

namespace pulih {
namespace {

CheckSide SideOf(std::string_view table, const std::string& id, const ShownRow& row, std::string_view column) {
  CheckSide side;
  side.thing = "row public." + std::string(table) + " " + id;
  side.field = column;
  Grade grade = Grade::b;
  if (const std::string* value = row.Find(column, &grade)) side.value = *value;
  side.grade = static_cast<char>(grade);
  const StoredClaim& best = row.best();
  side.path = best.claim.path;
  side.evidence = best.unit;
  if (!best.claim.bytes.empty()) side.offset = best.claim.bytes.front().offset;
  return side;
}

uint64_t NumberOf(const std::string& text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class RowChecker {
 public:
  RowChecker(ShownRows& rows, const CheckWords& words, CheckBook& book) : rows_(rows), words_(words), book_(book) {}

  Status Check() {
    PULIH_TRY(ReadBidders());
    PULIH_TRY(CheckContracts());
    PULIH_TRY(CheckBidFiles());
    PULIH_TRY(CheckRounds());
    return CheckVersions();
  }

 private:
  struct Bidder {
    std::string tender;
    bool is_winner = false;
    std::optional<CheckSide> side;  // of winners
  };

  Status ReadBidders() {
    return rows_.Scan("peserta", [this](const ShownRow& row) {
      const std::string *id = row.Find("psr_id"), *tender = row.Find("lls_id"), *vendor = row.Find("rkn_id"), *winner = row.Find("is_pemenang");
      if (id == nullptr || tender == nullptr) return OkStatus();
      Bidder& bidder = bidders_[*id];
      bidder.tender = *tender;
      bidder.is_winner = winner != nullptr && *winner == "1";
      if (bidder.is_winner) bidder.side = SideOf("peserta", *id, row, "is_pemenang");
      // A bidder whose vendor is lost may be anybody.
      if (vendor != nullptr) vendors_[*tender].insert(*vendor);
      else is_unsure_.insert(*tender);
      return OkStatus();
    });
  }

  Status CheckContracts() {
    return rows_.Scan("kontrak", [this](const ShownRow& row) {
      const std::string *id = row.Find("kontrak_id"), *tender = row.Find("lls_id"), *vendor = row.Find("rkn_id");
      if (id == nullptr || tender == nullptr || vendor == nullptr || is_unsure_.contains(*tender)) return OkStatus();
      const auto bidders = vendors_.find(*tender);
      if (bidders == vendors_.end()) return OkStatus();  // nobody is known: W5
      book_.Look(CheckKind::holder_no_bidder);
      if (!bidders->second.contains(*vendor)) book_.BreakRows(CheckKind::holder_no_bidder, *tender, {SideOf("kontrak", *id, row, "rkn_id")});
      return OkStatus();
    });
  }

  Status CheckBidFiles() {
    if (words_.upload_step.empty()) return OkStatus();
    struct Window {
      std::string from, to;
      CheckSide side;
    };
    std::unordered_map<std::string, Window> windows;
    PULIH_TRY(rows_.Scan("jadwal", [&](const ShownRow& row) {
      const std::string *id = row.Find("dtj_id"), *tender = row.Find("lls_id"), *step = row.Find("thp_id"), *from = row.Find("dtj_tglawal"), *to = row.Find("dtj_tglakhir");
      if (id == nullptr || tender == nullptr || step == nullptr || *step != words_.upload_step || from == nullptr || to == nullptr) return OkStatus();
      Window window{*from, *to, SideOf("jadwal", *id, row, "dtj_tglawal")};
      window.side.field = "dtj_tglawal, dtj_tglakhir";
      window.side.value = *from + " to " + *to;
      windows[*tender] = std::move(window);
      return OkStatus();
    }));
    return rows_.Scan("dok_penawaran", [&](const ShownRow& row) {
      const std::string *id = row.Find("dok_id"), *bid = row.Find("psr_id"), *kind = row.Find("dok_jenis"), *time = row.Find("dok_tgljam");
      // 0 is of qualification, and not of the bid.
      if (id == nullptr || bid == nullptr || time == nullptr || kind == nullptr || (*kind != "1" && *kind != "2" && *kind != "3")) return OkStatus();
      const auto bidder = bidders_.find(*bid);
      const auto window = bidder == bidders_.end() ? windows.end() : windows.find(bidder->second.tender);
      if (window == windows.end()) return OkStatus();
      book_.Look(CheckKind::file_outside_upload);
      // Times of one type, written alike: they compare as texts.
      if (*time < window->second.from || *time > window->second.to) book_.BreakRows(CheckKind::file_outside_upload, window->first, {SideOf("dok_penawaran", *id, row, "dok_tgljam"), window->second.side});
      return OkStatus();
    });
  }

  // The winner against the newest last round (eva_jenis 4) of its tender.
  Status CheckRounds() {
    std::unordered_map<std::string, std::pair<uint64_t, std::string>> newest;  // by tender: version, eva_id
    PULIH_TRY(rows_.Scan("evaluasi", [&](const ShownRow& row) {
      const std::string *id = row.Find("eva_id"), *tender = row.Find("lls_id"), *kind = row.Find("eva_jenis"), *version = row.Find("eva_versi");
      if (id == nullptr || tender == nullptr || kind == nullptr || version == nullptr || *kind != "4") return OkStatus();
      auto& known = newest[*tender];
      if (known.second.empty() || NumberOf(*version) > known.first) known = {NumberOf(*version), *id};
      return OkStatus();
    }));
    std::unordered_set<std::string> rounds;
    for (const auto& [tender, round] : newest) rounds.insert(round.second);
    return rows_.Scan("nilai_evaluasi", [&](const ShownRow& row) {
      const std::string *id = row.Find("nev_id"), *round = row.Find("eva_id"), *bid = row.Find("psr_id"), *passed = row.Find("nev_lulus");
      if (id == nullptr || round == nullptr || bid == nullptr || passed == nullptr || !rounds.contains(*round)) return OkStatus();
      const auto bidder = bidders_.find(*bid);
      if (bidder == bidders_.end() || !bidder->second.is_winner) return OkStatus();
      book_.Look(CheckKind::winner_failed);
      if (*passed == "0") book_.BreakRows(CheckKind::winner_failed, bidder->second.tender, {SideOf("nilai_evaluasi", *id, row, "nev_lulus"), *bidder->second.side});
      return OkStatus();
    });
  }

  Status CheckVersions() {
    std::unordered_set<std::string> recorded;
    PULIH_TRY(rows_.Scan("blob_table", [&](const ShownRow& row) {
      if (const std::string* id = row.Find("blb_id")) recorded.insert(*id);
      return OkStatus();
    }));
    if (recorded.empty()) return OkStatus();  // the table is not here: that is a gap, not a fault of each file
    const auto check = [&](std::string_view table, std::string_view key) {
      return rows_.Scan(table, [&, table, key](const ShownRow& row) {
        const std::string *id = row.Find(key), *version = row.Find("blb_id"), *tender = row.Find("lls_id"), *bid = row.Find("psr_id");
        if (id == nullptr || version == nullptr) return OkStatus();
        book_.Look(CheckKind::file_not_recorded);
        if (recorded.contains(*version)) return OkStatus();
        const auto bidder = bid == nullptr ? bidders_.end() : bidders_.find(*bid);
        book_.BreakRows(CheckKind::file_not_recorded, tender != nullptr ? *tender : bidder != bidders_.end() ? bidder->second.tender : std::string(), {SideOf(table, *id, row, "blb_id")});
        return OkStatus();
      });
    };
    PULIH_TRY(check("dok_lelang", "dll_id"));
    return check("dok_penawaran", "dok_id");
  }

  ShownRows& rows_;
  const CheckWords& words_;
  CheckBook& book_;
  std::unordered_map<std::string, Bidder> bidders_;                            // by psr_id
  std::unordered_map<std::string, std::unordered_set<std::string>> vendors_;   // by tender
  std::unordered_set<std::string> is_unsure_;
};

}  // namespace

Status CheckRows(ShownRows& rows, const CheckWords& words, CheckBook& book) { return RowChecker(rows, words, book).Check(); }

}  // namespace pulih
