"""What rebuild.sh measures. Standard library only.

    rebuild.py case PULIH KIT CASE WORK     the remains of CASE through pulih, against the truth of CASE; JSON on standard output
    rebuild.py claims PULIH N WORK          N claims about tenders from two made-up publishers, fused; JSON
    rebuild.py table RESULT…                the results as a table
"""
import csv
import json
import os
import re
import subprocess
import sys
import time

csv.field_size_limit(1 << 30)


def timed(*command):
    """Wall seconds, processor seconds of it and its children, peak MiB of the largest process, exit code."""
    report = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"pulih-time.{os.getpid()}")
    began = time.monotonic()
    done = subprocess.run(["/usr/bin/time", "-o", report, "-f", "%U %S %M", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    wall = time.monotonic() - began
    with open(report, encoding="utf-8") as file:
        user, system, peak = file.read().split("\n")[-2].split()
    os.remove(report)
    if done.returncode not in (0, 3):
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-500:]}")
    return {"seconds": round(wall, 2), "processor": round(float(user) + float(system), 2), "peak_mib": round(int(peak) / 1024)}


def rows(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return list(csv.DictReader(file))


def folded(text):
    return re.sub(r"[^0-9A-Z]+", " ", text.upper()).strip()


class Truth:
    """Fields of the domain: (entity, key, field) to the texts that it had, the last of them in the database's final state."""

    def __init__(self, folder):
        self.fields = {}
        # What a row was before, then what it is.
        tables = {name: (rows(f"{folder}/history/{name}.csv") if os.path.exists(f"{folder}/history/{name}.csv") else []) + rows(f"{folder}/tables/{name}.csv") for name in ("lelang_seleksi", "paket", "jadwal", "peserta", "rekanan", "kontrak", "tahap", "satuan_kerja")}
        packages = {row["pkt_id"]: row for row in tables["paket"]}
        steps = {row["thp_id"]: row["thp_nama"] for row in tables["tahap"]}
        units = {row["stk_id"]: row for row in tables["satuan_kerja"]}
        vendors = {row["rkn_id"]: row for row in tables["rekanan"]}
        for row in tables["lelang_seleksi"]:
            package, code = packages.get(row["pkt_id"], {}), row["lls_id"]
            self.put("tender", code, row, {"package": "pkt_id", "version": "lls_versi_lelang", "approved": "lls_tgl_setuju"})
            self.put("tender", code, package, {"name": "pkt_nama", "budget": "pkt_pagu", "estimate": "pkt_hps", "unit_id": "stk_id", "plan": "rup_id", "created": "pkt_tgl_buat"})
            self.put("tender", code, units.get(package.get("stk_id"), {}), {"unit": "stk_nama"})
        for row in tables["jadwal"]:
            self.put("step", f"{row['lls_id']}/{folded(steps[row['thp_id']])}", row, {"start": "dtj_tglawal", "end": "dtj_tglakhir"})
        for row in tables["rekanan"]:
            self.put("vendor", self.npwp(row), row, {"vendor_id": "rkn_id", "vendor": "rkn_nama", "address": "rkn_alamat"})
        for row in tables["peserta"]:
            key = f"{row['lls_id']}/{self.npwp(vendors.get(row['rkn_id'], {}))}"
            self.put("bid", key, row, {"bid_id": "psr_id", "vendor_id": "rkn_id", "price": "psr_harga", "corrected_price": "psr_harga_terkoreksi", "is_winner": "is_pemenang",
                                       "is_verified_winner": "is_pemenang_verif", "reason": "psr_alasan"})
        for row in tables["kontrak"]:
            self.put("contract", row["lls_id"], row, {"contract_number": "kontrak_no", "contract_value": "kontrak_nilai", "contract_date": "kontrak_tanggal",
                                                      "contract_start": "kontrak_mulai", "contract_end": "kontrak_akhir"})

    @staticmethod
    def npwp(row):
        digits = re.sub(r"\D", "", row.get("rkn_npwp", ""))
        return (digits[1:] if len(digits) == 16 else digits)[:9]

    def put(self, entity, key, row, columns):
        for field, column in columns.items():
            if row.get(column):
                self.fields.setdefault((entity, key, field), []).append(row[column])

    def judge(self, told):
        """"right": it is so in the final state; "older": it was so before; "wrong"; None where the truth has nothing to say."""
        truths = self.fields.get((told["entity"], told["key"], told["field"]))
        if truths is None:
            return None
        if self.is_alike(told, truths[-1]):
            return "right"
        return "older" if any(self.is_alike(told, truth) for truth in truths) else "wrong"

    @staticmethod
    def is_alike(told, truth):
        value = told["value"]
        if told["up_to"]:
            return float(value) <= float(truth) < float(told["up_to"])
        if re.fullmatch(r"-?\d+(\.\d+)?", value) and re.fullmatch(r"-?\d+(\.\d+)?", truth):
            return float(value) == float(truth)
        if re.fullmatch(r"\d{4}-\d\d-\d\d( .*)?", value):
            return truth.startswith(value)
        if truth in ("t", "f"):
            return value == ("1" if truth == "t" else "0")
        return folded(value) == folded(truth)


def measure_case(pulih, kit, case, work):
    os.makedirs(work)
    recover = lambda *words: timed(pulih, "--no-progress", "-q", "recover", *words)
    store = os.path.join(work, "case")
    result = {"kind": "case", "case": os.path.basename(case), "steps": {}}
    recover("open", store)
    result["steps"]["add"] = recover("add", store, f"{case}/evidence")
    result["steps"]["run"] = recover("run", store, "--schema", f"{kit}/schema.sql")
    result["steps"]["report"] = recover("report", store, "-o", f"{work}/report.html", "--csv", f"{work}/lists")
    result["steps"]["export"] = recover("export", store, "--to", f"{work}/out")
    subprocess.run([sys.executable, f"{kit}/score.py", "--truth", f"{case}/truth", "--csv", f"{work}/out", "--json", f"{work}/score.json"], stdout=subprocess.DEVNULL, check=True)
    with open(f"{work}/score.json", encoding="utf-8") as file:
        result["score"] = json.load(file)
    truth, share = Truth(f"{case}/truth"), {}
    for told in rows(f"{work}/lists/values.csv"):
        verdict = truth.judge(told)
        if verdict:
            share.setdefault(told["status"], {"right": 0, "older": 0, "wrong": 0})[verdict] += 1
    result["fields"] = share
    result["evidence_mib"] = round(sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(f"{case}/evidence") for name in names) / (1 << 20), 1)
    return result


