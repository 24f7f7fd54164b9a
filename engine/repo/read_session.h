// ReadSession: what a command that reads needs, in one piece: the repository, the index brought up to date, the
// reader over it. Borrowed parts outlive it.
#pragma once

#include <memory>

#include "engine/repo/object_reader.h"
#include "engine/repo/pack_index.h"
#include "engine/repo/repository.h"

namespace pulih {

class ReadSession {
 public:
  static Result<std::unique_ptr<ReadSession>> Start(const Repository& repository, Catalog& catalog) {
    std::unique_ptr<ReadSession> session(new ReadSession(repository, catalog));
    PULIH_TRY(session->index_.Refresh());
    return session;
  }
  const Repository& repository() const { return repository_; }
  PackIndex& index() { return index_; }
  ObjectReader& reader() { return reader_; }

 private:
  ReadSession(const Repository& repository, Catalog& catalog)
      : repository_(repository), index_(repository, catalog), reader_(repository, index_) {}
  const Repository& repository_;
  PackIndex index_;
  ObjectReader reader_;
};

}  // namespace pulih
