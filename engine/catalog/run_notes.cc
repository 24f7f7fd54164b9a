#include "engine/catalog/run_notes.h"

#include <utility>

namespace pulih {
namespace {

// What a note takes besides its value: key, string of bytes, node and slot of the table.
constexpr size_t kNoteOverhead = 112;

}  // namespace

Result<std::unique_ptr<RunNotes>> RunNotes::Start(Catalog& catalog, size_t held_bytes) {
  PULIH_TRY(catalog.ForgetNotes());
  return std::unique_ptr<RunNotes>(new RunNotes(catalog, held_bytes));
}

RunNotes::~RunNotes() {
  // What stays is deleted by the next run; nobody reads it before.
  if (has_written_) (void)catalog_.ForgetNotes().ok();
}

Result<bool> RunNotes::Add(uint8_t topic, const ObjectId& id, ByteView value) {
  const ObjectNote note{topic, id};
  if (held_.contains(note)) return false;
  if (has_written_) {
    PULIH_TRY_ASSIGN(const auto written, catalog_.FindNote(note));
    if (written) return false;
  }
  held_.emplace(note, ToBytes(value));
  held_bytes_ += kNoteOverhead + value.size();
  if (held_bytes_ >= most_held_) PULIH_TRY(Flush());
  return true;
}

Result<std::optional<Bytes>> RunNotes::Find(uint8_t topic, const ObjectId& id) {
  const ObjectNote note{topic, id};
  if (const auto it = held_.find(note); it != held_.end()) return std::optional<Bytes>(it->second);
  if (!has_written_) return std::optional<Bytes>();
  return catalog_.FindNote(note);
}

Status RunNotes::Flush() {
  has_written_ = true;
  PULIH_TRY(catalog_.WriteNotes(held_));
  held_.clear();
  held_bytes_ = 0;
  return OkStatus();
}

}  // namespace pulih
