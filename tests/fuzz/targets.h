// Every fuzz target with the generator of its seeds. A name is that of its file, fuzz_<name>.cc, of its folder of
// regressions, and of its libFuzzer program; tests/fuzz/CMakeLists.txt has the same list.
#pragma once

#define PULIH_FUZZ_TARGETS(V) \
  V(base64, Base64Specimen) \
  V(certificate, CertificateSpecimen) \
  V(checkpoint, CheckpointSpecimen) \
  V(config, ConfigSpecimen) \
  V(copy, CopySpecimen) \
  V(csv, CsvSpecimen) \
  V(database, DatabaseSpecimen) \
  V(directory, DirectorySpecimen) \
  V(file_content, ContentSpecimen) \
  V(file_entry, FileEntrySpecimen) \
  V(file_segment, SegmentSpecimen) \
  V(frame, FrameSpecimen) \
  V(group, GroupSpecimen) \
  V(json, JsonSpecimen) \
  V(json_splitter, JsonFileSpecimen) \
  V(key_list, KeyListSpecimen) \
  V(key_slot, KeySlotSpecimen) \
  V(log_entry, LogEntrySpecimen) \
  V(manifest, ManifestSpecimen) \
  V(manifest_content, ManifestContentSpecimen) \
  V(manifest_public, ManifestPublicSpecimen) \
  V(manifest_structure, ManifestStructureSpecimen) \
  V(members, MembersSpecimen) \
  V(node, NodeSpecimen) \
  V(ocds_merge, OcdsReleasesSpecimen) \
  V(pack_head, PackHeadSpecimen) \
  V(pack_tail, TailSpecimen) \
  V(path_key, PathKeySpecimen) \
  V(row, RowSpecimen) \
  V(sequence, SequenceSpecimen) \
  V(signed_blob, SignedBlobSpecimen) \
  V(table, TableSpecimen) \
  V(value, ValueImageSpecimen) \
  V(wraps, WrapsSpecimen)
