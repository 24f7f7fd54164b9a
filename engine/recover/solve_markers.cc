#include "engine/recover/solve_markers.h"

#include <algorithm>

#include "engine/recover/marker_links.h"

namespace pulih {
namespace {

constexpr uint32_t kBlock = 32768;  // kInflateWindow: the markers of one resumption

// Each may bring up others; where it does not end soon, what is contradicted stays so.
constexpr unsigned kRefutations = 64;

// What witnesses say of one marker: up to two bytes, and for each whether one or more different rows say it.
struct Testimony {
  struct Said {
    uint64_t first = 0;       // identity of a row that says it; 0: nobody does
    uint64_t first_sure = 0;  // the same, of those that are sure
    uint64_t sources = 0;
    uint8_t byte = 0;
    bool again = false;       // another row does too
    bool again_sure = false;
  };
  Said said[2];
  bool more = false;       // a third byte
};

class Court {
 public:
  explicit Court(const DonorRows& donors) : donors_(donors) {}

  // One round.
  MarkerSolution Hear(const std::vector<RowLink>& links, SolveReport& report) {
    std::vector<bool> refuted(links.size());
    report.linked = links.size();
    report.refuted = 0;
    for (unsigned times = 0;; ++times) {
      blocks_.clear();
      for (size_t i = 0; i < links.size(); ++i)
        if (!refuted[i]) Testify(links[i]);
      uint64_t more = 0;
      for (size_t i = 0; i < links.size(); ++i) {
        if (refuted[i] || !IsRefuted(links[i])) continue;
        refuted[i] = true;
        ++more;
      }
      report.refuted += more;
      if (more == 0 || times == kRefutations) return Verdict(report);
    }
  }

 private:
  template <typename Each>
  void ForBytes(const RowLink& link, const Each& each) {
    const std::string_view line = donors_.Text(donors_.rows[link.row]);
    for (const WitnessRun& run : link.runs) {
      for (uint32_t i = 0; i < run.count; ++i) {
        const size_t at = run.at + i;
        each(run.marker - i, at == 0 || at == line.size() + 1 ? '\n' : line[at - 1], run.sure);
      }
    }
  }
  Testimony& Of(uint32_t marker) {
    const size_t block = (marker - 1) / kBlock;
    if (block >= blocks_.size()) blocks_.resize(block + 1);
    if (blocks_[block].empty()) blocks_[block].resize(kBlock);
    return blocks_[block][(marker - 1) % kBlock];
  }
  void Testify(const RowLink& link) {
    const DonorRow& row = donors_.rows[link.row];
    ForBytes(link, [&](uint32_t marker, char byte, bool sure) {
      Testimony& all = Of(marker);
      for (Testimony::Said& said : all.said) {
        if (said.first != 0 && said.byte != static_cast<uint8_t>(byte)) continue;
        if (said.first == 0) said.first = row.identity;
        said.byte = static_cast<uint8_t>(byte);
        said.again = said.again || said.first != row.identity;
        if (sure && said.first_sure == 0) said.first_sure = row.identity;
        said.again_sure = said.again_sure || (sure && said.first_sure != row.identity);
        said.sources |= row.sources;
        return;
      }
      all.more = true;
    });
  }
  bool IsRefuted(const RowLink& link) {
    unsigned against = 0;
    ForBytes(link, [&](uint32_t marker, char byte, bool) {
      const Testimony& all = Of(marker);
      const bool is_first = all.said[0].first != 0 && all.said[0].byte == static_cast<uint8_t>(byte);
      const bool is_second = all.said[1].first != 0 && all.said[1].byte == static_cast<uint8_t>(byte);
      const bool alone = is_first ? !all.said[0].again : is_second ? !all.said[1].again : true;
      const bool others = (!is_first && all.said[0].again) || (!is_second && all.said[1].again);
      against += alone && others;
    });
    return against >= 2;
  }
  MarkerSolution Verdict(SolveReport& report) {
    MarkerSolution solution;
    report.contradicted = 0;
    for (size_t block = 0; block < blocks_.size(); ++block) {
      for (size_t i = 0; i < blocks_[block].size(); ++i) {
        const Testimony& all = blocks_[block][i];
        if (all.said[1].first != 0) ++report.contradicted;
        else if (all.said[0].again) solution.Set(static_cast<uint32_t>(block * kBlock + i + 1), all.said[0].byte, all.said[0].again_sure, all.said[0].sources);
      }
    }
    return solution;
  }

  const DonorRows& donors_;
  std::vector<std::vector<Testimony>> blocks_;
};

}  // namespace

Result<MarkerSolution> SolveMarkers(const DonorRows& donors, const MarkedText& text, SolveReport* report) {
  const DonorIndex index(donors);
  Court court(donors);
  MarkerSolution solution;
  SolveReport own;
  SolveReport& told = report == nullptr ? own : *report;
  while (told.rounds < kSolveRounds) {
    ++told.rounds;
    LinkFinder finder(donors, index, solution);
    PULIH_TRY(text(finder));
    MarkerSolution next = court.Hear(finder.Finish(), told);
    if (next == solution) return solution;
    if (told.rounds == kSolveRounds) return solution.Common(next);
    solution = std::move(next);
  }
  return solution;
}

}  // namespace pulih
