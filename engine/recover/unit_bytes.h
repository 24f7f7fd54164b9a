// The files of one unit, found where they were added from, checked and mapped for the child that decodes them.
//
// The parent never reads through the maps (evidence_file.h). Small files of a unit with many are read into memory of our
// own instead: a process may have some 65,000 maps. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/recover/evidence_file.h"
#include "engine/recover/extract.h"

namespace pulih {

enum class EvidenceCheck : uint8_t {
  state,  // a file whose size, times and inode are as they were when it was read is taken for the same; else hashed
  whole,  // hashed in any case
};

class UnitBytes {
 public:
  // corrupt, naming the file, when evidence is not what was added; not_found when it is not there any more. Tries every
  // origin. `should_stop` is asked while hashing.
  static Result<UnitBytes> Open(EvidenceRegister& evidence, const Evidence& of, EvidenceCheck check, const std::function<bool()>& should_stop);

  const std::vector<UnitFile>& files() const { return files_; }

 private:
  Status TakeFile(EvidenceRegister& evidence, const std::string& path, const EvidenceFile& expected, EvidenceCheck check,
                  bool keep_small, const std::function<bool()>& should_stop);

  std::vector<UnitFile> files_;
  std::vector<EvidenceMap> maps_;
  std::vector<std::unique_ptr<Bytes>> small_;
};

}  // namespace pulih
