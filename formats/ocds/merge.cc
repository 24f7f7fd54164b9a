#include "formats/ocds/merge.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

namespace pulih::ocds {
namespace {

constexpr size_t kWarningTexts = 10;
// Longer paths lead to nothing that a rule knows, and copying them for each member would take its time.
constexpr size_t kMaxPath = 1000;

std::string PathTo(const std::string& path, const std::string& key) {
  const std::string_view name = key.size() < kMaxPath ? std::string_view(key) : "…";
  std::string longer = path.size() + name.size() < kMaxPath ? path : std::string("/…");
  return longer.append("/").append(name);
}

// What of a release each version of a value repeats.
struct ReleaseName {
  Json id, date, tag;
  size_t size = 0;  // of its text
};

// A merged value. The children of an object and of an array are found by member name and by id.
struct Node {
  enum class Kind : uint8_t { absent, leaf, versions, object, items };
  Kind kind = Kind::absent;
  const Json* leaf = nullptr;                                      // borrowed from the releases
  std::vector<std::pair<const ReleaseName*, const Json*>> versions;
  std::vector<Node> children;                                      // of an object and of items
  std::vector<std::string> names;                                  // of each; items: their id's text, "" without one
  std::unordered_map<std::string, size_t> places;                  // of children that have a name
  const Json* item_id = nullptr;                                   // of an item: the id, kept as it stands

  void BecomeEmpty(Kind new_kind) {
    const Json* id = item_id;
    *this = Node();
    kind = new_kind;
    item_id = id;
  }
  Node& Child(const std::string& name) {
    const auto [at, is_new] = places.emplace(name, children.size());
    if (is_new) Append(name);
    return children[at->second];
  }
  Node& NamelessChild() { return Append(std::string()); }
  Node& Append(const std::string& name) {
    names.push_back(name);
    return children.emplace_back();
  }
};

// Numbers and texts are different ids: 1 is not "1".
std::string IdName(const Json& id) { return JsonText(id); }

class Merger {
 public:
  Merger(const MergeRules& rules, bool versioned, MergeWarnings* warnings) : rules_(rules), versioned_(versioned), warnings_(warnings) {}

  void Add(const Json::Object& release, const ReleaseName& name) {
    release_ = &name;
    top_.kind = Node::Kind::object;
    AddObject(release, top_, "", false);
  }

  Result<Json::Object> Finish() {
    if (name_bytes_ > kMaxJsonText) return Status(Code::too_large, "merge OCDS releases: too many versions of values");
    Json tree;
    if (!Render(top_, tree)) return Json::Object();
    return std::move(*tree.object());
  }

 private:
  void Warn(std::string text) {
    if (warnings_ == nullptr) return;
    if (++warnings_->count <= kWarningTexts) warnings_->texts.push_back(std::move(text));
  }

  void AddObject(const Json::Object& object, Node& into, const std::string& path, bool is_item) {
    for (const JsonMember& member : object) {
      if (is_item && member.key == "id") continue;  // it is what names the item, and has no versions
      const std::string member_path = PathTo(path, member.key);
      // The ocid is the same in all, and stands as it is in a versioned release too.
      if (path.empty() && member.key == "ocid") {
        Node& ocid = into.Child(member.key);
        ocid.kind = Node::Kind::leaf;
        ocid.leaf = &member.value;
        continue;
      }
      AddValue(member.value, into, member.key, member_path);
    }
  }

  void AddValue(const Json& value, Node& parent, const std::string& key, const std::string& path) {
    const MergeRule rule = rules_.At(path);
    if (rule == MergeRule::omit) return;
    if (rule == MergeRule::replace) return SetLeaf(value, parent.Child(key), path);
    if (const Json::Object* object = value.object()) {
      if (object->empty()) return;  // says nothing
      Node& node = parent.Child(key);
      Prepare(node, Node::Kind::object, path);
      return AddObject(*object, node, path, false);
    }
    const Json::Array* array = value.array();
    if (array == nullptr) return SetLeaf(value, parent.Child(key), path);
    if (array->empty()) return;
    if (std::any_of(array->begin(), array->end(), [](const Json& item) { return item.object() == nullptr; })) {
      return SetLeaf(value, parent.Child(key), path);
    }
    Node& node = parent.Child(key);
    Prepare(node, Node::Kind::items, path);
    AddItems(*array, node, path);
  }

  void AddItems(const Json::Array& items, Node& into, const std::string& path) {
    // Of objects with one id the last counts: whole, not merged with the ones before it.
    std::unordered_map<std::string, const Json*> last;
    for (const Json& item : items) {
      const Json* id = item.Find("id");
      if (id == nullptr || id->is_null()) continue;
      const Json*& place = last[IdName(*id)];
      if (place != nullptr) Warn(path + ": id " + IdName(*id) + " stands twice in one release: the last is kept");
      place = &item;
    }
    for (const Json& item : items) {
      const Json* id = item.Find("id");
      const bool named = id != nullptr && !id->is_null();
      if (named && last[IdName(*id)] != &item) continue;
      Node& node = named ? into.Child(IdName(*id)) : into.NamelessChild();
      node.kind = Node::Kind::object;
      if (named) node.item_id = id;
      AddObject(*item.object(), node, path, true);
    }
  }

