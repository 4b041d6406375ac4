// Lists in pages: the rest of a list waits, as it was, until its next page is asked for.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "services/apiserver/object_store.hpp"

namespace wasmbed::apiserver {

/// One page, and where the next one is.
struct Page {
    std::vector<StoredPtr> objects;
    std::string next;           ///< continue token; empty: this was the last one
    std::size_t remaining = 0;  ///< objects after this page
    std::int64_t revision = 0;  ///< of the whole list: all pages show the same moment
};

/// Holds pointers to the objects of lists begun, so all pages of a list are of one revision whatever is written
/// meanwhile. A list not continued for five minutes is forgotten, as are the oldest when there are more than 64: then
/// its token is answered 410, and the client starts anew.
class Pages {
  public:
    /// The first page of `objects`; `limit` 0 means all.
    Page first(std::vector<StoredPtr> objects, std::size_t limit, std::int64_t revision);
    /// The page that `token` stands for.
    Outcome<Page> next(const std::string& token, std::size_t limit);

  private:
    struct Snapshot {
        std::uint64_t id;
        std::vector<StoredPtr> objects;
        std::int64_t revision;
        SteadyClock::time_point used;
    };
    static Page cut(const Snapshot& snapshot, std::size_t from, std::size_t limit);
    void forget_old();

    std::list<Snapshot> snapshots_;
    std::uint64_t last_id_ = 0;
};

}  // namespace wasmbed::apiserver
