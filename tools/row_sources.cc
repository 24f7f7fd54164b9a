#include "tools/row_sources.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "engine/source/postgres_source.h"
#include "engine/source/table_source.h"
#include "tools/command.h"
#include "tools/quantity.h"

namespace pulih {
namespace {

// "a,b" into two.
std::vector<std::string> SplitColumns(const std::string& text) {
  std::vector<std::string> columns;
  size_t at = 0;
  while (at <= text.size() && !text.empty()) {
    const size_t end = std::min(text.find(',', at), text.size());
    columns.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return columns;
}

// "NAME=FILE", or a file. A file whose own name holds '=' can be named by "./a=b".
TableFile ParseTable(const std::string& words) {
  TableFile file;
  const size_t equals = words.find('=');
  const bool has_name = equals != std::string::npos && equals > 0 && words.find('/') > equals;
  file.name = has_name ? words.substr(0, equals) : "";
  file.path = has_name ? words.substr(equals + 1) : words;
  return file;
}

class TableFileSource final : public RowSource {
 public:
  explicit TableFileSource(TableFile file) : file_(std::move(file)) { options_.spill_directory = SpoolDirectory(); }
  std::string name() const override {
    std::error_code ignored;
    return std::filesystem::absolute(file_.path, ignored).lexically_normal().string();
  }
  Status Visit(RowVisitor& visitor) override { return VisitTableFile(file_, visitor, options_); }

 private:
  TableFile file_;
  TableFileOptions options_;
};

}  // namespace

Status CheckRowArguments(const RowArguments& arguments) {
  if (!arguments.primary_keys.empty() && arguments.primary_keys.size() != arguments.tables.size()) {
    return UsageError("backup: --primary-key is given " + std::to_string(arguments.primary_keys.size()) + " times, --table " +
                          std::to_string(arguments.tables.size()) + " times",
                      "give one for each --table, in the same order; an empty one (\"\") for a table without a key");
  }
  const bool for_databases = !arguments.schemas.empty() || !arguments.exclude_tables.empty() || !arguments.rate.empty();
  if (for_databases && arguments.postgres.empty()) return UsageError("backup: --schema, --exclude-table and --rate belong to --postgres");
  for (const auto* list : {&arguments.postgres, &arguments.tables}) {
    for (const std::string& word : *list) {
      if (word.empty()) return UsageError(list == &arguments.postgres ? "backup: a --postgres is empty" : "backup: a --table is empty",
                                          list == &arguments.postgres ? "name the database: --postgres dbname=NAME" : "");
    }
  }
  return OkStatus();
}

Result<std::vector<std::unique_ptr<RowSource>>> OpenRowSources(const RowArguments& arguments, unsigned jobs) {
  std::vector<std::unique_ptr<RowSource>> sources;
  for (const std::string& conninfo : arguments.postgres) {
    PostgresOptions options;
    options.conninfo = conninfo;
    options.schemas = arguments.schemas;
    options.exclude_tables = arguments.exclude_tables;
    options.jobs = jobs;
    for (char** variable = environ; *variable != nullptr; ++variable) options.environment.emplace_back(*variable);
    if (!arguments.rate.empty()) {
      PULIH_TRY_ASSIGN(options.bytes_per_second, ParseSize("--rate", arguments.rate));
      if (options.bytes_per_second == 0) return UsageError("--rate: '" + arguments.rate + "': at this rate nothing is ever read", "leave it out for no limit");
    }
    PULIH_TRY_ASSIGN(auto source, PostgresSource::Open(options));
    sources.push_back(std::move(source));
  }
  for (size_t i = 0; i < arguments.tables.size(); ++i) {
    TableFile file = ParseTable(arguments.tables[i]);
    if (!arguments.primary_keys.empty()) file.primary_key = SplitColumns(arguments.primary_keys[i]);
    sources.push_back(std::make_unique<TableFileSource>(std::move(file)));
  }
  return sources;
}

std::string SpoolDirectory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/var/tmp";
}

}  // namespace pulih
