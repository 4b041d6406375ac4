// Series and usage out of a file when `web` starts, and into it while it runs.
#pragma once

#include <optional>
#include <string>

#include "services/web/history_file.hpp"
#include "services/web/series_store.hpp"
#include "services/web/usage_store.hpp"

namespace wasmbed::web {

/// Does nothing when `path` is empty. Trouble with the file is logged, once: the figures are then in memory only.
class History {
  public:
    /// Fills both stores, which are empty, with what the file has of the last six hours before `now` (a slot of
    /// SeriesStore).
    History(const std::string& path, SeriesStore::Slot now, SeriesStore& series, UsageStore& usage);

    /// Writes the newest slot of `series` and the slot `usage_slot` of `usage`; again and again as they fill.
    void save(const SeriesStore& series, const UsageStore& usage, UsageStore::Slot usage_slot);

  private:
    Result<void, std::string> load(SeriesStore::Slot now, SeriesStore& series, UsageStore& usage);

    std::optional<HistoryFile> file_;
    bool failing_ = false;
};

}  // namespace wasmbed::web
