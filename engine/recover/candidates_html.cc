#include "engine/recover/candidates_html.h"

#include <algorithm>
#include <cstdio>

namespace pulih {
namespace {

constexpr size_t kListed = 200;  // of a list on the page; the data files have all

struct Words {
  std::string_view title, about, record, publisher, may_be, likely, agrees, differs, ruling, joined, apart, open, more, rival;
};
constexpr Words kEnglish{"Records without a key: what they may be", "By likeness only. Nothing here is joined before a person says so (recover decide --link); the percentage is an estimate from this case's own records.",
                         "record", "publisher", "may be", "likely", "agrees", "differs", "ruling", "joined by", "kept apart by", "open", "and more: the data files have all of them", "next best"};
constexpr Words kIndonesian{"Data tanpa kunci: mungkin milik siapa", "Hanya berdasarkan kemiripan. Tidak ada yang digabung sebelum diputuskan orang (recover decide --link); persentase adalah perkiraan dari data kasus ini sendiri.",
                            "data", "penerbit", "mungkin", "kemungkinan", "cocok", "berbeda", "keputusan", "digabung oleh", "dipisahkan oleh", "belum diputuskan", "dan lainnya: selengkapnya di berkas data", "calon berikutnya"};

std::string Cell(std::string_view text) { return "<td>" + EscapeHtml(text) + "</td>"; }

std::string Percent(double share) {
  char text[16];
  // 99.96 is not certain: it is not rounded up to it.
  std::snprintf(text, sizeof text, "%.1f %%", std::min(share * 100, 99.9));
  return text;
}

std::string FieldsHtml(const LinkCandidate& candidate, bool agrees, bool is_indonesian) {
  std::string html;
  for (const CandidateField& field : candidate.fields) {
    if (field.agrees != agrees) continue;
    html += "<div>" + std::string(tender::FieldLabel(field.field, is_indonesian)) + ": <b>" + EscapeHtml(field.said) + "</b>";
    if (field.said != field.has) html += " <span class=muted>/</span> " + EscapeHtml(field.has);
    html += "</div>";
  }
  return "<td>" + html + "</td>";
}

}  // namespace

const LinkRuling* RulingOn(const std::vector<LinkRuling>& rulings, const std::string& record) {
  for (const LinkRuling& ruling : rulings)
    if (!ruling.withdrawn && ruling.record == record) return &ruling;
  return nullptr;
}

std::string CandidatesHtml(const std::vector<LinkCandidate>& candidates, const std::vector<LinkRuling>& rulings, ReportLanguage language) {
  if (candidates.empty()) return {};
  const bool is_indonesian = language == ReportLanguage::indonesian;
  const Words& words = is_indonesian ? kIndonesian : kEnglish;
  std::string html = "<h2>" + std::string(words.title) + "</h2><p>" + std::string(words.about) + "</p>\n<table><tr>";
  for (const std::string_view head : {words.record, words.publisher, words.may_be, words.likely, words.agrees, words.differs, words.ruling}) html += "<th>" + std::string(head) + "</th>";
  html += "</tr>\n";
  for (size_t i = 0; i < std::min(kListed, candidates.size()); ++i) {
    const LinkCandidate& candidate = candidates[i];
    const LinkRuling* ruling = RulingOn(rulings, candidate.record);
    html += "<tr>" + Cell(candidate.record) + Cell(candidate.publisher) + Cell(std::string(tender::EntityLabel(candidate.entity, is_indonesian)) + " " + candidate.to) + "<td>" + Percent(candidate.probability);
    if (candidate.rival > 0) html += "<div class=muted>" + std::string(words.rival) + " " + Percent(candidate.rival) + "</div>";
    html += "</td>" + FieldsHtml(candidate, true, is_indonesian) + FieldsHtml(candidate, false, is_indonesian);
    html += Cell(ruling == nullptr ? std::string(words.open) : std::string(ruling->is_joined ? words.joined : words.apart) + " " + ruling->by + (ruling->to == candidate.to ? "" : " » " + ruling->to)) + "</tr>\n";
  }
  html += "</table>";
  if (candidates.size() > kListed) html += "<p class=muted>" + std::string(words.more) + "</p>";
  return html + "\n";
}

}  // namespace pulih
