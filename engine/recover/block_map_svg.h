// A block map as a picture: a grid of cells, from left to right and top to bottom, a cell being one block or, of a large
// file, several: then it shows the kind that most of them are. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/recover/identify.h"

namespace pulih {

std::string BlockMapSvg(const std::vector<BlockRun>& runs);
// What the colours mean, as HTML.
std::string BlockMapLegend();

}  // namespace pulih
