#include "services/apiserver/pages.hpp"

#include <algorithm>
#include <cstdio>

namespace wasmbed::apiserver {
namespace {

constexpr auto kKeepFor = std::chrono::minutes(5);
constexpr std::size_t kSnapshotsMax = 64;

}  // namespace

Page Pages::cut(const Snapshot& snapshot, std::size_t from, std::size_t limit) {
    Page page;
    page.revision = snapshot.revision;
    from = std::min(from, snapshot.objects.size());
    auto count = snapshot.objects.size() - from;
    if (limit > 0) count = std::min(count, limit);
    auto begin = snapshot.objects.begin() + std::ptrdiff_t(from);
    page.objects.assign(begin, begin + std::ptrdiff_t(count));
    page.remaining = snapshot.objects.size() - from - count;
    if (page.remaining > 0) page.next = std::to_string(snapshot.id) + "." + std::to_string(from + count);
    return page;
}

void Pages::forget_old() {
    auto oldest_kept = SteadyClock::now() - kKeepFor;
    snapshots_.remove_if([&](const Snapshot& snapshot) { return snapshot.used < oldest_kept; });
    while (snapshots_.size() > kSnapshotsMax) snapshots_.pop_front();
}

Page Pages::first(std::vector<StoredPtr> objects, std::size_t limit, std::int64_t revision) {
    Snapshot snapshot{++last_id_, std::move(objects), revision, SteadyClock::now()};
    auto page = cut(snapshot, 0, limit);
    if (!page.next.empty()) snapshots_.push_back(std::move(snapshot));
    forget_old();
    return page;
}

Outcome<Page> Pages::next(const std::string& token, std::size_t limit) {
    unsigned long long id = 0;
    unsigned long long from = 0;
    if (std::sscanf(token.c_str(), "%llu.%llu", &id, &from) != 2) {
        return fail(bad_request("continue key is not valid: it is not one that this server gave out"));
    }
    forget_old();
    auto found = std::find_if(snapshots_.begin(), snapshots_.end(), [&](const auto& kept) { return kept.id == id; });
    if (found == snapshots_.end()) {
        return fail(
            expired("The provided continue parameter is too old to display a consistent list result. You must "
                    "start a new list without the continue parameter."));
    }
    found->used = SteadyClock::now();
    return cut(*found, from, limit);
}

}  // namespace wasmbed::apiserver
