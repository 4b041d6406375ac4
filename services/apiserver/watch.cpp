#include "services/apiserver/watch.hpp"

namespace wasmbed::apiserver {
namespace {

/// As kube-apiserver.
constexpr auto kBookmarkInterval = std::chrono::seconds(60);
/// Changes or objects sent per write; small enough that one watch does not hold up the event loop.
constexpr std::size_t kBatch = 100;

class Watch final : public net::StreamBody {
  public:
    Watch(ObjectStore& store, WatchRequest request) : store_(store), request_(std::move(request)) {}

    Task<> run(net::BodyWriter& writer) override {
        auto ends = SteadyClock::now() + request_.timeout;
        if (request_.initial_list) co_await send_existing(writer);
        auto bookmark_due = SteadyClock::now() + kBookmarkInterval;
        while (true) {
            if (request_.permitted && !request_.permitted()) {
                co_await writer.write(line("ERROR", json::serialize(unauthorized().status())));
                co_return;
            }
            auto changes = store_.changes_since(*request_.kind, request_.revision, kBatch);
            if (!changes) {
                co_await writer.write(line("ERROR", json::serialize(changes.error().status())));
                co_return;
            }
            if (!changes->empty()) {
                co_await writer.write(lines_of(*changes));
                continue;
            }
            request_.revision = std::max(request_.revision, store_.revision());
            auto now = SteadyClock::now();
            if (now >= ends) {
                if (request_.bookmarks) co_await writer.write(bookmark());
                co_return;
            }
            if (now >= bookmark_due) {
                if (request_.bookmarks) co_await writer.write(bookmark());
                bookmark_due = now + kBookmarkInterval;
            }
            auto wake = std::min(ends, bookmark_due);
            if (request_.permitted) wake = std::min(wake, now + kRightsCheck);
            co_await store_.changed(*request_.kind, wake);
        }
    }

  private:
    Task<> send_existing(net::BodyWriter& writer) {
        auto objects = store_.list(*request_.kind, request_.filter.ns);
        request_.revision = store_.revision();
        std::string batch;
        std::size_t count = 0;
        for (const auto& object : objects) {
            if (request_.filter.matches(*object)) batch += line("ADDED", body_of(object));
            if (++count % kBatch == 0 && !batch.empty()) co_await writer.write(std::exchange(batch, {}));
        }
        co_await writer.write(std::move(batch));
    }

    std::string lines_of(const std::vector<const Change*>& changes) {
        std::string lines;
        for (const auto* change : changes) {
            request_.revision = change->revision;
            bool before = change->before && request_.filter.matches(*change->before);
            bool after = change->after && request_.filter.matches(*change->after);
            // An object that no longer matches has gone as far as this watch is concerned.
            if (after) {
                lines += line(before ? "MODIFIED" : "ADDED", body_of(change->after));
            } else if (before) {
                lines += line("DELETED", body_of(change->last));
            }
        }
        return lines;
    }

    std::string body_of(const StoredPtr& object) const {
        if (!request_.table) return *object->text;
        json::object meta{{"resourceVersion", std::to_string(object->revision)}};
        return make_table(*request_.kind, {object}, std::move(meta), request_.include, WallClock::now());
    }

    std::string bookmark() const {
        if (request_.table) return {};
        return line("BOOKMARK", json::serialize(json::object{{"kind", request_.kind->kind},
                                                             {"apiVersion", request_.kind->api_version()},
                                                             {"metadata",
                                                              {{"resourceVersion", std::to_string(request_.revision)},
                                                               {"creationTimestamp", nullptr}}}}));
    }

    static std::string line(std::string_view type, std::string_view object) {
        std::string text;
        text.reserve(object.size() + 40);
        text.append("{\"type\":\"").append(type).append("\",\"object\":").append(object).append("}\n");
        return text;
    }

    ObjectStore& store_;
    WatchRequest request_;
};

}  // namespace

bool Filter::matches(const Stored& object) const {
    if (!ns.empty() && object.key.ns != ns) return false;
    if (!labels.matches(object.labels)) return false;
    if (fields.empty()) return true;
    return fields.names_only() ? fields.matches_names(object.key.ns, object.key.name) : fields.matches(object.parse());
}

std::unique_ptr<net::StreamBody> make_watch(ObjectStore& store, WatchRequest request) {
    return std::make_unique<Watch>(store, std::move(request));
}

}  // namespace wasmbed::apiserver
