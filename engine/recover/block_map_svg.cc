#include "engine/recover/block_map_svg.h"

#include <algorithm>
#include <array>

namespace pulih {
namespace {

constexpr uint64_t kColumns = 128, kMaxRows = 24;
constexpr unsigned kCell = 6;  // pixels

// By BlockKind.
constexpr std::array<std::string_view, kBlockKinds> kColours{"#c9ced6", "#1c2430", "#6b2d5c", "#2f7d4f", "#7fb069", "#4aa3a2", "#d5e3cf",
                                                             "#3b6fb6", "#c77d2e", "#e3b04b", "#a0522d", "#8fb8de", "#dfe7f1"};

// What most of the blocks [from, from + count) are. `run` and `used` keep the place between calls.
BlockKind MostOf(const std::vector<BlockRun>& runs, size_t& run, uint64_t& used, uint64_t count) {
  std::array<uint64_t, kBlockKinds> counts{};
  while (count > 0 && run < runs.size()) {
    const uint64_t taken = std::min(count, runs[run].blocks - used);
    counts[static_cast<size_t>(runs[run].kind)] += taken;
    count -= taken;
    used += taken;
    if (used == runs[run].blocks) {
      ++run;
      used = 0;
    }
  }
  return static_cast<BlockKind>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

void AddRectangle(std::string& svg, uint64_t column, uint64_t row, uint64_t cells, BlockKind kind) {
  svg += "<rect x=\"" + std::to_string(column * kCell) + "\" y=\"" + std::to_string(row * kCell) + "\" width=\"" + std::to_string(cells * kCell) + "\" height=\"" +
         std::to_string(kCell - 1) + "\" fill=\"" + std::string(kColours[static_cast<size_t>(kind)]) + "\"/>";
}

}  // namespace

std::string BlockMapSvg(const std::vector<BlockRun>& runs) {
  uint64_t blocks = 0;
  for (const BlockRun& run : runs) blocks += run.blocks;
  if (blocks == 0) return "";
  const uint64_t per_cell = (blocks + kColumns * kMaxRows - 1) / (kColumns * kMaxRows);
  const uint64_t cells = (blocks + per_cell - 1) / per_cell;
  const uint64_t rows = (cells + kColumns - 1) / kColumns;
  std::string svg = "<svg role=img aria-label=\"block map\" width=\"" + std::to_string(std::min(cells, kColumns) * kCell) + "\" height=\"" + std::to_string(rows * kCell) + "\">";
  size_t run = 0;
  uint64_t used = 0;
  for (uint64_t row = 0; row < rows; ++row) {
    const uint64_t in_row = std::min(kColumns, cells - row * kColumns);
    uint64_t begin = 0;
    BlockKind kind = BlockKind::other;
    for (uint64_t column = 0; column < in_row; ++column) {
      const BlockKind next = MostOf(runs, run, used, per_cell);
      if (column > 0 && next == kind) continue;
      if (column > 0) AddRectangle(svg, begin, row, column - begin, kind);
      begin = column;
      kind = next;
    }
    AddRectangle(svg, begin, row, in_row - begin, kind);
  }
  svg += "</svg>";
  if (per_cell > 1) svg += "<span class=muted>one cell is " + std::to_string(per_cell) + " blocks of 4 KiB</span>";
  return svg;
}

std::string BlockMapLegend() {
  std::string html;
  for (size_t kind = 0; kind < kBlockKinds; ++kind)
    html += "<span class=key><i style=\"background:" + std::string(kColours[kind]) + "\"></i>" + std::string(BlockKindName(static_cast<BlockKind>(kind))) + "</span> ";
  return html;
}

}  // namespace pulih
