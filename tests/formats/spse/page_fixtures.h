// Small pages of a fictional LPSE, made as SPSE 3 and SPSE 4.5 make theirs.
#pragma once

#include <string>

namespace pulih::spse {

inline const std::string kHead3 =
    "<!DOCTYPE html><html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"/><title>LPSE Kota Contoh</title></head><body>";
inline const std::string kFoot3 = "<script type=\"text/javascript\">Tapestry.onDOMLoaded(function() { document.write(\"<table><tr><td>x\"); });\n</script></body></html>";

inline std::string List3Row(const std::string& number, const std::string& code, const std::string& name, const std::string& hps) {
  return "<tr class=\"horizLineTop\"><td class=\"lls_id\">" + number + "</td><td class=\"pkt_nama\"><b><a href=\"/eproc/lelang/view/" + code + "\">" + name +
         "</a></b><br/><a href=\"/eproc/lelang/view/" + code + "\">Pengumuman</a> -\n<a href=\"/eproc/rekanan/lelangpeserta/" + code +
         "\">Peserta</a><br/><div class=\"list\"><span>Kategori</span><span>:</span><span>Jasa Lainnya</span><br/></div></td>"
         "<td class=\"agc_nama\">Dinas A</td><td class=\"tahap\"><a href=\"/eproc/lelang/tahap/" + code + "\">Evaluasi<br/>Pembuktian</a></td>"
         "<td class=\"pkt_hps t-last\"><span>" + hps + "</span></td></tr>";
}

inline const std::string kList3 = kHead3 +
    "<div class=\"t-data-grid\"><table class=\"t-data-grid\"><thead><tr><th class=\"lls_id t-first\">No</th><th class=\"pkt_nama\">Nama Lelang</th>"
    "<th class=\"agc_nama\">Agency</th><th class=\"tahap\">Tahap</th><th class=\"pkt_hps t-last\">HPS</th></tr></thead><tbody>" +
    List3Row("1", "1001901", "Rehab  Gedung &amp; Pagar\n", "271,34 jt") + List3Row("2", "1002901", "Lampu &lt;5 km", "3,53 M") + "</tbody></table></div>" + kFoot3;

inline const std::string kView3 = kHead3 +
    "<div class=\"border\"><table class=\"border\"><tr><td class=\"TitleLeft\" width=\"25%\">Kode Lelang</td><td class=\"horizLine\">1001901</td></tr>"
    "<tr><td class=\"TitleLeft\">Nama Lelang</td><td class=\"horizLine\"><b>Rehab  Gedung &amp; Pagar</b></td></tr>"
    "<tr><td class=\"TitleLeft\">Nilai Pagu Paket</td><td class=\"horizLine\">Rp 2.832.000.000,00</td></tr>"
    "<tr><td class=\"TitleLeft\">Lokasi Pekerjaan</td><td class=\"horizLine\"><ul><li>Kebun - Contoh (Kota)</li><li>Pasar</li></ul></td></tr></table></div>" + kFoot3;

inline const std::string kSteps3 = kHead3 +
    "<table class=\"border\"><tr><td class=\"titleTop\"> </td><td class=\"titleTop\">Tahap</td><td class=\"titleTop\">Mulai </td><td class=\"titleTop\">Sampai</td><td class=\"titleTop\">History Perubahan</td></tr>"
    "<tr><td class=\"horizLine\"> </td><td class=\"horizLine\"><b>Pengumuman</b></td><td class=\"horizLineSel\">30 Oktober 2014 11:00&nbsp;</td><td class=\"horizLine\">03 November 2014 16:00 </td><td class=\"horizLineSel\">Tidak ada</td></tr>"
    "<tr><td class=\"horizLine\"> </td><td class=\"horizLine\">Penjelasan</td><td class=\"horizLineSel\">02 November 2014 09:00</td><td class=\"horizLine\">02 November 2014 10:00</td><td class=\"horizLineSel\">2 kali perubahan</td></tr></table>" + kFoot3;

inline const std::string kBidders3 = kHead3 +
    "<table class=\"border\"><tr><th class=\"titleTop\">No</th><th class=\"titleTop\">Nama Peserta</th><th class=\"titleTop\">Harga Penawaran</th><th class=\"titleTop\">Pemenang</th><th class=\"titleTop\">Alasan</th></tr>"
    "<tr><td class=\"horizLineTop\">1</td><td class=\"horizLineTop\">CV. SATU - DUA - 98.303.120.4-023.000</td><td class=\"horizLineTop\">      Rp 1.881.060.000,00 </td><td class=\"horizLineTop\"><img src=\"/eproc/assets/9a5c/ctx/assets/images/star.gif\"/> </td><td class=\"horizLineTop\"> </td></tr>"
    "<tr><td class=\"horizLineTop\">2</td><td class=\"horizLineTop\">PT. TIGA - </td><td class=\"horizLineTop\"> </td><td class=\"horizLineTop\"> </td><td class=\"horizLineTop\">Tidak lulus</td></tr></table>" + kFoot3;

// As a browser saves it: absolute addresses, tags in its own order, what an extension injected.
inline const std::string kHead45 =
    "<!DOCTYPE html>\n<!-- saved from url=(0062)https://lpse.contoh.example/eproc4/lelang/1001901/pengumumanlelang -->\n<html lang=\"en\"><head>"
    "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\"><title>LPSE Kota Contoh - Informasi Tender </title>"
    "<style>.x:before{content:\"</td>\"}</style></head>\n<body class=\"\"><div id=\"ext-root\"><table><tbody><tr><th>Toolbar</th></tr></tbody></table></div>\n"
    "<ul class=\"nav nav-tabs\"><li class=\"nav-item\"><a class=\"nav-link active\" href=\"https://lpse.contoh.example/eproc4/lelang/1001901/pengumumanlelang\">Pengumuman</a></li>"
    "<li><a class=\"nav-link\" href=\"https://lpse.contoh.example/eproc4/lelang/1001901/peserta\">Peserta</a></li></ul>\n";
inline const std::string kFoot45 = "<div id=\"footer\"><p>Aplikasi SPSE v4.5</p></div>\n</body></html>";

inline const std::string kView45 = kHead45 +
    "<table class=\"table table-sm table-bordered\"><tbody><tr>\n<th class=\"bgwarning\">Kode Tender</th>\n<td colspan=\"3\"><strong>1001901</strong></td></tr>\n"
    "<tr><th class=\"bgwarning\">Nama Tender</th><td colspan=\"3\">\n <strong>Rehab Gedung</strong> <span class=\"badge badge-warning\">Tender Ulang</span></td></tr>"
    "<tr><th class=\"bgwarning\">Rencana Umum Pengadaan</th><td colspan=\"3\"><table class=\"table\"><tbody><tr><th>Kode RUP</th><th>Nama Paket</th></tr><tr><td>45578586</td><td>Rehab</td></tr></tbody></table></td></tr>"
    "<tr><th class=\"bgwarning\">Nilai Pagu Paket</th><td width=\"200\">Rp. 380.000.000,00</td><th class=\"bgwarning\">Nilai HPS Paket</th><td>Rp. 330.465.700,00</td></tr></tbody></table>" + kFoot45;

inline const std::string kSteps45 = kHead45 +
    "<table class=\"table table-sm\">\n<tr><th>No</th><th>Tahap</th><th>Mulai</th><th>Sampai</th><th>Perubahan</th></tr>\n"
    "<tr>\n<td>1</td>\n<td>Pengumuman</td>\n<td>3 Maret 2014 11:00</td>\n<td>4 Maret 2014 12:00</td>\n<td>Tidak Ada</td>\n</tr>\n</table>" + kFoot45;

inline const std::string kBidders45 = kHead45 +
    "<table class=\"table\"><thead><tr><th>No</th><th>Nama Peserta</th><th>NPWP</th><th>Harga Penawaran</th></tr></thead>\n<tbody><tr><td>1</td><td>CV. SATU</td><td>98.303.120.4-023.000</td><td class=\"text-right\">Rp 5,00</td></tr>"
    "<tr><td>2</td><td>PT. DUA</td><td></td><td class=\"text-right\"></td></tr></tbody></table>" + kFoot45;

inline const std::string kWinner45 = kHead45 +
    "<table class=\"table\"><tr><th class=\"bgwarning\">Nama Tender</th><td>Rehab Gedung</td></tr><tr><td colspan=\"2\"><table class=\"table\"><tr><th>Nama Pemenang</th><th>Alamat</th><th>NPWP</th><th>Harga Penawaran</th></tr>"
    "<tr><td>CV. SATU</td><td>Jl. Contoh 1</td><td>98.303.120.4-023.000</td><td>Rp 5,00</td></tr></table></td></tr></table>" + kFoot45;

}  // namespace pulih::spse
