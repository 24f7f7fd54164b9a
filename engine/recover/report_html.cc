#include "engine/recover/report_html.h"

#include <algorithm>
#include <array>

#include "engine/recover/block_map_svg.h"

namespace pulih {
namespace {

constexpr size_t kDrawnFiles = 40;   // of one piece of evidence; the largest
constexpr size_t kListedRanges = 40;
constexpr size_t kListedRemarks = 100;

constexpr std::string_view kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;background:#fff;max-width:1080px;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.6em;margin:0}h2{margin:2em 0 .4em;border-bottom:2px solid #1c2430}h3{margin:1.6em 0 .2em}"
    "table{border-collapse:collapse;margin:.6em 0}td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}"
    "th{border-bottom:1px solid #8a94a3;font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}.muted{color:#5c6675}.bad{color:#b3261e;font-weight:600}"
    ".bar{display:flex;height:14px;width:100%;max-width:640px;background:#eceff3}.bar i{display:block;height:100%}"
    "svg{display:block;margin:.3em 0}.key{display:inline-block;margin-right:1.2em;white-space:nowrap}"
    ".key i{display:inline-block;width:12px;height:12px;margin-right:.4em;vertical-align:-1px}"
    "@page{size:A4;margin:15mm}@media print{body{max-width:none;margin:0;font-size:11px}h2{break-after:avoid}tr{break-inside:avoid}table{width:100%}}"
    "td{overflow-wrap:anywhere}";

std::string Count(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

// What the page says, in the language that it is read in.
class Tongue {
 public:
  explicit Tongue(ReportLanguage language) : indonesian_(language == ReportLanguage::indonesian) {}
  std::string operator()(std::string_view english) const {
    if (indonesian_)
      for (const auto& [word, other] : kWords)
        if (word == english) return std::string(other);
    return std::string(english);
  }
  bool indonesian() const { return indonesian_; }

 private:
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"Recovery case", "Berkas pemulihan"},
      {"rows in", "baris dalam"},
      {"tables, from", "tabel, dari"},
      {"pieces of evidence.", "barang bukti."},
      {"rows fit several tables, or none.", "baris cocok dengan beberapa tabel, atau tidak satu pun."},
      {"Custody log:", "Catatan penguasaan bukti:"},
      {"entries, the last one", "entri, yang terakhir"},
      {"signed by", "ditandatangani oleh"},
      {"Rows by table and grade", "Baris menurut tabel dan mutu"},
      {"proven by a checksum of 32 bits or more", "terbukti dengan checksum 32 bit atau lebih"},
      {"structurally exact, decoded before any damage", "strukturnya tepat, terbaca sebelum kerusakan"},
      {"structure, and agreement with a constraint or an index", "strukturnya tepat, dan cocok dengan kendala atau indeks"},
      {"solved from another copy", "dipulihkan dari salinan lain"},
      {"structure only: look at it before you rely on it", "hanya strukturnya: periksa dahulu sebelum dipakai"},
      {"table", "tabel"},
      {"rows", "baris"},
      {"fields missing", "kolom hilang"},
      {"disputed", "dipertentangkan"},
      {"deleted", "dihapus"},
      {"key lost", "kunci hilang"},
      {"Of", "Dari"},
      {"bytes", "bita"},
      {"were read,", "terbaca,"},
      {"left out,", "tidak dipakai,"},
      {"damaged", "rusak"},
      {"not looked at", "belum dilihat"},
      {"read", "terbaca"},
      {"skipped", "dilewati"},
      {"fate", "keadaan"},
      {"stretches", "bagian"},
      {"what", "isi"},
      {"and", "dan"},
      {"more kinds", "jenis lain"},
      {"smaller files", "berkas yang lebih kecil"},
      {"more remarks", "catatan lain"},
      {"class", "kelas"},
      {"not known", "tidak diketahui"},
      {"captured", "diambil"},
      {"found at", "ditemukan di"},
      {"custodian", "pemegang"},
      {"origin", "asal"},
      {"state", "keadaan"},
      {"not read yet", "belum dibaca"},
      {"nothing here reads such evidence", "tidak ada yang dapat membaca bukti semacam ini"},
      {"Evidence", "Barang bukti"},
      {"Paths left out", "Lokasi yang tidak dipakai"},
  };
  const bool indonesian_;
};

std::string Cell(std::string_view text) { return "<td>" + EscapeHtml(text) + "</td>"; }
std::string Number(uint64_t number) { return "<td class=n>" + Count(number) + "</td>"; }
std::string Mono(std::string_view text) { return "<code>" + EscapeHtml(text) + "</code>"; }

std::string_view FateName(RangeFate fate) {
  switch (fate) {
    case RangeFate::read: return "read";
    case RangeFate::skipped: return "skipped";
    case RangeFate::damaged: return "damaged";
  }
  return "";
}

struct GradeMeaning {
  char letter;
  std::string_view colour, meaning;
};
constexpr std::array<GradeMeaning, 5> kGrades{{{'A', "#1b6e3c", "proven by a checksum of 32 bits or more"},
                                               {'B', "#3f9b5f", "structurally exact, decoded before any damage"},
                                               {'C', "#8cc084", "structure, and agreement with a constraint or an index"},
                                               {'E', "#5b8fd6", "solved from another copy"},
                                               {'D', "#e0a63a", "structure only: look at it before you rely on it"}}};

std::string Bar(const std::vector<std::pair<std::string_view, uint64_t>>& parts) {
  uint64_t sum = 0;
  for (const auto& [colour, amount] : parts) sum += amount;
  if (sum == 0) return "";
  std::string bar = "<div class=bar>";
  for (const auto& [colour, amount] : parts)
    if (amount != 0) bar += "<i style=\"width:" + std::to_string(100.0 * static_cast<double>(amount) / static_cast<double>(sum)) + "%;background:" + std::string(colour) + "\"></i>";
  return bar + "</div>";
}

std::string Head(const CaseReport& report, const Tongue& say) {
  std::string html = "<h1>" + say("Recovery case") + " " + Mono(report.id.substr(0, 12)) + "</h1><p class=muted>" + Mono(report.path) + "</p>";
  html += "<p>" + Count(report.rows) + " " + say("rows in") + " " + Count(report.tables.size()) + " " + say("tables, from") + " " + Count(report.evidence.size()) + " " + say("pieces of evidence.");
  if (report.unassigned != 0) html += " " + Count(report.unassigned) + " " + say("rows fit several tables, or none.");
  html += "</p><p>" + say("Custody log:") + " " + Count(report.custody_entries) + " " + say("entries, the last one") + " " + Mono(report.custody_head) + ", " + say("signed by") + " " + Mono(report.public_key) + ".</p>";
  return html;
}

std::string Tables(const CaseReport& report, const Tongue& say) {
  std::string html = "<h2>" + say("Rows by table and grade") + "</h2><p>";
  for (const GradeMeaning& grade : kGrades)
    html += "<span class=key><i style=\"background:" + std::string(grade.colour) + "\"></i>" + grade.letter + ": " + say(grade.meaning) + "</span> ";
  html += "</p><table><tr><th>" + say("table") + "<th class=n>" + say("rows");
  for (const GradeMeaning& grade : kGrades) html += std::string("<th class=n>") + grade.letter;
  html += "<th class=n>" + say("fields missing") + "<th class=n>" + say("disputed") + "<th class=n>" + say("deleted") + "<th class=n>" + say("key lost") + "<th style=\"width:220px\"></tr>";
  for (const ReportedTable& table : report.tables) {
    html += "<tr>" + Cell(table.table) + Number(table.rows);
    std::vector<std::pair<std::string_view, uint64_t>> parts;
    for (const GradeMeaning& grade : kGrades) {
      const auto found = table.grades.find(grade.letter);
      const uint64_t rows = found == table.grades.end() ? 0 : found->second;
      html += Number(rows);
      parts.emplace_back(grade.colour, rows);
    }
    html += Number(table.missing_fields) + Number(table.disputed_fields) + Number(table.deleted) + Number(table.unkeyed) + "<td>" + Bar(parts) + "</td></tr>\n";
  }
  return html + "</table>";
}

std::string Accounting(const ReportedEvidence& one, const Tongue& say) {
  std::string html = Bar({{"#3f9b5f", one.bytes.read}, {"#b8c0cc", one.bytes.skipped}, {"#b3261e", one.bytes.damaged}, {"#eceff3", one.bytes.untold}});
  html += "<p>" + say("Of") + " " + Count(one.evidence.bytes) + " " + say("bytes") + " " + Count(one.bytes.read) + " " + say("were read,") + " " + Count(one.bytes.skipped) + " " + say("left out,") + " <span class=" +
          std::string(one.bytes.damaged != 0 ? "bad" : "muted") + ">" + Count(one.bytes.damaged) + " " + say("damaged") + "</span>";
  if (one.bytes.untold != 0) html += ", " + Count(one.bytes.untold) + " " + say("not looked at");
  html += ".</p>";
  std::string rows;
  size_t listed = 0;
  for (const ReportedRange& range : one.ranges) {
    if (listed++ == kListedRanges) {
      rows += "<tr><td class=muted>" + say("and") + " " + Count(one.ranges.size() - kListedRanges) + " " + say("more kinds") + "</td></tr>";
      break;
    }
    rows += "<tr>" + Cell(say(FateName(range.fate))) + Number(range.bytes) + Number(range.stretches) + Cell(range.what) + "</tr>\n";
  }
  if (!rows.empty()) html += "<table><tr><th>" + say("fate") + "<th class=n>" + say("bytes") + "<th class=n>" + say("stretches") + "<th>" + say("what") + "</tr>" + rows + "</table>";
  return html;
}

std::string Maps(const ReportedEvidence& one, const Tongue& say) {
  std::vector<const ReportedFile*> files;
  for (const ReportedFile& file : one.files) files.push_back(&file);
  std::stable_sort(files.begin(), files.end(), [](const ReportedFile* a, const ReportedFile* b) { return a->file.size > b->file.size; });
  std::string html;
  for (size_t i = 0; i < std::min(files.size(), kDrawnFiles); ++i) {
    if (files[i]->blocks.empty()) continue;
    html += "<p>" + Mono(files[i]->file.name) + " <span class=muted>" + EscapeHtml(FileKindName(files[i]->file.kind)) + ", " + Count(files[i]->file.size) + " " + say("bytes") + "</span></p>" +
            BlockMapSvg(files[i]->blocks);
  }
  if (files.size() > kDrawnFiles) html += "<p class=muted>" + say("and") + " " + Count(files.size() - kDrawnFiles) + " " + say("smaller files") + "</p>";
  return html;
}

std::string OneEvidence(const ReportedEvidence& one, const Tongue& say) {
  const Evidence& evidence = one.evidence;
  std::string html = "<h3>" + std::to_string(evidence.number) + ". " + EscapeHtml(evidence.name) + "</h3><table>";
  const auto row = [&](std::string_view name, const std::string& cell) {
    if (!cell.empty()) html += "<tr><th>" + std::string(name) + "</th><td>" + cell + "</td></tr>";
  };
  row("SHA-256", Mono(evidence.id.hex()));
  const std::string kind(evidence.unit == UnitKind::file ? FileKindName(evidence.kind) : UnitKindName(evidence.unit));
  row(say("what"), EscapeHtml(kind + (evidence.detail.empty() ? "" : ", " + evidence.detail)));
  row(say("class"), evidence.source_class == 0 ? say("not known") : std::to_string(evidence.source_class) + " (" + EscapeHtml(evidence.class_from) + ")");
  row(say("captured"), evidence.captured.empty() ? say("not known") : EscapeHtml(evidence.captured) + " (" + EscapeHtml(evidence.captured_from) + ")");
  for (const EvidenceOrigin& origin : one.origins) {
    row(say("found at"), Mono(origin.path));
    row(say("custodian"), EscapeHtml(origin.custodian));
    row(say("origin"), EscapeHtml(origin.origin));
  }
  if (one.result.number == 0) row(say("state"), say("not read yet"));
  else if (one.result.state == UnitState::none) row(say("state"), say("nothing here reads such evidence"));
  else if (one.result.state == UnitState::failed) row(say("state"), "<span class=bad>" + EscapeHtml(one.result.why) + "</span>");
  else row(say("rows"), Count(one.result.rows));
  html += "</table>" + Accounting(one, say);
  size_t listed = 0;
  for (const std::string& remark : one.remarks) {
    if (listed == 0) html += "<ul>";
    if (listed++ == kListedRemarks) break;
    html += "<li>" + EscapeHtml(remark) + "</li>";
  }
  if (listed != 0) html += "</ul>";
  if (one.remarks.size() > kListedRemarks) html += "<p class=muted>" + say("and") + " " + Count(one.remarks.size() - kListedRemarks) + " " + say("more remarks") + "</p>";
  return html + Maps(one, say);
}

// Length of the sound UTF-8 sequence at `at`, 0 when there is none.
size_t SoundSequence(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  if (length == 3 && ((lead == 0xE0 && byte(at + 1) < 0xA0) || (lead == 0xED && byte(at + 1) >= 0xA0))) return 0;
  if (length == 4 && ((lead == 0xF0 && byte(at + 1) < 0x90) || (lead == 0xF4 && byte(at + 1) >= 0x90))) return 0;
  return length;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = SoundSequence(text, at);
    const auto c = static_cast<unsigned char>(text[at]);
    if (length == 0 || c == 0x7F || (c < 0x20 && c != '\n' && c != '\t')) out += "\xEF\xBF\xBD";
    else if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\'') out += "&#39;";
    else out += text.substr(at, length);
    at += std::max<size_t>(length, 1);
  }
  return out;
}

std::string ReportHtml(const CaseReport& report, std::string_view year, ReportLanguage language) {
  const Tongue say(language);
  std::string html = std::string("<!doctype html>\n<html lang=") + (say.indonesian() ? "id" : "en") + "><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\n";
  html += "<title>" + say("Recovery case") + " " + EscapeHtml(report.id.substr(0, 12)) + "</title>\n<style>" + std::string(kStyle) + "</style>\n";
  html += Head(report, say) + std::string(year) + Tables(report, say);
  html += "<h2>" + say("Evidence") + "</h2><p>" + BlockMapLegend() + "</p>\n";
  for (const ReportedEvidence& one : report.evidence) html += OneEvidence(one, say) + "\n";
  if (!report.left_out.empty()) {
    html += "<h2>" + say("Paths left out") + "</h2><table>";
    for (const SkippedPath& path : report.left_out) html += "<tr><td>" + Mono(path.path) + "</td>" + Cell(path.why) + "</tr>\n";
    html += "</table>";
  }
  return html + "</html>\n";
}

}  // namespace pulih
