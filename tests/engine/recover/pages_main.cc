// pages_to_copy FOLDER OUT [SCHEMA.sql]: the rows of a data directory by engine/recover/extract_pages.h, a file of COPY
// text for each table, live rows only, each with its grade in front. For live_pages.py, which compares them with what the
// server said.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "engine/recover/case_schema.h"
#include "engine/recover/extract_pages.h"
#include "formats/postgres/ddl.h"

namespace pulih {
namespace {

std::string CopyText(const ClaimedField& field) {
  if (field.state == ClaimedField::State::null) return "\\N";
  if (field.state == ClaimedField::State::missing) return "<missing>";
  std::string text;
  for (const char c : field.text) {
    constexpr std::string_view kPlain = "\b\f\n\r\t\v\\", kNamed = "bfnrtv\\";
    const size_t at = kPlain.find(c);
    if (at == std::string_view::npos) {
      text.push_back(c);
    } else {
      text += {'\\', kNamed[at]};
    }
  }
  return field.state == ClaimedField::State::partial ? text + "<cut>" : text;
}

class Writer : public ExtractSink {
 public:
  explicit Writer(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Status Row(const RowClaim& claim) override {
    if (claim.standing != Standing::live) return OkStatus();
    std::ofstream& out = files_[claim.table];
    if (!out.is_open()) out.open(folder_ / (claim.table.empty() ? "undecided" : claim.table), std::ios::binary);
    out << static_cast<char>(claim.grade);
    for (const ClaimedField& field : claim.fields) out << '\t' << CopyText(field);
    out << '\n';
    return OkStatus();
  }
  Status Range(const RangeNote&) override { return OkStatus(); }
  Status Remark(const std::string& text) override {
    std::fprintf(stderr, "%s\n", text.c_str());
    return OkStatus();
  }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::ofstream> files_;
};

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

int Run(const std::filesystem::path& root, const std::filesystem::path& out, const char* script) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> contents;
  for (const auto& path : paths) contents.push_back(ReadAll(path));
  std::vector<UnitFile> files;
  for (size_t i = 0; i < paths.size(); ++i)
    files.push_back({std::filesystem::relative(paths[i], root).string(), AsBytes(contents[i])});
  const auto extractor = MakePagesExtractor();
  Schema learnt;
  Status status = extractor->LearnSchema(files, learnt);
  const Schema given = script != nullptr ? ReadDdl(ReadAll(script)) : Schema{};
  Writer writer(out);
  if (status.ok()) status = extractor->Extract(files, SchemaOfUnit(MergeSchemas(given, {&learnt}), learnt), writer);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace pulih

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  return pulih::Run(argv[1], argv[2], argc > 3 ? argv[3] : nullptr);
}
