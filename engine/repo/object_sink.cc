#include "engine/repo/object_sink.h"

#include "engine/crypto/sha256.h"

namespace pulih {

Result<ObjectId> NodeWriter::PutNode(Bytes plain, std::vector<ObjectId> links) {
  const ObjectId id = namer_.ObjectName(ObjectKind::node, Sha256Of(plain));
  PULIH_TRY_ASSIGN(const bool known, sink_.Knows(id));
  if (!known) PULIH_TRY(sink_.Put(id, ObjectKind::node, std::move(plain), std::move(links), {}));
  return id;
}

}  // namespace pulih
