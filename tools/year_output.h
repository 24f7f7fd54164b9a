// What a case knows of the tenders of a year (year_survey.h, gaps.h) as JSON, as lines on the terminal, and as CSV files.
#pragma once

#include <memory>
#include <string>

#include "engine/os/file_system.h"
#include "engine/recover/gaps.h"
#include "engine/recover/year_survey.h"
#include "tools/context.h"

namespace pulih {

// Members of the object that is being written: tenders, joined, entities, months, publishers, disputed, missing, outage.
void WriteYearJson(Context& context, const YearSurvey& survey, const Gaps& gaps);
void PrintYear(Context& context, const YearSurvey& survey, const Gaps& gaps);

// The rebuilt year as lists, in a folder that is made when it is not there: values.csv (every field of every thing, how sure it
// is and who tells it), fields.csv, months.csv, days.csv, publishers.csv, disputed.csv, edits.csv, missing.csv, outage.csv. A
// list with nothing in it has no file.
class YearCsv {
 public:
  // already_exists when something is in the folder.
  static Result<std::unique_ptr<YearCsv>> Begin(FileSystem& files, const std::string& directory);
  ~YearCsv();

  Status Value(const RebuiltValue& value);
  Status Finish(const YearSurvey& survey, const Gaps& gaps);

 private:
  struct Lists;
  explicit YearCsv(std::unique_ptr<Lists> lists);
  std::unique_ptr<Lists> lists_;
};

}  // namespace pulih
