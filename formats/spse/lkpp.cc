#include "formats/spse/lkpp.h"

#include <algorithm>

namespace pulih::spse {

std::string_view LkppSource(const std::vector<std::string>& keys) {
  const auto has = [&](std::string_view key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); };
  if (!has("kd_tender") || !(has("kd_lpse") || has("kd_klpd"))) return {};
  if (has("kd_tahapan") || has("nama_tahapan")) return "lkpp.steps";
  if (has("kd_peserta") || (has("kd_penyedia") && has("pemenang"))) return "lkpp.bidders";
  if (has("nilai_kontrak") || has("nilai_penawaran")) return "lkpp.values";
  if (!has("nama_paket")) return {};
  return has("tgl_penetapan_pemenang") ? "lkpp.result" : "lkpp.announcement";
}

bool IsPartOfTender(std::string_view source) { return source == "lkpp.steps" || source == "lkpp.bidders" || source == "lkpp.values"; }

bool IsLkppFailure(std::string_view text) {
  return text.size() < 4096 && text.find("<invalid_response>") != std::string_view::npos;
}

}  // namespace pulih::spse
