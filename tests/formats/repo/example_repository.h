// The small repository of docs/format.md, "A whole small repository": one folder, one file, one snapshot, made
// of keys that are the same byte 32 times over and of random bytes that count up. It is put together here from
// the encoders and the primitives of engine/crypto, not with engine/repo: a second writer beside the real one.
#pragma once

#include <map>
#include <string>

namespace pulih {

// The text of each example block of the document by its name: annotated hexadecimal or lines of text.
std::map<std::string, std::string> FormatExamples();

}  // namespace pulih
