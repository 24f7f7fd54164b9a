#include "tools/config_file.h"

#include <toml++/toml.h>

#include <algorithm>

namespace pulih {
namespace {

class ConfigReader {
 public:
  ConfigReader(const ProgramSpec& program, const CommandSpec* command, const std::string& file_name)
      : program_(program), command_(command), file_name_(file_name) {}

  Status ReadTop(const toml::table& top) {
    for (const auto& [key, node] : top) {
      const std::string name(key.str());
      const toml::table* table = node.as_table();
      if (table == nullptr) {
        PULIH_TRY(ReadOption(name, node, nullptr, global_));
      } else if (name == "global") {
        PULIH_TRY(ReadTable(*table, nullptr, global_));
      } else {
        PULIH_TRY(ReadCommandTable(name, *table));
      }
    }
    return OkStatus();
  }

  // The command's own values come last: they beat the global ones. How to open the repository is one question, so a
  // command that has its own answer hears nothing of the global one.
  std::vector<GivenOption> Take() && {
    if (std::any_of(own_.begin(), own_.end(), SaysHowToOpen)) std::erase_if(global_, SaysHowToOpen);
    for (GivenOption& option : own_) global_.push_back(std::move(option));
    return std::move(global_);
  }

 private:
  static bool SaysHowToOpen(const GivenOption& given) {
    const std::string name = given.option->long_name();
    return name == "key" || name.starts_with("passphrase");
  }

  Status Bad(const toml::node& node, const std::string& why) const {
    return UsageError("reading " + file_name_ + ": line " + std::to_string(node.source().begin.line) + ": " + why);
  }

  Status ReadCommandTable(const std::string& name, const toml::table& table) {
    if (program_.FindGroup(name) != nullptr) {
      for (const auto& [key, node] : table) {
        if (node.as_table() == nullptr) return Bad(node, "unknown key '" + name + "." + std::string(key.str()) + "'");
        PULIH_TRY(ReadCommandTable(name + " " + std::string(key.str()), *node.as_table()));
      }
      return OkStatus();
    }
    const CommandSpec* command = program_.Find(name);
    if (command == nullptr) return Bad(table, "unknown table [" + name + "]: there is no such command");
    std::vector<GivenOption> others;
    return ReadTable(table, command, command == command_ ? own_ : others);
  }

  Status ReadTable(const toml::table& table, const CommandSpec* command, std::vector<GivenOption>& into) {
    for (const auto& [key, node] : table) PULIH_TRY(ReadOption(std::string(key.str()), node, command, into));
    return OkStatus();
  }

  const OptionSpec* FindOption(const std::string& key, const CommandSpec* command) const {
    if (command != nullptr) {
      for (const OptionSpec& option : command->options) {
        if (option.long_name() == key) return &option;
      }
    }
    for (const OptionSpec& option : program_.global) {
      const bool makes_sense = key != "config" && key != "help" && key != "version";
      if (option.long_name() == key && makes_sense) return &option;
    }
    return nullptr;
  }

  Status ReadOption(const std::string& key, const toml::node& node, const CommandSpec* command,
                    std::vector<GivenOption>& into) {
    const OptionSpec* option = FindOption(key, command);
    if (option == nullptr) return Bad(node, "unknown key '" + key + "'");
    GivenOption given{option, {}};
    if (option->is_flag()) {
      if (!node.is_boolean()) return Bad(node, key + ": wants true or false");
      given.values = {node.as_boolean()->get() ? "true" : "false"};
    } else if (std::holds_alternative<std::optional<uint64_t>*>(option->target)) {
      if (!node.is_integer()) return Bad(node, key + ": wants a number");
      given.values = {std::to_string(node.as_integer()->get())};
    } else if (node.is_string()) {
      given.values = {node.as_string()->get()};
    } else if (option->is_list() && node.is_array()) {
      for (const toml::node& element : *node.as_array()) {
        if (!element.is_string()) return Bad(element, key + ": wants strings");
        given.values.push_back(element.as_string()->get());
      }
    } else {
      return Bad(node, key + (option->is_list() ? ": wants a list of strings" : ": wants a string"));
    }
    into.push_back(std::move(given));
    return OkStatus();
  }

  const ProgramSpec& program_;
  const CommandSpec* command_;
  const std::string& file_name_;
  std::vector<GivenOption> global_, own_;
};

}  // namespace

Result<std::vector<GivenOption>> ReadConfig(const ProgramSpec& program, const CommandSpec* command, std::string_view text,
                                            const std::string& file_name) {
  toml::table top;
  try {
    top = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    return UsageError("reading " + file_name + ": line " + std::to_string(error.source().begin.line) + ": " +
                      std::string(error.description()));
  }
  ConfigReader reader(program, command, file_name);
  PULIH_TRY(reader.ReadTop(top));
  return std::move(reader).Take();
}

}  // namespace pulih