  // A value that was of another kind before gives way: a list of texts that became a list of objects, say.
  void Prepare(Node& node, Node::Kind kind, const std::string& path) {
    if (node.kind == kind) return;
    const bool was_null = node.kind == Node::Kind::versions && node.versions.back().second->is_null();
    if (node.kind != Node::Kind::absent && !was_null) Warn(path + ": the kind of value changed from one release to another");
    node.BecomeEmpty(kind);
  }

  void SetLeaf(const Json& value, Node& node, const std::string& path) {
    if (!versioned_) {
      node.BecomeEmpty(value.is_null() ? Node::Kind::absent : Node::Kind::leaf);
      node.leaf = &value;
      return;
    }
    Prepare(node, Node::Kind::versions, path);
    if (!node.versions.empty() && *node.versions.back().second == value) return;
    node.versions.emplace_back(release_, &value);
    name_bytes_ += release_->size;
  }

  static Json RenderVersions(const Node& node) {
    Json::Array versions;
    for (const auto& [release, value] : node.versions) {
      versions.push_back(Json(Json::Object{
          {"releaseID", release->id}, {"releaseDate", release->date}, {"releaseTag", release->tag}, {"value", *value}}));
    }
    return Json(std::move(versions));
  }

  // False when nothing is there to be seen.
  static bool Render(const Node& node, Json& out) {
    switch (node.kind) {
      case Node::Kind::absent: return false;
      case Node::Kind::leaf: out = *node.leaf; return true;
      case Node::Kind::versions: out = RenderVersions(node); return true;
      case Node::Kind::object: {
        Json::Object members;
        if (node.item_id != nullptr) members.push_back({"id", *node.item_id});
        for (size_t i = 0; i < node.children.size(); ++i) {
          Json value;
          if (Render(node.children[i], value)) members.push_back({node.names[i], std::move(value)});
        }
        const bool seen = !members.empty();
        out = Json(std::move(members));
        return seen;
      }
      case Node::Kind::items: break;
    }
    Json::Array items;
    for (const Node& child : node.children) {
      Json item;
      if (Render(child, item)) items.push_back(std::move(item));
    }
    const bool seen = !items.empty();
    out = Json(std::move(items));
    return seen;
  }

  const MergeRules& rules_;
  bool versioned_;
  MergeWarnings* warnings_;
  const ReleaseName* release_ = nullptr;
  uint64_t name_bytes_ = 0;
  Node top_;
};

Status Unfit(const std::string& why) { return Status(Code::invalid, "merge OCDS releases: " + why); }

// The releases in the order of their dates; checks that they can be merged.
Result<std::vector<const Json*>> InOrder(const std::vector<Json>& releases) {
  if (releases.empty()) return Unfit("there are none");
  std::vector<const Json*> ordered;
  for (const Json& release : releases) {
    const Json* ocid = release.Find("ocid");
    const Json* date = release.Find("date");
    if (ocid == nullptr || ocid->string() == nullptr) return Unfit("one has no ocid");
    if (date == nullptr || date->string() == nullptr) return Unfit(*ocid->string() + ": one has no date");
    if (*ocid != *releases.front().Find("ocid")) return Unfit(*ocid->string() + ": another has another ocid");
    ordered.push_back(&release);
  }
  const auto earlier = [](const Json* a, const Json* b) { return *a->Find("date")->string() < *b->Find("date")->string(); };
  std::stable_sort(ordered.begin(), ordered.end(), earlier);
  return ordered;
}

ReleaseName NameOf(const Json& release) {
  const auto value = [&](std::string_view key) {
    const Json* found = release.Find(key);
    return found == nullptr ? Json() : *found;
  };
  ReleaseName name{value("id"), value("date"), value("tag")};
  name.size = JsonText(name.id).size() + JsonText(name.date).size() + JsonText(name.tag).size();
  return name;
}

Result<Json::Object> Merge(const std::vector<const Json*>& ordered, const MergeRules& rules, bool versioned, MergeWarnings* warnings) {
  std::vector<ReleaseName> names;
  names.reserve(ordered.size());
  Merger merger(rules, versioned, warnings);
  for (const Json* release : ordered) merger.Add(*release->object(), names.emplace_back(NameOf(*release)));
  return merger.Finish();
}

}  // namespace

Result<Json> CompiledRelease(const std::vector<Json>& releases, const MergeRules& rules, MergeWarnings* warnings) {
  PULIH_TRY_ASSIGN(const auto ordered, InOrder(releases));
  PULIH_TRY_ASSIGN(Json::Object merged, Merge(ordered, rules, false, warnings));
  const std::string& ocid = *ordered.back()->Find("ocid")->string();
  const std::string& date = *ordered.back()->Find("date")->string();
  Json::Object compiled{{"ocid", ocid}, {"id", ocid + "-" + date}, {"date", date}, {"tag", Json(Json::Array{Json("compiled")})}};
  for (JsonMember& member : merged) {
    const bool is_set = member.key == "ocid" || member.key == "id" || member.key == "date" || member.key == "tag";
    if (!is_set) compiled.push_back(std::move(member));
  }
  return Json(std::move(compiled));
}

Result<Json> VersionedRelease(const std::vector<Json>& releases, const MergeRules& rules, MergeWarnings* warnings) {
  PULIH_TRY_ASSIGN(const auto ordered, InOrder(releases));
  PULIH_TRY_ASSIGN(Json::Object merged, Merge(ordered, rules, true, warnings));
  return Json(std::move(merged));
}

}  // namespace pulih::ocds
