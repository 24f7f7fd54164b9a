#include "tests/crash/source_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "engine/base/check.h"
#include "engine/crypto/sha256.h"

namespace pulih {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHoleSize = 300'000;
// Just so large that these digits are cut in two with the key that the seeded init makes (stop_test.cc looks).
constexpr size_t kLargeSize = 700'000;
constexpr uint32_t kLargeSeed = 100;

// Text of hexadecimal digits: it halves when compressed, so neither path of the compressor is left out.
std::string Digits(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string text(size, '\n');
  for (size_t i = 0; i < size; ++i) text[i] = "0123456789abcdef"[random() & 15];
  return text;
}

void Write(const std::string& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  PULIH_CHECK(out.good());
}

// Data, a hole, data.
void WriteHoled(const std::string& path, uint32_t seed) {
  Write(path, Digits(5000, seed));
  PULIH_CHECK(::truncate(path.c_str(), kHoleSize) == 0);
  std::ofstream out(path, std::ios::binary | std::ios::app);
  out << Digits(700, seed + 1);
}

std::string ContentOf(const std::string& path, size_t size) {
  std::string content(size, 0);
  std::ifstream in(path, std::ios::binary);
  in.read(content.data(), static_cast<std::streamsize>(size));
  PULIH_CHECK(static_cast<size_t>(in.gcount()) == size);
  return std::to_string(size) + " " + Sha256Of(AsBytes(content)).hex();
}

std::string Words(const struct stat& info, const std::string& path, std::map<ino_t, std::string>& linked, const std::string& name) {
  char mode[8];
  std::snprintf(mode, sizeof mode, "%o", static_cast<unsigned>(info.st_mode & 07777));
  std::string words = mode;
  if (!S_ISLNK(info.st_mode)) {
    words += " " + std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
  }
  if (S_ISDIR(info.st_mode)) return "folder " + words;
  if (S_ISLNK(info.st_mode)) return "link to " + fs::read_symlink(path).string();
  if (!S_ISREG(info.st_mode)) return "something else";
  if (info.st_nlink > 1) words += " one with " + linked.emplace(info.st_ino, name).first->second;
  if (info.st_blocks * 512 + 4096 < info.st_size) words += " holed";
  return "file " + words + " " + ContentOf(path, static_cast<size_t>(info.st_size));
}

}  // namespace

std::string ScratchBase() { return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp"; }

Picture PictureOf(const std::string& root) {
  Picture picture;
  std::map<ino_t, std::string> linked;
  std::vector<std::string> paths = {root};
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());  // the first name of a hard link is the same in every tree
  for (const std::string& path : paths) {
    struct stat info {};
    PULIH_CHECK(::lstat(path.c_str(), &info) == 0);
    const std::string name = path.substr(root.size());
    picture[name] = Words(info, path, linked, name);
  }
  return picture;
}

std::string Differences(const Picture& wanted, const Picture& got) {
  std::string text;
  const auto tell = [&](const std::string& path, const std::string& how) {
    if (text.size() < 1000) text += (path.empty() ? "(the root)" : path) + ": " + how + "\n";
  };
  for (const auto& [path, words] : wanted) {
    const auto found = got.find(path);
    if (found == got.end()) {
      tell(path, "is missing");
    } else if (found->second != words) {
      tell(path, "wanted " + words + ", got " + found->second);
    }
  }
  for (const auto& [path, words] : got) {
    if (!wanted.contains(path)) tell(path, "should not be there");
  }
  return text;
}

SourceTree::SourceTree() : directory_(ScratchBase()), path_(directory_ / "sumber") {
  MakeFirst();
  pictures_.push_back(PictureOf(path_));
}

void SourceTree::MakeFirst() {
  fs::create_directories(path_ + "/paket/2024");
  fs::create_directories(path_ + "/kosong");
  for (uint32_t i = 0; i < 14; ++i) {
    Write(path_ + "/paket/2024/" + std::to_string(1000 + i) + ".txt", "paket " + std::to_string(i) + "\n" + Digits(100 * i, i));
  }
  Write(path_ + "/paket/" + std::string(200, 'n'), "a long name\n");
  Write(path_ + "/paket/baris\nbaru", "an odd name\n");
  Write(path_ + "/nol", "");
  Write(path_ + "/lampiran.bin", Digits(kLargeSize, kLargeSeed));
  WriteHoled(path_ + "/berlubang", 200);
  Write(path_ + "/satu", "one content, two names\n");
  PULIH_CHECK(::link((path_ + "/satu").c_str(), (path_ + "/paket/dua").c_str()) == 0);
  fs::create_symlink("../lampiran.bin", path_ + "/paket/tautan");
  fs::permissions(path_ + "/nol", fs::perms(0640));
}

// A file changed, one added, one gone, one moved, one with another mode, and a tail on the large one now and then.
void SourceTree::Change() {
  const auto v = static_cast<uint32_t>(version_);
  const std::string folder = path_ + "/paket/2024/";
  Write(folder + std::to_string(1003 + v) + ".txt", Digits(900, 300 + v));
  Write(folder + "baru-" + std::to_string(v), Digits(2000, 400 + v));
  fs::remove(folder + std::to_string(1000 + v - 1) + ".txt");
  fs::rename(folder + std::to_string(1013 - v + 1) + ".txt", path_ + "/pindah-" + std::to_string(v));
  fs::permissions(folder + "1007.txt", fs::perms(0600 + static_cast<int>(v % 8)));
  if (v == 2) std::ofstream(path_ + "/lampiran.bin", std::ios::app) << Digits(5000, 500);
}

void SourceTree::MakeNext() {
  ++version_;
  Change();
  pictures_.push_back(PictureOf(path_));
}

}  // namespace pulih
