#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "harness/record/results.h"

namespace ergon {

// The append-only file beside the output while a sweep runs: a versioned header, then one
// length-prefixed, checksummed frame per run, idle stretch and record, each synced to the disk
// before append() returns. A kill at any instant loses at most the frame being written.
class Journal {
 public:
  // Opens or creates; a torn last frame is cut off. Throws Error for a foreign file, for another
  // version, and where another process has it open.
  explicit Journal(std::filesystem::path file);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // What the journal held when it was opened.
  [[nodiscard]] const Results& recovered() const;

  // Throw Error where the disk is full, after cutting off the part that was written.
  void append(const RunInfo&);
  void append(const IdleStretch&);
  void append(const Record&);
  // Of a run that stands before it; replaces what was said of that run before.
  void append(const SamplingCost&, int run);

  // Deletes the file, once its contents are in a result file.
  void remove();

  struct State;

 private:
  std::unique_ptr<State> state_;
};

// What a journal holds, whoever may be writing it: takes no lock and cuts nothing off. Empty where
// there is no such file. Throws Error as Journal does.
[[nodiscard]] Results read_journal(const std::filesystem::path& file);

// "results/a.h5" -> "results/a.h5.journal".
[[nodiscard]] std::filesystem::path journal_path(const std::filesystem::path& hdf5);

}  // namespace ergon
