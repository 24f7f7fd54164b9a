#include "engine/recover/checks_html.h"

#include <algorithm>

namespace pulih {
namespace {

constexpr size_t kListed = 200;  // of a list on the page; the data files have all

struct Words {
  std::string_view title, about, rule, looked_at, broken, tender, what, values, more, none;
};
constexpr Words kEnglish{"Rules that records break", "Reported, and nothing is mended: real records break some of these, too, and which side is wrong is for a person to say. A rule that was looked at 0 times says nothing.",
                         "rule", "looked at", "broken", "tender", "what", "values and where they stand", "and more: the data files have all of them", "none is broken"};
constexpr Words kIndonesian{"Aturan yang dilanggar", "Hanya dilaporkan, tidak ada yang diperbaiki: data nyata pun ada yang melanggar, dan sisi mana yang salah diputuskan oleh orang. Aturan yang diperiksa 0 kali tidak berarti terpenuhi.",
                            "aturan", "diperiksa", "dilanggar", "lelang", "pelanggaran", "nilai dan tempatnya", "dan lainnya: selengkapnya di berkas data", "tidak ada yang dilanggar"};

std::string Cell(std::string_view text) { return "<td>" + EscapeHtml(text) + "</td>"; }
std::string Number(uint64_t number) { return "<td class=n>" + std::to_string(number) + "</td>"; }

std::string SideHtml(const CheckSide& side) {
  return "<div>" + EscapeHtml(side.thing) + " " + EscapeHtml(side.field) + " <b>" + EscapeHtml(side.value) + "</b> <span class=muted>" + (side.publisher.empty() ? std::string() : EscapeHtml(side.publisher) + ", ") +
         std::to_string(side.evidence) + " » " + EscapeHtml(side.path) + "</span></div>";
}

}  // namespace

std::string ChecksHtml(const Checks& checks, ReportLanguage language) {
  const bool is_indonesian = language == ReportLanguage::indonesian;
  const Words& words = is_indonesian ? kIndonesian : kEnglish;
  if (std::all_of(checks.counts.begin(), checks.counts.end(), [](const CheckCount& count) { return count.looked_at == 0; })) return {};
  std::string html = "<h2>" + std::string(words.title) + "</h2><p>" + std::string(words.about) + "</p>\n<table><tr><th>" + std::string(words.rule) + "</th><th></th><th class=n>" + std::string(words.looked_at) + "</th><th class=n>" +
                     std::string(words.broken) + "</th></tr>\n";
  for (size_t i = 0; i < kCheckKinds; ++i) {
    const auto kind = static_cast<CheckKind>(i);
    html += "<tr>" + Cell(CheckId(kind)) + Cell(CheckLabel(kind, is_indonesian)) + Number(checks.counts[i].looked_at) + Number(checks.counts[i].broken) + "</tr>\n";
  }
  html += "</table>\n";
  if (checks.broken.empty()) return html + "<p class=muted>" + std::string(words.none) + "</p>\n";
  html += "<table><tr><th>" + std::string(words.rule) + "</th><th>" + std::string(words.tender) + "</th><th>" + std::string(words.what) + "</th><th>" + std::string(words.values) + "</th></tr>\n";
  for (size_t i = 0; i < std::min(kListed, checks.broken.size()); ++i) {
    const BrokenCheck& broken = checks.broken[i];
    html += "<tr>" + Cell(CheckId(broken.kind)) + Cell(broken.tender) + Cell(CheckLabel(broken.kind, is_indonesian)) + "<td>";
    for (const CheckSide& side : broken.sides) html += SideHtml(side);
    html += "</td></tr>\n";
  }
  html += "</table>";
  if (checks.count > kListed) html += "<p class=muted>" + std::string(words.more) + "</p>";
  return html + "\n";
}

}  // namespace pulih
