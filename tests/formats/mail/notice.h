// A message of a fictional LPSE, with a table attached.
#pragma once

#include <string>

namespace pulih::spse {

inline const std::string kNotice =
    "Received: from mail.contoh.example by mx.contoh.example; Thu, 2 Oct 2014 17:04:06 +0700\r\n"
    "From: \"LPSE Kota Contoh\" <noreply@lpse.contoh.example>\r\n"
    "To: cv.satu@contoh.example\r\n"
    "Subject: =?utf-8?B?UGVuZ3VtdW1hbiA=?= =?utf-8?Q?Pemenang_Lelang?=\r\n"
    "Date: Thu, 2 Oct 2014 17:04:05 +0700\r\n"
    "Message-ID: <1@lpse.contoh.example>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\nThis is MIME.\r\n"
    "--b1\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "Kepada Yth. CV. SATU\r\nKode Lelang : 1001901\r\nNama Lelang : Rehab Caf=E9 =\r\nKota\r\nNilai HPS: Rp 5.000,00\r\nLihat http://lpse.contoh.example\r\n"
    "--b1\r\nContent-Type: text/csv; name=\"rekap.csv\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "a29kZSxuYW1hLG5pbGFpCjEwMDE5MDEsQSw1IGp0CjEwMDI5MDEsQiw2IGp0Cg==\r\n--b1--\r\n";

}  // namespace pulih::spse