def measure_claims(pulih, count, work):
    """Two publishers of LPSE lists tell of the same tenders: twenty fields of each, so count / 20 tenders, half from each."""
    os.makedirs(work)
    tenders = count // 16
    head = "kd_klpd,kd_tender,kd_pkt_dce,kd_rup,nama_paket,pagu,hps,status_tender,kd_satker,nama_satker,jenis_pengadaan,mtd_pemilihan,tahun_anggaran,tgl_buat_paket,tgl_pengumuman_tender"
    for name, told in (("satu.csv", 1), ("dua.csv", 2)):
        with open(f"{work}/{name}", "w", encoding="utf-8") as file:
            file.write(head + "\n")
            for i in range(tenders // 2):
                file.write(f"D001,{1000 + i}127,{7000 + i}127,{i},Pengadaan contoh nomor {i},{i}000.00,{i}{told}0.00,Selesai,{i % 300},Dinas Contoh {i % 300},Barang,Tender,2014,2014-01-{i % 28 + 1:02} 08:00:00,2014-02-{i % 28 + 1:02} 08:00:00\n")
    recover = lambda *words: timed(pulih, "--no-progress", "-q", "recover", *words)
    store = f"{work}/case"
    recover("open", store)
    recover("add", store, f"{work}/satu.csv", "--captured", "2014-09-01")
    recover("add", store, f"{work}/dua.csv", "--captured", "2014-10-01")
    result = {"kind": "claims", "fields": tenders * 14, "tenders": tenders // 2, "steps": {"run": recover("run", store)}}
    result["steps"]["fuse"] = recover("report", store, "-o", f"{work}/report.html")
    return result


def print_table(results):
    for result in results:
        if result["kind"] == "claims":
            print(f"{result['fields']:,} field claims about {result['tenders']:,} tenders, each told twice")
        else:
            total = result["score"].get("total", result["score"])
            print(f"{result['case']}: {result['evidence_mib']} MiB of evidence")
            print("  score:", {name: total[name] for name in ("recall", "field_recall", "precision", "exact", "wrong", "false") if name in total})
            for status, of in sorted(result["fields"].items()):
                print(f"  fields called {status}: {of['right']:,} right, {of['older']:,} were so before, {of['wrong']:,} wrong ({100 * of['right'] / max(1, sum(of.values())):.2f} % right)")
        for step, took in result["steps"].items():
            print(f"  {step}: {took['seconds']} s, {took['processor']} s of processor, {took['peak_mib']} MiB")


if __name__ == "__main__":
    if sys.argv[1] == "case":
        json.dump(measure_case(*sys.argv[2:]), sys.stdout)
    elif sys.argv[1] == "claims":
        json.dump(measure_claims(sys.argv[2], int(sys.argv[3]), sys.argv[4]), sys.stdout)
    else:
        loaded = []
        for path in sys.argv[2:]:
            with open(path, encoding="utf-8") as handle:
                loaded.append(json.load(handle))
        print_table(loaded)
