#include "formats/ocds/merge_rules.h"

#include <algorithm>

namespace pulih::ocds {
namespace {

// The schema of 1.1 with many extensions has some 1,500 paths.
constexpr size_t kMaxPaths = 100'000;
constexpr size_t kMaxSchemaDepth = 40;

bool IsTrue(const Json& schema, std::string_view key) {
  const Json* value = schema.Find(key);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

bool Says(const Json& schema, std::string_view key, std::string_view word) {
  const Json* value = schema.Find(key);
  return value != nullptr && value->string() != nullptr && *value->string() == word;
}

bool IsArray(const Json& schema) {
  const Json* type = schema.Find("type");
  if (type == nullptr) return false;
  if (type->string() != nullptr) return *type->string() == "array";
  const Json::Array* types = type->array();
  return types != nullptr && std::any_of(types->begin(), types->end(), [](const Json& t) { return t.string() != nullptr && *t.string() == "array"; });
}

// Walks a schema's properties, through references.
class SchemaWalk {
 public:
  SchemaWalk(const Json& root, std::unordered_map<std::string, MergeRule>& rules) : root_(root), rules_(rules) {}

  Status Properties(const Json& schema, const std::string& path, size_t depth) {
    if (depth > kMaxSchemaDepth) return Status(Code::invalid, "read OCDS schema: " + path + ": it refers to itself");
    PULIH_TRY_ASSIGN(const Json* const object, Resolve(schema));
    const Json* properties = object->Find("properties");
    if (properties == nullptr || properties->object() == nullptr) return OkStatus();
    for (const JsonMember& property : *properties->object()) {
      if (++paths_ > kMaxPaths) return Status(Code::invalid, "read OCDS schema: it has too many paths");
      PULIH_TRY(Property(property.value, path + "/" + property.key, depth));
    }
    return OkStatus();
  }

 private:
  Status Property(const Json& property, const std::string& path, size_t depth) {
    // What stands beside a reference counts as well as what it leads to.
    PULIH_TRY_ASSIGN(const Json* const target, Resolve(property));
    const auto flagged = [&](std::string_view flag, std::string_view strategy) {
      return IsTrue(property, flag) || IsTrue(*target, flag) || Says(property, "mergeStrategy", strategy) || Says(*target, "mergeStrategy", strategy);
    };
    if (flagged("omitWhenMerged", "ocdsOmit")) {
      rules_[path] = MergeRule::omit;
      return OkStatus();
    }
    if (flagged("wholeListMerge", "ocdsVersion")) {
      rules_[path] = MergeRule::replace;
      return OkStatus();
    }
    if (!IsArray(*target)) return Properties(*target, path, depth + 1);
    const Json* items = target->Find("items");
    if (items == nullptr) return OkStatus();
    PULIH_TRY_ASSIGN(const Json* const item, Resolve(*items));
    if (const Json* fields = item->Find("properties"); fields != nullptr && fields->Find("id") == nullptr) {
      rules_[path] = MergeRule::replace;
      return OkStatus();
    }
    return Properties(*item, path, depth + 1);
  }

  // Follows "$ref": "#/definitions/Tender".
  Result<const Json*> Resolve(const Json& schema) {
    const Json* at = &schema;
    for (size_t hops = 0; hops <= kMaxSchemaDepth; ++hops) {
      const Json* reference = at->Find("$ref");
      if (reference == nullptr || reference->string() == nullptr) return at;
      std::string_view rest = *reference->string();
      if (rest.empty() || rest.front() != '#') return Status(Code::invalid, "read OCDS schema: " + std::string(rest) + ": it lies in another file");
      rest.remove_prefix(1);
      const Json* found = &root_;
      while (found != nullptr && !rest.empty()) {
        rest.remove_prefix(1);  // '/'
        const size_t end = std::min(rest.find('/'), rest.size());
        found = found->Find(rest.substr(0, end));
        rest.remove_prefix(end);
      }
      if (found == nullptr) return Status(Code::invalid, "read OCDS schema: " + *reference->string() + ": it is not there");
      at = found;
    }
    return Status(Code::invalid, "read OCDS schema: references lead in a circle");
  }

  const Json& root_;
  std::unordered_map<std::string, MergeRule>& rules_;
  size_t paths_ = 0;
};

}  // namespace

Result<MergeRules> MergeRules::FromSchema(const Json& schema) {
  MergeRules rules;
  PULIH_TRY(SchemaWalk(schema, rules.exact_).Properties(schema, "", 0));
  return rules;
}

MergeRules MergeRules::Ocds11() {
  MergeRules rules;
  for (const char* path : {"/id", "/date", "/tag"}) rules.exact_[path] = MergeRule::omit;
  // The same structures stand in many places, so they are known by their own names. `changes` of an amendment have no id.
  for (const char* names : {"/additionalIdentifiers", "/additionalClassifications", "/amendments/changes", "/amendment/changes"}) {
    rules.endings_.push_back({names, MergeRule::replace});
  }
  return rules;
}

MergeRules MergeRules::Ocds10() {
  MergeRules rules = Ocds11();
  rules.exact_["/awards/suppliers"] = MergeRule::replace;
  return rules;
}

MergeRule MergeRules::At(std::string_view path) const {
  if (const auto found = exact_.find(std::string(path)); found != exact_.end()) return found->second;
  for (const Ending& ending : endings_) {
    if (path.ends_with(ending.names)) return ending.rule;
  }
  return MergeRule::usual;
}

}  // namespace pulih::ocds
