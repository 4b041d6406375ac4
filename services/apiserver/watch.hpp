// A watch: the history of a kind from some revision on, then what happens.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "host/net/http_server.hpp"
#include "services/apiserver/object_store.hpp"
#include "services/apiserver/table.hpp"

namespace wasmbed::apiserver {

/// Which objects a list or a watch is about.
struct Filter {
    std::string ns;  ///< empty: all
    LabelSelector labels = {};
    FieldSelector fields = {};

    bool matches(const Stored& object) const;
};

/// How long a watch may outlive the right to it.
constexpr std::chrono::seconds kRightsCheck{2};

struct WatchRequest {
    const Kind* kind;
    Filter filter;
    std::int64_t revision = 0;  ///< changes after it
    bool initial_list = false;  ///< what is there now comes first, as ADDED
    bool bookmarks = false;
    bool table = false;
    TableObject include = TableObject::metadata;
    std::chrono::seconds timeout{0};
    /// Whether the watch may go on, asked before anything is sent and every kRightsCheck; empty: always.
    std::function<bool()> permitted = {};
};

/// Each watch holds only its position in the history, not a queue: one that is too slow for the history is told 410,
/// one that does not read at all is dropped by the server.
std::unique_ptr<net::StreamBody> make_watch(ObjectStore& store, WatchRequest request);

}  // namespace wasmbed::apiserver
