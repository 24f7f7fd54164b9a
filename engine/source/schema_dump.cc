#include "engine/source/schema_dump.h"

#include <utility>

#include "engine/os/child_process.h"

namespace pulih {
namespace {

constexpr size_t kMaxToldErrors = 500;
constexpr const char* kLockWait = "30000";  // milliseconds, as lock_timeout of the connections that read rows

std::string FirstLines(std::string_view errors) {
  std::string out;
  for (const char c : errors.substr(0, kMaxToldErrors)) out += c == '\n' ? ' ' : c;
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out.empty() ? "it does not say why" : out;
}

bool StartsWith(std::string_view text, std::string_view head) { return text.substr(0, head.size()) == head; }

// Keys of the repository and of its store are no business of another program.
std::vector<std::string> WithoutSecrets(std::vector<std::string> environment) {
  std::erase_if(environment, [](const std::string& variable) {
    return StartsWith(variable, "AWS_") || StartsWith(variable, "PULIH_");
  });
  return environment;
}

// pg_dump shows the statement that failed. Its words around it, and the server's reason, are in the language of either.
bool IsLock(std::string_view errors) { return errors.find(": LOCK TABLE ") != errors.npos; }

Result<std::string> Run(const SchemaDumpRequest& request, const std::string& program, const char* section) {
  ChildRequest child;
  child.program = program;
  child.environment = WithoutSecrets(request.environment);
  for (const auto& [name, value] : request.access.environment) child.environment.push_back(name + "=" + value);
  child.should_stop = request.should_stop;
  child.arguments = {"--schema-only", std::string("--section=") + section, "--no-password",
                     std::string("--lock-wait-timeout=") + kLockWait, "--encoding=" + request.encoding};
  if (!request.snapshot.empty()) child.arguments.push_back("--snapshot=" + request.snapshot);
  // Within double quotes nothing is a pattern.
  for (const std::string& schema : request.schemas) child.arguments.push_back("--schema=" + SqlName(schema));
  for (const CatalogName& table : request.without) {
    child.arguments.push_back("--exclude-table=" + SqlName(table.schema) + "." + SqlName(table.name));
  }
  child.arguments.push_back("--dbname=" + request.access.conninfo);
  PULIH_TRY_ASSIGN(ChildResult result, RunChild(child));
  if (result.exit_code != 0) {
    const Code code = IsLock(result.errors) ? Code::in_use : Code::unsupported;
    return Status(code, program + ": " + FirstLines(result.errors),
                  "pg_dump must be at least as new as the server, the role needs SELECT on all tables, and nobody may "
                  "lock one for long");
  }
  return WithoutPassingLines(result.output);
}

}  // namespace

std::string WithoutPassingLines(std::string_view ddl) {
  std::string out;
  out.reserve(ddl.size());
  std::string closing;  // the \unrestrict that belongs to the \restrict of the head
  bool in_head = true;
  while (!ddl.empty()) {
    const size_t end = ddl.find('\n');
    const std::string_view line = ddl.substr(0, end == ddl.npos ? ddl.size() : end + 1);
    ddl.remove_prefix(line.size());
    // Bodies of functions stand further down and may hold any line: only the head is looked at for all of these.
    if (in_head && StartsWith(line, "SET ")) in_head = false;
    if (in_head && StartsWith(line, "\\restrict ")) {
      closing = "\\un" + std::string(line.substr(1));
      continue;
    }
    if (in_head && (StartsWith(line, "-- Dumped ") || StartsWith(line, "-- Started on "))) continue;
    if (!closing.empty() && line == closing) continue;
    out += line;
  }
  return out;
}

Result<DatabaseDdl> DumpSchema(const SchemaDumpRequest& request) {
  const std::string program = FindProgram(request.program, request.environment);
  if (program.empty()) {
    return Status(Code::unsupported,
                  request.program + " is not installed, so the definitions of tables, views and functions are not kept",
                  "install postgresql-client of the server's version or newer");
  }
  DatabaseDdl ddl;
  PULIH_TRY_ASSIGN(ddl.before_data, Run(request, program, "pre-data"));
  PULIH_TRY_ASSIGN(ddl.after_data, Run(request, program, "post-data"));
  return ddl;
}

}  // namespace pulih
