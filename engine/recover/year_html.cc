#include "engine/recover/year_html.h"

#include <algorithm>

#include "engine/recover/report_html.h"

namespace pulih {
namespace {

constexpr size_t kListed = 200;  // of a list on the page; the data files have all

// Words of the page in both languages, by what they are for.
struct Words {
  std::string_view summary, tenders_known, joined_known, things, months_title, month, tenders, numbers, estimate, steps, bidders, contract, unknown_month,
      days_title, fields_title, field, certain, likely, disputed, publishers_title, publisher, alone, confirmed, contradicted, disputes_title, key,
      values, edits_title, before, after, missing_title, table, why, holders, outage_title, step, begins, ends, more, limits_title, meaning, none, numbers_note;
};
constexpr Words kEnglish{"Tenders", " tenders are known, ", " of them are told of by two publishers or more.", "things", "By month", "month", "tenders",
                         "numbers in range", "with estimate", "with steps", "with bidders", "with contract", "not known", "Tenders by day", "Fields and how sure they are",
                         "field", "certain", "likely", "disputed", "What each publisher gives", "publisher", "nobody else tells of", "fields confirmed by another",
                         "contradicted", "Disputed", "key", "values and who tells them", "Changed between two captures of one publisher", "before", "after", "Lost, and known to have been there", "table", "how we know", "who may have it",
                         "Steps inside the outage ", "step", "begins", "ends", "and more: the data files have all of them", "What this page cannot say",
                         "certain: proven by a checksum, or told alike by two publishers. likely: told by one only. disputed: told differently; both values are kept, none is preferred "
                         "in silence. What nobody tells is missing, never guessed.",
                         "none", "A number missing in the sequence is not a lost tender: about three in ten numbers of an LPSE were never a public tender."};
constexpr Words kIndonesian{"Lelang", " lelang diketahui, ", " di antaranya disebut oleh dua penerbit atau lebih.", "data", "Menurut bulan", "bulan", "lelang",
                            "nomor dalam rentang", "dengan HPS", "dengan jadwal", "dengan peserta", "dengan kontrak", "tidak diketahui", "Lelang menurut hari", "Kolom dan tingkat kepastiannya",
                            "kolom", "pasti", "mungkin", "dipertentangkan", "Sumbangan tiap penerbit", "penerbit", "hanya di sini", "kolom dikuatkan penerbit lain",
                            "dibantah", "Dipertentangkan", "kunci", "nilai dan sumbernya", "Berubah antara dua salinan dari satu penerbit", "semula", "menjadi", "Hilang, padahal diketahui pernah ada", "tabel", "dasar", "mungkin disimpan oleh",
                            "Tahap di dalam masa gangguan ", "tahap", "mulai", "sampai", "dan lainnya: selengkapnya di berkas data", "Batas laporan ini",
                            "pasti: terbukti dengan checksum, atau disebut sama oleh dua penerbit. mungkin: disebut oleh satu penerbit saja. dipertentangkan: disebut berbeda; kedua nilai "
                            "disimpan, tidak ada yang diam-diam dipilih. Yang tidak disebut siapa pun dinyatakan hilang, tidak pernah dikarang.",
                            "tidak ada", "Nomor yang tidak ada dalam urutan bukan berarti lelang hilang: sekitar tiga dari sepuluh nomor sebuah LPSE tidak pernah menjadi lelang umum."};

std::string Count(uint64_t number, ReportLanguage language) {
  std::string text = std::to_string(number);
  const char* mark = language == ReportLanguage::indonesian ? "." : ",";
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, mark);
  return text;
}

class Page {
 public:
  Page(const YearSurvey& survey, const Gaps& gaps, const SurveyOptions& options, ReportLanguage language)
      : survey_(survey), gaps_(gaps), options_(options), language_(language), words_(language == ReportLanguage::indonesian ? kIndonesian : kEnglish) {}

  std::string Make(const std::string& more) {
    if (survey_.tenders == 0 && gaps_.count == 0) return more;
    Summary();
    Months();
    Days();
    Fields();
    Publishers();
    Disputes();
    Edits();
    Missing();
    Outage();
    html_ += more;
    html_ += "<h2>" + std::string(words_.limits_title) + "</h2><p>" + std::string(words_.meaning) + "</p><p>" + std::string(words_.numbers_note) + "</p>\n";
    return std::move(html_);
  }

 private:
  std::string N(uint64_t number) const { return "<td class=n>" + Count(number, language_) + "</td>"; }
  static std::string C(std::string_view text) { return "<td>" + EscapeHtml(text) + "</td>"; }
  void Heads(std::initializer_list<std::pair<std::string_view, bool>> heads) {
    html_ += "<table><tr>";
    for (const auto& [head, number] : heads) html_ += (number ? "<th class=n>" : "<th>") + std::string(head) + "</th>";
    html_ += "</tr>\n";
  }
  void Title(std::string_view title) { html_ += "<h2>" + std::string(title) + "</h2>\n"; }
  void More(size_t all) {
    html_ += "</table>";
    if (all > kListed) html_ += "<p class=muted>" + std::string(words_.more) + "</p>";
    if (all == 0) html_ += "<p class=muted>" + std::string(words_.none) + "</p>";
    html_ += "\n";
  }
  bool is_indonesian() const { return language_ == ReportLanguage::indonesian; }

