#include "services/gateway/own_writes.hpp"

namespace wasmbed::gateway {

std::string_view version_of(const json::value& object) {
    return json_string(object, {"metadata", "resourceVersion"});
}

void OwnWrites::note(const kube::ObjectKey& key, std::string_view base, kube::ObjectPtr written) {
    writes_.insert_or_assign(key, Write{std::string(base), std::move(written)});
}

kube::ObjectPtr OwnWrites::take(const kube::ObjectKey& key) {
    const auto taken = writes_.extract(key);
    return taken ? taken.mapped().written : nullptr;
}

bool OwnWrites::is_echo(const kube::ObjectKey& key, const kube::ObjectPtr& before, const json::value& after) {
    const auto found = writes_.find(key);
    if (found == writes_.end() || version_of(*found->second.written) != version_of(after)) return false;
    const bool on_what_was_known = before && version_of(*before) == found->second.base;
    writes_.erase(found);
    return on_what_was_known;
}

}  // namespace wasmbed::gateway
