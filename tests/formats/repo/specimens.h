// Random valid encodings of each structure: what property tests read back and what the fuzzers' seeds are
// made of. The same generator state gives the same bytes.
#pragma once

#include <random>

#include "engine/base/bytes.h"

namespace pulih {

using Random = std::mt19937_64;

Bytes CertificateSpecimen(Random& random);
Bytes ConfigSpecimen(Random& random);
Bytes FileEntrySpecimen(Random& random);
Bytes ContentSpecimen(Random& random);
Bytes SegmentSpecimen(Random& random);
Bytes PathKeySpecimen(Random& random);
Bytes FrameSpecimen(Random& random);
Bytes GroupSpecimen(Random& random);
Bytes KeyListSpecimen(Random& random);
Bytes KeySlotSpecimen(Random& random);
Bytes LogEntrySpecimen(Random& random);
Bytes CheckpointSpecimen(Random& random);
Bytes Base64Specimen(Random& random);
Bytes ManifestSpecimen(Random& random);
Bytes ManifestPublicSpecimen(Random& random);
Bytes ManifestStructureSpecimen(Random& random);
Bytes ManifestContentSpecimen(Random& random);
Bytes NodeSpecimen(Random& random);
Bytes PackHeadSpecimen(Random& random);
Bytes DirectorySpecimen(Random& random);
Bytes MembersSpecimen(Random& random);
Bytes TailSpecimen(Random& random);
Bytes SignedBlobSpecimen(Random& random);
Bytes WrapsSpecimen(Random& random);
Bytes RowSpecimen(Random& random);
Bytes TableSpecimen(Random& random);
Bytes DatabaseSpecimen(Random& random);
Bytes SequenceSpecimen(Random& random);

}  // namespace pulih
