// What three saved pages of LPSE DKI Jakarta say (October and November 2015), written down from reading them. The pages
// themselves are public and not ours: pages_shared_test.cc reads them where they are.
#pragma once

#include <string_view>

namespace pulih::spse {

// Of the list, page 1 of 415.
struct DkiTender {
  std::string_view number, name, category, kind, method, agency, stage, estimate;
};
inline constexpr std::string_view kOneFile = "Pascakualifikasi Satu File - Sistem Gugur";
inline constexpr DkiTender kDkiTenders[] = {
    {"29900127", "Belanja Modal Pengadaan Radio UHF Dinas Kesehatan Provinsi DKI Jakarta Tahun 2015", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "271,34 jt"},
    {"29899127", "Belanja Barang Pakai Habis Kesehatan  BLUD RSUD Tarakan Tahun 2015", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "3,53 M"},
    {"29898127", "Pemeliharaan dan Oprasional Pompa Stasioner, Pompa Mobile, Pintu  Air dan Kelengkapannya Aliran Timur di Provinsi DKI Jakarta", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "919,39 jt"},
    {"29897127", "Belanja Alat Kebersihan dan Bahan Pembersih BLUD RSUD Tarakan Tahun 2015", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "457,2 jt"},
    {"29892127", "Belanja Makanan dan Minuman Peserta/Petugas/Panitia Bidang Diklat Penjenjangan (Diklat Prajabatan Golongan III)", "Jasa Lainnya", "e-Lelang Sederhana", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "288,67 jt"},
    {"29887127", "Perawatan Berat Gedung SDN Semper Barat 07/08 (Lelang Ulang)", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Utara", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,52 M"},
    {"29882127", "Perawatan Berat Gedung SDN Paseban 07", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "925,03 jt"},
    {"29881127", "Perawatan Berat Gedung SDN Serdang 05", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "813,3 jt"},
    {"29824127", "Perawatan Berat Gedung SDN Johar Baru 10/31", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,08 M"},
    {"29610127", "Perawatan Berat Gedung SDN Cempaka Baru 01/02", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,03 M"},
    {"29608127", "Perawatan Berat Gedung SMPN 137", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,17 M"},
    {"29604127", "BELANJA BAHAN KIMIA (RS ADHYAKSA)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Timur", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "604,46 jt"},
    {"29603127", "BELANJA BAHAN LABORATORIUM (RS ADHYAKSA)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Timur", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "379,86 jt"},
    {"29602127", "BELANJA ALAT LABORATORIUM (RS ADHYAKSA)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Timur", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "301,32 jt"},
    {"29601127", "BELANJA MODAL PENGADAAN ALAT-ALAT KEDOKTERAN BEDAH (RS ADHYAKSA)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Timur", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "2,36 M"},
    {"29600127", "BELANJA MODAL PENGADAAN ALAT-ALAT RADIOLOGI (RS ADHYAKSA)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Timur", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "641,51 jt"},
    {"29599127", "BELANJA MODAL PENGADAAN ALAT-ALAT LABORATORIUM KIMIA (RS ADHYAKSA)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Timur", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,53 M"},
    {"29593127", "Penataan Taman Sungai Sambas", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "629,87 jt"},
    {"29592127", "Penataan Taman Mataram Timur", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,33 M"},
    {"29591127", "Penataan Taman Hang Tuah Raya", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "934 jt"},
    {"29590127", "Penataan Taman Samping Dharmawangsa Square", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "673,75 jt"},
    {"29589127", "Penataan Taman Daha", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "705,14 jt"},
    {"29586127", "5.2.3.26.01 Pembangunan pagar dan peninggian halaman Puskesmas Kelurahan Sunter Jaya II", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Utara", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "727,58 jt"},
    {"29585127", "1.20.61.001 Penyediaan Alat Tulis Kantor (ATK)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Utara", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,28 M"},
    {"29584127", "1.02.05.001 Belanja Bahan Kimia", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Utara", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "401,5 jt"},
    {"29580127", "Pengadaan Pakaian Dinas, Pakaian Olahraga dan Kelengkapannya (Lelang Ulang)", "Pengadaan Barang", "e-Lelang Umum", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "6,47 M"},
    {"29577127", "Perbaikan Jalan Lingkungan/Orang/Saluran Kecamatan Pancoran", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "407,27 jt"},
    {"29575127", "Perbaikan Jalan Lingkungan/ Orang/Saluran Kecamatan Kebayoran Baru", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,18 M"},
    {"29573127", "Perbaikan Jalan Lingkungan/ Orang/Saluran Kecamatan Mampang Prapatan", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "929,83 jt"},
    {"29572127", "Perbaikan Jalan Lingkungan/Orang/Saluran Kecamatan Pesanggrahan", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "2,08 M"},
    {"29571127", "Pengadaan Peralatan Olahraga", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Selatan", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "353,95 jt"},
    {"29570127", "Perawatan Berat Gedung SMPN 71", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,26 M"},
    {"29569127", "Perawatan Berat Gedung SMPN 78", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,26 M"},
    {"29568127", "Perawatan Berat Gedung SMPN 76", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,11 M"},
    {"29567127", "Perawatan Gedung Kantor Kasie Dikdas Kecamatan Johar Baru", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,39 M"},
    {"29563127", "Pemeliharaan dan Penggantian Spare Part Alat-Alat Angkutan Darat Bermotor Lift / Elevator", "Jasa Lainnya", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Timur", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "721,86 jt"},
    {"29561127", "Belanja Modal Pengadaan Alat-Alat Kedokteran Gigi", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ Jakarta Timur", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "346 jt"},
    {"29560127", "Pangan Bahan Pangan Beras (Buffer Stock 2015)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1 M"},
    {"29559127", "Belanja Modal Alat-alat Kedokteran Umum RSUD Tarakan Tahun 2015 (Lelang Ulang)", "Pengadaan Barang", "e-Lelang Umum", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "9,27 M"},
    {"29558127", "Belanja Modal Pengadaan Peralatan Studio Visual (Penataan Ruang Operasional Jakarta Smart City)", "Pengadaan Barang", "e-Lelang Umum", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "10,95 M"},
    {"29557127", "Belanja Modal Pengadaan Jaringan Teknologi Informasi (Penataan Ruang Operasional Jakarta Smart City)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "4,89 M"},
    {"29556127", "Pengelolaan Data Center  (Pengelolaan Data Center dan DRC)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "3,78 M"},
    {"29555127", "Pengadaan Server (Dukungan Teknis Pengelolaan Sistem Aplikasi)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "959,2 jt"},
    {"29554127", "Belanja Pemeliharaan Gedung Kantor (Penataan Ruang Kerja Biro Umum)", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "700,39 jt"},
    {"29553127", "Belanja Modal Pengadaan Perangkat Lunak Software Interkoneksi (Pengadaan Software Interkoneksi Pemprov DKI Jakarta)", "Pengadaan Barang", "e-Lelang Sederhana", kOneFile, "UPPBJ BALAIKOTA", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "4,42 M"},
    {"29552127", "Perawatan Berat Gedung SDN Tamansari 09", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Barat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "954,19 jt"},
    {"29551127", "Perawatan Berat Gedung SDN Kapuk 16", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Barat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "1,36 M"},
    {"29550127", "Perawatan Berat Gedung SMPN 187", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Barat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan\nUpload Dokumen Penawaran", "1,47 M"},
    {"29549127", "Perawatan Berat Gedung SDN Senen 03", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "961,8 jt"},
    {"29548127", "Perawatan Berat Gedung SDN Cempaka Baru 12/13/14", "Pekerjaan Konstruksi", "e-Lelang Pemilihan Langsung", kOneFile, "UPPBJ Jakarta Pusat", "Pengumuman Pascakualifikasi\nDownload Dokumen Pengadaan", "1,12 M"},
};

struct DkiStep {
  std::string_view name, begin, end, changes;
};
inline constexpr DkiStep kDkiSteps[] = {
    {"Pengumuman Pascakualifikasi", "30 Oktober 2015 11:00", "03 November 2015 16:00", "Tidak ada"},
    {"Download Dokumen Pengadaan", "30 Oktober 2015 11:00", "04 November 2015 16:00", "Tidak ada"},
    {"Pemberian Penjelasan", "02 November 2015 09:00", "02 November 2015 10:00", "Tidak ada"},
    {"Upload Dokumen Penawaran", "03 November 2015 08:00", "05 November 2015 13:00", "Tidak ada"},
    {"Pembukaan Dokumen Penawaran", "05 November 2015 13:01", "05 November 2015 23:00", "Tidak ada"},
    {"Evaluasi penawaran", "06 November 2015 08:00", "09 November 2015 20:00", "Tidak ada"},
    {"Evaluasi Dokumen Kualifikasi", "06 November 2015 08:00", "09 November 2015 20:00", "Tidak ada"},
    {"Pembuktian Kualifikasi", "06 November 2015 08:00", "09 November 2015 20:00", "Tidak ada"},
    {"Upload Berita Acara Hasil Pelelangan", "10 November 2015 08:00", "10 November 2015 20:00", "Tidak ada"},
    {"Penetapan pemenang", "10 November 2015 08:00", "10 November 2015 20:00", "Tidak ada"},
    {"Pengumuman Pemenang", "10 November 2015 08:00", "10 November 2015 20:00", "Tidak ada"},
    {"Masa Sanggah Hasil Lelang", "11 November 2015 08:00", "13 November 2015 16:00", "Tidak ada"},
    {"Surat Penunjukan Penyedia Barang/Jasa", "16 November 2015 08:00", "16 November 2015 16:00", "Tidak ada"},
    {"Penandatanganan Kontrak", "17 November 2015 08:00", "18 November 2015 16:00", "Tidak ada"},
};

struct DkiBidder {
  std::string_view name, npwp;
  bool administration, technical;  // a green tick
  std::string_view reason;
};
// The first has a price and the star, the others have neither.
inline constexpr DkiBidder kDkiBidders[] = {
    {"CV. ANDINY KARYA MANDIRI", "03.303.120.4-023.000", true, true, ""},
    {"PT.ATHIRAH KASYLA", "02.853.411.3-804.000", false, false, ""},
    {"CV. SINAR SURYA", "01.906.193.6-801.000", false, false, ""},
    {"pt. sketsa karya pribumi", "03.268.202.3-008.000", false, false, ""},
    {"PT. CAKRA WREDHI PRATAMA", "01.974.048.9-002.000", false, false, ""},
    {"Maharani Marga Sejahtera", "01.322.538.8-009.000", false, false, ""},
    {"CV. SERIBU KREASI", "70.565.320.2-009.000", false, false, ""},
    {"CV. TANGKE LIME", "02.124.952.9-102.000", false, false, ""},
    {"CV.Aura Digitech Mandiri", "03.277.000.0-009.000", false, false, ""},
    {"PT. POLINDO NIPAR JAYA", "31.679.773.7-003.000", false, false, ""},
    {"CV. Tri Jaya Khatulistiwa", "31.763.448.3-412.000", false, false, ""},
    {"CV. DANISWARA", "21.151.528.3-401.000", false, false, ""},
    {"CV. AKBAR PANJAYA", "72.444.775.0-009.000", false, false, "evaluasi tidak dilanjutkan"},
    {"cv. trina sakti perkasa", "03.063.808.4-005.000", true, false, "Surat dukungan tidak memenuhi syarat, dikeluarkan oleh Pengecer (syarat yang diminta adalah surat dukungan dari pabrikan/agen tunggal/distributor; surat pernyataan jaminan expiry date (kadaluarsa) tidak memenuhi syarat, dikeluarkan oleh Pengecer (syarat yang diminta adalah surat pernyataan jaminan expiry date dari pabrikan/agen tunggal/distributor)."},
    {"PT.KASIH SINDHUBALA MIRHRA", "70.100.757.7-076.000", false, false, ""},
    {"SUKMA KARYA MANDIRI", "03.283.047.3-008.000", false, false, ""},
    {"CV. PUTRI BERKAH SEJATI", "31.657.746.9-034.000", false, false, ""},
    {"CV. MANISE ROHANA", "31.252.729.4-003.000", false, false, ""},
    {"CV.SINAR CAHAYA MUDA", "02.561.521.2-009.000", true, false, "Surat dukungan tidak memenuhi syarat, dikeluarkan oleh Toko (syarat yang diminta adalah surat dukungan dari pabrikan/agen tunggal/distributor), surat pernyataan jaminan expiry date (kadaluarsa) tidak memenuhi syarat, dikeluarkan oleh Toko (syarat yang diminta adalah surat pernyataan jaminan expiry date dari pabrikan/agen tunggal/distributor)."},
    {"GUNA PRATAMA", "66.106.621.7-432.000", false, false, ""},
    {"CV. D & D Bersaudara", "31.220.017.3-411.000", false, false, ""},
    {"CV. DUA DUA JUNI", "01.933.312.9-003.000", false, false, ""},
    {"kawan joymor", "31.567.399.6-407.000", false, false, ""},
    {"CV. JASINDO PRATAMA", "71.196.240.7-005.000", false, false, ""},
};

}  // namespace pulih::spse