  void Summary() {
    Title(words_.summary);
    html_ += "<p>" + Count(survey_.tenders, language_) + std::string(words_.tenders_known) + Count(survey_.joined, language_) + std::string(words_.joined_known) + "</p><p>";
    for (const EntityCount& count : survey_.entities)
      html_ += "<span class=key><b>" + Count(count.things, language_) + "</b> " + std::string(tender::EntityLabel(count.entity, is_indonesian())) + "</span>";
    html_ += "<span class=key><b>" + Count(survey_.dispute_count, language_) + "</b> " + std::string(words_.disputed) + "</span>";
    html_ += "<span class=key><b>" + Count(gaps_.count, language_) + "</b> " + (is_indonesian() ? "hilang" : "lost") + "</span></p>\n";
  }

  void Months() {
    if (survey_.months.empty()) return;
    Title(words_.months_title);
    Heads({{words_.month, false}, {words_.tenders, true}, {words_.numbers, true}, {words_.estimate, true}, {words_.steps, true}, {words_.bidders, true}, {words_.contract, true}});
    for (const MonthCount& month : survey_.months)
      html_ += "<tr><td style=\"white-space:nowrap\">" + std::string(month.month.empty() ? words_.unknown_month : std::string_view(month.month)) + "</td>" + N(month.tenders) + N(month.numbers) + N(month.with_estimate) + N(month.with_steps) +
               N(month.with_bidders) + N(month.with_contract) + "</tr>\n";
    html_ += "</table>\n";
  }

  // A square for each day, as dark as it has tenders, with the number in it.
  void Days() {
    uint64_t most = 0;
    for (const MonthCount& month : survey_.months)
      for (const auto& [day, count] : month.days) most = std::max(most, count);
    if (most == 0) return;
    Title(words_.days_title);
    std::vector<const MonthCount*> months;
    for (const MonthCount& month : survey_.months)
      if (!month.month.empty()) months.push_back(&month);
    if (months.size() > 36) months.erase(months.begin(), months.end() - 36);
    html_ += "<svg width=\"100%\" viewBox=\"0 0 780 " + std::to_string(24 + 24 * months.size()) + "\" role=\"img\" font-family=\"sans-serif\" font-size=\"10\">";
    for (int day = 1; day <= 31; ++day)
      html_ += "<text x=\"" + std::to_string(60 + (day - 1) * 23 + 11) + "\" y=\"14\" text-anchor=\"middle\" fill=\"#5c6675\">" + std::to_string(day) + "</text>";
    for (size_t row = 0; row < months.size(); ++row) {
      const std::string y = std::to_string(20 + 24 * row);
      html_ += "<text x=\"0\" y=\"" + std::to_string(35 + 24 * row) + "\" fill=\"#1c2430\">" + EscapeHtml(months[row]->month) + "</text>";
      for (const auto& [day, count] : months[row]->days) {
        const int number = day.size() == 10 ? (day[8] - '0') * 10 + (day[9] - '0') : 0;
        if (number < 1 || number > 31) continue;
        const int x = 60 + (number - 1) * 23;
        const uint64_t level = 1 + 3 * count / (most + 1);
        constexpr std::string_view kShades[] = {"#e3ecf7", "#a9c6ea", "#5b8fd6", "#234f91"};
        html_ += "<rect x=\"" + std::to_string(x) + "\" y=\"" + y + "\" width=\"21\" height=\"21\" fill=\"" + std::string(kShades[level - 1]) + "\" stroke=\"#8a94a3\" stroke-width=\"0.5\"/>";
        html_ += "<text x=\"" + std::to_string(x + 10) + "\" y=\"" + std::to_string(35 + 24 * row) + "\" text-anchor=\"middle\" fill=\"" + (level > 2 ? "#fff" : "#1c2430") + "\">" +
                 std::to_string(count) + "</text>";
      }
    }
    html_ += "</svg>\n";
  }

  void Fields() {
    Title(words_.fields_title);
    for (const EntityCount& entity : survey_.entities) {
      if (entity.things == 0) continue;
      html_ += "<h3>" + std::string(tender::EntityLabel(entity.entity, is_indonesian())) + ": " + Count(entity.things, language_) + "</h3>";
      Heads({{words_.field, false}, {words_.certain, true}, {words_.likely, true}, {words_.disputed, true}, {words_.unknown_month, true}});
      for (const auto& [field, count] : entity.fields) {
        const uint64_t known = count.certain + count.likely + count.disputed;
        html_ += "<tr>" + C(tender::FieldLabel(field, is_indonesian())) + N(count.certain) + N(count.likely) + N(count.disputed) + N(entity.things > known ? entity.things - known : 0) + "</tr>\n";
      }
      html_ += "</table>\n";
    }
  }

