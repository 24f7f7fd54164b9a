// A claim and a schema with something of everything, for tests, and random ones, encoded, as the seeds of their fuzzers. The
// same generator state gives the same bytes.
#pragma once

#include <random>

#include "engine/base/bytes.h"
#include "engine/recover/claim.h"
#include "formats/postgres/schema.h"

namespace pulih {

RowClaim SomeClaim();
Schema SomeSchema();

Bytes ClaimSpecimen(std::mt19937_64& random);
Bytes SchemaSpecimen(std::mt19937_64& random);

}  // namespace pulih
