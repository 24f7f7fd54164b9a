// Packs test data into gzip (blocks stored), zip (members stored), tar, and records of web archives.
#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/archive/stream_checks.h"
#include "formats/web/warc.h"

namespace pulih::spse {

inline std::string Le(uint64_t value, int bytes) {
  std::string out;
  for (; bytes > 0; --bytes, value >>= 8) out.push_back(static_cast<char>(value & 0xff));
  return out;
}

inline std::string StoredGzip(const std::string& text) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  for (size_t at = 0; at == 0 || at < text.size(); at += 60000) {
    const std::string block = text.substr(at, 60000);
    out += Le(at + 60000 >= text.size(), 1) + Le(block.size(), 2) + Le(block.size() ^ 0xFFFF, 2) + block;
  }
  return out + Le(Crc32(AsBytes(text)), 4) + Le(text.size(), 4);
}

inline std::string StoredZip(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string out, directory;
  for (const auto& [name, content] : members) {
    const std::string same = Le(0, 2) + Le(0, 2) + Le(0, 4) + Le(Crc32(AsBytes(content)), 4) + Le(content.size(), 4) + Le(content.size(), 4) + Le(name.size(), 2) + Le(0, 2);
    directory += "PK\1\2" + Le(20, 2) + Le(20, 2) + same + Le(0, 2) + Le(0, 2) + Le(0, 2) + Le(0, 4) + Le(out.size(), 4) + name;
    out += "PK\3\4" + Le(20, 2) + same + name + content;
  }
  return out + directory + "PK\5\6" + Le(0, 4) + Le(members.size(), 2) + Le(members.size(), 2) + Le(directory.size(), 4) + Le(out.size(), 4) + Le(0, 2);
}

inline std::string Tar(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string out;
  for (const auto& [name, content] : members) {
    std::string head(512, '\0');
    head.replace(0, name.size(), name);
    char size[16];
    std::snprintf(size, sizeof size, "%011o", static_cast<unsigned>(content.size()));
    head.replace(100, 7, "0000644").replace(124, 11, size).replace(136, 11, "00000000000").replace(148, 8, 8, ' ').replace(156, 1, "0").replace(257, 5, "ustar").replace(263, 2, "00");
    unsigned sum = 0;
    for (const char c : head) sum += static_cast<uint8_t>(c);
    std::snprintf(size, sizeof size, "%06o", sum);
    head.replace(148, 6, size).replace(154, 1, 1, '\0');
    out += head + content + std::string((512 - content.size() % 512) % 512, '\0');
  }
  return out + std::string(1024, '\0');
}

inline std::string Http(const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + more + "\r\n" + body;
}

inline std::string WarcText(const std::string& type, const std::string& url, const std::string& date, const std::string& block, const std::string& more = "") {
  return "WARC/1.0\r\nWARC-Type: " + type + "\r\nWARC-Target-URI: " + url + "\r\nWARC-Date: " + date + "\r\n" + more + "Content-Type: application/http; msgtype=response\r\nContent-Length: " +
         std::to_string(block.size()) + "\r\n\r\n" + block + "\r\n\r\n";
}

inline std::string Digests(const std::string& block, const std::string& payload) {
  return "WARC-Block-Digest: " + web::WarcDigest(AsBytes(block)) + "\r\nWARC-Payload-Digest: " + web::WarcDigest(AsBytes(payload)) + "\r\n";
}

}  // namespace pulih::spse
