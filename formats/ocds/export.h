// Writes one tender of an SPSE database as an OCDS 1.1 release. What is known of it comes as the texts that PostgreSQL
// gives for the columns named beside each field (schema of SPSE 3.x and 4.x); a field that is empty is left out.
//
// Money is in rupiah and keeps its digits; 0 stands for "none", as it does there. Times are local, without a zone: the
// offset is the caller's to know. The price of a bid is psr_harga_terkoreksi, else psr_harga; nothing is derived.
//
// Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "formats/text/json.h"

namespace pulih::ocds {

struct TenderStep {           // jadwal, tahap
  std::string id;             // dtj_id
  std::string name;           // thp_nama
  std::string activity;       // akt_jenis: PEMASUKAN_PENAWARAN
  std::string start, end;     // dtj_tglawal, dtj_tglakhir
};

struct TenderBidder {         // peserta, rekanan
  std::string id;             // psr_id
  std::string vendor_id;      // rkn_id
  std::string vendor_name, vendor_npwp, vendor_address;
  std::string registered;     // psr_tanggal
  std::string price, corrected_price;
  bool is_winner = false;     // is_pemenang
};

struct TenderContract {       // kontrak
  std::string id, number;     // kontrak_id, kontrak_no
  std::string vendor_id;      // rkn_id
  std::string value, date, start, end;
};

struct Tender {               // lelang_seleksi, paket, satuan_kerja
  std::string code;           // lls_id, the kode lelang
  std::string package;        // pkt_id
  std::string title;          // pkt_nama
  std::string status;         // lls_status: 0 draft, 1 active, 2 closed
  std::string failure;        // lls_ditutup_karena or lls_diulang_karena
  std::string category;       // kgr_id: 0 to 4
  std::string method, method_name;  // mtd_pemilihan, mtd_nama
  std::string budget, estimate;     // pkt_pagu, pkt_hps
  std::string plan;           // rup_id
  std::string unit_id, unit_name;   // stk_id, stk_nama
  std::string created, changed;     // lls_dibuat_tanggal; the newest auditupdate of all its rows
  std::string award_date;     // sppbj_tgl_buat
  std::vector<TenderStep> steps;
  std::vector<TenderBidder> bidders;
  std::vector<TenderContract> contracts;
};

struct ReleaseOptions {
  std::string ocid_prefix = "ocds-spse-";
  std::string utc_offset = "+07:00";
};

// `invalid` without a code, or without any date.
Result<Json> ReleaseOf(const Tender& tender, const ReleaseOptions& options = {});

// A release package around releases that are already JSON text: what comes before them, and behind. They are joined by
// commas.
std::string PackageHead(const std::string& uri, const std::string& publisher, const std::string& published_date);
inline constexpr const char* kPackageTail = "]}\n";

}  // namespace pulih::ocds
