// The rules by name: see checks.h.
#include "engine/recover/checks.h"

namespace pulih {
namespace {

struct KindWords {
  std::string_view id, name, english, indonesian;
};
constexpr KindWords kKinds[kCheckKinds] = {
    {"E1", "other_lpse", "the number ends in another LPSE's number", "nomor berakhiran nomor LPSE lain"},
    {"E2", "step_backwards", "the step ends before it begins", "tahap berakhir sebelum mulai"},
    {"E3", "holder_no_bidder", "the contract's vendor is none of the bidders that are known", "penyedia dalam kontrak bukan salah satu peserta yang diketahui"},
    {"E3", "several_winners", "more than one winner", "lebih dari satu pemenang"},
    {"E4", "file_outside_upload", "a bid file was stored outside the days of upload", "berkas penawaran disimpan di luar masa unggah"},
    {"E5", "file_not_recorded", "a file is named whose version is recorded nowhere", "berkas disebut, tetapi versinya tidak tercatat"},
    {"E6", "version_before_missing", "a repeated tender whose version before is not known", "lelang ulang yang versi sebelumnya tidak diketahui"},
    {"E6", "version_before_later", "the version before was approved later", "versi sebelumnya disetujui lebih akhir"},
    {"E7", "npwp_digit", "the check digit of the NPWP does not hold", "angka pemeriksa NPWP tidak cocok"},
    {"E8", "winner_failed", "the winner has not passed the last round", "pemenang tidak lulus evaluasi akhir"},
    {"W1", "steps_out_of_order", "a step begins before the one that it follows", "tahap mulai sebelum tahap yang mendahuluinya"},
    {"W2", "estimate_above_budget", "the estimate is above the budget", "HPS di atas pagu"},
    {"W2", "winner_above_estimate", "the winning bid is above the estimate", "penawaran pemenang di atas HPS"},
    {"W2", "contract_above_estimate", "the contract is above the estimate", "nilai kontrak di atas HPS"},
    {"W3", "created_out_of_order", "created at another time than its number says", "tanggal pembuatan tidak sesuai urutan nomor"},
    {"W3", "budget_year_apart", "the budget year is not that of its creation", "tahun anggaran berbeda dari tahun pembuatan"},
    {"W4", "objections_too_early", "objections began before the winner was announced", "masa sanggah mulai sebelum pengumuman pemenang"},
    {"W4", "contract_too_early", "the contract was signed before objections ended", "kontrak ditandatangani sebelum masa sanggah berakhir"},
    {"W5", "no_bidder", "a tender of the database without a bidder", "lelang di basis data tanpa peserta"},
};

}  // namespace

std::string_view CheckId(CheckKind kind) { return kKinds[static_cast<size_t>(kind)].id; }
std::string_view CheckName(CheckKind kind) { return kKinds[static_cast<size_t>(kind)].name; }
std::string_view CheckLabel(CheckKind kind, bool indonesian) { return indonesian ? kKinds[static_cast<size_t>(kind)].indonesian : kKinds[static_cast<size_t>(kind)].english; }

}  // namespace pulih
