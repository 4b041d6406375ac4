#include "services/apiserver/object_store.hpp"

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>

#include "host/base/log.hpp"

namespace wasmbed::apiserver {
namespace {

/// Most objects have a few KB as values; a larger one allocates the rest.
constexpr std::size_t kLoadingBytes = 32 * 1024;

/// What a write may hold (parse_json), the metadata that the server adds around it included.
constexpr json::parse_options kStoredText = [] {
    json::parse_options options;
    options.max_depth = 128;
    return options;
}();

std::string storage_name(const Kind& kind) {
    return kind.group + "/" + kind.plural;
}

StoredPtr make_stored(const json::value& object, std::int64_t revision, std::shared_ptr<const std::string> text) {
    auto stored = std::make_shared<Stored>();
    stored->key = kube::key_of(object);
    stored->uid = json_string(object, {"metadata", "uid"});
    stored->revision = revision;
    stored->deleting = json_find(object, {"metadata", "deletionTimestamp"}) != nullptr;
    if (const auto* labels = json_object(object, {"metadata", "labels"})) {
        for (const auto& label : *labels) {
            if (label.value().is_string()) stored->labels.emplace_back(label.key(), label.value().get_string());
        }
    }
    if (const auto* owners = json_array(object, {"metadata", "ownerReferences"})) {
        for (const auto& owner : *owners) stored->owner_uids.emplace_back(json_string(owner, {"uid"}));
    }
    stored->text = std::move(text);
    return stored;
}

StoredPtr with_revision(json::value& object, std::int64_t revision) {
    object.as_object()["metadata"].as_object()["resourceVersion"] = std::to_string(revision);
    return make_stored(object, revision, std::make_shared<const std::string>(json::serialize(object)));
}

}  // namespace

json::value Stored::parse() const {
    return json::parse(*text, json::storage_ptr(), kStoredText);
}

ObjectStore::ObjectStore(IoContext& io, const KindRegistry& kinds) : kinds_(kinds), commit_done_(io) {
    for (std::size_t i = 0; i < kinds.all().size(); ++i) state_.push_back(std::make_unique<PerKind>());
    log_ =
        std::make_unique<WriteLog>(io, [this](std::int64_t last, const std::string& error) { committed(last, error); });
}

Result<void, std::string> ObjectStore::open(const std::string& path) {
    std::unordered_map<std::string, const Kind*> kinds;
    for (const auto& kind : kinds_.all()) kinds.emplace(storage_name(*kind), kind.get());
    std::string unreadable;  // the first stored object that is no JSON
    auto revision = log_->open(path, [&](Record&& record) {
        const auto kind = kinds.find(record.kind);
        if (kind == kinds.end()) {
            log_warn("stored object is of no known kind, left alone", {{"kind", record.kind}, {"name", record.name}});
        } else if (auto loaded = load(*kind->second, record); !loaded && unreadable.empty()) {
            unreadable = record.kind + " " + record.ns + "/" + record.name + ": " + loaded.error();
        }
    });
    if (!revision) return fail(revision.error());
    if (!unreadable.empty())
        return fail(path + " is damaged (" + unreadable + "); bring back a backup with `wasmbed restore`");
    committed_revision_ = accepted_revision_ = *revision;
    // A watch from before the start cannot be served from memory: its client lists again.
    for (auto& state : state_) state->forgotten = *revision;
    return {};
}

/// Of the parsed object only a few fields are kept: it lies in one block, and goes as one.
Result<void, std::string> ObjectStore::load(const Kind& kind, const Record& record) {
    static thread_local std::array<unsigned char, kLoadingBytes> block;
    json::monotonic_resource memory(block.data(), block.size());
    json::error_code error;
    const auto object = json::parse(*record.text, error, &memory, kStoredText);
    if (error) return fail(error.message());
    auto stored = make_stored(object, record.revision, record.text);
    index(kind, nullptr, stored);
    state_[kind.index]->objects.insert_or_assign(stored->key, stored);
    return {};
}

StoredPtr ObjectStore::get(const Kind& kind, const ObjectKey& key) const {
    const auto& objects = state_[kind.index]->objects;
    auto found = objects.find(key);
    return found == objects.end() ? nullptr : found->second;
}

StoredPtr ObjectStore::tip(const Kind& kind, const ObjectKey& key) const {
    const auto& pending = state_[kind.index]->pending;
    auto found = pending.find(key);
    return found == pending.end() ? get(kind, key) : found->second.object;
}

std::vector<StoredPtr> ObjectStore::list(const Kind& kind, std::string_view ns) const {
    const auto& objects = state_[kind.index]->objects;
    std::vector<StoredPtr> found;
    auto at = ns.empty() ? objects.begin() : objects.lower_bound(ObjectKey{std::string(ns), {}});
    for (; at != objects.end() && (ns.empty() || at->first.ns == ns); ++at) found.push_back(at->second);
    return found;
}

Task<Outcome<StoredPtr>> ObjectStore::put(const Kind& kind, json::value object) {
    auto stored = with_revision(object, ++accepted_revision_);
    co_return co_await write(kind, stored->key, stored, stored);
}

Task<Outcome<StoredPtr>> ObjectStore::remove(const Kind& kind, StoredPtr object) {
    auto last = object->parse();
    co_return co_await write(kind, object->key, nullptr, with_revision(last, ++accepted_revision_));
}

Task<Outcome<StoredPtr>> ObjectStore::write(const Kind& kind, const ObjectKey& key, StoredPtr object, StoredPtr last) {
    auto accepted = std::make_shared<Accepted>();
    accepted->kind = &kind;
    accepted->change = {last->revision, tip(kind, key), object, last};
    state_[kind.index]->pending[key] = {object, last->revision};
    accepted_.push_back(accepted);
    log_->append({storage_name(kind), key.ns, key.name, last->revision, object ? object->text : nullptr});
    while (accepted->state == Accepted::State::waiting) co_await commit_done_.wait();
    if (accepted->state == Accepted::State::failed) co_return fail(internal_error(write_error_));
    co_return last;
}

Task<> ObjectStore::drain() {
    while (!accepted_.empty()) co_await commit_done_.wait();
}

void ObjectStore::committed(std::int64_t last_revision, const std::string& error) {
    if (!error.empty()) {
        // Later writes were made on top of the failed ones; the log has dropped them all.
        write_error_ = error;
        for (auto& accepted : accepted_) accepted->state = Accepted::State::failed;
        accepted_.clear();
        for (auto& state : state_) state->pending.clear();
    }
    while (!accepted_.empty() && accepted_.front()->change.revision <= last_revision) {
        auto accepted = accepted_.front();
        accepted_.pop_front();
        accepted->state = Accepted::State::committed;
        publish(*accepted->kind, accepted->change);
    }
    commit_done_.notify_all();
}

void ObjectStore::publish(const Kind& kind, const Change& change) {
    auto& state = *state_[kind.index];
    const auto& key = change.last->key;
    auto pending = state.pending.find(key);
    if (pending != state.pending.end() && pending->second.revision == change.revision) state.pending.erase(pending);
    index(kind, change.before, change.after);
    if (change.after) {
        state.objects[key] = change.after;
    } else {
        state.objects.erase(key);
    }
    state.history.push_back(change);
    if (state.history.size() > kHistoryMax) {
        state.forgotten = state.history.front().revision;
        state.history.pop_front();
    }
    committed_revision_ = change.revision;
    state.changed.notify_all();
    if (on_commit_) on_commit_(kind, change);
}

void ObjectStore::index(const Kind& kind, const StoredPtr& before, const StoredPtr& after) {
    if (before) {
        if (!after || after->uid != before->uid) uids_.erase(before->uid);
        for (const auto& uid : before->owner_uids) {
            auto found = owned_.find(uid);
            if (found == owned_.end()) continue;
            found->second.erase({kind.index, before->key});
            if (found->second.empty()) owned_.erase(found);
        }
    }
    if (after) {
        uids_[after->uid] = kind.index;
        for (const auto& uid : after->owner_uids) owned_[uid].insert({kind.index, after->key});
    }
}

Outcome<std::vector<const Change*>> ObjectStore::changes_since(const Kind& kind, std::int64_t revision,
                                                               std::size_t limit) const {
    const auto& state = *state_[kind.index];
    if (revision < state.forgotten) return fail(gone(revision, state.forgotten));
    auto at = std::upper_bound(state.history.begin(), state.history.end(), revision,
                               [](std::int64_t wanted, const Change& change) { return wanted < change.revision; });
    std::vector<const Change*> found;
    for (; at != state.history.end() && found.size() < limit; ++at) found.push_back(&*at);
    return found;
}

Task<> ObjectStore::changed(const Kind& kind, SteadyClock::time_point until) {
    return state_[kind.index]->changed.wait_until(until);
}

std::vector<std::pair<const Kind*, ObjectKey>> ObjectStore::owned_by(const std::string& uid) const {
    std::vector<std::pair<const Kind*, ObjectKey>> found;
    auto owned = owned_.find(uid);
    if (owned == owned_.end()) return found;
    for (const auto& [index, key] : owned->second) found.emplace_back(kinds_.all()[index].get(), key);
    return found;
}

}  // namespace wasmbed::apiserver
