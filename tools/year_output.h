// What a case knows of the tenders of a year (year_survey.h, gaps.h) as JSON, as lines on the terminal, and as CSV files.
#pragma once

#include <string>

#include "engine/os/file_system.h"
#include "engine/recover/gaps.h"
#include "engine/recover/year_survey.h"
#include "tools/context.h"

namespace pulih {

// Members of the object that is being written: tenders, joined, entities, months, publishers, disputed, missing, outage.
void WriteYearJson(Context& context, const YearSurvey& survey, const Gaps& gaps);
void PrintYear(Context& context, const YearSurvey& survey, const Gaps& gaps);
// fields.csv, months.csv, days.csv, publishers.csv, disputed.csv, missing.csv, outage.csv into a folder that is made when it
// is not there. already_exists when something is in it.
Status WriteYearCsv(FileSystem& files, const std::string& directory, const YearSurvey& survey, const Gaps& gaps);

}  // namespace pulih
