// Which decoder reads which evidence. Null where none of them does (spreadsheets, pages of the web: later stages).
#pragma once

#include <memory>

#include "engine/recover/evidence.h"
#include "engine/recover/extract.h"

namespace pulih {

std::unique_ptr<Extractor> ChooseExtractor(const Evidence& evidence);

}  // namespace pulih
