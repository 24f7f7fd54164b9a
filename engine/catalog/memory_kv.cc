// The OrderedKv without a disk: a std::map under a mutex.
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/catalog/ordered_kv.h"

namespace pulih {
namespace {

struct ByteLess {
  using is_transparent = void;
  bool operator()(ByteView a, ByteView b) const { return Compare(a, b) < 0; }
};
using Table = std::map<Bytes, Bytes, ByteLess>;

bool StartsWith(ByteView key, ByteView prefix) {
  return key.size() >= prefix.size() && Equal(key.first(prefix.size()), prefix);
}

class MemoryBatch final : public KvBatch {
 public:
  explicit MemoryBatch(Table& table) : table_(table) {}
  void Put(ByteView key, ByteView value) override { table_.insert_or_assign(ToBytes(key), ToBytes(value)); }
  void Delete(ByteView key) override {
    if (const auto at = table_.find(key); at != table_.end()) table_.erase(at);
  }
  void DeleteRange(ByteView from, ByteView to) override {
    if (Compare(from, to) < 0) table_.erase(table_.lower_bound(from), table_.lower_bound(to));
  }

 private:
  Table& table_;
};

class MemoryKv final : public OrderedKv {
 public:
  Result<bool> Get(ByteView key, Bytes* value) override {
    const std::lock_guard lock(mutex_);
    const auto at = table_.find(key);
    if (at == table_.end()) return false;
    *value = at->second;
    return true;
  }

  // Copies what it is going to show: so `each` sees one moment and may itself call this object, as on disk.
  Status Scan(ByteView prefix, ByteView from, const std::function<bool(ByteView, ByteView)>& each) override {
    std::vector<std::pair<Bytes, Bytes>> seen;
    {
      const std::lock_guard lock(mutex_);
      auto at = table_.lower_bound(Compare(from, prefix) > 0 ? from : prefix);
      for (; at != table_.end() && StartsWith(at->first, prefix); ++at) seen.emplace_back(at->first, at->second);
    }
    for (const auto& [key, value] : seen) {
      if (!each(key, value)) break;
    }
    return OkStatus();
  }

  Result<bool> SeekAtOrBefore(ByteView prefix, ByteView at, Bytes* key, Bytes* value) override {
    const std::lock_guard lock(mutex_);
    auto found = table_.upper_bound(at);
    // Keys with the prefix that are above `at` are stepped over by upper_bound; keys between the prefix's
    // range and `at` are not in it, so the one before decides, unless `at` lies behind the whole range.
    while (found != table_.begin()) {
      --found;
      if (StartsWith(found->first, prefix)) {
        *key = found->first;
        *value = found->second;
        return true;
      }
      if (Compare(found->first, prefix) < 0) break;
    }
    return false;
  }

  Status Write(const std::function<void(KvBatch&)>& fill) override {
    const std::lock_guard lock(mutex_);
    MemoryBatch batch(table_);
    fill(batch);
    return OkStatus();
  }

 private:
  std::mutex mutex_;
  Table table_;
};

}  // namespace

std::unique_ptr<OrderedKv> NewMemoryKv() { return std::make_unique<MemoryKv>(); }

}  // namespace pulih
