// Seeds for the fuzz targets of sources: one of the small ones that the tests are about.
#pragma once

#include <random>

#include "engine/base/bytes.h"

namespace pulih {

Bytes SourceSpecimen(std::mt19937_64& random);
Bytes PageSpecimen(std::mt19937_64& random);
Bytes WebArchiveSpecimen(std::mt19937_64& random);
Bytes WorkbookSpecimen(std::mt19937_64& random);
Bytes MailSpecimen(std::mt19937_64& random);

}  // namespace pulih
