// A file of rows in the making: lines are gathered and appended, the file gets its name when it is whole. One thread.
#pragma once

#include <memory>
#include <string>

#include "engine/os/file_system.h"
#include "formats/text/csv.h"

namespace pulih {

class TableOutput {
 public:
  TableOutput(FileSystem& files, std::string directory, std::string name)
      : files_(files), directory_(std::move(directory)), name_(std::move(name)) {}

  Status Row(const CsvFields& fields) {
    if (!file_) {
      PULIH_TRY_ASSIGN(file_, files_.Create(directory_));
    }
    CsvWriter().AppendRow(fields, buffer_);
    return buffer_.size() >= kBufferBytes ? Flush() : OkStatus();
  }
  // Text as it is, with its line end.
  Status Text(std::string_view text) {
    if (!file_) {
      PULIH_TRY_ASSIGN(file_, files_.Create(directory_));
    }
    buffer_ += text;
    return buffer_.size() >= kBufferBytes ? Flush() : OkStatus();
  }
  // The file gets its name, when a row was written. Durable after SyncDirectory of the folder.
  Status Publish() {
    if (!file_) return OkStatus();
    PULIH_TRY(Flush());
    PULIH_TRY(file_->Sync());
    return file_->PublishAs(directory_ + "/" + name_);
  }
  const std::string& name() const { return name_; }

 private:
  static constexpr size_t kBufferBytes = 1u << 20;
  Status Flush() {
    PULIH_TRY(file_->Append(AsBytes(buffer_)));
    buffer_.clear();
    return OkStatus();
  }

  FileSystem& files_;
  const std::string directory_, name_;
  std::unique_ptr<NewFile> file_;
  std::string buffer_;
};

}  // namespace pulih