  void Publishers() {
    if (survey_.publishers.empty()) return;
    Title(words_.publishers_title);
    Heads({{words_.publisher, false}, {words_.things, true}, {words_.alone, true}, {words_.confirmed, true}, {words_.contradicted, true}});
    for (const PublisherCount& count : survey_.publishers)
      html_ += "<tr>" + C(count.publisher) + N(count.things) + N(count.alone) + N(count.confirmed) + N(count.contradicted) + "</tr>\n";
    html_ += "</table>\n";
  }

  void Disputes() {
    Title(words_.disputes_title);
    if (!survey_.disputes.empty()) Heads({{words_.key, false}, {words_.field, false}, {words_.values, false}});
    for (size_t i = 0; i < std::min(kListed, survey_.disputes.size()); ++i) {
      const Dispute& dispute = survey_.disputes[i];
      std::string sides;
      for (const Dispute::Side& side : dispute.sides)
        sides += "<div><b>" + EscapeHtml(side.value) + "</b> <span class=muted>" + EscapeHtml(side.publisher) + ", " + std::to_string(side.evidence) + " » " + EscapeHtml(side.path) + "</span></div>";
      html_ += "<tr>" + C(std::string(tender::EntityLabel(dispute.entity, is_indonesian())) + " " + dispute.key) + C(tender::FieldLabel(dispute.field, is_indonesian())) + "<td>" + sides + "</td></tr>\n";
    }
    More(survey_.disputes.size());
  }

  void Edits() {
    if (survey_.edits.empty()) return;
    Title(words_.edits_title);
    Heads({{words_.key, false}, {words_.field, false}, {words_.before, false}, {words_.after, false}});
    const auto side = [](const Dispute::Side& told, const std::string& captured) {
      return "<td><b>" + EscapeHtml(told.value) + "</b> <span class=muted>" + EscapeHtml(told.publisher) + ", " + EscapeHtml(captured.substr(0, 10)) + ", " + std::to_string(told.evidence) + " » " +
             EscapeHtml(told.path) + "</span></td>";
    };
    for (size_t i = 0; i < std::min(kListed, survey_.edits.size()); ++i) {
      const Edit& edit = survey_.edits[i];
      html_ += "<tr>" + C(std::string(tender::EntityLabel(edit.entity, is_indonesian())) + " " + edit.key) + C(tender::FieldLabel(edit.field, is_indonesian())) +
               side(edit.before, edit.captured_before) + side(edit.after, edit.captured) + "</tr>\n";
    }
    More(survey_.edits.size());
  }

  void Missing() {
    Title(words_.missing_title);
    if (!gaps_.missing.empty()) Heads({{words_.table, false}, {words_.key, false}, {words_.why, false}, {words_.holders, false}});
    // What a row or a page names first: an index may name all of a table.
    std::vector<const MissingRecord*> order;
    for (const bool by_index : {false, true})
      for (const MissingRecord& record : gaps_.missing)
        if (record.by_index == by_index && order.size() < kListed) order.push_back(&record);
    for (const MissingRecord* listed : order) {
      const MissingRecord& record = *listed;
      std::string holders;
      for (const std::string& holder : record.holders) holders += (holders.empty() ? "" : ", ") + holder;
      html_ += "<tr>" + C(record.table) + C(record.key.empty() ? record.tender + " " + record.what : record.key) + C(record.why) + C(holders) + "</tr>\n";
    }
    More(gaps_.missing.size());
  }

  void Outage() {
    if (survey_.outage.empty()) return;
    Title(std::string(words_.outage_title) + options_.outage_from + " – " + options_.outage_to);
    Heads({{words_.tenders, false}, {words_.step, false}, {words_.begins, false}, {words_.ends, false}});
    for (size_t i = 0; i < std::min(kListed, survey_.outage.size()); ++i) {
      const OutageStep& step = survey_.outage[i];
      html_ += "<tr>" + C(step.tender) + C(step.step) + C(step.start) + C(step.end) + "</tr>\n";
    }
    More(survey_.outage.size());
  }

  const YearSurvey& survey_;
  const Gaps& gaps_;
  const SurveyOptions& options_;
  const ReportLanguage language_;
  const Words& words_;
  std::string html_;
};

}  // namespace

std::string YearHtml(const YearSurvey& survey, const Gaps& gaps, const SurveyOptions& options, ReportLanguage language, const std::string& more) {
  return Page(survey, gaps, options, language).Make(more);
}

}  // namespace pulih
